import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'
import { generateRawKeyPair } from '../../shared/formats/keys.ts'
import { seal } from '../../shared/formats/seal.ts'
import { Cache } from '../cache/database.ts'
import { putValue } from '../cache/meta.ts'
import { JournalFollower } from './journal-follower.ts'

let folder: string
let cache: Cache
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-follower-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A vault with a journal of so many entries, none of which says anything. */
function follow(head: number): { follower: JournalFollower; seen: unknown[] } {
  const { privateKey, publicKey } = generateRawKeyPair('x25519')
  cache.transaction((writer) => {
    putValue(writer, 'openingKey', privateKey)
    writer.run("INSERT INTO accounts (id, channel, name, journalPosition) VALUES ('a', 'whatsapp', 'W', 100)")
  })
  const body = Buffer.from(JSON.stringify({ writers: {}, entries: [] }))
  const pull = ({ after, limit }: { after: number; limit: number }) =>
    Promise.resolve({
      sealed: seal(body, publicKey, 'journal').toString('base64url'),
      upTo: Math.min(head, after + limit),
      head,
    })
  const call = ((_method: string, input: never) => pull(input)) as unknown as Client<typeof deviceContract>
  const seen: unknown[] = []
  const follower: JournalFollower = new JournalFollower({
    cache,
    ownLedger: 'mine',
    call,
    now: () => 0,
    isClosed: () => false,
    committed: () => void seen.push(follower.history('a')),
    caughtUp: () => void seen.push('caught up'),
  })
  return { follower, seen }
}

test('a long history tells how much of what was missing has come; a short one does not', async () => {
  const { follower, seen } = follow(1_140)
  await follower.pull('a')
  expect(seen).toEqual([...[200, 400, 600, 800, 1_000].map((done) => ({ done, total: 1_040 })), null, 'caught up'])
  expect(follower.history('a')).toBeNull()
})

test('what comes day by day is no history', async () => {
  const { follower, seen } = follow(600)
  await follower.pull('a')
  expect(new Set(seen)).toEqual(new Set([null, 'caught up']))
})
