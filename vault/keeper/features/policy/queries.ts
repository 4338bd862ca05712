/** The policy's statements. */
import type { Reader, Writer } from '../../../database/open.ts'

export async function findNewestPolicy(db: Reader): Promise<{ number: number; document: string } | undefined> {
  return db.get('SELECT number, document FROM policy ORDER BY number DESC LIMIT 1')
}

export async function insertPolicy(db: Writer, number: number, document: string): Promise<void> {
  await db.run('INSERT INTO policy (number, document) VALUES (?, ?)', [number, document])
}
