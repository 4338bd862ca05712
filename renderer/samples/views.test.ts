import { expect, test } from 'vitest'
import { accountViewSchema, messageViewSchema, windowEventSchema } from '../../shared/contracts/window.ts'
import { sampleAccount, sampleMessage } from './views.ts'

test('a view takes names of any length where the wire has addresses', () => {
  const details = {
    mentions: ['李'],
    service: { event: 'added' as const, members: ['Bo', 'x'.repeat(300)], text: null, seconds: null },
  }
  expect(messageViewSchema.safeParse(sampleMessage('m', { kind: 'service', details })).error).toBeUndefined()
})

test('an account and an upload under way are what the engine may tell', () => {
  expect(accountViewSchema.parse(sampleAccount('a', { history: { done: 1, total: 2 } })).history?.total).toBe(2)
  const upload = { event: 'upload' as const, message: '1.2.3', progress: { sent: 1, bytes: 2 } }
  expect(windowEventSchema.parse(upload)).toEqual(upload)
})
