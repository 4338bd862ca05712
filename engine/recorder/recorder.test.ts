import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'
import { Cache } from '../cache/database.ts'
import { createChannelStore, listOpenInbox } from '../cache/inbox.ts'
import { pageMessages } from '../cache/messages.ts'
import type { ChannelEvent, InboxRow } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { Recorder } from './recorder.ts'

let folder: string
let cache: Cache
let ledger: Ledger
const key = randomBytes(32)
const troubles: (string | null)[] = []

/** A channel whose raw event is the JSON of its translation. */
function translate(_account: string, row: InboxRow): ChannelEvent[] {
  const event = JSON.parse(Buffer.from(row.raw).toString()) as ChannelEvent
  return [event.type === 'message' ? { ...event, raw: row.raw } : event]
}

function recorder(): Recorder {
  return new Recorder({
    cache,
    ledger,
    now: () => 1_700_000_000_000,
    epoch: () => '1.7',
    translate,
    committed: () => {},
    trouble: (code) => troubles.push(code),
    log: () => {},
  })
}

function incoming(providerId: string, text: string, time = 1_700_000_000_000): ChannelEvent {
  return {
    type: 'message',
    peer: { address: '5511@lid', aliases: ['551199@s.whatsapp.net'], name: 'Ana Souza' },
    author: null,
    direction: 'in',
    path: 'live',
    message: {
      channel: 'whatsapp',
      kind: 'text',
      chat: '5511@lid',
      author: '5511@lid',
      providerId,
      time,
      text,
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
    },
    clientId: null,
    raw: new Uint8Array(),
    media: null,
  }
}

function arrive(eventKey: string, event: ChannelEvent | string): boolean {
  const raw = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event))
  return createChannelStore(cache, 'wa', { now: () => 1 }).putInbox({ key: eventKey, kind: 'test', raw })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-recorder-'))
  cache = new Cache(join(folder, 'cache.db'), key)
  ledger = new Ledger(cache, 'ledger')
  cache.transaction((writer) =>
    writer.run("INSERT INTO accounts (id, channel, name) VALUES ('wa', 'whatsapp', 'WhatsApp')"),
  )
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

test('an event is recorded once: message, ledger and inbox move together', () => {
  expect(arrive('k1', incoming('M1', 'hello'))).toBe(true)
  expect(arrive('k1', incoming('M1', 'hello'))).toBe(false)
  recorder().drain()
  expect(pageMessages(cache, 1, null, 10).map((row) => row.text)).toEqual(['hello'])
  const [row] = ledger.listAfter(0, 10, 1e6)
  const header = decodeHeader(row!.header)
  expect(header).toMatchObject({ kind: 'message.recorded/1', account: 'wa', epoch: '1.7', seq: 1 })
  expect(Buffer.from(row!.header).toString()).not.toContain('Ana')
  const decoded = decodePayload(header.kind, row!.payload)
  expect(decoded).toMatchObject({ payload: { message: { text: 'hello' }, peer: { name: 'Ana Souza' } } })
  expect(listOpenInbox(cache, 10)).toEqual([])
})

test('the same message under another inbox key is no second message', () => {
  arrive('k1', incoming('M1', 'hello'))
  arrive('k2-after-a-redelivery', incoming('M1', 'hello'))
  recorder().drain()
  expect(pageMessages(cache, 1, null, 10)).toHaveLength(1)
  expect(ledger.seq).toBe(1)
})

test('rows that a crash left are replayed in their order', () => {
  for (let i = 0; i < 250; i++) arrive(`k${i}`, incoming(`M${i}`, `text ${i}`))
  cache.close()
  cache = new Cache(join(folder, 'cache.db'), key)
  ledger = new Ledger(cache, 'ledger')
  recorder().drain()
  expect(pageMessages(cache, 1, null, 300).map((row) => row.text)).toEqual(
    Array.from({ length: 250 }, (_, i) => `text ${i}`),
  )
})

test('a row that nobody understands is kept raw and stops nobody', () => {
  arrive('k1', incoming('M1', 'before'))
  arrive('k2', 'not what the channel expects')
  arrive('k3', incoming('M3', 'after'))
  recorder().drain()
  expect(pageMessages(cache, 1, null, 10).map((row) => row.text)).toEqual(['before', 'after'])
  const kinds = ledger.listAfter(0, 10, 1e6).map((row) => decodeHeader(row.header).kind)
  expect(kinds).toEqual(['message.recorded/1', 'raw.kept/1', 'message.recorded/1'])
})

test('a full disk keeps the row in the inbox, says so, and goes on when there is room', () => {
  arrive('k1', incoming('M1', 'x'.repeat(2_000_000)))
  const pages = cache.get<{ page_count: number }>('PRAGMA page_count')!.page_count
  cache.get(`PRAGMA max_page_count = ${pages + 20}`)
  expect(() => recorder().recordGroup()).toThrow(/full/)
  expect(listOpenInbox(cache, 10)).toHaveLength(1)
  expect(ledger.seq).toBe(0)
  cache.get('PRAGMA max_page_count = 1000000')
  recorder().drain()
  expect(pageMessages(cache, 1, null, 10)).toHaveLength(1)
  expect(ledger.seq).toBe(1)
})

test('text is text: markup, bidi, zero-width, NUL and ten megabytes come out as they came in', () => {
  const texts = ['<img src=x onerror=alert(1)>', '\u202Eevil\u202C\u200B', 'a\u0000b', 'y'.repeat(10_000_000)]
  texts.forEach((text, i) => arrive(`k${i}`, incoming(`M${i}`, text)))
  recorder().drain()
  expect(pageMessages(cache, 1, null, 10).map((row) => row.text)).toEqual(texts)
})

test('a number and a LID of one person meet in one conversation', () => {
  const byNumber = incoming('M1', 'from the number')
  if (byNumber.type === 'message') byNumber.peer = { address: '551199@s.whatsapp.net', aliases: [], name: null }
  arrive('k1', byNumber)
  arrive('k2', incoming('M2', 'from the LID'))
  recorder().drain()
  expect(cache.all('SELECT id FROM conversations')).toHaveLength(1)
  expect(pageMessages(cache, 1, null, 10).map((row) => row.text)).toEqual(['from the number', 'from the LID'])
  expect(cache.get<{ address: string }>('SELECT address FROM identities')?.address).toBe('5511@lid')
})

test('the list says the newest message and the unread ones of a group, whatever stands between them', () => {
  const at = 1_700_000_000_000
  const read: ChannelEvent = {
    type: 'read-up-to',
    peerAddress: '5511@lid',
    direction: 'in',
    providerId: 'B',
    time: null,
  }
  arrive('1', incoming('A', 'first', at))
  arrive('2', incoming('B', 'second', at + 1000))
  arrive('3', read)
  arrive('4', incoming('C', 'third', at + 3000))
  arrive('5', incoming('D', 'late, from before', at + 2000))
  recorder().recordGroup()
  const line = (): unknown => cache.get('SELECT lastText, lastAt, unread FROM conversations')
  expect(line()).toEqual({ lastText: 'third', lastAt: at + 3000, unread: 2 })
  // Of one time the later one stands there; what is known already counts nothing.
  arrive('6', incoming('E', 'same time', at + 3000))
  arrive('7', incoming('C', 'third', at + 3000))
  recorder().recordGroup()
  expect(line()).toEqual({ lastText: 'same time', lastAt: at + 3000, unread: 3 })
})
