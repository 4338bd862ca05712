import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NotificationView } from '../../shared/contracts/notifications.ts'
import type { StatusView } from '../../shared/contracts/window.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { ChannelEvent, SeenIdentity } from '../channels/channel.ts'
import { Cache } from '../cache/database.ts'
import { findConversationWith, markConversation } from '../cache/people.ts'
import { applyChannelEvent } from '../recorder/apply.ts'
import { newTouched } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { createNotificationDesk, newsMs, Notifier } from './notifications.ts'

const now = 1_700_000_000_000
const ana: SeenIdentity = { address: '551100@lid', aliases: ['5511940028922@s.whatsapp.net'], name: 'Ana Souza' }
const ben: SeenIdentity = { address: '551200@lid', aliases: ['5511940028923@s.whatsapp.net'], name: null }
const group: SeenIdentity = { address: '120363@g.us', aliases: [], name: 'Resellers' }

let folder: string
let cache: Cache
let lock: StatusView['lock']
let told: NotificationView[]
let over: string[]
let unread: number[]
let notifier: Notifier
let desk: ReturnType<typeof createNotificationDesk>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-notifications-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  cache.transaction((writer) =>
    writer.run("INSERT INTO accounts (id, channel, name, address) VALUES ('a', 'whatsapp', 'W', '1@lid')"),
  )
  lock = 'open'
  told = []
  over = []
  unread = []
  const session: Partial<Session> = { cache }
  notifier = new Notifier({
    session: () => session as Session,
    lock: () => lock,
    now: () => now,
    tell: (one) => told.push(one),
    over: (conversations) => over.push(...conversations),
    unread: (count) => unread.push(count),
  })
  desk = createNotificationDesk({
    session: () => session as Session,
    watched: (conversation) => notifier.watched(conversation),
  })
})
afterEach(() => {
  notifier.stop()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

let messages = 0
type Said = Partial<Omit<NeutralMessage, 'author'>> & {
  peer?: SeenIdentity
  author?: SeenIdentity
  direction?: 'in' | 'out'
}

function event({ peer = ana, author, direction = 'in', ...said }: Said): ChannelEvent {
  messages += 1
  return {
    type: 'message',
    peer,
    author: author ?? null,
    direction,
    path: direction === 'in' ? 'live' : 'phone',
    clientId: null,
    raw: new Uint8Array(0),
    media: null,
    message: {
      channel: 'whatsapp',
      kind: 'text',
      chat: peer.address,
      author: direction === 'in' ? (author ?? peer).address : '1@lid',
      providerId: `p${messages}`,
      time: now,
      text: 'Bom dia',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
      ...said,
    },
  }
}

/** What the recorder does with one group of arriving messages. */
function arrive(...all: Said[]): void {
  const touched = newTouched()
  cache.transaction((writer) => {
    for (const said of all)
      applyChannelEvent(writer, { account: 'a', epoch: '1.1', now, touched, append: () => {} }, event(said))
  })
  notifier.touched(touched)
  notifier.flush()
}

function conversationWith(peer: SeenIdentity) {
  return findConversationWith(cache, 'a', peer.address)!
}

function touch(peer: SeenIdentity): void {
  notifier.touched({ ...newTouched(), conversations: new Set([conversationWith(peer).id]) })
  notifier.flush()
}

test('who and what is told of the newest, with how many came; in groups also who wrote', () => {
  arrive({ text: 'Hello?' }, { text: 'Anybody?' })
  arrive({ peer: group, author: ben, kind: 'image', text: '' })
  expect(told).toEqual([
    {
      conversation: conversationWith(ana).opaque,
      count: 2,
      language: 'en',
      content: { title: 'Ana Souza', author: null, kind: 'text', text: 'Anybody?' },
    },
    {
      conversation: conversationWith(group).opaque,
      count: 1,
      language: 'en',
      // Numbers are masked wherever they stand for a person.
      content: { title: 'Resellers', author: '+551 … 8923', kind: 'image', text: '' },
    },
  ])
  expect(unread).toEqual([2, 3])
})

test('a mentioned person stands with the name that is known here, not with digits', () => {
  arrive({ peer: ana })
  arrive({ peer: group, author: ben, text: 'ask @551100 please' })
  expect(told.at(-1)?.content?.text).toBe('ask @Ana Souza please')
})

test('a locked workstation tells of nothing but the number', () => {
  lock = 'screen'
  arrive({ text: 'secret' }, { peer: group, author: ben, text: 'secret' })
  expect(told.map((one) => one.content)).toEqual([null, null])
  expect(JSON.stringify(told)).not.toMatch(/secret|Ana|Resellers/)
  expect(unread).toEqual([2])
})

test('nobody is called for own words, notices, changes, history, or a call that was taken', () => {
  arrive({ time: now - newsMs - 1000, text: 'long ago' })
  arrive({ direction: 'out', text: 'from the phone' })
  arrive({ peer: group, author: ben, kind: 'service', details: { service: { event: 'join' } } as never, text: '' })
  arrive({ kind: 'call', text: '', details: { call: { video: false, outcome: 'accepted', durationS: 3 } } as never })
  expect(told).toEqual([])
  arrive({ providerId: 'first', text: 'first' })
  told.length = 0
  arrive({ kind: 'edit', target: 'first', text: 'changed' })
  arrive({ kind: 'reaction', target: 'first', text: '', details: { emoji: '👍' } })
  arrive({ kind: 'delete', target: 'first', text: '' })
  // The same message once more.
  arrive({ providerId: 'first', text: 'first' })
  expect(told).toEqual([])
  arrive({ kind: 'call', text: '', details: { call: { video: false, outcome: 'missed', durationS: null } } as never })
  expect(told.map((one) => one.content?.kind)).toEqual(['call'])
})

test('nobody is called for what is muted or archived, nor for what stands before the eyes', async () => {
  arrive({ text: 'first' })
  const { id, opaque } = conversationWith(ana)
  told.length = 0
  cache.transaction((writer) => markConversation(writer, id, { muted: true }, now))
  arrive({ text: 'muted' })
  cache.transaction((writer) => markConversation(writer, id, { archived: true }, now))
  arrive({ text: 'archived and muted' })
  cache.transaction((writer) => markConversation(writer, id, { archived: false, muted: false }, now))
  await desk['conversation.watched']({ conversation: opaque })
  arrive({ text: 'watched' })
  expect(told).toEqual([])
  await desk['conversation.watched']({ conversation: null })
  arrive({ text: 'not watched any more' })
  expect(told.map((one) => one.content?.text)).toEqual(['not watched any more'])
})

test('what was read or muted meanwhile is over, once, and the count begins anew', () => {
  arrive({}, {})
  arrive({ peer: group, author: ben })
  cache.transaction((writer) =>
    writer.run('UPDATE conversations SET unread = 0 WHERE id = ?', [conversationWith(ana).id]),
  )
  touch(ana)
  touch(ana)
  cache.transaction((writer) => markConversation(writer, conversationWith(group).id, { muted: true }, now))
  touch(group)
  expect(over).toEqual([conversationWith(ana).opaque, conversationWith(group).opaque])
  expect(unread).toEqual([2, 3, 1, 0])
  arrive({})
  expect(told.at(-1)?.count).toBe(1)
})

test('what the person chose holds: without content, or nothing at all; the number is told all the same', async () => {
  await desk['notifications.set']({ level: 'plain', language: 'de' })
  arrive({})
  expect(told).toEqual([{ conversation: conversationWith(ana).opaque, count: 1, language: 'de', content: null }])
  await desk['notifications.set']({ level: 'off' })
  expect(await desk['notifications.get']({})).toEqual({ level: 'off' })
  arrive({})
  expect(told).toHaveLength(1)
  expect(unread).toEqual([1, 2])
})

test('after a lock nothing is watched and the count begins anew', async () => {
  arrive({}, {})
  await desk['conversation.watched']({ conversation: conversationWith(ana).opaque })
  lock = 'screen'
  notifier.lockChanged()
  arrive({})
  expect(told.at(-1)).toMatchObject({ count: 1, content: null })
})
