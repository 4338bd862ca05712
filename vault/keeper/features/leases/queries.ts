/** The leases' statements. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface LeaseRow {
  account: string
  generation: number
  n: number
  /** Workstation, or null: released or dead. */
  holder: string | null
  /** By the keeper's clock, epoch ms. */
  valid_until: number
}

export async function findLease(db: Reader, account: string): Promise<LeaseRow | undefined> {
  return db.get('SELECT account, generation, n, holder, valid_until FROM lease WHERE account = ?', [account])
}

export async function putLease(db: Writer, row: LeaseRow): Promise<void> {
  await db.run(
    `INSERT INTO lease (account, generation, n, holder, valid_until) VALUES (?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET
       generation = excluded.generation, n = excluded.n, holder = excluded.holder, valid_until = excluded.valid_until`,
    [row.account, row.generation, row.n, row.holder, row.valid_until],
  )
}

export async function endLeasesOf(db: Writer, workstation: string): Promise<void> {
  await db.run('UPDATE lease SET holder = NULL, valid_until = 0 WHERE holder = ?', [workstation])
}

/** Words for who holds a lease: employee and machine. */
export async function findHolderName(db: Reader, workstation: string): Promise<string> {
  const row = await db.get<{ name: string; machine: string }>(
    `SELECT name, machine FROM workstation JOIN employee ON employee.id = workstation.employee WHERE workstation.id = ?`,
    [workstation],
  )
  return row ? `${row.name} (${row.machine})` : workstation
}
