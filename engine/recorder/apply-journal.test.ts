import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventHeader, Payload } from '../../shared/contracts/events.ts'
import type { DecodedPayload } from '../../shared/formats/event.ts'
import { findClaim, putWriter } from '../cache/colleagues.ts'
import { Cache } from '../cache/database.ts'
import { completeIndex, findText } from '../cache/search.ts'
import { findSend, listOpenSends } from '../cache/sends.ts'
import { applyForeignEvent } from './apply-journal.ts'
import { applyChannelEvent } from './apply.ts'
import { newTouched } from './context.ts'

const now = 1_700_000_000_000
const peer = { address: '5511@lid', aliases: [], name: 'Ana Souza' }
let folder: string
let cache: Cache

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-journal-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function sent(providerId: string, text: string, clientId: string | null): Payload<'message.recorded/1'> {
  const message = {
    channel: 'whatsapp' as const,
    kind: 'text' as const,
    chat: '5511@lid',
    author: '1@lid',
    providerId,
    time: now,
    text,
    entities: [],
    reply: null,
    target: null,
    media: null,
    details: null,
  }
  return { peer, author: null, direction: 'out', path: 'phone', message, clientId, raw: '' }
}

/** What this workstation's own channel sees: the account's other devices tell each other what they sent. */
function echo(providerId: string, text: string, clientId: string | null): void {
  const { raw: _raw, ...event } = sent(providerId, text, clientId)
  const context = { account: 'a', epoch: '1.2', now, touched: newTouched(), append: () => {} }
  cache.transaction((writer) =>
    applyChannelEvent(writer, context, { type: 'message', ...event, raw: new Uint8Array(), media: null }),
  )
}

function foreign(decoded: DecodedPayload): void {
  const header = { epoch: '1.1', at: now, message: 'm', ledger: 'other', kind: decoded.kind } as EventHeader
  cache.transaction((writer) =>
    applyForeignEvent(writer, { account: 'a', now, touched: newTouched() }, header, peer.address, decoded),
  )
}

const intended = (clientId: string, text: string): DecodedPayload => ({
  kind: 'message.intended/1',
  payload: { peer, clientId, text, replyTo: null, kind: 'text', entities: [], target: null, details: null },
})
const state = (to: 'sent' | 'read', clientId: string, providerId: string | null): DecodedPayload => ({
  kind: 'message.state/1',
  payload: { state: to, clientId, providerId, time: now, error: null },
})

const rows = (): string[] =>
  cache
    .all<{ text: string; state: string; path: string }>(
      'SELECT text, state, path FROM messages ORDER BY conversation, at, n',
    )
    .map((row) => `${row.path} ${row.text} ${row.state}`)

test('what another workstation sent stands here once, with its last state, and is never executed', () => {
  foreign(intended('C1', 'hello'))
  expect(listOpenSends(cache, 'a')).toEqual([])
  expect(rows()).toEqual(['workstation hello unknown'])
  foreign(state('sent', 'C1', 'P1'))
  foreign(state('read', 'C1', null))
  foreign(intended('C1', 'hello'))
  expect(rows()).toEqual(['workstation hello read'])
  expect(listOpenSends(cache, 'a')).toEqual([])
})

test.each([
  ['whose client id is the provider’s id', 'X', 'X'],
  ['that the provider numbers itself', 'random', '77'],
])('a send %s stands once, whether its echo comes before the journal or after it', (_name, clientId, providerId) => {
  echo(providerId, 'echo first', clientId === providerId ? clientId : null)
  foreign(intended(clientId, 'echo first'))
  completeIndex(cache)
  foreign(state('sent', clientId, providerId))
  foreign(state('read', clientId, null))
  foreign(intended('later', 'journal first'))
  foreign(state('sent', 'later', 'L'))
  echo('L', 'journal first', null)
  expect(rows()).toEqual(['workstation echo first read', 'workstation journal first sent'])
  completeIndex(cache)
  expect(findText(cache, 'first', 10)).toHaveLength(2)
  expect(cache.get('SELECT count(*) AS n FROM places')).toEqual({ n: 2 })
})

const intent = (clientId: string, part: Partial<EventHeader>): void => {
  const header = { epoch: '0.0', at: now, message: clientId, ledger: 'other', seq: 3, ...part } as EventHeader
  const where = { account: 'a', now, touched: newTouched() }
  cache.transaction((writer) => applyForeignEvent(writer, where, header, peer.address, intended(clientId, clientId)))
}
const report = (to: 'failed' | 'unknown' | 'sent', clientId: string): DecodedPayload => ({
  kind: 'message.state/1',
  payload: { state: to, clientId, providerId: null, time: now, error: { code: 'x', text: 'x', until: null } },
})

test('what waits for the runner is shown as waiting, stands behind what it followed, and takes every report', () => {
  echo('P', 'said later by the clock', null)
  intent('C1', { at: now - 60_000 })
  expect(rows()).toEqual(['phone said later by the clock sent', 'workstation C1 queued'])
  foreign(report('unknown', 'C1'))
  expect(rows()[1]).toBe('workstation C1 unknown')
  foreign(report('failed', 'C1'))
  intent('C1', { ledger: 'third', seq: 9 })
  expect(rows()[1]).toBe('workstation C1 queued')
  expect(findSend(cache, 'a', 'C1')).toMatchObject({ ledger: 'third', remote: 9, taken: null })
  foreign(report('sent', 'C1'))
  intent('C1', { ledger: 'third', seq: 10 })
  expect(rows()[1]).toBe('workstation C1 sent')
})

test('the echo of a remote send that the runner has told without its client id, and its intent, stand once', () => {
  intent('77', {})
  foreign({ kind: 'message.recorded/1', payload: { ...sent('P7', '77', null), path: 'offline' } })
  foreign(state('sent', '77', 'P7'))
  expect(rows()).toEqual(['workstation 77 sent'])
})

test('a claim is the last word in the journal; only the same person lets go', () => {
  const claim = (ledger: string, claimed: boolean): string | undefined => {
    const header = { epoch: '0.0', at: now, ledger, seq: 1 } as EventHeader
    const decoded: DecodedPayload = { kind: 'conversation.claimed/1', payload: { peer, claimed } }
    const where = { account: 'a', now, touched: newTouched() }
    cache.transaction((writer) => applyForeignEvent(writer, where, header, peer.address, decoded))
    const id = cache.get<{ id: number }>('SELECT id FROM conversations')!.id
    return findClaim(cache, id)?.name ?? undefined
  }
  cache.transaction((writer) => {
    putWriter(writer, { ledger: 'm1', employee: 'mara', name: 'Mara' })
    putWriter(writer, { ledger: 'm2', employee: 'mara', name: 'Mara' })
    putWriter(writer, { ledger: 'j', employee: 'jana', name: 'Jana' })
  })
  expect([claim('m1', true), claim('j', false), claim('j', true), claim('m1', true)]).toEqual([
    'Mara',
    'Mara',
    'Jana',
    'Mara',
  ])
  expect(claim('m2', false)).toBeUndefined()
})
