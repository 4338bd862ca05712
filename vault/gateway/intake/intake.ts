/** The durable intake of sealed batches: every ledger position once, repetitions answered, forks kept aside, nothing authentic refused. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { BatchReply } from '../../../shared/contracts/device.ts'
import type { IntakeRow } from '../../../shared/contracts/keeper-link.ts'
import { batchLimits } from '../../../shared/formats/batch.ts'
import { genesisLink } from '../../../shared/formats/event.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Device } from '../devices/devices.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Store, Writer } from '../../database/open.ts'
import {
  dropSealed,
  findHeadPosition,
  findLedger,
  findSealed,
  insertArrival,
  isQuarantined,
  listLinks,
  listSealed,
  putLedger,
  type LedgerRow,
} from './queries.ts'
import { readBatch, type ReceivedBatch } from './received-batch.ts'

/** The batch starts after the next expected sequence: the sender goes on from `upTo` + 1. */
export class LedgerGap extends CodedError {
  readonly upTo: number
  constructor(upTo: number) {
    super('ledger_gap', `events are missing after sequence ${upTo}`)
    this.upTo = upTo
  }
}

export interface Intake {
  /**
   * Resolves when the batch is durable. `admit` is called before the signature is checked, `authentic` after it; both may throw.
   * `takesGap`: events before it may be missing (the keeper alerts it): what only a spool still holds must not be refused for ever.
   * Otherwise throws LedgerGap, so that the sender goes back; FormatError as readBatch, CodedError: ledger_unknown, signature_refused, storage_full, storage_failed.
   */
  accept(
    bytes: Uint8Array,
    gate?: { admit?: (device: Device) => void; authentic?: (device: Device) => void; takesGap?: boolean },
  ): Promise<BatchReply>
  /** Highest durable sequence of the ledger. */
  upTo(ledger: string): Promise<number>
  /** The highest position given. */
  head(): Promise<number>
  /** Sealed rows after the position, cut where a page becomes large, and the highest position given. */
  pull(after: number, limit: number): Promise<{ rows: IntakeRow[]; head: number }>
  /** Deletes sealed copies up to the position; heads and hashes stay. */
  drop(upTo: number): Promise<void>
}

export interface IntakeNeeds {
  store: Store
  clock: Clock
  alerts: Alerts
  devices: {
    findByLedger(ledger: string): Device | null
    findRevocation(workstation: string): unknown
  }
  leases: { lease(account: string): { workstation: string; epoch: string } | null }
  /** Told after each commit that stored something. */
  grown(): void
}

type Outcome = { stored: boolean; reply: BatchReply } | { gap: number }
interface Waiting {
  received: ReceivedBatch
  takesGap: boolean
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** A group shares one commit; more than this waits for the next one. */
const groupBytes = 48 * 1024 * 1024
/** Raw bytes of a page for the keeper; the first row always fits. */
const pageBytes = 24 * 1024 * 1024
const dropStep = 200

export function createIntake(needs: IntakeNeeds): Intake {
  const { store, devices, alerts } = needs
  let queue: Waiting[] = []
  let draining = false

  const commit = async (group: Waiting[]): Promise<void> => {
    const outcomes = await store
      .transaction(async (writer) => {
        const results: Outcome[] = []
        for (const one of group) results.push(await append(needs, writer, one.received, one.takesGap))
        return results
      })
      .catch((error: unknown) => ({ error }))
    if (Array.isArray(outcomes)) {
      for (const [index, one] of group.entries()) one.resolve(outcomes[index]!)
      if (outcomes.some((outcome) => 'stored' in outcome && outcome.stored)) needs.grown()
    } else if (group.length === 1) group[0]!.reject(outcomes.error)
    // One of many must not fail the others: each gets its own try, the smaller ones may still fit on a full disk.
    else for (const one of group) await commit([one])
  }
  const drain = async (): Promise<void> => {
    draining = true
    while (queue.length > 0) {
      // What has already reached this process joins the same commit.
      await nextTurn()
      const group = takeGroup(queue)
      queue = queue.slice(group.length)
      await commit(group)
    }
    draining = false
  }

  let arrivals: Promise<void> = Promise.resolve()
  const enqueue = (received: ReceivedBatch, takesGap: boolean): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      queue.push({ received, takesGap, resolve, reject })
      if (!draining) void drain()
    })

  return {
    async accept(bytes, gate = {}) {
      const before = arrivals
      let entered = (): void => undefined
      arrivals = new Promise((resolve) => (entered = resolve))
      let outcome: Promise<Outcome>
      try {
        const { received, authentic } = await readBatch(bytes, devices.findByLedger, gate.admit ?? (() => undefined))
        if (!authentic) {
          await alerts.raiseAlone('signature_refused', received.device.workstation)
          throw new CodedError('signature_refused', 'the signature of the batch does not hold')
        }
        gate.authentic?.(received.device)
        // Signatures are checked side by side; the queue keeps the order of arrival all the same.
        await before
        outcome = enqueue(received, gate.takesGap ?? false)
      } finally {
        void before.then(entered)
      }
      return replyOf(await outcome)
    },
    upTo: async (ledger) => (await findLedger(store, ledger))?.head ?? 0,
    head: () => findHeadPosition(store),
    pull: (after, limit) => pullPage(store, after, limit),
    async drop(upTo) {
      for (;;) {
        const gone = await store.transaction((writer) => dropSealed(writer, upTo, dropStep))
        if (gone < dropStep) return
      }
    },
  }
}

function replyOf(outcome: Outcome): BatchReply {
  if ('gap' in outcome) throw new LedgerGap(outcome.gap)
  return outcome.reply
}

function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const end = queue.findIndex((one, index) => {
    bytes += one.received.bytes.length
    return index > 0 && bytes > groupBytes
  })
  return end === -1 ? queue : queue.slice(0, end)
}

async function append(
  needs: IntakeNeeds,
  writer: Writer,
  received: ReceivedBatch,
  takesGap: boolean,
): Promise<Outcome> {
  const { ledger, from } = received
  const row = (await findLedger(writer, ledger)) ?? { head: 0, link: genesisLink(ledger), closed: 0 }
  if (row.closed) return quarantine(needs, writer, received, row)
  const isGap = from > row.head + 1
  if (isGap && !takesGap) return { gap: row.head }
  const fit = await fitOf(writer, received, row)
  if (fit === 'fork') return quarantine(needs, writer, received, row)
  const reply = { ledger, upTo: row.head, quarantined: false, ...(isGap ? { gap: true as const } : {}) }
  if (fit === 'known') return { stored: false, reply }
  await store(needs, writer, received, false)
  // What came before it is not here: it is durable, and the workstation must not take what is missing for durable as well.
  if (isGap) return { stored: true, reply }
  const next = await advance(writer, received, row)
  await putLedger(writer, ledger, { ...next, closed: false })
  return { stored: true, reply: { ...reply, upTo: next.head } }
}

/** The head behind this batch, and behind what had come before its turn and joins it now. */
async function advance(
  writer: Writer,
  { ledger, from, count, links }: ReceivedBatch,
  row: LedgerRow,
): Promise<{ head: number; link: Buffer }> {
  const last = from + count - 1
  if (last <= row.head) return { head: row.head, link: row.link }
  let end = { head: last, link: links.subarray(-32) }
  for (;;) {
    const [joining] = await listLinks(writer, ledger, end.head + 1, end.head + 1, batchLimits.events)
    if (!joining) return end
    end = { head: joining.first + joining.count - 1, link: Buffer.from(joining.links.subarray(-32)) }
  }
}

/**
 * How a batch that begins at or before the next sequence fits what is known: it says of every known position what is known, and joins what
 * stands before it. 'new' where it brings positions that were missing, behind the head or in a gap.
 */
async function fitOf(writer: Writer, received: ReceivedBatch, row: LedgerRow): Promise<'known' | 'new' | 'fork'> {
  const { ledger, from, prev } = received
  const last = from + received.count - 1
  if (from === 1 && prev !== genesisLink(ledger).toString('base64url')) return 'fork'
  if (from === row.head + 1 && prev !== row.link.toString('base64url')) return 'fork'
  const known = await listLinks(writer, ledger, Math.max(1, from - 1), last, batchLimits.events)
  let next = from
  let isWhole = true
  for (const { first, count, links } of known) {
    if (first < from && first + count >= from) {
      const before = links.subarray((from - 1 - first) * 32, (from - first) * 32)
      if (before.toString('base64url') !== prev) return 'fork'
    }
    const [begin, end] = [Math.max(first, from), Math.min(first + count - 1, last)]
    if (end < begin) continue
    const theirs = links.subarray((begin - first) * 32, (end - first + 1) * 32)
    if (!theirs.equals(received.links.subarray((begin - from) * 32, (end - from + 1) * 32))) return 'fork'
    if (begin > next) isWhole = false
    next = Math.max(next, end + 1)
  }
  return isWhole && next > last ? 'known' : 'new'
}

async function quarantine(
  needs: IntakeNeeds,
  writer: Writer,
  received: ReceivedBatch,
  row: LedgerRow,
): Promise<Outcome> {
  const { ledger } = received
  const reply = { ledger, upTo: row.head, quarantined: true }
  if (await isQuarantined(writer, ledger, received.signature)) return { stored: false, reply }
  // The part of a closed ledger that everybody agrees on is still answered as what it is.
  const isKnown = received.from <= row.head && (await fitOf(writer, received, row)) === 'known'
  if (isKnown) return { stored: false, reply: { ...reply, quarantined: false } }
  await store(needs, writer, received, true)
  await putLedger(writer, ledger, { ...row, closed: true })
  await needs.alerts.raise(writer, 'ledger_fork', received.device.workstation)
  return { stored: true, reply }
}

async function store(needs: IntakeNeeds, writer: Writer, received: ReceivedBatch, fork: boolean): Promise<void> {
  const { device } = received
  await insertArrival(writer, {
    ledger: received.ledger,
    workstation: device.workstation,
    first: received.from,
    count: received.count,
    receivedAt: needs.clock.now(),
    staleEpoch: claimsStaleEpoch(needs, received),
    afterRevocation: needs.devices.findRevocation(device.workstation) !== null,
    fork,
    links: received.links,
    signature: received.signature,
    batch: received.bytes,
  })
}

/** An epoch of 0.0 claims nothing; any other one must be the account's current one, held by this workstation. */
function claimsStaleEpoch(needs: IntakeNeeds, { claims, device }: ReceivedBatch): boolean {
  return claims.some(({ account, epoch }) => {
    if (epoch === '0.0') return false
    const lease = needs.leases.lease(account)
    return lease?.epoch !== epoch || lease.workstation !== device.workstation
  })
}

async function pullPage(reader: Store, after: number, limit: number): Promise<{ rows: IntakeRow[]; head: number }> {
  const rows: IntakeRow[] = []
  let bytes = 0
  for (const row of await listSealed(reader, after, limit)) {
    bytes += row.batch_bytes
    if (rows.length > 0 && bytes > pageBytes) break
    const batch = await findSealed(reader, row.position)
    if (!batch) continue
    rows.push({
      position: row.position,
      workstation: row.workstation,
      ledger: row.ledger,
      from: row.first,
      count: row.count,
      receivedAt: row.received_at,
      marks: {
        staleEpoch: row.stale_epoch === 1,
        afterRevocation: row.after_revocation === 1,
        fork: row.fork === 1,
      },
      batch: batch.toString('base64url'),
    })
  }
  return { rows, head: await findHeadPosition(reader) }
}
