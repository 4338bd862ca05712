/** The statements of the search index and of its queue. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface QueueRow {
  id: number
  identity: string
  conversation: string
  at: number
  ord: string
  /** null: the message is no more. */
  ledger: string | null
  seq: number | null
}

/** Messages that wait to be indexed or forgotten, with the event that holds their text. */
export async function listQueue(db: Reader, limit: number): Promise<QueueRow[]> {
  return db.all(
    `SELECT index_queue.id, identity, index_queue.conversation, index_queue.at, index_queue.ord, ledger, seq
     FROM index_queue LEFT JOIN message USING (conversation, at, ord) ORDER BY index_queue.id LIMIT ?`,
    [limit],
  )
}

export async function deleteQueue(db: Writer, upTo: number): Promise<void> {
  await db.run('DELETE FROM index_queue WHERE id <= ?', [upTo])
}

export async function insertEntry(
  db: Writer,
  row: Pick<QueueRow, 'identity' | 'conversation' | 'at' | 'ord'>,
  text: string,
): Promise<void> {
  const sql = 'INSERT INTO entry (identity, conversation, at, ord) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
  if ((await db.run(sql, [row.identity, row.conversation, row.at, row.ord])) === 0) return
  await db.run('INSERT INTO words (rowid, text) VALUES (last_insert_rowid(), ?)', [text])
}

export async function deleteEntry(db: Writer, row: Pick<QueueRow, 'conversation' | 'at' | 'ord'>): Promise<void> {
  const key = [row.conversation, row.at, row.ord]
  const found = 'SELECT id FROM entry WHERE conversation = ? AND at = ? AND ord = ?'
  await db.run(`DELETE FROM words WHERE rowid IN (${found})`, key)
  await db.run('DELETE FROM entry WHERE conversation = ? AND at = ? AND ord = ?', key)
}

export async function deleteIdentity(db: Writer, identity: string): Promise<void> {
  await db.run('DELETE FROM words WHERE rowid IN (SELECT id FROM entry WHERE identity = ?)', [identity])
  await db.run('DELETE FROM entry WHERE identity = ?', [identity])
  await db.run("INSERT INTO words (words) VALUES ('optimize')")
}

export async function findMatches(
  db: Reader,
  query: string,
  limit: number,
): Promise<Pick<QueueRow, 'identity' | 'conversation' | 'at' | 'ord'>[]> {
  return db.all(
    `SELECT identity, conversation, at, ord FROM words JOIN entry ON entry.id = words.rowid
     WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?`,
    [query, limit],
  )
}
