/** Exports of ledger and audit log: sound as they come, and every way of changing them is named. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAuditExport } from '../../../verify/audit-export.ts'
import type { Verdict } from '../../../verify/chain.ts'
import { verifyLedgerExport } from '../../../verify/ledger-export.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
let root: string
let ledger: string[]
let audit: string[]
const lines = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')

beforeAll(async () => {
  vault = await TestVault.start()
  root = vault.made.rootFingerprint
  const [one, account] = await TestWorkstation.ready(vault)
  for (let batch = 0; batch < 3; batch++) {
    for (let i = 0; i < 3; i++) one.record(account, '1@lid', { id: `A${batch}${i}`, text: 'secret words' })
    await one.upload()
  }
  await vault.keeper.audit.checkpoint()
  await vault.keeper.messages.export('local', account, 'a very private purpose', null)
  ledger = lines(await vault.keeper.exports.ledger('local', await one.row()))
  audit = lines(await vault.keeper.exports.audit('local'))
})
afterAll(() => vault.stop())

const named = (verdict: Verdict): unknown => verdict.firstBad ?? 'sound'
type Batch = { from: number; headers: string[]; sealedHash: string; signature: string }
/** The ledger with one batch (from 0) changed. */
function withBatch(index: number, change: (batch: Batch) => void): string[] {
  const line = JSON.parse(ledger[index + 1]!) as { batch: Batch }
  change(line.batch)
  return ledger.with(index + 1, JSON.stringify(line))
}
function flip(text: string, at: number): string {
  const bytes = Buffer.from(text, 'base64url')
  bytes[at]! ^= 1
  return bytes.toString('base64url')
}
/** A byte of the header's time: the header still parses. */
function flipTime(text: string): string {
  return flip(text, Buffer.from(text, 'base64url').indexOf('"at":') + 8)
}

test('both are sound, hold no content, and belong to one root only', () => {
  expect(named(verifyLedgerExport(ledger, root))).toBe('sound')
  expect(named(verifyAuditExport(audit, root))).toBe('sound')
  expect(ledger).toHaveLength(4)
  for (const text of [...ledger, ...audit]) {
    const decoded = Buffer.from(text.replaceAll(/[^A-Za-z0-9_-]/g, ''), 'base64url').toString('latin1')
    for (const plant of ['secret words', 'private purpose', 'Ana Sales']) expect(text + decoded).not.toContain(plant)
  }
  expect(named(verifyLedgerExport(ledger, '0'.repeat(64)))).toEqual({ seq: 0, reason: 'other_root' })
  expect(named(verifyAuditExport(audit, '0'.repeat(64)))).toEqual({ seq: 0, reason: 'other_root' })
})

test('a ledger with one changed byte names the event, wherever it is', () => {
  for (const [batch, slot, seq] of [
    [0, 0, 1],
    [0, 2, 3],
    [1, 1, 5],
    [2, 1, 8],
    [2, 2, 9],
  ] as const) {
    const changed = withBatch(batch, (one) => (one.headers[slot] = flipTime(one.headers[slot]!)))
    expect([seq, named(verifyLedgerExport(changed, root))]).toMatchObject([seq, { seq }])
  }
  const unreadable = withBatch(1, (one) => (one.headers[1] = flip(one.headers[1]!, 0)))
  expect(named(verifyLedgerExport(unreadable, root))).toEqual({ seq: 5, reason: 'malformed' })
})

test('a ledger with a changed payload hash or signature names the batch', () => {
  const hash = withBatch(1, (one) => (one.sealedHash = flip(one.sealedHash, 3)))
  expect(named(verifyLedgerExport(hash, root))).toEqual({ seq: 4, reason: 'signature' })
  const signature = withBatch(1, (one) => (one.signature = flip(one.signature, 3)))
  expect(named(verifyLedgerExport(signature, root))).toEqual({ seq: 4, reason: 'signature' })
})

test('a ledger with a missing or moved event names its place', () => {
  expect(named(verifyLedgerExport(ledger.toSpliced(2, 1), root))).toEqual({ seq: 4, reason: 'missing' })
  const gone = withBatch(1, (one) => one.headers.splice(1, 1))
  expect(named(verifyLedgerExport(gone, root))).toEqual({ seq: 5, reason: 'missing' })
  const swapped = [ledger[0]!, ledger[2]!, ledger[1]!, ledger[3]!]
  expect(named(verifyLedgerExport(swapped, root))).toEqual({ seq: 1, reason: 'out_of_order' })
})

test('an audit log with a changed, missing or moved entry names it', () => {
  const entry = (at: number): string => (JSON.parse(audit[at]!) as { entry: string }).entry
  const changed = (at: number): string[] => audit.with(at, JSON.stringify({ entry: flipTime(entry(at)) }))
  const count = audit.filter((line) => line.startsWith('{"entry"')).length
  for (const at of [1, 3, count])
    expect(named(verifyAuditExport(changed(at), root))).toMatchObject({ seq: at, reason: 'changed' })
  expect(named(verifyAuditExport(audit.toSpliced(3, 1), root))).toEqual({ seq: 3, reason: 'missing' })
  const swapped = audit.with(2, audit[3]!).with(3, audit[2]!)
  expect(named(verifyAuditExport(swapped, root))).toEqual({ seq: 2, reason: 'out_of_order' })
  expect(named(verifyAuditExport(audit.toSpliced(count, 1), root))).toMatchObject({ seq: count, reason: 'missing' })
})

test('an audit log with a false, missing or foreign checkpoint is refused', () => {
  const last = audit.length - 1
  const { checkpoint } = JSON.parse(audit[last]!) as { checkpoint: { signature: string } }
  const forged = { checkpoint: { ...checkpoint, signature: flip(checkpoint.signature, 5) } }
  expect(named(verifyAuditExport(audit.with(last, JSON.stringify(forged)), root))).toMatchObject({
    reason: 'checkpoint',
  })
  expect(named(verifyAuditExport(audit.slice(0, last), root))).toMatchObject({ reason: 'not_covered' })
})

test('the log itself cannot be changed, and a purpose is readable for those who may', async () => {
  const { store } = vault.keeper
  for (const sql of ['UPDATE audit SET seq = seq', 'DELETE FROM audit', 'DELETE FROM audit_checkpoint'])
    await expect(store.transaction((db) => db.run(sql))).rejects.toThrow(/append-only/)
  const page = await vault.keeper.audit.page(null, 20)
  expect(page.find((one) => one.action === 'messages.export')?.reasonText).toBe('a very private purpose')
})
