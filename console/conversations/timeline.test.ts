/** How changes find their message, and what they may do to it. */
import { describe, expect, test } from 'vitest'
import { earlierVersions, textNow, toEntries, type Message } from './timeline.ts'

let n = 0
function row(change: Partial<Message>): Message {
  n++
  return {
    id: `m${n}`,
    direction: 'in',
    path: 'live',
    author: 'Ana',
    person: 'ana',
    kind: 'text',
    text: '',
    entities: [],
    details: null,
    target: null,
    reply: null,
    media: null,
    at: n * 1000,
    state: 'received',
    marks: [],
    ...change,
  }
}

describe('changes', () => {
  test('stand with their message: versions, deletion, the last reaction of each, the last vote of each', () => {
    const poll = row({ kind: 'poll', details: { poll: { question: '?', options: ['a', 'b'], multiple: true } } })
    const said = row({ text: 'one', reply: poll.id })
    const [bo, ana] = [{ person: 'bo', author: 'Bo' }, {}]
    const about = (kind: Message['kind'], target: Message, change: Partial<Message> = {}) =>
      row({ kind, target: target.id, ...change })
    const entries = toEntries([
      poll,
      said,
      about('edit', said, { text: 'two' }),
      about('edit', said, { text: 'three' }),
      about('reaction', said, { ...bo, details: { emoji: '👍' } }),
      about('reaction', said, { ...bo, details: { emoji: '🎉' } }),
      about('reaction', said, { ...ana, details: { emoji: '👍' } }),
      about('reaction', said, { ...ana, details: { emoji: null } }),
      about('vote', poll, { ...bo, details: { vote: ['a', 'b'] } }),
      about('vote', poll, { ...ana, details: { vote: ['a'] } }),
      about('vote', poll, { ...ana, details: { vote: ['b'] } }),
      about('delete', said),
    ])
    expect(entries).toHaveLength(2)
    const [first, second] = entries
    expect(first!.votes).toEqual([
      { option: 'a', names: ['Bo'] },
      { option: 'b', names: ['Bo', 'Ana'] },
    ])
    expect(textNow(second!).text).toBe('three')
    expect(earlierVersions(second!).map((one) => one.text)).toEqual(['one', 'two'])
    expect(second!.reactions).toEqual([{ emoji: '🎉', names: ['Bo'] }])
    expect([second!.deleted?.kind, second!.answers?.id, second!.message.text]).toEqual(['delete', poll.id, 'one'])
  })

  test('of what is not loaded, and edits of another hand, stay rows of their own', () => {
    const ours = row({ direction: 'out', person: null, text: 'ours' })
    const foreign = row({ kind: 'edit', target: ours.id, text: 'put into our mouth' })
    const lost = row({ kind: 'delete', target: null })
    const entries = toEntries([ours, foreign, lost])
    expect(entries.map((one) => one.message.id)).toEqual([ours.id, foreign.id, lost.id])
    expect(textNow(entries[0]!).text).toBe('ours')
  })

  test('whose words are erased leave the last readable ones', () => {
    const said = row({ text: 'one' })
    const [entry] = toEntries([said, row({ kind: 'edit', target: said.id, text: null, marks: ['erased'] })])
    expect([textNow(entry!).text, earlierVersions(entry!)]).toEqual(['one', []])
  })
})
