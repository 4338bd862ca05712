import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Payload } from '../../shared/contracts/events.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { EventDraft } from '../../shared/formats/event.ts'
import { findAttachment } from '../cache/attachments.ts'
import { listChanges, recordChange } from '../cache/changes.ts'
import { Cache } from '../cache/database.ts'
import { listMembers } from '../cache/groups.ts'
import { createChannelStore } from '../cache/inbox.ts'
import { pageMessages, purgeRecent } from '../cache/messages.ts'
import { completeIndex, findText } from '../cache/search.ts'
import { recordSend } from '../cache/sends.ts'
import type { ChannelEvent, MediaOffer } from '../channels/channel.ts'
import { automaticBytes, onDemandBytes } from '../media/limits.ts'
import { applyChannelEvent } from './apply.ts'
import { applyForeignEvent } from './apply-journal.ts'
import { adoptFiles } from './apply-media.ts'
import { newTouched, type Touched } from './context.ts'

const now = 1_700_000_000_000
const ana = { address: '5511@lid', aliases: [], name: 'Ana Souza' }
const ben = { address: '5512@lid', aliases: [], name: 'Ben' }
const group = { address: '120363@g.us', aliases: [], name: 'Resellers' }
let folder: string
let cache: Cache
let events: EventDraft[]
let touched: Touched

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-kinds-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  cache.transaction((writer) =>
    writer.run("INSERT INTO accounts (id, channel, name, address) VALUES ('a', 'whatsapp', 'W', '1@lid')"),
  )
  events = []
  touched = newTouched()
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function apply(event: ChannelEvent): void {
  const context = { account: 'a', epoch: '1.1', now, touched, append: (draft: EventDraft) => void events.push(draft) }
  cache.transaction((writer) => applyChannelEvent(writer, context, event))
}

interface Said {
  peer?: typeof ana
  author?: typeof ana | null
  direction?: 'in' | 'out'
  media?: MediaOffer | null
  clientId?: string | null
}
function message(part: Partial<NeutralMessage> & { providerId: string }, said: Said = {}): ChannelEvent {
  const peer = said.peer ?? ana
  return {
    type: 'message',
    peer,
    author: said.author ?? null,
    direction: said.direction ?? 'in',
    path: 'live',
    message: {
      channel: 'whatsapp',
      kind: 'text',
      chat: peer.address,
      author: said.author?.address ?? peer.address,
      time: now,
      text: '',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
      ...part,
    },
    clientId: said.clientId ?? null,
    raw: new Uint8Array([1]),
    media: said.media ?? null,
  }
}

const kinds = (): string[] => events.map((event) => event.kind)
const changes = (target: string) => listChanges(cache, 1, [target])
const unread = (): number => cache.get<{ unread: number }>('SELECT unread FROM conversations')!.unread

test('an edit stands beside its message, is told once, and its words are found', () => {
  apply(message({ providerId: 'M', text: 'old words' }))
  completeIndex(cache)
  const edit = message({ providerId: 'E', kind: 'edit', target: 'M', text: 'fresh words' })
  apply(edit)
  apply(edit)
  expect(pageMessages(cache, 1, null, 10).map((row) => row.text)).toEqual(['old words'])
  expect(changes('M').map((row) => row.text)).toEqual(['fresh words'])
  expect(kinds()).toEqual(['message.recorded/1', 'message.recorded/1'])
  expect(findText(cache, 'fresh', 10)).toHaveLength(1)
  expect(cache.get('SELECT lastText FROM conversations')).toEqual({ lastText: 'fresh words' })
  expect(unread()).toBe(1)
})

test('a change that comes before its message waits for it; a change of nothing is kept raw', () => {
  apply(message({ providerId: 'D', kind: 'delete', target: 'later' }))
  expect(pageMessages(cache, 1, null, 10)).toEqual([])
  apply(message({ providerId: 'later', text: 'here' }))
  expect(changes('later').map((row) => row.kind)).toEqual(['delete'])
  apply(message({ providerId: 'X', kind: 'reaction', details: { emoji: '👍' } }))
  expect(pageMessages(cache, 1, null, 10).map((row) => row.kind)).toEqual(['text', 'raw'])
  expect(kinds().at(-1)).toBe('raw.kept/1')
})

test('Telegram names a reaction by its author: the newest stands, and each is told', () => {
  apply(message({ providerId: '5', text: 'hi' }))
  const react = (emoji: string | null) =>
    message({ providerId: '5/reaction/9', kind: 'reaction', target: '5', details: { emoji } })
  apply(react('👍'))
  apply(react('👍'))
  apply(react('❤'))
  expect(changes('5').map((row) => row.details)).toEqual([JSON.stringify({ emoji: '❤' })])
  expect(events).toHaveLength(3)
})

test('an own change that echoes is one, whether the provider knows its id or names it afterwards', () => {
  apply(message({ providerId: '5', text: 'mine' }, { direction: 'out' }))
  for (const [clientId, kind, text] of [
    ['WA1', 'edit', 'new'],
    ['77', 'delete', ''],
  ] as const)
    cache.transaction((writer) => {
      const key = recordChange(writer, {
        conversation: 1,
        target: '5',
        opaque: `o-${clientId}`,
        kind,
        author: 0,
        mine: 1,
        at: now,
        text,
        entities: null,
        details: null,
        providerId: null,
        clientId,
        state: 'sending',
      })
      recordSend(writer, { ...key, at: now, account: 'a', clientId, seq: 1 })
    })
  const edit = { providerId: 'WA1', kind: 'edit' as const, target: '5', text: 'new' }
  apply(message(edit, { direction: 'out', clientId: 'WA1' }))
  apply(message({ providerId: '5/delete', kind: 'delete', target: '5' }))
  apply(message({ providerId: '5/delete', kind: 'delete', target: '5' }))
  expect(changes('5').map((row) => [row.providerId, row.state])).toEqual([
    ['WA1', 'sent'],
    ['5/delete', 'sent'],
  ])
  expect(kinds().slice(1)).toEqual(['message.state/1', 'message.state/1'])
})

test('a refusal whose end is told only afterwards gets its end, once', () => {
  apply(message({ providerId: 'M', text: 'offer' }, { direction: 'out', clientId: 'M' }))
  cache.transaction((writer) => writer.run("UPDATE messages SET state = 'sending'"))
  const refused = (until: number | null): ChannelEvent => {
    const error = { code: 'whatsapp_nack_463', text: 'no', until }
    return { type: 'state', clientId: 'M', providerId: 'M', state: 'failed', time: null, error }
  }
  for (const until of [null, now + 5000, now + 9000, null]) apply(refused(until))
  const [row] = pageMessages(cache, 1, null, 10)
  expect(JSON.parse(row!.fault!)).toMatchObject({ until: now + 5000 })
  expect(kinds().filter((kind) => kind === 'message.state/1')).toHaveLength(2)
})

test('in a group two writers may use one id, and each message keeps its author', () => {
  apply(message({ providerId: 'SAME', text: 'from Ana' }, { peer: group, author: ana }))
  apply(message({ providerId: 'SAME', text: 'from Ben' }, { peer: group, author: ben }))
  apply(message({ providerId: 'SAME', text: 'from Ben' }, { peer: group, author: ben }))
  const rows = cache.all('SELECT m.text, i.name FROM messages m JOIN identities i ON i.id = m.author ORDER BY m.n')
  expect(rows).toEqual([
    { text: 'from Ana', name: 'Ana Souza' },
    { text: 'from Ben', name: 'Ben' },
  ])
})

test('a notice of the provider raises no unread, a missed call does', () => {
  const service = { event: 'subject' as const, members: [], text: 'New', seconds: null }
  apply(message({ providerId: 's', kind: 'service', details: { service } }, { peer: group, author: ben }))
  expect(unread()).toBe(0)
  const call = { video: false, outcome: 'ringing' as const, durationS: null }
  apply(message({ providerId: 'c', kind: 'call', details: { call } }, { peer: group, author: ben }))
  expect(unread()).toBe(0)
  const missed = { call: { ...call, outcome: 'missed' as const } }
  apply(message({ providerId: 'c', kind: 'call', details: missed }, { peer: group, author: ben }))
  expect(unread()).toBe(1)
  expect(pageMessages(cache, 1, null, 10).map((row) => row.kind)).toEqual(['service', 'call'])
})

test('what was kept without being understood becomes the message in the same place once it is', () => {
  const place = { peer: ana, author: null, direction: 'in' as const, providerId: 'M', time: now }
  apply({ type: 'unknown', reason: 'undecrypted', raw: new Uint8Array([9]), place })
  apply({ type: 'unknown', reason: 'undecrypted', raw: new Uint8Array([9]), place })
  apply(message({ providerId: 'M', text: 'at last' }))
  expect(pageMessages(cache, 1, null, 10).map((row) => [row.kind, row.text])).toEqual([['text', 'at last']])
  expect(kinds()).toEqual(['raw.kept/1', 'message.recorded/1'])
  expect(events[0]!.message).toBe(events[1]!.message)
})

test('a group replaces what was known of it, and the ledger hears only what is new', () => {
  const seen = {
    address: group.address,
    subject: 'Resellers',
    description: null,
    members: [
      { ...ana, role: 'owner' as const },
      { ...ben, role: 'member' as const },
    ],
    announce: false,
    inviteLink: null,
  }
  apply({ type: 'group', group: seen })
  apply({ type: 'group', group: seen })
  apply({ type: 'group', group: { ...seen, subject: 'Partners', members: seen.members.slice(0, 1) } })
  expect(kinds()).toEqual(['group.seen/1', 'group.seen/1'])
  expect(listMembers(cache, 1).map((one) => [one.name, one.role])).toEqual([['Ana Souza', 'owner']])
  expect(cache.get('SELECT name FROM identities WHERE address = ?', [group.address])).toEqual({ name: 'Partners' })
})

test('a file is fetched by itself, on demand or never, by the size that its sender claims', () => {
  const file = {
    name: 'a.pdf',
    mime: 'application/pdf',
    bytes: 0,
    width: null,
    height: null,
    durationS: null,
    waveform: null,
  }
  const offer = (bytes: number): MediaOffer => ({
    reference: new Uint8Array([1]),
    bytes,
    sha256: null,
    thumbnail: null,
  })
  for (const [i, bytes] of [automaticBytes, automaticBytes + 1, onDemandBytes + 1].entries())
    apply(message({ providerId: `M${i}`, kind: 'document', details: { file } }, { media: offer(bytes) }))
  const states = pageMessages(cache, 1, null, 10).map((row) => findAttachment(cache, row.n)?.state)
  expect(states).toEqual(['waiting', 'on-demand', 'missing'])
  expect(kinds().at(-1)).toBe('media.missing/1')
})

test('what another workstation stored is fetched from the vault', () => {
  const file = { name: null, mime: 'image/jpeg', bytes: 3, width: 1, height: 1, durationS: null, waveform: null }
  const foreign = (kind: string, payload: object) => {
    const header = { epoch: '1.1', at: now, message: 'm', ledger: 'other', kind } as never
    cache.transaction((writer) =>
      applyForeignEvent(writer, { account: 'a', now, touched }, header, ana.address, { kind, payload } as never),
    )
  }
  const {
    media: _media,
    type: _type,
    ...recorded
  } = message({ providerId: 'M', kind: 'image', details: { file } }) as Extract<ChannelEvent, { type: 'message' }>
  foreign('message.recorded/1', { ...recorded, raw: '' })
  expect(findAttachment(cache, 1)).toMatchObject({ state: 'waiting', source: 'others' })
  const named = { peer: ana, author: null, direction: 'in', providerId: 'M', clientId: null }
  foreign('media.stored/1', { ...named, blob: 'b', key: 'k', sha256: 'f'.repeat(64), bytes: 3, mime: 'image/jpeg' })
  expect(findAttachment(cache, 1)).toMatchObject({ state: 'waiting', source: 'vault', sha256: 'f'.repeat(64) })
})

test('who takes an account over fetches what nobody has stored, and says what nobody can', () => {
  const file = { name: null, mime: 'image/jpeg', bytes: 3, width: 1, height: 1, durationS: null, waveform: null }
  const reference = Buffer.from('where it lies')
  const offer = { reference, bytes: 3, sha256: 'e'.repeat(64), thumbnail: null }
  apply(message({ providerId: 'M', kind: 'image', details: { file } }, { media: offer }))
  const payload = events[0]!.payload as Payload<'message.recorded/1'>
  expect(payload.media).toEqual({ reference: reference.toString('base64'), bytes: 3, sha256: offer.sha256 })
  const foreign = (kind: string, payload: object) => {
    const header = { epoch: '1.1', at: now, message: 'm', ledger: 'other', kind } as never
    cache.transaction((writer) =>
      applyForeignEvent(writer, { account: 'a', now, touched }, header, ana.address, { kind, payload } as never),
    )
  }
  const recorded = (providerId: string, rest: object) =>
    foreign('message.recorded/1', { ...payload, message: { ...payload.message, providerId }, ...rest })
  recorded('N', {})
  recorded('O', { media: undefined })
  recorded('P', {})
  const named = { peer: ana, author: null, direction: 'in', providerId: 'P', clientId: null }
  foreign('media.stored/1', { ...named, blob: 'b', key: 'k', sha256: 'f'.repeat(64), bytes: 3, mime: 'image/jpeg' })
  const files = () => [2, 3, 4].map((n) => findAttachment(cache, n))
  expect(files().map((one) => one?.source)).toEqual(['others', 'others', 'vault'])
  const before = kinds().length
  cache.transaction((writer) =>
    adoptFiles(writer, { account: 'a', epoch: '1.2', now, touched, append: (draft) => void events.push(draft) }, true),
  )
  expect(files()).toMatchObject([
    { source: 'provider', state: 'waiting', stale: 1, claimedSha256: offer.sha256 },
    { state: 'missing' },
    { source: 'vault', state: 'waiting' },
  ])
  expect(Buffer.from(files()[0]!.reference!).toString()).toBe('where it lies')
  expect(kinds().slice(before)).toEqual(['media.missing/1'])
})

test('what a channel asks about a message by the provider’s id', () => {
  apply(message({ providerId: 'M', text: 'hello' }))
  apply(message({ providerId: 'G', text: 'to all' }, { peer: group, author: ben }))
  const store = createChannelStore(cache, 'a', { now: () => now })
  expect(store.findMessage(ana.address, 'M')).toMatchObject({ fromMe: false, author: ana.address, text: 'hello' })
  expect(store.findMessage(group.address, 'G')).toMatchObject({ author: ben.address, text: 'to all' })
  expect(store.findMessage(ana.address, 'G')).toBeNull()
})

test('old names are dropped for WhatsApp and kept for Telegram, whose deletions name no conversation', () => {
  apply(message({ providerId: 'M', text: 'x' }))
  cache.transaction((writer) => expect(purgeRecent(writer, now + 1)).toBe(1))
  apply(message({ providerId: 'N', text: 'x' }))
  cache.transaction((writer) => {
    writer.run("UPDATE accounts SET channel = 'telegram'")
    expect(purgeRecent(writer, now + 1)).toBe(0)
  })
})
