/** Employees with roles and teams, and the logins of those who use the console. */
import { randomBytes } from 'node:crypto'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { Actor, Role } from '../../../../shared/domain/people.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import { encrypt } from '../../keyring/cipher.ts'
import type { Reader, Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import { makePassword, storePassword } from './password.ts'
import {
  countAdministrators,
  deleteLogin,
  deleteSessionsOf,
  findEmployee,
  findLogin,
  findLoginOf,
  insertEmployee,
  insertLogin,
  listEmployees,
  updateEmployee,
  type EmployeeRow,
} from './queries.ts'
import { toBase32 } from './totp.ts'

export interface NewLogin {
  name: string
  password: string
  /** Base32. */
  totp: string
}

type Found = EmployeeRow & { actor: Actor }

export interface People {
  /** A login is made for every role but salesperson. Throws CodedError('name_taken') when another login has the name. */
  add(
    actor: string,
    employee: { name: string; role: Role; team: string | null; service?: boolean },
  ): Promise<{ id: string; login: NewLogin | null }>
  find(id: string): Promise<Found | null>
  /** Throws CodedError('employee_unknown'). */
  get(id: string): Promise<Found>
  list(): Promise<(EmployeeRow & { workstations: number; accounts: number })[]>
  /**
   * The login that a new role brings, null where none is new; sessions end with another role. Throws CodedError: employee_unknown,
   * name_taken, own_role, service_role, last_administrator.
   */
  change(actor: string, id: string, to: { role: Role; team: string | null }): Promise<NewLogin | null>
  /** Ends the sessions and whatever `ended` ends, in one transaction. Throws CodedError: employee_unknown, own_role, last_administrator. */
  deactivate(
    actor: string,
    id: string,
    reason: string,
    ended: (db: Writer, employee: string) => Promise<void>,
  ): Promise<void>
  /** Throws CodedError('employee_unknown'). */
  reactivate(actor: string, id: string): Promise<void>
  /** A new password and secret; sessions end. Throws CodedError: employee_unknown, login_unknown. */
  renewLogin(actor: string, id: string): Promise<NewLogin>
}

export const loginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

const signsIn = (employee: { role: Role; service?: boolean | number }): boolean =>
  employee.role !== 'salesperson' && !employee.service

export function createPeople({ store, keyring, clock, audit }: Ground): People {
  const find = async (id: string): Promise<Found | null> => {
    const row = await findEmployee(store, id)
    if (!row) return null
    return { ...row, actor: { employee: row.id, role: row.role, team: row.team, active: row.active === 1 } }
  }
  const get = async (id: string): Promise<Found> => {
    const row = await find(id)
    if (!row) throw new CodedError('employee_unknown', 'there is no such employee')
    return row
  }
  /** Stretching the password takes its time: before the transaction. */
  const makeLogin = async (
    name: string,
  ): Promise<{ login: NewLogin; insert: (db: Writer, employee: string) => Promise<void> }> => {
    const password = makePassword()
    const { salt, hash } = await storePassword(password)
    const totp = randomBytes(20)
    return {
      login: { name, password, totp: toBase32(totp) },
      async insert(db, employee) {
        if (await findLogin(db, name)) throw new CodedError('name_taken', 'another login has this name')
        const sealed = encrypt(keyring.derived('totp'), totp, `totp/${employee}`)
        await insertLogin(db, { employee, name, salt, hash, totp: sealed })
      },
    }
  }
  /** Nobody takes his own rights away by mistake, and somebody is always left who can give them back. */
  const requireSpared = async (db: Reader, actor: string, row: EmployeeRow): Promise<void> => {
    if (row.id === actor) throw new CodedError('own_role', 'nobody changes this of himself')
    if (row.role === 'administrator' && row.active === 1 && (await countAdministrators(db)) <= 1)
      throw new CodedError('last_administrator', 'the last administrator stays')
  }
  return {
    find,
    get,
    list: () => listEmployees(store, clock.now()),
    async add(actor, employee) {
      const id = randomId()
      const made = signsIn(employee) ? await makeLogin(loginName(employee.name)) : null
      await store.transaction(async (db) => {
        const { name, role, team } = employee
        await insertEmployee(db, { id, name, role, team, service: employee.service ? 1 : 0, at: clock.now() })
        await made?.insert(db, id)
        await audit.append(db, { actor, action: 'employee.add', subject: id })
      })
      return { id, login: made?.login ?? null }
    },
    async change(actor, id, { role, team }) {
      const row = await get(id)
      const isOther = role !== row.role
      if (isOther && row.service) throw new CodedError('service_role', 'a service workstation keeps its role')
      const made = isOther && signsIn({ role }) && !signsIn(row) ? await makeLogin(loginName(row.name)) : null
      await store.transaction(async (db) => {
        if (isOther) {
          await requireSpared(db, actor, row)
          await deleteSessionsOf(db, id)
          if (!signsIn({ role })) await deleteLogin(db, id)
        }
        await updateEmployee(db, id, { role, team, active: row.active })
        await made?.insert(db, id)
        await audit.append(db, { actor, action: 'employee.change', subject: id, reason: told(row, { role, team }) })
      })
      return made?.login ?? null
    },
    async deactivate(actor, id, reason, ended) {
      const row = await get(id)
      await store.transaction(async (db) => {
        await requireSpared(db, actor, row)
        await updateEmployee(db, id, { ...row, active: 0 })
        await deleteSessionsOf(db, id)
        await ended(db, id)
        await audit.append(db, { actor, action: 'employee.deactivate', subject: id, reason })
      })
    },
    async reactivate(actor, id) {
      const row = await get(id)
      await store.transaction(async (db) => {
        await updateEmployee(db, id, { ...row, active: 1 })
        await audit.append(db, { actor, action: 'employee.reactivate', subject: id })
      })
    },
    async renewLogin(actor, id) {
      await get(id)
      const known = await findLoginOf(store, id)
      if (!known) throw new CodedError('login_unknown', 'this employee has no login')
      const made = await makeLogin(known.name)
      await store.transaction(async (db) => {
        await deleteSessionsOf(db, id)
        await deleteLogin(db, id)
        await made.insert(db, id)
        await audit.append(db, { actor, action: 'employee.renewLogin', subject: id })
      })
      return made.login
    },
  }
}

/** What changed, for the side row of the audit entry. */
function told(before: { role: Role; team: string | null }, after: { role: Role; team: string | null }): string {
  const roles = before.role === after.role ? after.role : `${before.role} → ${after.role}`
  const teams = before.team === after.team ? (after.team ?? '–') : `${before.team ?? '–'} → ${after.team ?? '–'}`
  return `${roles}, ${teams}`
}
