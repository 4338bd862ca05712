/** The statements for workstations. */
import type { Reader, Writer } from '../../../database/open.ts'

export interface WorkstationRow {
  id: string
  employee: string
  ledger: string
  service: number
  signing_key: Buffer
  opening_key: Buffer
  host: string
  machine: string
  platform: string
  /** The signed enrolment document, JSON. */
  enrolment: string
  enrolled_at: number
  revoked_at: number | null
}

const columns =
  'id, employee, ledger, service, signing_key, opening_key, host, machine, platform, enrolment, enrolled_at, revoked_at'

export async function insertWorkstation(db: Writer, row: WorkstationRow): Promise<void> {
  await db.run(`INSERT INTO workstation (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.id,
    row.employee,
    row.ledger,
    row.service,
    row.signing_key,
    row.opening_key,
    row.host,
    row.machine,
    row.platform,
    row.enrolment,
    row.enrolled_at,
    row.revoked_at,
  ])
}

export async function findWorkstation(db: Reader, id: string): Promise<WorkstationRow | undefined> {
  return db.get(`SELECT ${columns} FROM workstation WHERE id = ?`, [id])
}

export async function findByLedger(db: Reader, ledger: string): Promise<WorkstationRow | undefined> {
  return db.get(`SELECT ${columns} FROM workstation WHERE ledger = ?`, [ledger])
}

export async function listWorkstations(
  db: Reader,
): Promise<(WorkstationRow & { employee_name: string; team: string | null })[]> {
  return db.all(
    `SELECT ${columns.replace('id,', 'workstation.id,').replace('service,', 'workstation.service,')},
       employee.name AS employee_name, team
     FROM workstation JOIN employee ON employee.id = workstation.employee ORDER BY enrolled_at, workstation.id`,
  )
}

export async function listActiveOf(
  db: Reader,
  employees: readonly string[],
): Promise<Pick<WorkstationRow, 'id' | 'opening_key'>[]> {
  return db.all(
    'SELECT id, opening_key FROM workstation WHERE revoked_at IS NULL AND employee IN (SELECT value FROM json_each(?))',
    [JSON.stringify(employees)],
  )
}

export async function markRevoked(db: Writer, id: string, at: number, document: string): Promise<boolean> {
  const sql = 'UPDATE workstation SET revoked_at = ?, revocation = ? WHERE id = ? AND revoked_at IS NULL'
  return (await db.run(sql, [at, document, id])) > 0
}

export async function countRevoked(db: Reader): Promise<number> {
  const row = await db.get<{ n: number }>('SELECT count(*) AS n FROM workstation WHERE revoked_at IS NOT NULL')
  return row?.n ?? 0
}
