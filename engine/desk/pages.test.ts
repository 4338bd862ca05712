import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cache } from '../cache/database.ts'
import { purgeRecent } from '../cache/messages.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import type { ChannelEvent } from '../channels/channel.ts'
import { applyChannelEvent } from '../recorder/apply.ts'
import { newTouched } from '../recorder/context.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { Session } from '../session.ts'
import { createPageDesk } from './pages.ts'

const now = 1_700_000_000_000
let folder: string
let cache: Cache
let recorded: string[]
let desk: ReturnType<typeof createPageDesk>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-pages-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  recorded = []
  const session: Partial<Session> = { cache, record: (event) => void recorded.push(event.kind) }
  desk = createPageDesk({ session: () => session as Session, now: () => now, touched: () => {} })
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

function arrival(part: Partial<NeutralMessage>): ChannelEvent {
  const peer = { address: '5511@lid', aliases: [], name: 'Ana Souza' }
  const nothing = { entities: [], reply: null, target: null, media: null, details: null }
  const said = { kind: 'text', chat: peer.address, author: peer.address, time: now, text: '', ...nothing } as const
  return {
    type: 'message',
    peer,
    author: null,
    direction: 'in',
    path: 'live',
    message: { channel: 'whatsapp', providerId: '', ...said, ...part },
    clientId: null,
    raw: new Uint8Array(),
    media: null,
  }
}

test('what stands around a place, and behind it, comes at once in a conversation of a hundred thousand messages', async () => {
  const { id, opaque } = cache.transaction((writer) => {
    writer.run("INSERT INTO accounts (id, channel, name) VALUES ('a', 'whatsapp', 'W')")
    const identity = recordIdentity(writer, 'a', { address: '5511@lid', aliases: [], name: 'Ana Souza' })
    const made = recordConversation(writer, 'a', identity.id)
    writer.run(
      `WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 100000)
       INSERT INTO messages (conversation, at, n, opaque, mine, path, kind, state, text)
       SELECT ?, ? + i * 60000, i, 'o' || i, 0, 'live', 'text', 'received', 't ' || i FROM i`,
      [made.id, now],
    )
    return made
  })
  const ask = async (place: { at: number } | { message: string }) =>
    desk['conversation.around']({ conversation: opaque, place, limit: 50 })
  const read = cache.all.bind(cache)
  const plans: string[] = []
  cache.all = ((sql: string, params: never) => {
    if (sql.includes('FROM messages'))
      plans.push(...read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params).map((step) => step.detail))
    return read(sql, params)
  }) as typeof cache.all
  const page = await ask({ at: now + 50_000 * 60_000 - 1 })
  const range = expect.stringMatching(/^SEARCH messages USING PRIMARY KEY \(conversation=\? AND \(at,n\)[<>]/)
  expect(plans).toEqual([range, range])
  expect([page.messages[0]!.text, page.messages.at(-1)!.text, page.atNewest]).toEqual(['t 49950', 't 50049', false])
  expect(page.messages.find((one) => one.id === page.target)!.text).toBe('t 50000')
  expect((await ask({ message: page.messages[0]!.id })).target).toBe(page.messages[0]!.id)

  const after = page.messages.at(-1)!.id
  const later = await desk['conversation.later']({ conversation: opaque, after, limit: 50 })
  expect([later.messages[0]!.text, later.messages.at(-1)!.text, later.atNewest]).toEqual(['t 50050', 't 50099', false])
  const before = page.messages[0]!.id
  const earlier = await desk['conversation.page']({ conversation: opaque, before, limit: 50 })
  expect(earlier.messages.at(-1)!.text).toBe('t 49949')

  const end = await ask({ at: now * 2 })
  expect([end.atNewest, end.target]).toEqual([true, end.messages.at(-1)!.id])
  expect(end.messages.at(-1)!.text).toBe('t 100000')
  const start = await ask({ at: 0 })
  expect([start.messages[0]!.text, start.before]).toEqual(['t 1', null])
  expect(await desk['conversation.first']({ conversation: opaque })).toEqual({ at: now + 60_000 })
  await expect(async () => ask({ message: `${id + 1}.1.1` })).rejects.toMatchObject({ code: 'message_unknown' })
  // One look at this conversation, however many pages.
  expect(recorded).toEqual(['conversation.opened/1'])
})

test('a page of a thousand messages with changes, files and answers is read in one query a table', async () => {
  const context = { account: 'a', epoch: '1.1', now, touched: newTouched(), append: () => {} }
  cache.transaction((writer) => {
    writer.run("INSERT INTO accounts (id, channel, name) VALUES ('a', 'whatsapp', 'W')")
    const arrive = (part: Partial<NeutralMessage>) => applyChannelEvent(writer, context, arrival(part))
    for (let i = 0; i < 1000; i++)
      arrive({ providerId: `M${i}`, text: `t ${i}`, reply: `M${i - 500}`, time: now + i * 1000 })
    for (let i = 0; i < 1000; i++) arrive({ providerId: `E${i}`, kind: 'edit', target: `M${i}`, text: `e ${i}` })
  })
  cache.transaction((writer) => purgeRecent(writer, 0))
  const { opaque } = cache.get<{ opaque: string }>('SELECT opaque FROM conversations')!
  let asked = 0
  const counted = { all: cache.all.bind(cache) }
  cache.all = ((sql: string, params: never) => {
    asked++
    return counted.all(sql, params)
  }) as typeof cache.all
  const page = await desk['conversation.page']({ conversation: opaque, before: `${now * 2}.1`, limit: 1000 })
  expect(page.messages).toHaveLength(1000)
  expect(page.messages.at(-1)).toMatchObject({ text: 'e 999', versions: [{ text: 't 999' }], reply: { text: 't 499' } })
  expect(asked).toBeLessThan(10)
})
