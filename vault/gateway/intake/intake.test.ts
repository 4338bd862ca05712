import { mkdtempSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeBatch } from '../../../shared/formats/batch.ts'
import { frame } from '../../../shared/formats/bytes.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import { openStore, type Store } from '../../database/open.ts'
import { createAlerts, type Alerts } from '../alerts/alerts.ts'
import { createCopies, type Copies } from '../copies/copies.ts'
import { createDevices, type Devices } from '../devices/devices.ts'
import { gatewayFeatures } from '../index.ts'
import { createTestCompany, type TestDevice } from '../test-company.ts'
import { createIntake, type Intake } from './intake.ts'

const company = createTestCompany()
let folder: string
let store: Store
let copies: Copies
let devices: Devices
let alerts: Alerts
let intake: Intake
let device: TestDevice
let grown: number
const clock: Clock & { time: number } = { time: 1_000_000, now: () => clock.time }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-intake-'))
  store = await openStore(join(folder, 'gateway.db'), randomBytes(32), gatewayFeatures)
  alerts = createAlerts(store, clock)
  copies = await createCopies(store, null)
  devices = await createDevices({ store, copies, alerts, clock, log: () => undefined })
  grown = 0
  intake = createIntake({ store, clock, alerts, devices, leases: copies, grown: () => grown++ })
  await copies.putTrust(company.trust)
  device = company.device()
  await devices.put(device.enrolment, Buffer.from(device.secretHash, 'hex'))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const rows = async () => (await intake.pull(0, 1000)).rows
const alertCodes = async () => (await alerts.pull(0)).map((alert) => alert.code)
const reply = (upTo: number, quarantined = false) => ({ ledger: device.ledger, upTo, quarantined })

test('a batch is stored once; the same one and a part of it are answered with the head', async () => {
  device.write(10)
  const bytes = device.batch(1, 10)
  expect(await intake.accept(bytes)).toEqual(reply(10))
  expect(await intake.accept(bytes)).toEqual(reply(10))
  expect(await intake.accept(device.batch(3, 7))).toEqual(reply(10))
  const stored = await rows()
  expect(stored).toHaveLength(1)
  expect(Buffer.from(stored[0]!.batch, 'base64url')).toEqual(bytes)
  expect(stored[0]).toMatchObject({ position: 1, from: 1, count: 10, receivedAt: clock.time })
  expect(grown).toBe(1)
})

test('a batch that repeats known events and goes on is stored whole and moves the head', async () => {
  device.write(10)
  await intake.accept(device.batch(1, 3))
  await intake.accept(device.batch(4, 6))
  expect(await intake.accept(device.batch(2, 9))).toEqual(reply(9))
  expect(await intake.accept(device.batch(10))).toEqual(reply(10))
  expect((await rows()).map((row) => [row.from, row.count, row.marks.fork])).toEqual([
    [1, 3, false],
    [4, 3, false],
    [2, 8, false],
    [10, 1, false],
  ])
})

test('a gap is refused with the position to go on from', async () => {
  device.write(6)
  await expect(intake.accept(device.batch(3))).rejects.toMatchObject({ code: 'ledger_gap', upTo: 0 })
  await intake.accept(device.batch(1, 2))
  await expect(intake.accept(device.batch(4))).rejects.toMatchObject({ code: 'ledger_gap', upTo: 2 })
  expect(await intake.accept(device.batch(3))).toEqual(reply(6))
})

test('on the spool route a gap is taken without moving the head, and what fills it later is no fork', async () => {
  device.write(9)
  const gate = { takesGap: true }
  const gapped = { ...reply(0), gap: true }
  expect(await intake.accept(device.batch(4, 6), gate)).toEqual(gapped)
  expect(await intake.accept(device.batch(4, 6), gate)).toEqual(gapped)
  await expect(intake.accept(device.batch(8))).rejects.toMatchObject({ code: 'ledger_gap', upTo: 0 })
  expect(await intake.accept(device.batch(8, 9), gate)).toEqual(gapped)
  expect(await intake.accept(device.batch(1, 2))).toEqual(reply(2))
  // It reaches over what had come before its turn; the rest joins.
  expect(await intake.accept(device.batch(3, 7))).toEqual(reply(9))
  expect(await intake.accept(device.batch(1, 9))).toEqual(reply(9))
  expect((await rows()).map((row) => [row.from, row.count, row.marks.fork])).toEqual([
    [4, 3, false],
    [8, 2, false],
    [1, 2, false],
    [3, 5, false],
  ])
  expect(await alertCodes()).toEqual([])
})

test('what claims to fill a gap and does not join what stands before it, or says another thing, is a fork', async () => {
  device.write(6)
  const gate = { takesGap: true }
  await intake.accept(device.batch(1, 2))
  await intake.accept(device.batch(5, 6), gate)
  expect(await intake.accept(device.copy(1).write(4).batch(3, 4), gate)).toEqual(reply(2, true))
  const other = company.device()
  await devices.put(other.enrolment, Buffer.from(other.secretHash, 'hex'))
  other.write(6)
  await intake.accept(other.batch(4, 6), gate)
  const quarantined = { ledger: other.ledger, upTo: 0, quarantined: true }
  expect(await intake.accept(other.copy(0).write(6).batch(1, 4), gate)).toEqual(quarantined)
})

test('another event at a known sequence goes to quarantine, closes the ledger and is alerted', async () => {
  device.write(5)
  await intake.accept(device.batch(1, 5))
  const copied = device.copy(3).write(4)
  const forked = copied.batch(4)
  expect(await intake.accept(forked)).toEqual(reply(5, true))
  expect(await intake.accept(forked)).toEqual(reply(5, true))
  expect((await rows()).map((row) => row.marks.fork)).toEqual([false, true])
  expect(await alertCodes()).toEqual(['ledger_fork'])
  device.write(1)
  expect(await intake.accept(device.batch(6))).toEqual(reply(5, true))
  expect(await intake.accept(device.batch(1, 5))).toEqual(reply(5))
  expect(await rows()).toHaveLength(3)
})

test('a batch whose first event does not join the head, or the ledger’s beginning, is a fork', async () => {
  device.write(4)
  await intake.accept(device.batch(1, 2))
  expect(await intake.accept(device.copy(0).write(4).batch(3))).toEqual(reply(2, true))
  // A first event that does not start from the ledger's own id.
  const other = company.device()
  await devices.put(other.enrolment, Buffer.from(other.secretHash, 'hex'))
  other.write(1)
  const header = JSON.stringify({ ...other.events[0]!.header, prev: 'A'.repeat(43) })
  other.events[0] = { ...other.events[0]!, headerBytes: Buffer.from(header) }
  expect(await intake.accept(other.batch(1))).toEqual({ ledger: other.ledger, upTo: 0, quarantined: true })
})

test('batches sent at the same moment are each answered after they are stored, in order', async () => {
  device.write(50)
  const batches = Array.from({ length: 10 }, (_, i) => device.batch(i * 5 + 1, i * 5 + 5))
  const replies = await Promise.all(batches.map((batch) => intake.accept(batch)))
  expect(replies.map((one) => one.upTo)).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 45, 50])
  expect(await intake.upTo(device.ledger)).toBe(50)
  expect(grown).toBeLessThan(10)
})

test('the same batch many times at once is stored once', async () => {
  const bytes = device.write(3).batch(1)
  const replies = await Promise.all(Array.from({ length: 8 }, () => intake.accept(bytes)))
  expect(replies).toEqual(Array.from({ length: 8 }, () => reply(3)))
  expect(await rows()).toHaveLength(1)
})

test('epochs are compared with the keeper’s last lease: claims of others and of older ones are marked, no claim is not', async () => {
  await copies.putLease(company.lease('a1', device.workstation, '1.2'))
  await copies.putLease(company.lease('a2', 'somebody-else', '1.1'))
  const claims = [
    { account: 'a1', epoch: '1.2' },
    { account: 'a1', epoch: '1.1' },
    { account: 'a2', epoch: '1.1' },
    { account: 'a3', epoch: '1.1' },
    { account: 'a1', epoch: '0.0' },
  ]
  for (const [index, claim] of claims.entries()) await intake.accept(device.write(1, claim).batch(index + 1))
  expect((await rows()).map((row) => row.marks.staleEpoch)).toEqual([false, true, true, true, false])
  await copies.putLease(company.lease('a1', 'next-holder', '1.10'))
  await copies.putLease(company.lease('a1', device.workstation, '1.9'))
  await intake.accept(device.write(1, { account: 'a1', epoch: '1.9' }).batch(6))
  expect((await rows()).at(-1)!.marks.staleEpoch).toBe(true)
})

test('what arrives after a revocation is stored and marked', async () => {
  await intake.accept(device.write(1).batch(1))
  await devices.revoke(company.revocation(device.workstation))
  expect(await intake.accept(device.write(1).batch(2))).toEqual(reply(2))
  expect((await rows()).map((row) => row.marks.afterRevocation)).toEqual([false, true])
})

test('an unknown ledger and a signature by another key are refused; the second is alerted', async () => {
  const stranger = company.device().write(1)
  await expect(intake.accept(stranger.batch(1))).rejects.toMatchObject({ code: 'ledger_unknown' })
  const forged = device.write(1).batch(1, 1, stranger.signing)
  await expect(intake.accept(forged)).rejects.toMatchObject({ code: 'signature_refused' })
  expect(await alertCodes()).toEqual(['signature_refused'])
  expect(await rows()).toEqual([])
})

test('changed, cut and foreign bytes are refused with a code, whatever is changed', async () => {
  const bytes = device.write(3).batch(1)
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 0x41
    await expect(intake.accept(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) as string })
  }
  for (const cut of [0, 1, 4, 11, bytes.length - 1]) {
    const rejection = expect.stringMatching(/^(format|batch|header)_/) as string
    await expect(intake.accept(bytes.subarray(0, cut))).rejects.toMatchObject({ code: rejection })
  }
  const { headerBytes, sealed, signature } = decodeBatch(bytes)
  const empty = frame([Buffer.from('SDB1'), frame([]), sealed, signature])
  await expect(intake.accept(empty)).rejects.toMatchObject({ code: 'batch_malformed' })
  const shuffled = frame([Buffer.from('SDB1'), frame(headerBytes.toReversed()), sealed, signature])
  await expect(intake.accept(shuffled)).rejects.toMatchObject({ code: 'batch_broken_chain' })
  expect(await rows()).toEqual([])
  expect(await intake.accept(bytes)).toEqual(reply(3))
})

test('dropping deletes the sealed bytes and keeps what tells a repetition from a fork', async () => {
  device.write(6)
  await intake.accept(device.batch(1, 3))
  await intake.accept(device.batch(4, 6))
  await intake.drop(1)
  expect((await rows()).map((row) => row.position)).toEqual([2])
  await intake.drop(2)
  expect(await intake.pull(0, 10)).toEqual({ rows: [], head: 2 })
  expect(await intake.accept(device.batch(1, 3))).toEqual(reply(6))
  expect(await intake.accept(device.copy(2).write(2).batch(2))).toEqual(reply(6, true))
  expect(await rows()).toHaveLength(1)
})

test('pages are cut at the limit and go on after a position', async () => {
  device.write(5)
  for (let seq = 1; seq <= 5; seq++) await intake.accept(device.batch(seq, seq))
  const first = await intake.pull(0, 2)
  expect(first.rows.map((row) => row.position)).toEqual([1, 2])
  expect(first.head).toBe(5)
  expect((await intake.pull(2, 1000)).rows.map((row) => row.position)).toEqual([3, 4, 5])
})

test('a full disk refuses with a code, keeps what was acknowledged and takes the batch when there is room again', async () => {
  await intake.accept(device.write(1).batch(1))
  const limit = async (pages: number) =>
    store.transaction(async (writer) => {
      const row = await writer.get<{ page_count: number }>('PRAGMA page_count')
      await writer.get(`PRAGMA max_page_count = ${row!.page_count + pages}`)
    })
  await limit(2)
  device.write(400)
  await expect(intake.accept(device.batch(2))).rejects.toMatchObject({ code: 'storage_full' })
  expect(await intake.upTo(device.ledger)).toBe(1)
  await limit(10_000)
  expect(await intake.accept(device.batch(2))).toEqual(reply(401))
})

test('on a nearly full disk a batch that is too large does not fail the small one beside it', async () => {
  const small = company.device().write(1)
  await devices.put(small.enrolment, Buffer.from(small.secretHash, 'hex'))
  await intake.accept(device.write(1).batch(1))
  await store.transaction(async (writer) => {
    const row = await writer.get<{ page_count: number }>('PRAGMA page_count')
    await writer.get(`PRAGMA max_page_count = ${row!.page_count + 8}`)
  })
  device.write(900)
  const [large, little] = await Promise.allSettled([intake.accept(device.batch(2)), intake.accept(small.batch(1))])
  expect(large).toMatchObject({ status: 'rejected', reason: { code: 'storage_full' } })
  expect(little).toMatchObject({ status: 'fulfilled', value: { upTo: 1 } })
})
