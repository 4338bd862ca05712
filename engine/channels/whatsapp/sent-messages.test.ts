import * as baileys from '@whiskeysockets/baileys'
import { expect, test } from 'vitest'
import type { ChannelStore } from '../channel.ts'
import { findSent, forgetOldSent, keepSent } from './sent-messages.ts'

const DAY_MS = 86_400_000

function memory(): ChannelStore {
  const state = new Map<string, Uint8Array>()
  return {
    transaction: (run) => run(),
    getState: (type, id) => state.get(`${type} ${id}`) ?? null,
    putState: (type, id, value) => void (value ? state.set(`${type} ${id}`, value) : state.delete(`${type} ${id}`)),
    listState: (type) =>
      [...state].flatMap(([key, value]) =>
        key.startsWith(`${type} `) ? [{ id: key.slice(type.length + 1), value }] : [],
      ),
    putInbox: () => true,
    findOwnMessage: () => null,
    findMessage: () => null,
  }
}

test('what was sent is found again as it was, media with its key, for a week', () => {
  const store = memory()
  const message = { imageMessage: { caption: 'x', mediaKey: Buffer.alloc(32, 7), directPath: '/v/1' } }
  const nodes = [{ tag: 'meta', attrs: { polltype: 'vote' } }]
  const state = [{ type: 'poll', id: 'p', value: Buffer.from('{}') }]
  keepSent(baileys, store, 'A', { message, attrs: { edit: '1' }, nodes, state }, DAY_MS)
  expect(findSent(baileys, store, 'A')).toMatchObject({ attrs: { edit: '1' }, nodes, message })
  expect(store.getState('poll', 'p')).not.toBeNull()
  forgetOldSent(store, 7 * DAY_MS)
  expect(findSent(baileys, store, 'A')).not.toBeNull()
  forgetOldSent(store, 9 * DAY_MS)
  expect(findSent(baileys, store, 'A')).toBeNull()
})
