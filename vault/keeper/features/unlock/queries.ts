/** The statements for key slots and attempts. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface SlotRow {
  slot: 1 | 2
  verifier: Buffer | null
  share: Buffer
}
export interface UnlockAttempt {
  failed: number
  blocks: number
  blocked_until: number
}

export async function insertSlot(db: Writer, workstation: string, row: SlotRow): Promise<void> {
  await db.run('INSERT INTO key_slot (workstation, slot, verifier, share) VALUES (?, ?, ?, ?)', [
    workstation,
    row.slot,
    row.verifier,
    row.share,
  ])
}

export async function listSlots(db: Reader, workstation: string): Promise<SlotRow[]> {
  return db.all('SELECT slot, verifier, share FROM key_slot WHERE workstation = ? ORDER BY slot', [workstation])
}

export async function deleteSlots(db: Writer, workstation: string): Promise<void> {
  await db.run('DELETE FROM key_slot WHERE workstation = ?', [workstation])
}

export async function findUnlockAttempt(db: Reader, workstation: string): Promise<UnlockAttempt | undefined> {
  return db.get('SELECT failed, blocks, blocked_until FROM unlock_attempt WHERE workstation = ?', [workstation])
}

export async function putUnlockAttempt(db: Writer, workstation: string, row: UnlockAttempt): Promise<void> {
  await db.run(
    `INSERT INTO unlock_attempt (workstation, failed, blocks, blocked_until) VALUES (?, ?, ?, ?) ON CONFLICT (workstation)
     DO UPDATE SET failed = excluded.failed, blocks = excluded.blocks, blocked_until = excluded.blocked_until`,
    [workstation, row.failed, row.blocks, row.blocked_until],
  )
}

export async function insertProven(db: Writer, connection: string, workstation: string, at: number): Promise<void> {
  await db.run('INSERT INTO proven_connection (connection, workstation, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
    connection,
    workstation,
    at,
  ])
}

export async function isProven(db: Reader, connection: string, workstation: string): Promise<boolean> {
  const sql = 'SELECT 1 AS found FROM proven_connection WHERE connection = ? AND workstation = ?'
  return (await db.get(sql, [connection, workstation])) !== undefined
}

export async function deleteProven(db: Writer, workstation: string): Promise<void> {
  await db.run('DELETE FROM proven_connection WHERE workstation = ?', [workstation])
}

export async function deleteProvenBefore(db: Writer, at: number): Promise<void> {
  await db.run('DELETE FROM proven_connection WHERE at < ?', [at])
}
