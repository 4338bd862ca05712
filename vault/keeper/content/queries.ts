/** The statements that read and write events and their encrypted payloads. */
import type { Reader, Writer } from '../../database/open.ts'

export interface EventRow {
  ledger: string
  seq: number
  kind: string
  account: string | null
  position: number | null
  /** Whose content it is. */
  identity: string | null
  /** Identity of the conversation where that is another one (a group). */
  peer: string | null
  block: number | null
  slot: number | null
  header: Buffer
}
export interface BlockRow {
  id: number
  /** null: under the company's key. */
  identity: string | null
  bound: string
  bytes: Buffer
}

const eventColumns = 'ledger, seq, kind, account, position, identity, peer, block, slot, header'

export async function insertEvents(db: Writer, rows: readonly EventRow[]): Promise<void> {
  await db.runMany(
    `INSERT INTO event (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    rows.map((row) => [
      row.ledger,
      row.seq,
      row.kind,
      row.account,
      row.position,
      row.identity,
      row.peer,
      row.block,
      row.slot,
      row.header,
    ]),
  )
}

export async function findEvent(db: Reader, ledger: string, seq: number): Promise<EventRow | undefined> {
  return db.get(`SELECT ${eventColumns} FROM event WHERE ledger = ? AND seq = ?`, [ledger, seq])
}

export async function listHeaders(
  db: Reader,
  ledger: string,
  from: number,
  to: number,
): Promise<{ seq: number; header: Buffer }[]> {
  return db.all('SELECT seq, header FROM event WHERE ledger = ? AND seq BETWEEN ? AND ? ORDER BY seq', [
    ledger,
    from,
    to,
  ])
}

export async function journalAfter(db: Reader, account: string, after: number, limit: number): Promise<EventRow[]> {
  return db.all(
    `SELECT ${eventColumns} FROM event WHERE account = ? AND position > ? AND position IS NOT NULL ORDER BY position LIMIT ?`,
    [account, after, limit],
  )
}

export async function nextBlockId(db: Writer): Promise<number> {
  return ((await db.get<{ id: number | null }>('SELECT max(id) AS id FROM content'))?.id ?? 0) + 1
}

export async function insertBlocks(db: Writer, rows: readonly BlockRow[]): Promise<void> {
  await db.runMany(
    'INSERT INTO content (id, identity, bound, bytes) VALUES (?, ?, ?, ?)',
    rows.map((row) => [row.id, row.identity, row.bound, row.bytes]),
  )
}

export async function findBlock(db: Reader, id: number): Promise<BlockRow | undefined> {
  return db.get('SELECT id, identity, bound, bytes FROM content WHERE id = ?', [id])
}

export async function listLabels(
  db: Reader,
  identities: readonly string[],
): Promise<{ id: string; label: Buffer; erased_at: number | null }[]> {
  return db.all('SELECT id, label, erased_at FROM identity WHERE id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(identities),
  ])
}

export async function findLabel(
  db: Reader,
  identity: string,
): Promise<{ label: Buffer; account: string; erased_at: number | null } | undefined> {
  return db.get('SELECT label, account, erased_at FROM identity WHERE id = ?', [identity])
}
