import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WindowEvent } from '../../shared/contracts/window.ts'
import { CustomerActivity, realTimers } from '../activity/customer-activity.ts'
import { Cache } from '../cache/database.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import type { SeenIdentity } from '../channels/channel.ts'
import type { Session } from '../session.ts'
import { Broadcast } from './broadcast.ts'
import { createActivityDesk } from './customer-activity.ts'

let folder: string
let cache: Cache
let broadcast: Broadcast
let desk: ReturnType<typeof createActivityDesk>
let activity: CustomerActivity
let told: WindowEvent[]
let looks: string[]
let isOpen: boolean
let ana: string
let group: string

beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-activity-desk-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ana = converse({ address: '5511@lid', aliases: [], name: 'Ana' })
  group = converse({ address: '12036304@g.us', aliases: [], name: 'Resellers' })
  cache.transaction((writer) => {
    recordIdentity(writer, 'a', { address: '6@lid', aliases: ['4915112345678@s.whatsapp.net'], name: null })
    recordIdentity(writer, 'a', { address: '7@lid', aliases: [], name: null })
  })
  told = []
  looks = []
  isOpen = true
  activity = new CustomerActivity({
    cache,
    timers: realTimers,
    now: () => 1_700_000_000_000,
    attend: () => {},
    changed: () => broadcast.activity(),
  })
  const record: Session['record'] = ({ kind, conversation }) => void looks.push(`${kind} ${conversation}`)
  const session: Partial<Session> = { cache, activity, record }
  broadcast = new Broadcast({
    session: () => session as Session,
    isOpen: () => isOpen,
    status: () => {
      throw new Error('not asked for')
    },
    tell: (event) => told.push(event),
  })
  desk = createActivityDesk({ session: () => session as Session, now: () => 0, touched: () => {} })
})
afterEach(() => {
  vi.useRealTimers()
  broadcast.stop()
  activity.stop()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function converse(seen: SeenIdentity): string {
  return cache.transaction((writer) => recordConversation(writer, 'a', recordIdentity(writer, 'a', seen).id)).opaque
}

function types(chat: string, author = chat, doing: 'typing' | null = 'typing'): void {
  activity.noticed('a', { notice: 'doing', chat, author, doing, lastsMs: 6000 })
}

const watch = (open: string | null, rows: string[]) => desk['activity.watch']({ open, rows }, undefined as never)

test('watching answers with what is known, and only opening is a look', async () => {
  await watch(null, [ana, group])
  types('5511@lid')
  expect(looks).toEqual([])
  expect(await watch(ana, [group])).toEqual({
    activities: [{ conversation: ana, people: [{ name: null, doing: 'typing' }], more: 0, availability: null }],
  })
  await watch(ana, [])
  expect(looks).toEqual([`conversation.opened/1 ${ana}`])
  expect(() => watch('nobody', [])).toThrow('there is no such conversation')
})

test('a group names three at most: by name, by masked number, or nobody', async () => {
  await watch(null, [group])
  for (const author of ['5511@lid', '6@lid', '7@lid', '8@lid', '9@lid']) types('12036304@g.us', author)
  await vi.advanceTimersByTimeAsync(100)
  const people = ['Ana', '+491 … 5678', null].map((name) => ({ name, doing: 'typing' }))
  const changed = [{ conversation: group, people, more: 2, availability: null }]
  expect(told).toEqual([{ event: 'customer-activity', changed }])
})

test('a flood is told ten times a second, and a locked screen learns nothing', async () => {
  await watch(null, [ana])
  for (let ms = 0; ms < 1000; ms += 1) {
    for (let i = 0; i < 10; i += 1) types('5511@lid', '5511@lid', i % 2 === 0 ? 'typing' : null)
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(told.length).toBeGreaterThan(5)
  expect(told.length).toBeLessThanOrEqual(10)
  isOpen = false
  types('5511@lid')
  const before = told.length
  await vi.advanceTimersByTimeAsync(10_000)
  expect(told).toHaveLength(before)
})
