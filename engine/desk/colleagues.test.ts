import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventHeader } from '../../shared/contracts/events.ts'
import { decodeHeader, decodePayload, type EventDraft } from '../../shared/formats/event.ts'
import { applyClaim, putWriter } from '../cache/colleagues.ts'
import { Cache } from '../cache/database.ts'
import { putValue } from '../cache/meta.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import { findSend } from '../cache/sends.ts'
import { Ledger } from '../ledger/ledger.ts'
import { applyForeignEvent } from '../recorder/apply-journal.ts'
import { newTouched } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { createDesk } from './desk.ts'

const now = 1_700_000_000_000
const peer = { address: '5511@lid', aliases: [], name: 'Ana' }
let folder: string
let cache: Cache
let ledger: Ledger
let desk: ReturnType<typeof createDesk>
/** Who is in the conversation now. */
let there: { employee: string; name: string; doing: 'viewing' | 'typing' }[]
let seq = 0
let holdsLease: boolean

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-colleagues-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ledger = new Ledger(cache, 'mine')
  there = []
  holdsLease = false
  cache.transaction((writer) => {
    writer.run("INSERT INTO accounts (id, channel, name, journalPosition) VALUES ('a', 'whatsapp', 'W', 41)")
    putWriter(writer, { ledger: 'mine', employee: 'jana', name: 'Jana' })
    putWriter(writer, { ledger: 'maras', employee: 'mara', name: 'Mara' })
    putWriter(writer, { ledger: 'janas-other', employee: 'jana', name: 'Jana' })
  })
  const appendIn: Session['appendIn'] = (writer, event) =>
    ledger.append(writer, {
      account: null,
      epoch: '1.1',
      conversation: null,
      identity: null,
      message: null,
      at: now,
      ...event,
    } as EventDraft).header.seq
  /** The account runs elsewhere: there is no channel here. */
  const session: Partial<Session> = {
    cache,
    ledger,
    appendIn,
    record: (event) => cache.transaction((writer) => void appendIn(writer, event)),
    accounts: {
      find: () => ({ runner: { channel: null, holdsLease }, sender: { changed: () => {} } }),
      list: () => [{ id: 'a', channel: 'whatsapp', name: 'W', runner: null }],
    } as never,
    refusal: () => null,
    newClientId: () => `R${++seq}`,
    presences: { of: () => there, list: () => [] } as never,
  }
  desk = createDesk({ session: () => session as Session, now: () => now, touched: () => {} })
  said('in', 'a question')
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function apply(header: Partial<EventHeader>, decoded: Parameters<typeof applyForeignEvent>[4]): void {
  const where = { account: 'a', now, touched: newTouched() }
  const whole = { epoch: '0.0', at: now, message: `m${++seq}`, seq, ...header } as EventHeader
  cache.transaction((writer) => applyForeignEvent(writer, where, whole, peer.address, decoded))
}

/** The customer writes, or somebody answers with the account's phone. */
function said(direction: 'in' | 'out', text: string): void {
  const message = {
    channel: 'whatsapp' as const,
    kind: 'text' as const,
    chat: peer.address,
    author: direction === 'in' ? peer.address : '1@lid',
    providerId: `P${++seq}`,
    time: now,
    text,
    entities: [],
    reply: null,
    target: null,
    media: null,
    details: null,
  }
  const path = direction === 'in' ? ('live' as const) : ('phone' as const)
  const payload = { peer, author: null, direction, path, message, clientId: null, raw: '' }
  apply({ ledger: 'maras', epoch: '1.1' }, { kind: 'message.recorded/1', payload })
}

function intended(by: string, text: string): void {
  const content = { text, replyTo: null, kind: 'text' as const, entities: [], target: null, details: null }
  apply({ ledger: by }, { kind: 'message.intended/1', payload: { peer, clientId: `C${++seq}`, ...content } })
}

const conversation = (): string => cache.get<{ opaque: string }>('SELECT opaque FROM conversations')!.opaque
const warnings = async () => {
  const found = (await desk['colleagues.get']({ conversation: conversation() })).warnings
  return found.map(({ kind, name }) => `${kind} ${name}`)
}
const events = (kind: string) =>
  ledger
    .listAfter(0, 100, 1e6)
    .map((row) => ({ header: decodeHeader(row.header), ...decodePayload(decodeHeader(row.header).kind, row.payload) }))
    .filter((one) => one.header.kind === kind)

test('a colleague’s answer behind the customer’s last word warns; an own one, the phone’s, or an older one does not', async () => {
  expect(await warnings()).toEqual([])
  intended('maras', 'an answer')
  expect(await warnings()).toEqual(['answered Mara'])
  said('out', 'from the phone')
  expect(await warnings()).toEqual(['answered Mara'])
  said('in', 'another question')
  expect(await warnings()).toEqual([])
  intended('maras', 'an answer to that')
  intended('janas-other', 'mine, from the other seat')
  expect(await warnings()).toEqual([])
})

test('who types warns, who only looks does not; nothing is written down of a send that was held back', async () => {
  there = [{ employee: 'mara', name: 'Mara', doing: 'viewing' }]
  expect(await warnings()).toEqual([])
  there = [{ employee: 'mara', name: 'Mara', doing: 'typing' }]
  expect(await warnings()).toEqual(['typing Mara'])
  const send = desk.send({ conversation: conversation(), text: 'hello' })
  await expect(send).rejects.toMatchObject({ code: 'colleague_active', message: 'typing: Mara' })
  expect(events('message.intended/1')).toEqual([])
})

test('a new message to somebody who is known already is held back, and who is there is told by the address', async () => {
  const address = { account: 'a', address: peer.address }
  const warn = async (to = address) => (await desk['colleagues.warnings'](to)).warnings
  expect(await warn()).toEqual([])
  there = [{ employee: 'mara', name: 'Mara', doing: 'typing' }]
  await expect(async () => desk['send.new']({ ...address, text: 'hello' })).rejects.toMatchObject({
    code: 'colleague_active',
  })
  expect(await warn()).toEqual([{ kind: 'typing', name: 'Mara', at: null }])
  expect(await warn({ account: 'a', address: '5599887766' })).toEqual([])
  expect(events('message.intended/1')).toEqual([])
  await expect(async () => warn({ account: 'a', address: 'nobody' })).rejects.toMatchObject({
    code: 'address_malformed',
  })
})

test('a forwarded message is held back like a written one', async () => {
  const { messages } = await desk['conversation.open']({ conversation: conversation(), limit: 1 })
  const to = { message: messages[0]!.id, conversation: conversation() }
  there = [{ employee: 'mara', name: 'Mara', doing: 'typing' }]
  await expect(desk['message.forward'](to)).rejects.toMatchObject({ code: 'colleague_active', message: 'typing: Mara' })
  expect(events('message.intended/1')).toEqual([])
  await desk['message.forward']({ ...to, anyway: true })
  expect(events('message.intended/1')).toHaveLength(1)
})

test('what is written where the account runs elsewhere claims no lease, waits, and says what its author had seen', async () => {
  const { message } = await desk.send({ conversation: conversation(), text: 'hello' })
  await desk.send({ conversation: conversation(), text: 'once more', anyway: true })
  const [first, second] = events('message.intended/1')
  expect(first).toMatchObject({ header: { epoch: '0.0', account: 'a' }, payload: { text: 'hello', seen: 41 } })
  expect(second!.kind === 'message.intended/1' && second!.payload.seen).toBeUndefined()
  const { messages } = await desk['conversation.open']({ conversation: conversation(), limit: 10 })
  expect(messages.find((one) => one.id === message)).toMatchObject({
    state: 'queued',
    waits: true,
    writer: { name: 'Jana', self: true },
  })
  const clientId = first!.kind === 'message.intended/1' ? first!.payload.clientId : ''
  expect(findSend(cache, 'a', clientId)).toMatchObject({ ledger: 'mine', remote: first!.header.seq, taken: null })
})

test('what is written while a restarted engine asks for its lease anew is its own, and keeps its place', async () => {
  holdsLease = true
  await desk.send({ conversation: conversation(), text: 'before the channel' })
  const [event] = events('message.intended/1')
  expect(event).toMatchObject({ header: { epoch: '1.1' }, payload: { text: 'before the channel' } })
  const clientId = event!.kind === 'message.intended/1' ? event!.payload.clientId : ''
  expect(findSend(cache, 'a', clientId)).toMatchObject({ ledger: null, remote: 0 })
})

test('a customer is taken and let go by one person, and taken over only when that is said', async () => {
  const claim = (claimed: boolean, takeOver = false) =>
    desk['conversation.claim']({ conversation: conversation(), claimed, takeOver })
  const shown = async () =>
    (await desk['conversations.list']({ account: null, unread: false, mine: false, limit: 9 })).conversations
  expect(() => claim(false)).toThrow(expect.objectContaining({ code: 'not_claimed' }))
  apply({ ledger: 'maras' }, { kind: 'conversation.claimed/1', payload: { peer, claimed: true } })
  expect(await warnings()).toEqual(['claimed Mara'])
  expect((await shown())[0]!.claim).toEqual({ name: 'Mara', self: false, at: now })
  expect(() => claim(true)).toThrow(expect.objectContaining({ code: 'claimed_by_other', message: 'Mara' }))
  expect(() => claim(false)).toThrow(expect.objectContaining({ code: 'not_claimed' }))
  await claim(true, true)
  expect((await shown())[0]!.claim).toEqual({ name: 'Jana', self: true, at: now })
  await claim(false)
  expect((await shown())[0]!.claim).toBeNull()
  expect(events('conversation.claimed/1').map(({ header }) => header.epoch)).toEqual(['0.0', '0.0'])
})

test('the list of what the person here has taken, also at another seat, goes page by page and changes with each claim', async () => {
  /** Conversations with customers 1 to 5, the newest last; whoever has taken them. */
  const takenBy = ['mine', 'maras', 'janas-other', null, 'mine']
  cache.transaction((writer) => {
    for (const [i, by] of takenBy.entries()) {
      const address = `${i}@lid`
      const identity = recordIdentity(writer, 'a', { address, aliases: [], name: `Customer ${i}` })
      const { id } = recordConversation(writer, 'a', identity.id)
      writer.run('UPDATE conversations SET lastAt = ? WHERE id = ?', [now + i, id])
      if (by) applyClaim(writer, id, { ledger: by, claimed: true, at: now })
    }
    putValue(writer, 'ledger', 'mine')
  })
  const list = async (before: string | null, limit = 2) => {
    const asked = { account: null, unread: false, mine: true, before, limit }
    const page = await desk['conversations.list'](asked)
    return { titles: page.conversations.map((one) => one.title), ids: page.conversations, before: page.before }
  }
  const first = await list(null)
  expect(first.titles).toEqual(['Customer 4', 'Customer 2'])
  const second = await list(first.before)
  expect(second).toMatchObject({ titles: ['Customer 0'], before: null })
  await desk['conversation.claim']({ conversation: first.ids[0]!.id, claimed: false, takeOver: false })
  expect((await list(null, 9)).titles).toEqual(['Customer 2', 'Customer 0'])
  const maras = cache.get<{ opaque: string }>("SELECT opaque FROM conversations WHERE claimedBy = 'maras'")!.opaque
  await desk['conversation.claim']({ conversation: maras, claimed: true, takeOver: true })
  expect((await list(null, 9)).titles).toEqual(['Customer 2', 'Customer 1', 'Customer 0'])
  await expect(async () => list('nowhere')).rejects.toMatchObject({ code: 'cursor_malformed' })
})
