/** The outbox's statements. */
import type { Reader, Writer } from '../../database/open.ts'

export interface OutboxRow {
  id: number
  method: string
  input: string
}

export async function insertOutbox(db: Writer, method: string, input: string): Promise<number> {
  await db.run('INSERT INTO outbox (method, input) VALUES (?, ?)', [method, input])
  return (await db.get<{ id: number }>('SELECT last_insert_rowid() AS id'))!.id
}

export async function firstOutbox(db: Reader): Promise<OutboxRow | undefined> {
  return db.get('SELECT id, method, input FROM outbox ORDER BY id LIMIT 1')
}

export async function deleteOutbox(db: Writer, id: number): Promise<void> {
  await db.run('DELETE FROM outbox WHERE id = ?', [id])
}
