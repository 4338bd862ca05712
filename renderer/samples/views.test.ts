import { expect, test } from 'vitest'
import { messageViewSchema } from '../../shared/contracts/window.ts'
import { sampleMessage } from './views.ts'

test('a view takes names of any length where the wire has addresses', () => {
  const details = {
    mentions: ['李'],
    service: { event: 'added' as const, members: ['Bo', 'x'.repeat(300)], text: null, seconds: null },
  }
  expect(messageViewSchema.safeParse(sampleMessage('m', { kind: 'service', details })).error).toBeUndefined()
})
