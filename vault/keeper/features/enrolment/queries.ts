/** The statements for enrolment codes. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface CodeRow {
  employee: string
  expires_at: number
  used_at: number | null
}

export async function insertCode(
  db: Writer,
  row: { hash: Uint8Array; employee: string; madeAt: number; expiresAt: number },
): Promise<void> {
  await db.run('INSERT INTO enrolment_code (secret_hash, employee, made_at, expires_at) VALUES (?, ?, ?, ?)', [
    row.hash,
    row.employee,
    row.madeAt,
    row.expiresAt,
  ])
}

export async function findCode(db: Reader, hash: Uint8Array): Promise<CodeRow | undefined> {
  return db.get('SELECT employee, expires_at, used_at FROM enrolment_code WHERE secret_hash = ?', [hash])
}

/** False when it was used in the meantime. */
export async function useCode(db: Writer, hash: Uint8Array, at: number): Promise<boolean> {
  return (
    (await db.run('UPDATE enrolment_code SET used_at = ? WHERE secret_hash = ? AND used_at IS NULL', [at, hash])) > 0
  )
}
