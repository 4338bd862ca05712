/** The statements of attachments, files and their wrapped keys. */
import type { Reader, Writer } from '../../../database/open.ts'

/** damaged: the file that came is not the one that was told of; erased: its identity's key was gone before it came. */
export type AttachmentState = 'waiting' | 'held' | 'missing' | 'damaged' | 'erased'
export interface AttachmentRow {
  id: string
  account: string
  identity: string
  ledger: string
  seq: number
  at: number
  state: AttachmentState
  blob: string | null
  name: string | null
}

const columns = 'id, account, identity, ledger, seq, at, state, blob, name'
const joined = columns.replaceAll(/\w+/g, 'attachment.$&')

export async function insertAttachment(db: Writer, row: AttachmentRow, refs: readonly Uint8Array[]): Promise<void> {
  await db.run(`INSERT INTO attachment (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.id,
    row.account,
    row.identity,
    row.ledger,
    row.seq,
    row.at,
    row.state,
    row.blob,
    row.name,
  ])
  await db.runMany(
    'INSERT INTO attachment_ref (account, ref, attachment) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    refs.map((ref) => [row.account, ref, row.id]),
  )
}

/** The best of what is known of a message's file: held before waiting before all else, then the first that came. */
export async function findAttachment(
  db: Reader,
  account: string,
  refs: readonly Uint8Array[],
): Promise<AttachmentRow | undefined> {
  let best: AttachmentRow | undefined
  const rank = (row: AttachmentRow | undefined): number =>
    row === undefined ? 3 : row.state === 'held' ? 0 : row.state === 'waiting' ? 1 : 2
  for (const ref of refs) {
    const row = await db.get<AttachmentRow>(
      `SELECT ${joined} FROM attachment_ref JOIN attachment ON attachment.id = attachment
       WHERE attachment_ref.account = ? AND ref = ?
       ORDER BY CASE state WHEN 'held' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END, at, attachment.id LIMIT 1`,
      [account, ref],
    )
    if (rank(row) < rank(best)) best = row
  }
  return best
}

/** Attachments whose blob the gateway may still have; `blob` null: all of them. */
export async function listOpen(
  db: Reader,
  blob: string | null,
  after: string,
  limit: number,
): Promise<(AttachmentRow & { blob: string })[]> {
  return db.all(
    `SELECT ${columns} FROM attachment
     WHERE blob IS NOT NULL AND id > ?1 AND (?2 IS NULL OR blob = ?2) ORDER BY id LIMIT ?3`,
    [after, blob, limit],
  )
}

export async function isAwaited(db: Reader, blob: string): Promise<boolean> {
  return (await db.get("SELECT 1 FROM attachment WHERE blob = ? AND state = 'waiting'", [blob])) !== undefined
}

export async function updateAttachment(
  db: Writer,
  id: string,
  state: AttachmentState,
  name: string | null,
): Promise<void> {
  await db.run("UPDATE attachment SET state = ?, name = ? WHERE id = ? AND state = 'waiting'", [state, name, id])
}

/** The gateway has no copy any more. */
export async function forgetBlob(db: Writer, blob: string): Promise<void> {
  await db.run("UPDATE attachment SET blob = NULL WHERE blob = ? AND state <> 'waiting'", [blob])
}

export async function findWorkstationOf(db: Reader, ledger: string): Promise<string | null> {
  return (await db.get<{ id: string }>('SELECT id FROM workstation WHERE ledger = ?', [ledger]))?.id ?? null
}

export async function insertFile(db: Writer, name: string, bytes: number): Promise<void> {
  await db.run('INSERT INTO blob (name, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING', [name, bytes])
}

export async function hasFile(db: Reader, name: string): Promise<boolean> {
  return (await db.get('SELECT 1 FROM blob WHERE name = ?', [name])) !== undefined
}

export interface WrappedKey {
  identity: string
  wrapped: Buffer
}

export async function listKeys(db: Reader, name: string): Promise<WrappedKey[]> {
  return db.all('SELECT identity, wrapped FROM blob_key WHERE name = ? LIMIT 100', [name])
}

export async function findKey(db: Reader, name: string, identity: string): Promise<WrappedKey | undefined> {
  return db.get('SELECT identity, wrapped FROM blob_key WHERE name = ? AND identity = ?', [name, identity])
}

/** Of an identity of this account. */
export async function findKeyOf(db: Reader, name: string, account: string): Promise<WrappedKey | undefined> {
  return db.get(
    `SELECT identity, wrapped FROM blob_key JOIN identity ON identity.id = blob_key.identity
     WHERE name = ? AND identity.account = ? AND erased_at IS NULL LIMIT 1`,
    [name, account],
  )
}

export async function insertKey(db: Writer, name: string, identity: string, wrapped: Uint8Array): Promise<void> {
  const sql = 'INSERT INTO blob_key (name, identity, wrapped) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
  await db.run(sql, [name, identity, wrapped])
}

export async function deleteKeys(db: Writer, identity: string): Promise<void> {
  await db.run('DELETE FROM blob_key WHERE identity = ?', [identity])
  await db.run(
    "UPDATE attachment SET state = 'erased', name = NULL WHERE identity = ? AND state IN ('waiting', 'held')",
    [identity],
  )
}

export async function listKeyless(db: Reader): Promise<{ name: string }[]> {
  return db.all('SELECT name FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_key WHERE blob_key.name = blob.name)')
}

export async function deleteFile(db: Writer, name: string): Promise<void> {
  await db.run('DELETE FROM blob WHERE name = ?', [name])
}
