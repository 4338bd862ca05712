/** When the provider's list of devices is asked for, and when the vault is told of it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Cache } from '../cache/database.ts'
import type { LinkedDevice } from '../channels/channel.ts'
import { DeviceNotes } from './device-notes.ts'
import { scriptedChannel } from './scripted-channel.ts'

const hourMs = 3_600_000
const phone: LinkedDevice = { id: '0', name: null, platform: 'phone', current: false, activeAt: null }
const desk: LinkedDevice = { id: '7', name: null, platform: null, current: true, activeAt: 1 }
let folder: string
let cache: Cache
let live: boolean
let asked: number
let listed: LinkedDevice[] | null
let told: unknown[]

function withoutId({ name, platform, current, activeAt }: LinkedDevice): Omit<LinkedDevice, 'id'> {
  return { name, platform, current, activeAt }
}

function notes(): DeviceNotes {
  return new DeviceNotes({
    account: 'a',
    cache,
    now: () => Date.now(),
    channel: () => (live ? channel : null),
    phone: () => '4915100000',
    append: (_writer, payload) => void told.push(payload),
  })
}
const channel = scriptedChannel({
  listDevices: () => {
    asked++
    return listed === null ? Promise.reject(new Error('not now')) : Promise.resolve(listed)
  },
})

beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-devices-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  live = true
  asked = 0
  listed = [phone, desk]
  told = []
})
afterEach(() => {
  vi.useRealTimers()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the list is told once it is known, again when it changes, and daily for its times', async () => {
  const one = notes()
  one.changed()
  one.changed()
  await vi.advanceTimersByTimeAsync(10_000)
  const first = { phone: '4915100000', devices: [phone, desk].map(withoutId) }
  expect([asked, told]).toEqual([1, [first]])
  listed = [phone, { ...desk, activeAt: 2 }]
  await vi.advanceTimersByTimeAsync(6 * hourMs)
  expect([asked, told.length]).toEqual([2, 1])
  listed = [phone]
  await vi.advanceTimersByTimeAsync(6 * hourMs)
  expect([asked, told.length]).toEqual([3, 2])
  await vi.advanceTimersByTimeAsync(24 * hourMs)
  expect(told).toHaveLength(3)
  one.stop()
})

test('after a restart the same list is no news, and a provider that does not answer is asked again later', async () => {
  const before = notes()
  before.changed()
  await vi.advanceTimersByTimeAsync(10_000)
  before.stop()
  listed = null
  const after = notes()
  after.changed()
  await vi.advanceTimersByTimeAsync(10_000)
  expect([asked, told.length]).toEqual([2, 1])
  listed = [phone]
  await vi.advanceTimersByTimeAsync(6 * hourMs)
  expect([asked, told.length]).toEqual([3, 2])
  live = false
  after.changed()
  await vi.advanceTimersByTimeAsync(48 * hourMs)
  expect(asked).toBe(3)
})
