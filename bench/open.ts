/** open: from the key to the conversation list and the newest 50 messages, against raw queries; and a long conversation against a short one. */
import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cache, type Reader } from '../engine/cache/database.ts'
import { messageColumns, pageMessages } from '../engine/cache/messages.ts'
import { findConversationWith } from '../engine/cache/people.ts'
import { toMessageViews } from '../engine/desk/message-views.ts'
import { getConversationView, listConversationViews } from '../engine/desk/views.ts'
import type { Benchmark, BenchmarkSetting, Taken } from './benchmark.ts'
import { createMessageEvents, type MessageEvent } from './corpus.ts'
import { account, openOurs, recordBatch } from './our-cache.ts'
import { openRaw } from './raw-cache.ts'
import { interleave, take } from './rounds.ts'

const messages = 100_000
/** As the window asks. */
const [listed, shown] = [500, 50]
const opensPerRound = 15
const pagesPerRound = 200
const [long, short] = ['900000000001@lid', '900000000002@lid']

function madeFor(address: string, count: number, seed: number): MessageEvent[] {
  return createMessageEvents(count, seed).map((event) => ({
    ...event,
    peer: { address, aliases: [], name: address },
    message: { ...event.message, chat: address, author: address },
  }))
}

function fillCache(file: string, key: Uint8Array): { long: number; short: number; all: number } {
  const events = [...createMessageEvents(6000, 20), ...madeFor(short, shown, 21), ...madeFor(long, messages, 22)]
  const ours = openOurs(file, key, events)
  for (let from = 0; from < events.length; from += 1000) recordBatch(ours, events.slice(from, from + 1000))
  ours.cache.get('PRAGMA wal_checkpoint(TRUNCATE)')
  const idOf = (address: string): number => findConversationWith(ours.cache, account, address)!.id
  const made = {
    long: idOf(long),
    short: idOf(short),
    all: ours.cache.get<{ n: number }>('SELECT count(*) AS n FROM messages')!.n,
  }
  ours.cache.close()
  return made
}

/** What the window is answered; without the trace of the look, which is a commit of its own. */
function openConversation(reader: Reader, id: number): number {
  const view = getConversationView(reader, { id })
  const views = toMessageViews(reader, id, pageMessages(reader, id, null, shown))
  return view.title === '' ? 0 : views.length
}

type Closable = { close(): void }

function openAll(file: string, key: Uint8Array, conversation: number): Closable {
  const cache = new Cache(file, key)
  const list = listConversationViews(cache, { account: null, unread: false, mine: false, limit: listed }).conversations
  if (list.length === 0 || openConversation(cache, conversation) !== shown) throw new Error('something is missing')
  return cache
}

/** What has to be read for the same picture: names, numbers and marks of the list, the newest messages, and what changes them. */
const rawQueries = {
  list: `SELECT c.opaque, c.account, a.channel, i.name, i.address, c.lastText, c.lastKind, c.lastDirection, c.lastAt, c.unread,
      c.pinnedAt, c.archived, c.muted, c.markedUnread, c.claimedBy, c.claimedAt, w.name AS authorName, k.name AS claimName,
      (SELECT d.address FROM addresses d WHERE d.identity = i.id AND d.address LIKE '%@s.whatsapp.net' LIMIT 1) AS phone
    FROM conversations c JOIN identities i ON i.id = c.identity JOIN accounts a ON a.id = c.account
    LEFT JOIN identities w ON w.id = c.lastAuthor LEFT JOIN writers k ON k.ledger = c.claimedBy
    ORDER BY c.lastAt DESC, c.id DESC LIMIT ?`,
  page: `SELECT ${messageColumns} FROM messages WHERE conversation = ? ORDER BY at DESC, n DESC LIMIT ?`,
  changes: 'SELECT * FROM changes WHERE conversation = ? AND target IN (SELECT value FROM json_each(?)) ORDER BY n',
}

function openAllRaw(file: string, key: Uint8Array, conversation: number): Closable {
  const db = openRaw(file, key)
  const list = db.prepare(rawQueries.list).all([listed])
  const page = db.prepare(rawQueries.page).all<{ providerId: string }>([conversation, shown])
  const targets = JSON.stringify(page.map((row) => row.providerId))
  const changes = db.prepare(rawQueries.changes).all([conversation, targets])
  if (list.length === 0 || page.length !== shown || changes.length > 0) throw new Error('something else is there')
  return db
}

/** Closing is not measured. */
function takeOpenings(run: () => Closable): Promise<Taken> {
  let before: Closable | null = null
  const closed = take(
    opensPerRound,
    () => (before = run()),
    () => before?.close(),
  )
  return closed.finally(() => before?.close())
}

async function comparePages(
  setting: BenchmarkSetting,
  file: string,
  key: Uint8Array,
  ids: { long: number; short: number },
) {
  const cache = new Cache(file, key)
  const rounds = await interleave(setting, {
    ours: () =>
      take(
        pagesPerRound,
        () => openConversation(cache, ids.long),
        () => null,
      ),
    control: () =>
      take(
        pagesPerRound,
        () => openConversation(cache, ids.short),
        () => null,
      ),
  })
  cache.close()
  return rounds
}

export const open: Benchmark = {
  id: 'open',
  what: 'key to conversation list and newest 50 of 100,000 / raw queries; a conversation of 100,000 / one of 50',
  async run(setting) {
    const key = randomBytes(32)
    const [file, copy] = [join(setting.folder, 'cache.db'), join(setting.folder, 'raw.db')]
    setting.say('filling the cache')
    const made = fillCache(file, key)
    copyFileSync(file, copy)
    const rounds = await interleave(setting, {
      ours: () => takeOpenings(() => openAll(file, key, made.long)),
      control: () => takeOpenings(() => openAllRaw(copy, key, made.long)),
    })
    const pages = await comparePages(setting, file, key, made)
    const shared = { perSample: null, cpuCounts: true }
    return {
      comparisons: [
        { ...shared, name: 'key to newest 50', goal: { at: 'most', ratio: 1.3 }, rounds },
        { ...shared, name: '100,000 by 50 messages', goal: { at: 'most', ratio: 1.2 }, rounds: pages },
      ],
      checks: [{ name: 'every message there', held: made.all === messages + shown + 6000, detail: String(made.all) }],
    }
  },
}
