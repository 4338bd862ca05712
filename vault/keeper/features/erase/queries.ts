/** The statements of an erasure. */
import type { Reader, Writer } from '../../../database/open.ts'

export async function findErased(db: Reader, identity: string): Promise<{ erased_at: number | null } | undefined> {
  return db.get('SELECT erased_at FROM identity WHERE id = ?', [identity])
}

/** The identity is found by no address any more: whoever writes again is somebody new. */
export async function markErased(db: Writer, identity: string, at: number): Promise<void> {
  await db.run('UPDATE identity SET erased_at = ?, label = zeroblob(0) WHERE id = ? AND erased_at IS NULL', [
    at,
    identity,
  ])
  await db.run('INSERT INTO erasure (identity) VALUES (?) ON CONFLICT DO NOTHING', [identity])
  await db.run('DELETE FROM alias WHERE identity = ?', [identity])
  await db.run('DELETE FROM writer_id WHERE identity = ?', [identity])
  await db.run('DELETE FROM index_queue WHERE identity = ?', [identity])
}

export async function listUnfinished(db: Reader): Promise<{ id: string }[]> {
  return db.all('SELECT identity AS id FROM erasure')
}

export async function markFinished(db: Writer, identity: string): Promise<void> {
  await db.run('DELETE FROM erasure WHERE identity = ?', [identity])
}
