import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Availability, Doing } from '../../shared/contracts/customer-activity.ts'
import { Cache } from '../cache/database.ts'
import { packContent, recordMessage } from '../cache/messages.ts'
import { recordConversation, recordIdentity, type ConversationRow } from '../cache/people.ts'
import type { SeenIdentity } from '../channels/channel.ts'
import { newTouched } from '../recorder/context.ts'
import { CustomerActivity } from './customer-activity.ts'

const anas = { address: '5511@lid', aliases: ['5511999@s.whatsapp.net'], name: 'Ana' }
const groups = { address: '12036304@g.us', aliases: [], name: 'Resellers' }
let folder: string
let cache: Cache
let ana: ConversationRow
let group: ConversationRow
let activity: CustomerActivity
let clock: { at: number; timers: { at: number; run: () => void }[]; set: number }
let attended: string[]
let changes: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-activity-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ana = converse(anas)
  group = converse(groups)
  clock = { at: 0, timers: [], set: 0 }
  attended = []
  changes = 0
  activity = new CustomerActivity({
    cache,
    timers: {
      monotonic: () => clock.at,
      after(ms, run) {
        const timer = { at: clock.at + ms, run }
        clock.timers.push(timer)
        clock.set += 1
        return () => (clock.timers = clock.timers.filter((one) => one !== timer))
      },
    },
    now: () => 1_700_000_000_000 + clock.at,
    attend: (account, address) => attended.push(`${account} ${address}`),
    changed: () => (changes += 1),
  })
})
afterEach(() => {
  activity.stop()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function converse(seen: SeenIdentity): ConversationRow {
  return cache.transaction((writer) => recordConversation(writer, 'a', recordIdentity(writer, 'a', seen).id))
}

function pass(ms: number): void {
  clock.at += ms
  for (const timer of clock.timers.filter(({ at }) => at <= clock.at)) {
    clock.timers = clock.timers.filter((one) => one !== timer)
    timer.run()
  }
}

function does(chat: string, doing: Doing | null, author = chat, lastsMs = 6000): void {
  activity.noticed('a', { notice: 'doing', chat, author, doing, lastsMs })
}

function is(person: string, availability: Availability | null, lastsMs: number | null = null): void {
  activity.noticed('a', { notice: 'availability', person, availability, lastsMs })
}

const doingIn = ({ id }: ConversationRow) => activity.of(id)?.doers.map(({ doing }) => doing)

test('a person is the same under number and LID, and what is not shown is not kept', () => {
  does('5511@lid', 'typing')
  expect([activity.of(ana.id), changes]).toEqual([null, 0])
  activity.show(null, [ana.opaque])
  does('5511999@s.whatsapp.net', 'typing')
  expect([doingIn(ana), activity.takeChanged()]).toEqual([['typing'], [ana.id]])
  does('5511@lid', null)
  expect([doingIn(ana), activity.takeChanged(), changes]).toEqual([[], [ana.id], 2])
  does('5511@lid', 'recording')
  activity.show(null, [group.opaque])
  activity.show(null, [ana.opaque])
  expect(doingIn(ana)).toEqual([])
})

test('an alias that is learned while the conversation stands on the screen counts at once', () => {
  const row = converse({ address: '4915@s.whatsapp.net', aliases: [], name: 'Bo' })
  activity.show(null, [row.opaque])
  converse({ address: '77@lid', aliases: ['4915@s.whatsapp.net'], name: 'Bo' })
  does('77@lid', 'typing')
  expect(doingIn(row)).toEqual([])
  activity.recorded({ ...newTouched(), conversations: new Set([row.id]) })
  does('77@lid', 'typing')
  expect(doingIn(row)).toEqual(['typing'])
})

test('typing ends by itself at the provider’s time, unless it is said again', () => {
  activity.show(null, [ana.opaque])
  does('5511@lid', 'typing')
  pass(5000)
  does('5511@lid', 'typing')
  pass(5999)
  expect([doingIn(ana), changes]).toEqual([['typing'], 1])
  activity.takeChanged()
  pass(1)
  expect([doingIn(ana), activity.takeChanged(), clock.timers]).toEqual([[], [ana.id], []])
  does('5511@lid', 'typing', '5511@lid', Number.MAX_SAFE_INTEGER)
  pass(30_000)
  expect(doingIn(ana)).toEqual([])
})

test('a message ends its author’s typing and nobody else’s; an own message and an old one end nothing', () => {
  const bo = cache.transaction((writer) => recordIdentity(writer, 'a', { address: '6@lid', aliases: [], name: 'Bo' }))
  activity.show(null, [ana.opaque, group.opaque])
  const record = (conversation: ConversationRow, mine: 0 | 1, author: number | null): void => {
    const key = cache.transaction((writer) =>
      recordMessage(writer, {
        conversation: conversation.id,
        account: 'a',
        peer: conversation.identity,
        at: clock.at,
        opaque: String(Math.random()),
        mine,
        path: 'live',
        kind: 'text',
        providerId: String(Math.random()),
        clientId: null,
        state: mine === 1 ? 'sent' : 'received',
        replyTo: null,
        author,
        ...packContent({ entities: [], details: null }),
        target: null,
        text: 'hello',
        unread: mine === 0,
      }),
    )
    activity.recorded({ ...newTouched(), conversations: new Set([conversation.id]), recorded: [{ key, opaque: 'x' }] })
  }
  does('5511@lid', 'typing')
  record(ana, 1, null)
  activity.recorded({ ...newTouched(), conversations: new Set([ana.id]), messages: [] })
  expect(doingIn(ana)).toEqual(['typing'])
  record(ana, 0, null)
  expect(doingIn(ana)).toEqual([])
  does(groups.address, 'typing', '6@lid')
  does(groups.address, 'recording', '7@lid')
  record(group, 0, bo.id)
  expect(activity.of(group.id)?.doers).toEqual([{ address: '7@lid', doing: 'recording' }])
})

test('being online is told of the open conversation only, and ends at its time', () => {
  activity.show(null, [ana.opaque])
  is('5511@lid', { state: 'online' })
  expect(activity.of(ana.id)?.availability).toBeNull()
  activity.show(ana.opaque, [])
  is('5511@lid', { state: 'online' }, 4000)
  is('5511@lid', { state: 'online' }, 5000)
  expect([activity.of(ana.id)?.availability, changes]).toEqual([{ state: 'online' }, 1])
  pass(5000)
  expect(activity.of(ana.id)?.availability).toEqual({ state: 'offline', seenAt: 1_700_000_005_000 })
  is('5511@lid', { state: 'recently' })
  expect(activity.list()).toEqual([ana.id])
  is('5511@lid', null)
  expect(activity.list()).toEqual([])
})

test('whoever goes offline has stopped, also in a row of the list', () => {
  activity.show(null, [ana.opaque])
  does('5511@lid', 'typing')
  is('5511@lid', { state: 'online' })
  expect(doingIn(ana)).toEqual(['typing'])
  is('5511@lid', { state: 'offline', seenAt: 5 })
  expect(activity.of(ana.id)).toMatchObject({ doers: [], availability: null })
})

test('the channel is asked when a conversation is opened and when the account is there again, and what a lost line said is forgotten', () => {
  activity.show(ana.opaque, [group.opaque])
  activity.show(ana.opaque, [])
  activity.live('b')
  expect(attended).toEqual(['a 5511@lid'])
  does('5511@lid', 'typing')
  is('5511@lid', { state: 'online' })
  activity.lost('b')
  expect(doingIn(ana)).toEqual(['typing'])
  activity.lost('a')
  expect(activity.of(ana.id)).toMatchObject({ doers: [], availability: null })
  activity.live('a')
  activity.show(null, [])
  expect(attended.slice(1)).toEqual(['a 5511@lid', 'a null'])
})

test('a flood costs neither timers nor changes nor memory', () => {
  activity.show(null, [group.opaque])
  const startedAt = performance.now()
  for (let i = 0; i < 10_000; i += 1) does(groups.address, i % 2 === 0 ? 'typing' : null, '1@lid')
  for (let i = 0; i < 10_000; i += 1) does(groups.address, 'typing', `${i}@lid`)
  for (let i = 0; i < 10_000; i += 1) does(`${i}@lid`, 'typing')
  expect(activity.of(group.id)?.doers).toHaveLength(64)
  expect([changes, activity.takeChanged(), clock.set]).toEqual([1, [group.id], 1])
  // Three seconds' worth of hints in a small part of one.
  expect(performance.now() - startedAt).toBeLessThan(500)
  pass(6000)
  expect([doingIn(group), clock.timers]).toEqual([[], []])
})
