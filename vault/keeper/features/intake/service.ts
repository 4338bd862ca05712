/** The intake: pulls sealed batches from the gateway, examines, opens and applies each exactly once, and lets the sealed copies go. */
import type { IntakeRow } from '../../../../shared/contracts/keeper-link.ts'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import type { Batch } from '../../../../shared/formats/batch.ts'
import type { Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import { insertEvents, listHeaders } from '../../content/queries.ts'
import type { Alerts } from '../alerts/service.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import { applyBatch, decodeArrived, type MediaEffects } from './apply.ts'
import { examine, type Examined, type QuarantineReason } from './examine.ts'
import { createIdentities, partiesOf, PlanOutdated } from './identities.ts'
import { countQuarantined, findMark, insertBatch, insertQuarantine, putMark } from './queries.ts'

export interface IntakeNeeds {
  findByLedger(ledger: string): Promise<WorkstationRow | null>
  raise: Alerts['raise']
  media: MediaEffects
  /** After a commit: these files were told of. */
  filesTold(blobs: readonly string[]): void
  /** After a commit: these journals have grown, written by this workstation; null: it must look as well, its place among others counts. */
  grown(accounts: Map<string, number>, writer: string | null): void
}

export interface Intake {
  /** Applies one row, whatever it holds; a row that was applied before changes nothing. Rejects only when the store does. */
  apply(row: IntakeRow): Promise<void>
  /** Highest intake position that has been applied. */
  mark(): Promise<number>
  quarantined(): Promise<number>
}

/** Errors that pass: the row stays where it is and is tried again. */
const passing = new Set(['storage_full', 'storage_failed', 'storage_closed'])
const plans = 5

export function createIntake(ground: Ground, needs: IntakeNeeds): Intake {
  const { store, keyring, clock, log } = ground

  const quarantine = (row: IntakeRow, reason: QuarantineReason, examined: Examined | null): Promise<void> =>
    store.transaction(async (db) => {
      const batch = examined?.batch ?? null
      const bytes = Buffer.from(row.batch, 'base64url')
      const from = { ledger: examined?.workstation?.ledger ?? row.ledger, from: row.from }
      await insertQuarantine(db, { position: row.position, ...from, reason, at: clock.now(), batch: bytes })
      if (batch) await keepHeaders(db, row, batch)
      await needs.raise(db, `batch_${reason}`, examined?.workstation?.id ?? null)
      await putMark(db, row.position)
    })

  const applySound = async (row: IntakeRow, examined: Extract<Examined, { reason: null }>): Promise<void> => {
    const arrived = decodeArrived(examined.batch, examined.payloads)
    const seen = arrived.flatMap(({ header, decoded }) => {
      const parties = decoded && partiesOf(decoded)
      if (!parties || header.account === null) return []
      const { account } = header
      return [parties.peer, ...(parties.author ? [parties.author] : [])].map((peer) => ({ account, peer }))
    })
    const identities = createIdentities(keyring)
    // Keys first, durable in their own file; then one transaction with everything else.
    await identities.prepare(store, seen)
    const grown = await store.transaction(async (db) => {
      const raise = (code: string, subject: string): Promise<void> => needs.raise(db, code, subject)
      if (examined.gap) await raise('ledger_gap', examined.workstation.id)
      const context = {
        db,
        keyring,
        clock,
        identities,
        row,
        workstation: examined.workstation,
        media: needs.media,
        raise,
      }
      const heads = await applyBatch(context, arrived)
      await insertBatch(db, batchRow(row, examined.batch))
      await putMark(db, row.position)
      return heads
    })
    const blobs = arrived.flatMap(({ decoded }) => (decoded?.kind === 'media.stored/1' ? [decoded.payload.blob] : []))
    if (blobs.length > 0) needs.filesTold(blobs)
    const isOrdered = arrived.some(({ decoded }) => decoded?.kind === 'conversation.claimed/1')
    if (grown.size > 0) needs.grown(grown, isOrdered ? null : examined.workstation.id)
  }

  const applyPlanned = async (row: IntakeRow, examined: Extract<Examined, { reason: null }>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await applySound(row, examined)
      } catch (error) {
        if (!(error instanceof PlanOutdated) || attempt >= plans) throw error
      }
    }
  }

  return {
    async apply(row) {
      if (row.position <= (await findMark(store))) return
      let examined: Examined | null = null
      try {
        examined = await examine({ db: store, keyring, findByLedger: needs.findByLedger }, row)
        if (examined.reason === null) await applyPlanned(row, examined)
        else await quarantine(row, examined.reason, examined)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (passing.has(code)) throw error
        // A bug must not hold back what comes behind this batch.
        log.bug(error)
        await quarantine(row, 'internal', examined && { ...examined, reason: 'internal', batch: null })
      }
    },
    mark: () => findMark(store),
    quarantined: () => countQuarantined(store),
  }
}

function batchRow(row: IntakeRow, batch: Batch): Parameters<typeof insertBatch>[1] {
  return {
    position: row.position,
    ledger: batch.ledger,
    from_seq: batch.from,
    count: batch.headers.length,
    sealed_hash: sha256(batch.sealed),
    signature: batch.signature,
    received_at: row.receivedAt,
  }
}

/** Signature and chain hold, the payloads do not: the headers count, so that the chain goes on. */
async function keepHeaders(db: Writer, row: IntakeRow, batch: Batch): Promise<void> {
  await insertBatch(db, batchRow(row, batch))
  const stored = await listHeaders(db, batch.ledger, batch.from, batch.from + batch.headers.length - 1)
  const known = new Set(stored.map((one) => one.seq))
  const rows = batch.headers.map((header, i) => ({
    ledger: header.ledger,
    seq: header.seq,
    kind: header.kind,
    account: null,
    position: null,
    identity: null,
    peer: null,
    block: null,
    slot: null,
    header: batch.headerBytes[i]!,
  }))
  await insertEvents(
    db,
    rows.filter((one) => !known.has(one.seq)),
  )
}
