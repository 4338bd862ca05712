/** Employees with roles and teams, and the logins of those who use the console. */
import { randomBytes } from 'node:crypto'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { Actor, Role } from '../../../../shared/domain/people.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import { encrypt } from '../../keyring/cipher.ts'
import type { Ground } from '../../ground.ts'
import { makePassword, storePassword } from './password.ts'
import { findEmployee, findLogin, insertEmployee, insertLogin, listEmployees, type EmployeeRow } from './queries.ts'
import { toBase32 } from './totp.ts'

export interface NewLogin {
  name: string
  password: string
  /** Base32. */
  totp: string
}

export interface People {
  /** A login is made for every role but salesperson. Throws CodedError('name_taken') when another login has the name. */
  add(
    actor: string,
    employee: { name: string; role: Role; team: string | null; service?: boolean },
  ): Promise<{ id: string; login: NewLogin | null }>
  find(id: string): Promise<(EmployeeRow & { actor: Actor }) | null>
  /** Throws CodedError('employee_unknown'). */
  get(id: string): Promise<EmployeeRow & { actor: Actor }>
  list(): Promise<(EmployeeRow & { workstations: number; accounts: number })[]>
}

export const loginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

export function createPeople({ store, keyring, clock, audit }: Ground): People {
  const find = async (id: string): Promise<(EmployeeRow & { actor: Actor }) | null> => {
    const row = await findEmployee(store, id)
    if (!row) return null
    return { ...row, actor: { employee: row.id, role: row.role, team: row.team, active: row.active === 1 } }
  }
  return {
    find,
    async get(id) {
      const row = await find(id)
      if (!row) throw new CodedError('employee_unknown', 'there is no such employee')
      return row
    },
    list: () => listEmployees(store, clock.now()),
    async add(actor, employee) {
      const id = randomId()
      const withLogin = employee.role !== 'salesperson' && !employee.service
      const password = makePassword()
      const stored = withLogin ? await storePassword(password) : null
      const totp = randomBytes(20)
      const name = loginName(employee.name)
      await store.transaction(async (db) => {
        if (stored && (await findLogin(db, name))) throw new CodedError('name_taken', 'another login has this name')
        const { role, team } = employee
        await insertEmployee(db, {
          id,
          name: employee.name,
          role,
          team,
          service: employee.service ? 1 : 0,
          at: clock.now(),
        })
        if (stored) {
          const sealed = encrypt(keyring.derived('totp'), totp, `totp/${id}`)
          await insertLogin(db, { employee: id, name, salt: stored.salt, hash: stored.hash, totp: sealed })
        }
        await audit.append(db, { actor, action: 'employee.add', subject: id })
      })
      return { id, login: stored ? { name, password, totp: toBase32(totp) } : null }
    },
  }
}
