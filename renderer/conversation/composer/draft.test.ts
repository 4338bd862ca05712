import { expect, test } from 'vitest'
import { sampleMessage } from '../../samples/views.ts'
import { canDelete, canEdit, editableText, findMentions, lastEditable, mentionQuery } from './draft.ts'

const own = (id: string, change = {}) => sampleMessage(id, { direction: 'out', state: 'sent', ...change })

test('arrow-up edits the newest own message, and only where the provider could take it', () => {
  expect(lastEditable([own('a'), own('b'), sampleMessage('in')])?.id).toBe('b')
  expect(lastEditable([own('a'), own('b', { state: 'failed' })])).toBeNull()
  expect(lastEditable([])).toBeNull()
  for (const change of [
    { kind: 'voice' },
    { state: 'queued' },
    { direction: 'in' },
    { deleted: { by: 'company', at: 1 } },
  ]) {
    expect(canEdit(own('x', change)), JSON.stringify(change)).toBe(false)
  }
  expect([canDelete(own('x', { kind: 'voice' })), canDelete(own('x', { state: 'unknown' }))]).toEqual([true, false])
})

test('a text is changed with the names that stand in it', () => {
  const message = sampleMessage('m', {
    text: 'hi @12345, @999',
    entities: [{ type: 'mention_name', offset: 3, length: 6 }],
    details: { mentions: ['Ana Souza'] },
  })
  expect(editableText(message, 'whatsapp')).toBe('hi @Ana Souza, @999')
  expect(editableText(message, 'telegram')).toBe('hi @12345, @999')
})

test('mentions are found where they stand, the longer name first, and forgotten when they were erased', () => {
  const mentions = [
    { ref: 'r1', name: 'Ana' },
    { ref: 'r2', name: 'Ana Souza' },
    { ref: 'r3', name: 'Li' },
  ]
  expect(findMentions('hi @Ana Souza and @Ana', mentions)).toEqual({
    entities: [
      { type: 'mention_name', offset: 3, length: 10 },
      { type: 'mention_name', offset: 18, length: 4 },
    ],
    refs: ['r2', 'r1'],
  })
  expect(findMentions('nobody', mentions)).toEqual({ entities: [], refs: [] })
})

test('a name is being typed behind a free-standing @', () => {
  expect(mentionQuery('hi @an', 6)).toEqual({ from: 3, query: 'an' })
  expect(mentionQuery('@', 1)).toEqual({ from: 0, query: '' })
  expect(mentionQuery('hi @an so', 9)).toEqual({ from: 3, query: 'an so' })
  for (const text of ['mail a@b', 'hi @ an', 'hi @an\nx', 'plain'])
    expect(mentionQuery(text, text.length), text).toBeNull()
})
