/** The statements for employees, logins and sessions. */
import type { Role } from '../../../../shared/domain/people.ts'
import type { Reader, Writer } from '../../../database/open.ts'

export interface EmployeeRow {
  id: string
  name: string
  role: Role
  team: string | null
  active: number
  service: number
}
export interface LoginRow {
  employee: string
  name: string
  salt: Buffer
  hash: Buffer
  totp: Buffer
  last_step: number
}
export interface AttemptRow {
  failed: number
  blocks: number
  blocked_until: number
}
export interface SessionRow {
  employee: string
  csrf: string
  made_at: number
  seen_at: number
}

export async function insertEmployee(db: Writer, row: Omit<EmployeeRow, 'active'> & { at: number }): Promise<void> {
  await db.run('INSERT INTO employee (id, name, role, team, service, made_at) VALUES (?, ?, ?, ?, ?, ?)', [
    row.id,
    row.name,
    row.role,
    row.team,
    row.service,
    row.at,
  ])
}

export async function updateEmployee(
  db: Writer,
  id: string,
  change: Pick<EmployeeRow, 'role' | 'team' | 'active'>,
): Promise<void> {
  await db.run('UPDATE employee SET role = ?, team = ?, active = ? WHERE id = ?', [
    change.role,
    change.team,
    change.active,
    id,
  ])
}

export async function countAdministrators(db: Reader): Promise<number> {
  const sql = "SELECT count(*) AS n FROM employee WHERE role = 'administrator' AND active = 1"
  return (await db.get<{ n: number }>(sql))?.n ?? 0
}

export async function findEmployee(db: Reader, id: string): Promise<EmployeeRow | undefined> {
  return db.get('SELECT id, name, role, team, active, service FROM employee WHERE id = ?', [id])
}

export async function listEmployees(
  db: Reader,
  at: number,
): Promise<(EmployeeRow & { workstations: number; accounts: number })[]> {
  return db.all(
    `SELECT id, name, role, team, active, service,
       (SELECT count(*) FROM workstation WHERE workstation.employee = employee.id AND revoked_at IS NULL) AS workstations,
       (SELECT count(*) FROM assignment WHERE assignment.employee = employee.id AND from_at <= ?1
          AND (until_at IS NULL OR until_at > ?1)) AS accounts
     FROM employee ORDER BY name, id`,
    [at],
  )
}

export async function insertLogin(db: Writer, row: Omit<LoginRow, 'last_step'>): Promise<void> {
  await db.run('INSERT INTO login (employee, name, salt, hash, totp) VALUES (?, ?, ?, ?, ?)', [
    row.employee,
    row.name,
    row.salt,
    row.hash,
    row.totp,
  ])
}

export async function findLoginOf(db: Reader, employee: string): Promise<{ name: string } | undefined> {
  return db.get('SELECT name FROM login WHERE employee = ?', [employee])
}

export async function deleteLogin(db: Writer, employee: string): Promise<void> {
  await db.run('DELETE FROM login WHERE employee = ?', [employee])
}

export async function deleteSessionsOf(db: Writer, employee: string): Promise<void> {
  await db.run('DELETE FROM session WHERE employee = ?', [employee])
}

export async function findLogin(db: Reader, name: string): Promise<LoginRow | undefined> {
  return db.get('SELECT employee, name, salt, hash, totp, last_step FROM login WHERE name = ?', [name])
}

/** False when another sign-in has used this step or a later one in the meantime. */
export async function useTotpStep(db: Writer, employee: string, step: number): Promise<boolean> {
  return (await db.run('UPDATE login SET last_step = ?2 WHERE employee = ?1 AND last_step < ?2', [employee, step])) > 0
}

export async function findAttempt(db: Reader, name: Uint8Array): Promise<AttemptRow | undefined> {
  return db.get('SELECT failed, blocks, blocked_until FROM sign_in_attempt WHERE name = ?', [name])
}

export async function putAttempt(db: Writer, name: Uint8Array, row: AttemptRow & { at: number }): Promise<void> {
  await db.run(
    `INSERT INTO sign_in_attempt (name, failed, blocks, blocked_until, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE
     SET failed = excluded.failed, blocks = excluded.blocks, blocked_until = excluded.blocked_until, at = excluded.at`,
    [name, row.failed, row.blocks, row.blocked_until, row.at],
  )
}

export async function clearAttempts(db: Writer, name: Uint8Array, before: number): Promise<void> {
  await db.run('DELETE FROM sign_in_attempt WHERE name = ? OR (at < ? AND blocked_until < ?)', [name, before, before])
}

export async function insertSession(db: Writer, token: Uint8Array, row: SessionRow): Promise<void> {
  await db.run('INSERT INTO session (token, employee, csrf, made_at, seen_at) VALUES (?, ?, ?, ?, ?)', [
    token,
    row.employee,
    row.csrf,
    row.made_at,
    row.seen_at,
  ])
}

export async function findSession(db: Reader, token: Uint8Array): Promise<SessionRow | undefined> {
  return db.get('SELECT employee, csrf, made_at, seen_at FROM session WHERE token = ?', [token])
}

export async function touchSession(db: Writer, token: Uint8Array, at: number): Promise<void> {
  await db.run('UPDATE session SET seen_at = ? WHERE token = ?', [at, token])
}

export async function deleteSession(db: Writer, token: Uint8Array): Promise<void> {
  await db.run('DELETE FROM session WHERE token = ?', [token])
}

export async function deleteSessionsSeenBefore(db: Writer, at: number): Promise<void> {
  await db.run('DELETE FROM session WHERE seen_at < ?', [at])
}
