import { expect, test } from 'vitest'
import type { MessageView } from '../../shared/contracts/window.ts'
import { sampleMessage } from '../samples/views.ts'
import { firstUnread, maxRows, mergeMessages, prependPage, rowOf, toRows, type Loaded } from './message-list.ts'

function message(n: number, change: Partial<MessageView> = {}): MessageView {
  return sampleMessage(`m${n}`, { at: n * 1000, order: String(n).padStart(8, '0'), ...change })
}
const range = (from: number, to: number): MessageView[] =>
  Array.from({ length: to - from }, (_unused, i) => message(from + i))
const ids = (loaded: Loaded): string => loaded.messages.map((one) => one.id).join(' ')
const loaded = (messages: MessageView[], change: Partial<Loaded> = {}): Loaded => ({
  messages,
  before: null,
  atNewest: true,
  ...change,
})

test('changes replace, new ones find their place by time and order, nothing is doubled', () => {
  const merged = mergeMessages(loaded(range(1, 4)), [
    message(2, { text: 'edited' }),
    message(9, { at: 2000, order: '00000002b' }),
    message(4),
    message(4),
  ])
  expect(ids(merged)).toBe('m1 m2 m9 m3 m4')
  expect(merged.messages[1]?.text).toBe('edited')
})

test('what is older than the loaded part waits for its page', () => {
  expect(ids(mergeMessages(loaded(range(5, 7), { before: 'cursor' }), [message(1)]))).toBe('m5 m6')
  expect(ids(mergeMessages(loaded(range(5, 7)), [message(1)]))).toBe('m1 m5 m6')
})

test('the window keeps at most 2,000 rows and tells that the newest are out of it', () => {
  const full = prependPage(loaded(range(1000, 1000 + maxRows), { before: 'b' }), range(900, 1000), 'a')
  expect(full.messages).toHaveLength(maxRows)
  expect(full).toMatchObject({ before: 'a', atNewest: false })
  expect(full.messages[0]?.id).toBe('m900')
  const later = mergeMessages(full, [message(5000), message(950, { state: 'received', text: 'changed' })])
  expect(later.messages).toHaveLength(maxRows)
  expect(later.messages[50]?.text).toBe('changed')
})

test('rows have a mark for each day and runs of bubbles', () => {
  const day = 86_400_000
  const dayOf = (at: number): number => Math.floor(at / day) * day
  const messages = [
    message(1, { at: 1000 }),
    message(2, { at: 2000 }),
    message(3, { at: 3000, direction: 'out' }),
    message(4, { at: day + 1000, direction: 'out' }),
  ]
  const rows = toRows(messages, dayOf, { message: 'm2', count: 1 })
  expect(
    rows.map((row) => (row.type === 'message' ? `${row.key}${row.first ? '<' : ''}${row.last ? '>' : ''}` : row.type)),
  ).toEqual(['day', 'm1<>', 'unread', 'm2<>', 'm3<>', 'day', 'm4<>'])
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length)
})

test('the unread mark stands before the first message that the owner has not seen', () => {
  const messages = [message(1), message(2), message(3, { direction: 'out' }), message(4)]
  expect(firstUnread(messages, 2)).toEqual({ message: 'm2', count: 2 })
  expect(firstUnread(messages, 50)).toEqual({ message: 'm1', count: 50 })
  expect(firstUnread(messages, 0)).toBeNull()
  expect(firstUnread([], 3)).toBeNull()
})

/** `id+id` for an album, `(id)` for a notice; `<` and `>` where a run begins and ends. */
const shapes = (messages: MessageView[], unread: { message: string; count: number } | null = null): string[] =>
  toRows(messages, () => 0, unread).map((row) =>
    row.type === 'message'
      ? `${row.first ? '<' : ''}${row.messages.map((one) => one.id).join('+')}${row.last ? '>' : ''}`
      : row.type === 'notice'
        ? `(${row.key})`
        : row.type,
  )

test('pictures of one album are one row; others, texts and the unread mark end it', () => {
  const picture = (n: number, album: string, change: Partial<MessageView> = {}): MessageView =>
    message(n, { kind: 'image', details: { album }, ...change })
  const messages = [
    picture(1, 'a'),
    picture(2, 'a', { kind: 'video' }),
    picture(3, 'b'),
    message(4),
    picture(5, 'b'),
    picture(6, 'b', { direction: 'out' }),
    picture(7, 'b', { direction: 'out' }),
  ]
  expect(shapes(messages)).toEqual(['day', '<m1+m2', 'm3', 'm4', 'm5>', '<m6+m7>'])
  expect(shapes(messages, { message: 'm2', count: 1 }).slice(0, 4)).toEqual(['day', '<m1>', 'unread', '<m2'])
  expect(
    rowOf(
      toRows(messages, () => 0, null),
      'm7',
    ),
  ).toBe(5)
  expect(
    rowOf(
      toRows(messages, () => 0, null),
      'gone',
    ),
  ).toBe(-1)
})

test('notices stand alone, changes have no row, and in a group each person has a run', () => {
  const by = (n: number, key: string): MessageView => message(n, { author: { key, name: key } })
  expect(
    shapes([
      by(1, 'ana'),
      by(2, 'ana'),
      by(3, 'li'),
      message(4, { kind: 'service' }),
      by(5, 'li'),
      message(6, { kind: 'edit' }),
      message(7, { kind: 'reaction' }),
      by(8, 'li'),
    ]),
  ).toEqual(['day', '<m1', 'm2>', '<m3>', '(m4)', '<m5', 'm8>'])
})
