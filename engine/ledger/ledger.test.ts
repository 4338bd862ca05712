import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batchSignatureHolds, decodeBatch, openBatch } from '../../shared/formats/batch.ts'
import { commitmentHolds, decodePayload } from '../../shared/formats/event.ts'
import { generateRawKeyPair, privateKeyObject, publicKeyObject } from '../../shared/formats/keys.ts'
import { Cache } from '../cache/database.ts'
import { Ledger } from './ledger.ts'
import { Outbox } from './outbox.ts'
import { Spool } from './spool.ts'

const signing = generateRawKeyPair('ed25519')
const sealing = generateRawKeyPair('x25519')
const openingKey = { publicKey: sealing.publicKey, privateKey: privateKeyObject('x25519', sealing.privateKey) }
let folder: string
let key: Buffer
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-ledger-'))
  key = randomBytes(32)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function parts(): { cache: Cache; ledger: Ledger; spool: Spool; outbox: Outbox } {
  const cache = new Cache(join(folder, 'cache.db'), key)
  const ledger = new Ledger(cache, 'ledger-of-the-test')
  const spool = new Spool(join(folder, 'spool'))
  const outbox = new Outbox({
    ledger,
    spool,
    sealKey: () => sealing.publicKey,
    signingKey: privateKeyObject('ed25519', signing.privateKey),
    spooled: () => {},
    trouble: () => {},
  })
  return { cache, ledger, spool, outbox }
}

function appendKept(cache: Cache, ledger: Ledger, reason: string): void {
  cache.transaction((writer) =>
    ledger.append(writer, {
      kind: 'raw.kept/1',
      payload: { reason, raw: '', place: null },
      account: 'a',
      epoch: '1.1',
      conversation: null,
      identity: null,
      message: null,
      at: 1,
    }),
  )
}

test('the chain goes on after a restart, and every batch opens for the keeper alone', () => {
  let { cache, ledger, spool, outbox } = parts()
  appendKept(cache, ledger, 'first')
  outbox.drain()
  cache.close()
  ;({ cache, ledger, spool, outbox } = parts())
  appendKept(cache, ledger, 'second')
  appendKept(cache, ledger, 'third')
  outbox.drain()
  const batches = spool.list().map((file) => decodeBatch(spool.read(file)))
  expect(batches.map((batch) => [batch.from, batch.headers.length])).toEqual([
    [1, 1],
    [2, 2],
  ])
  const reasons = batches.flatMap((batch) => {
    expect(batchSignatureHolds(batch, publicKeyObject('ed25519', signing.publicKey))).toBe(true)
    return openBatch(batch, openingKey).map((payload, i) => {
      expect(commitmentHolds(batch.headers[i]!, payload)).toBe(true)
      const decoded = decodePayload(batch.headers[i]!.kind, payload)
      return decoded.kind === 'raw.kept/1' ? decoded.payload.reason : null
    })
  })
  expect(reasons).toEqual(['first', 'second', 'third'])
  expect(batches[1]!.headers[0]!.prev).not.toBe(batches[0]!.headers[0]!.prev)
  cache.close()
})

test('a rolled back append takes no sequence', () => {
  const { cache, ledger } = parts()
  appendKept(cache, ledger, 'first')
  expect(() =>
    cache.transaction(() => {
      appendKept(cache, ledger, 'lost')
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(ledger.seq).toBe(1)
  appendKept(cache, ledger, 'second')
  const [first, second] = ledger.listAfter(0, 10, 1e6)
  expect(decodeBatchChain(first!.header, second!.header)).toBe(true)
  cache.close()
})

function decodeBatchChain(first: Uint8Array, second: Uint8Array): boolean {
  const prev = (JSON.parse(Buffer.from(second).toString()) as { prev: string }).prev
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(first).digest('base64url') === prev
}

test('one changed byte of a batch is noticed', () => {
  const { cache, ledger, spool, outbox } = parts()
  appendKept(cache, ledger, 'first')
  outbox.drain()
  const bytes = spool.read(spool.list()[0]!)
  const deviceKey = publicKeyObject('ed25519', signing.publicKey)
  let accepted = 0
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    try {
      const batch = decodeBatch(changed)
      if (batchSignatureHolds(batch, deviceKey)) accepted++
    } catch (error) {
      expect(error).toHaveProperty('code')
    }
  }
  expect(accepted).toBe(0)
  cache.close()
})

test('acknowledged events leave cache and spool, later ones stay', () => {
  const { cache, ledger, spool, outbox } = parts()
  appendKept(cache, ledger, 'first')
  outbox.drain()
  appendKept(cache, ledger, 'second')
  outbox.drain()
  spool.acknowledge(ledger.id, 1)
  ledger.acknowledge(1)
  expect(spool.list().map((file) => file.from)).toEqual([2])
  expect(ledger.listAfter(0, 10, 1e6).map((row) => row.seq)).toEqual([2])
  cache.close()
})

test('a half-written spool file is swept away and its events are sealed again', () => {
  const first = parts()
  appendKept(first.cache, first.ledger, 'first')
  writeFileSync(join(folder, 'spool', 'ledger-of-the-test.000000000001-000000000001.batch.part'), 'half')
  first.cache.close()
  const again = parts()
  expect(existsSync(join(folder, 'spool', 'ledger-of-the-test.000000000001-000000000001.batch.part'))).toBe(false)
  again.outbox.drain()
  expect(again.spool.list()).toHaveLength(1)
  again.cache.close()
})
