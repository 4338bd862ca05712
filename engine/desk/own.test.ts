import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SeenIdentity } from '../channels/channel.ts'
import { Cache } from '../cache/database.ts'
import { recordMessage } from '../cache/messages.ts'
import { findConversation, recordConversation, recordIdentity } from '../cache/people.ts'
import type { Session } from '../session.ts'
import { createOwnDesk } from './own.ts'
import { getConversationView } from './views.ts'

const now = 1_700_000_000_000
const ana: SeenIdentity = { address: '5511@lid', aliases: ['5511940028922@s.whatsapp.net'], name: 'Ana Souza' }

let folder: string
let cache: Cache
let recorded: string[]
let desk: ReturnType<typeof createOwnDesk>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-own-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  cache.transaction((writer) => {
    for (const id of ['a', 'b'])
      writer.run("INSERT INTO accounts (id, channel, name, address) VALUES (?, 'whatsapp', 'W', '1@lid')", [id])
  })
  recorded = []
  const session: Partial<Session> = {
    cache,
    record: (event) => void recorded.push(event.kind),
    accounts: { list: () => ['a', 'b'].map((id) => ({ id, channel: 'whatsapp', name: id, runner: null })) } as never,
  }
  desk = createOwnDesk({ session: () => session as Session, now: () => now, touched: () => {} })
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

let messages = 0
/** The opaque id of the conversation in which it stands. */
function arrive(account: string, from: SeenIdentity, at = now): string {
  return cache.transaction((writer) => {
    const identity = recordIdentity(writer, account, from)
    const conversation = recordConversation(writer, account, identity.id)
    messages += 1
    recordMessage(writer, {
      conversation: conversation.id,
      at,
      opaque: `o${messages}`,
      mine: 0,
      path: 'live',
      kind: 'text',
      providerId: `p${messages}`,
      clientId: null,
      state: 'received',
      replyTo: null,
      author: null,
      entities: null,
      details: null,
      target: null,
      unread: true,
      text: 'Bom dia',
      account,
      peer: identity.id,
    })
    return conversation.opaque
  })
}

test('the own marks of a conversation are told to nobody, and who writes takes it out of the archive unless it is muted', async () => {
  const id = arrive('a', ana)
  const view = () => getConversationView(cache, { id: findConversation(cache, id)!.id })
  await desk['conversation.mark']({ conversation: id, pinned: true, archived: true, unread: true })
  expect(view()).toMatchObject({ pinnedAt: now, archived: true, muted: false, markedUnread: true })
  await desk['conversation.mark']({ conversation: id, pinned: false })
  expect(view()).toMatchObject({ pinnedAt: null, archived: true, markedUnread: true })
  expect(recorded).toEqual([])
  arrive('a', ana)
  expect(view()).toMatchObject({ archived: false, unread: 2 })
  await desk['conversation.mark']({ conversation: id, archived: true, muted: true })
  arrive('a', ana)
  expect(view()).toMatchObject({ archived: true, muted: true, unread: 3 })
})

test('a customer is one person on every account that shares an address, numbers are masked, and the look leaves a trace', async () => {
  const first = arrive('a', ana, now - 5_000)
  arrive('a', ana)
  const second = arrive('b', { address: '5511940028922@s.whatsapp.net', aliases: [], name: null })
  const known = { channel: 'whatsapp', known: '+551 … 8922' }
  expect(await desk['customer.get']({ conversation: first })).toEqual({
    name: 'Ana Souza',
    since: now - 5_000,
    identities: [
      { ...known, account: 'a', name: 'Ana Souza', conversation: first },
      { ...known, account: 'b', name: '+551 … 8922', conversation: second },
    ],
  })
  expect(recorded).toEqual(['conversation.opened/1'])
  const group = arrive('a', { address: '120363@g.us', aliases: [], name: 'Resellers' })
  await expect(async () => desk['customer.get']({ conversation: group })).rejects.toMatchObject({
    code: 'not_a_person',
  })
})

test('quick replies are kept by name, replaced, dropped, and limited in number', async () => {
  await desk['quickReply.keep']({ name: 'price', text: 'Our price is 41.50.' })
  await desk['quickReply.keep']({ name: '交期', text: '{name}，您好' })
  await desk['quickReply.keep']({ name: 'price', text: 'Our price is 39.90.' })
  expect(await desk['quickReplies.list']({})).toEqual({
    replies: [
      { name: 'price', text: 'Our price is 39.90.' },
      { name: '交期', text: '{name}，您好' },
    ],
  })
  await desk['quickReply.drop']({ name: '交期' })
  for (let i = 1; i < 200; i += 1) await desk['quickReply.keep']({ name: `n${i}`, text: 'x' })
  await expect(async () => desk['quickReply.keep']({ name: 'more', text: 'x' })).rejects.toMatchObject({
    code: 'too_many',
  })
  await desk['quickReply.keep']({ name: 'n1', text: 'y' })
})
