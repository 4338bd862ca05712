/** The policy's statements. */
import type { Reader, Writer } from '../../../database/open.ts'

export async function findNewestPolicy(db: Reader): Promise<{ number: number; document: string } | undefined> {
  return db.get('SELECT number, document FROM policy ORDER BY number DESC LIMIT 1')
}

/** Newest first. */
export async function pagePolicies(
  db: Reader,
  before: number,
  limit: number,
): Promise<{ number: number; document: string }[]> {
  return db.all('SELECT number, document FROM policy WHERE number < ? ORDER BY number DESC LIMIT ?', [before, limit])
}

export async function insertPolicy(db: Writer, number: number, document: string): Promise<void> {
  await db.run('INSERT INTO policy (number, document) VALUES (?, ?)', [number, document])
}
