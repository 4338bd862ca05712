import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cache } from '../../cache/database.ts'
import { createChannelStore } from '../../cache/inbox.ts'
import type { ChannelStore } from '../channel.ts'
import { OwnSends } from './own-sends.ts'

const sentAt = 1_700_000_000_000
const echo = { peer: 'user:77', text: 'hi', date: sentAt / 1000, path: 'offline' as const }
let folder: string
let cache: Cache
let store: ChannelStore
let sends: OwnSends

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-sends-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  store = createChannelStore(cache, 'account-1', { now: () => sentAt })
  sends = new OwnSends(store)
})

afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true })
})

test('an echo is recognised by person, text and time, also after a restart', () => {
  sends.begin('5', 'user:77', 'hi', sentAt)
  const restarted = new OwnSends(store)
  expect(restarted.match(echo)).toBe('5')
  expect(restarted.match({ ...echo, peer: 'user:78' })).toBeNull()
  expect(restarted.match({ ...echo, text: 'hi!' })).toBeNull()
  expect(restarted.match({ ...echo, date: echo.date - 3600 })).toBeNull()
})

test('what was noted down before there were groups is still recognised', () => {
  sends.begin('5', '77', 'hi', sentAt)
  expect(sends.match(echo)).toBe('5')
})

test('of equal texts the older send is recognised first, and none twice', () => {
  sends.begin('6', '77', 'hi', sentAt + 1)
  sends.begin('5', '77', 'hi', sentAt)
  expect(sends.match(echo)).toBe('5')
  sends.settle('5')
  expect(sends.match(echo)).toBe('6')
  sends.settle('6')
  expect(sends.match(echo)).toBeNull()
})

test('a send under way is not mistaken for a message that another device wrote', () => {
  sends.begin('5', '77', 'hi', sentAt)
  expect(sends.match({ ...echo, path: 'live' })).toBeNull()
  sends.end('5')
  expect(sends.match({ ...echo, path: 'live' })).toBe('5')
})

test('the text itself is not kept, and old sends are forgotten', () => {
  sends.begin('5', '77', 'a secret text', sentAt)
  const [intent] = store.listState('intent')
  expect(new TextDecoder().decode(intent?.value)).not.toContain('secret')
  sends.begin('6', '77', 'hi', sentAt + 8 * 24 * 3600 * 1000)
  expect(store.listState('intent').map(({ id }) => id)).toEqual(['6'])
})
