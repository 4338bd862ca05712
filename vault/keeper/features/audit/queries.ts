/** The audit log's statements. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface AuditRow {
  seq: number
  entry: Buffer
}

export async function findLastEntry(db: Reader): Promise<AuditRow | undefined> {
  return db.get('SELECT seq, entry FROM audit ORDER BY seq DESC LIMIT 1')
}

export async function insertEntry(
  db: Writer,
  seq: number,
  entry: Uint8Array,
  reason: Uint8Array | null,
): Promise<void> {
  await db.run('INSERT INTO audit (seq, entry) VALUES (?, ?)', [seq, entry])
  if (reason) await db.run('INSERT INTO audit_reason (seq, bytes) VALUES (?, ?)', [seq, reason])
}

/** null: any. */
export interface AuditFilter {
  actor: string | null
  action: string | null
  subject: string | null
  /** `until` is not in it. */
  from: number | null
  until: number | null
}

/** Newest first. */
export async function pageEntries(
  db: Reader,
  filter: AuditFilter,
  before: number,
  limit: number,
): Promise<(AuditRow & { bytes: Buffer | null })[]> {
  const wanted: [string, string | number | null][] = [
    ['actor = ?', filter.actor],
    ['action = ?', filter.action],
    ['subject = ?', filter.subject],
    ['at >= ?', filter.from],
    ['at < ?', filter.until],
  ]
  const asked = wanted.filter(([, value]) => value !== null)
  const where = asked.map(([condition]) => ` AND ${condition}`).join('')
  return db.all(
    `SELECT audit.seq, audit.entry, audit_reason.bytes FROM audit LEFT JOIN audit_reason USING (seq)
     WHERE audit.seq < ?${where} ORDER BY audit.seq DESC LIMIT ?`,
    [before, ...asked.map(([, value]) => value), limit],
  )
}

/** The newest entry about each of these subjects. */
export async function newestAbout(
  db: Reader,
  action: string,
  subjects: readonly string[],
): Promise<(AuditRow & { bytes: Buffer | null })[]> {
  return db.all(
    `SELECT audit.seq, audit.entry, audit_reason.bytes FROM audit LEFT JOIN audit_reason USING (seq)
     WHERE action = ? AND subject IN (SELECT value FROM json_each(?)) ORDER BY audit.seq`,
    [action, JSON.stringify(subjects)],
  )
}

export async function entriesAfter(db: Reader, after: number, limit: number): Promise<AuditRow[]> {
  return db.all('SELECT seq, entry FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', [after, limit])
}

export async function findLastCheckpoint(db: Reader): Promise<number> {
  return (await db.get<{ seq: number }>('SELECT max(seq) AS seq FROM audit_checkpoint'))?.seq ?? 0
}

export async function insertCheckpoint(db: Writer, seq: number, document: string): Promise<void> {
  await db.run('INSERT INTO audit_checkpoint (seq, document) VALUES (?, ?)', [seq, document])
}

export async function checkpointsUpTo(db: Reader, seq: number): Promise<{ document: string }[]> {
  return db.all('SELECT document FROM audit_checkpoint WHERE seq <= ? ORDER BY seq', [seq])
}
