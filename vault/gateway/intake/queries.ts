/** SQL of the sealed intake: ledger heads, what was received, and the sealed bytes until the keeper has them. */
import type { Feature } from '../../database/migrate.ts'
import type { Reader, Writer } from '../../database/open.ts'

export const intakeFeature: Feature = {
  name: 'intake',
  steps: [
    `CREATE TABLE ledger (
       ledger TEXT PRIMARY KEY,
       head INTEGER NOT NULL,
       link BLOB NOT NULL,
       closed INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE received (
       position INTEGER PRIMARY KEY AUTOINCREMENT,
       ledger TEXT NOT NULL,
       workstation TEXT NOT NULL,
       first INTEGER NOT NULL,
       count INTEGER NOT NULL,
       received_at INTEGER NOT NULL,
       stale_epoch INTEGER NOT NULL,
       after_revocation INTEGER NOT NULL,
       fork INTEGER NOT NULL,
       -- SHA-256 of every header, 32 bytes each: kept for ever, they tell a repetition from a fork.
       links BLOB NOT NULL,
       -- The batch's own signature: tells a repetition of what is in quarantine.
       signature BLOB NOT NULL
     ) STRICT;
     CREATE INDEX received_order ON received (ledger, first);
     CREATE TABLE sealed (
       position INTEGER PRIMARY KEY REFERENCES received (position),
       batch BLOB NOT NULL
     ) STRICT`,
  ],
}

export interface LedgerRow {
  head: number
  link: Buffer
  closed: number
}

export async function findLedger(reader: Reader, ledger: string): Promise<LedgerRow | undefined> {
  return reader.get<LedgerRow>('SELECT head, link, closed FROM ledger WHERE ledger = ?', [ledger])
}

export async function putLedger(
  writer: Writer,
  ledger: string,
  row: { head: number; link: Uint8Array; closed: boolean },
): Promise<void> {
  await writer.run(
    `INSERT INTO ledger (ledger, head, link, closed) VALUES (?, ?, ?, ?)
     ON CONFLICT (ledger) DO UPDATE SET head = excluded.head, link = excluded.link, closed = excluded.closed`,
    [ledger, row.head, row.link, row.closed ? 1 : 0],
  )
}

export interface KnownLinks {
  first: number
  count: number
  links: Buffer
}

/** What the chain holds of the sequences from `low` to `high`; no batch is longer than `longest`. */
export async function listLinks(
  reader: Reader,
  ledger: string,
  low: number,
  high: number,
  longest: number,
): Promise<KnownLinks[]> {
  return reader.all<KnownLinks>(
    `SELECT first, count, links FROM received
     WHERE ledger = ? AND first > ? AND first <= ? AND first + count > ? AND fork = 0 ORDER BY first`,
    [ledger, low - longest, high, low],
  )
}

export async function isQuarantined(reader: Reader, ledger: string, signature: Uint8Array): Promise<boolean> {
  const row = await reader.get('SELECT 1 FROM received WHERE ledger = ? AND fork = 1 AND signature = ?', [
    ledger,
    signature,
  ])
  return row !== undefined
}

export interface Arrival {
  ledger: string
  workstation: string
  first: number
  count: number
  receivedAt: number
  staleEpoch: boolean
  afterRevocation: boolean
  fork: boolean
  links: Uint8Array
  signature: Uint8Array
  batch: Uint8Array
}

export async function insertArrival(writer: Writer, one: Arrival): Promise<void> {
  await writer.run(
    `INSERT INTO received (ledger, workstation, first, count, received_at, stale_epoch, after_revocation, fork, links, signature)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      one.ledger,
      one.workstation,
      one.first,
      one.count,
      one.receivedAt,
      Number(one.staleEpoch),
      Number(one.afterRevocation),
      Number(one.fork),
      one.links,
      one.signature,
    ],
  )
  await writer.run('INSERT INTO sealed (position, batch) VALUES (last_insert_rowid(), ?)', [one.batch])
}

export interface SealedRow {
  position: number
  ledger: string
  workstation: string
  first: number
  count: number
  received_at: number
  stale_epoch: number
  after_revocation: number
  fork: number
  batch_bytes: number
}

/** Without the bytes, so that a page can be cut by size before they are read. */
export async function listSealed(reader: Reader, after: number, limit: number): Promise<SealedRow[]> {
  return reader.all<SealedRow>(
    `SELECT position, ledger, workstation, first, count, received_at, stale_epoch, after_revocation, fork,
            length(batch) AS batch_bytes
     FROM sealed JOIN received USING (position) WHERE position > ? ORDER BY position LIMIT ?`,
    [after, limit],
  )
}

export async function findSealed(reader: Reader, position: number): Promise<Buffer | undefined> {
  const row = await reader.get<{ batch: Buffer }>('SELECT batch FROM sealed WHERE position = ?', [position])
  return row?.batch
}

export async function findHeadPosition(reader: Reader): Promise<number> {
  const row = await reader.get<{ head: number | null }>('SELECT max(position) AS head FROM received')
  return row?.head ?? 0
}

/** Number of sealed copies that went; at most `limit`. */
export async function dropSealed(writer: Writer, upTo: number, limit: number): Promise<number> {
  return writer.run(
    'DELETE FROM sealed WHERE position IN (SELECT position FROM sealed WHERE position <= ? ORDER BY position LIMIT ?)',
    [upTo, limit],
  )
}
