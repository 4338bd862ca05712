/** The keeper's audit log: one hash chain, reasons encrypted beside it, heads signed as checkpoints. */
import { createHmac, randomBytes } from 'node:crypto'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import { signDocument } from '../../../../shared/formats/trust.ts'
import type { Clock } from '../../../../shared/clock/clock.ts'
import type { Reader, Store, Writer } from '../../../database/open.ts'
import {
  auditFormat,
  auditGenesis,
  auditRecordSchema,
  checkpointLabel,
  type AuditRecord,
} from '../../../verify/audit-export.ts'
import { decrypt, encrypt } from '../../keyring/cipher.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import {
  checkpointsUpTo,
  entriesAfter,
  findLastCheckpoint,
  findLastEntry,
  insertCheckpoint,
  insertEntry,
  newestAbout,
  pageEntries,
  type AuditFilter,
  type AuditRow,
} from './queries.ts'

export interface AuditEntry {
  /** Opaque id of an employee; `local` for the admin socket, `keeper` for the program itself. */
  actor: string
  action: string
  /** Opaque id of what it was done to. */
  subject: string | null
  /** A purpose or search text: stored encrypted only. */
  reason?: string
}

export type OpenedEntry = AuditRecord & { reasonText: string | null }

export interface Audit {
  /** Writes inside the caller's transaction: the entry stands exactly when the deed does. */
  append(db: Writer, entry: AuditEntry): Promise<void>
  /** Writes in a transaction of its own; durable when it resolves. */
  record(entry: AuditEntry): Promise<void>
  /** Newest first; `before`: entries with a lower sequence. */
  page(before: number | null, limit: number, filter?: Partial<AuditFilter>): Promise<OpenedEntry[]>
  /** Entries of one action, by their subject; of several the newest. */
  about(action: string, subjects: readonly string[]): Promise<Map<string, OpenedEntry>>
  /** Opens a reason that was read beside its entry. */
  openReason(seq: number, bytes: Buffer | null): string | null
  /** Signs the head unless it is signed already. */
  checkpoint(): Promise<void>
  /** The lines of an export, as verify/audit-export describes them. */
  exportLines(): AsyncGenerator<string>
}

const chain = 'keeper'
const saltBytes = 16
const exportPage = 1000

export function createAudit(store: Store, keyring: Keyring, clock: Clock): Audit {
  const key = keyring.derived('audit')
  const head = async (db: Reader): Promise<{ seq: number; hash: string }> => {
    const last = await findLastEntry(db)
    return last ? { seq: last.seq, hash: hashOf(last.entry) } : { seq: 0, hash: auditGenesis(chain) }
  }
  const append = async (db: Writer, entry: AuditEntry): Promise<void> => {
    const last = await head(db)
    const seq = last.seq + 1
    const reason = entry.reason === undefined ? null : committed(entry.reason)
    const record: AuditRecord = {
      v: 1,
      chain,
      seq,
      at: clock.now(),
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      reason: reason?.commitment ?? null,
      prev: last.hash,
    }
    await insertEntry(
      db,
      seq,
      Buffer.from(JSON.stringify(record), 'utf8'),
      reason ? encrypt(key, reason.bytes, `audit/${seq}`) : null,
    )
  }
  const checkpoint = (): Promise<void> =>
    store.transaction(async (db) => {
      const last = await head(db)
      if (last.seq <= (await findLastCheckpoint(db))) return
      const value = { chain, seq: last.seq, head: last.hash, at: clock.now() }
      const document = signDocument(checkpointLabel, value, keyring.current('checkpoint'))
      await insertCheckpoint(db, last.seq, JSON.stringify(document))
    })
  const openReason = (seq: number, bytes: Buffer | null): string | null =>
    bytes && decrypt(key, bytes, `audit/${seq}`).subarray(saltBytes).toString('utf8')
  const open = (row: AuditRow & { bytes: Buffer | null }): OpenedEntry => ({
    ...auditRecordSchema.parse(JSON.parse(row.entry.toString('utf8'))),
    reasonText: openReason(row.seq, row.bytes),
  })
  return {
    append,
    openReason,
    record: (entry) => store.transaction((db) => append(db, entry)),
    checkpoint,
    async page(before, limit, filter = {}) {
      const wanted = { actor: null, action: null, subject: null, from: null, until: null, ...filter }
      return (await pageEntries(store, wanted, before ?? Number.MAX_SAFE_INTEGER, limit)).map(open)
    },
    async about(action, subjects) {
      const rows = (await newestAbout(store, action, subjects)).map(open)
      return new Map(rows.flatMap((row) => (row.subject === null ? [] : [[row.subject, row]])))
    },
    async *exportLines() {
      await checkpoint()
      const end = (await head(store)).seq
      // Entries written from here on have no checkpoint yet and wait for the next export.
      const signed = Math.min(end, await findLastCheckpoint(store))
      yield JSON.stringify({ format: auditFormat, trust: keyring.trust })
      for (let after = 0; after < signed;) {
        const rows = (await entriesAfter(store, after, exportPage)).filter((row) => row.seq <= signed)
        for (const row of rows) yield JSON.stringify({ entry: row.entry.toString('base64url') })
        after = rows.at(-1)?.seq ?? signed
      }
      for (const row of await checkpointsUpTo(store, signed)) {
        yield JSON.stringify({ checkpoint: JSON.parse(row.document) as unknown })
      }
    },
  }
}

function hashOf(entry: Uint8Array): string {
  return sha256(entry).toString('base64url')
}

function committed(reason: string): { commitment: string; bytes: Buffer } {
  const salt = randomBytes(saltBytes)
  const text = Buffer.from(reason, 'utf8')
  return { commitment: createHmac('sha256', salt).update(text).digest('base64url'), bytes: Buffer.concat([salt, text]) }
}
