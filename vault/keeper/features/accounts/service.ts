/** Company accounts, their assignments, and the one question every feature asks about them: may this person do that here? */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { Channel } from '../../../../shared/contracts/neutral-message.ts'
import type { Actor, Assignment } from '../../../../shared/domain/people.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import { may, type Action } from '../../../../shared/permissions/may.ts'
import { decrypt, encrypt } from '../../keyring/cipher.ts'
import type { Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import { digitsOf, openDevices, type KnownDevices } from './devices.ts'
import {
  endAssignments,
  findAccount,
  insertAccount,
  insertAssignment,
  listAccounts,
  listAssignments,
  type AccountRow,
} from './queries.ts'

export interface TelegramApi {
  id: number
  hash: string
}
export interface AccountView extends AccountRow {
  conversations: number
  /** Workstation id, while the lease lasts. */
  holder: string | null
  leaseUntil: number | null
  /** Sealed to the company. */
  own_address: Buffer | null
  /** As own_address. */
  devices: Buffer | null
  /** Employees assigned now. */
  assigned: { id: string; name: string; team: string | null }[]
}

export interface Accounts {
  add(
    actor: string,
    account: { channel: Channel; name: string; employee: string; telegramApi: TelegramApi | null },
  ): Promise<string>
  /** Throws CodedError('account_unknown'). */
  get(id: string): Promise<AccountRow>
  telegramApi(row: AccountRow): TelegramApi | null
  listAll(): Promise<AccountView[]>
  /** Accounts for which the actor may do the action. */
  listFor(actor: Actor, action: Action): Promise<AccountView[]>
  /** may() with the account's assignments; its teams are those of the employees assigned now. */
  allowed(actor: Actor, action: Action, account: string): Promise<boolean>
  /** Employees assigned now. */
  assignedTo(account: string): Promise<string[]>
  /** From now on; repeating changes nothing. */
  assign(actor: string, account: string, employee: string): Promise<void>
  /** From now on; false: it was not. */
  unassign(actor: string, account: string, employee: string): Promise<boolean>
  /** Ends all of the employee's assignments inside the caller's transaction. */
  endOf(db: Writer, employee: string): Promise<void>
  /** The account's address at its provider; null: not seen yet. */
  ownAddress(row: AccountView): string | null
  /** Number and linked devices as its runner told them last; null: nobody has. */
  devices(row: AccountView): KnownDevices | null
  /** Digits of its number; null: nobody has told, or the provider has none for it. */
  phone(row: AccountView): string | null
}

type Assigned = Assignment & { team: string | null; name: string }

export function createAccounts(
  { store, keyring, clock, audit }: Ground,
  employeeExists: (id: string) => Promise<boolean>,
): Accounts {
  const open = (one: Assigned, at: number): boolean => one.from <= at && (one.until === null || at < one.until)
  const decide = (actor: Actor, action: Action, account: string, assignments: Assigned[]): boolean => {
    const at = clock.now()
    const teams = new Set(assignments.filter((one) => open(one, at)).map((one) => one.team))
    return [...teams, null].some((team) => may(actor, action, { account, team, assignments, at }))
  }
  const ownAddress = ({ id, own_address: sealed }: AccountView): string | null =>
    sealed && decrypt(keyring.derived('company'), sealed, `own-address/${id}`).toString('utf8')
  const devices = ({ id, devices: sealed }: AccountView): KnownDevices | null =>
    sealed && openDevices(keyring, id, sealed)
  const listAll = async (): Promise<AccountView[]> => {
    const at = clock.now()
    const [rows, assignments] = await Promise.all([listAccounts(store), listAssignments(store, null)])
    return rows.map((row) => {
      const held = row.holder !== null && (row.valid_until ?? 0) > at
      const assigned = assignments.filter((one) => one.account === row.id && open(one, at))
      return {
        ...row,
        holder: held ? row.holder : null,
        leaseUntil: held ? row.valid_until : null,
        assigned: assigned.map(({ employee, name, team }) => ({ id: employee, name, team })),
      }
    })
  }
  return {
    async add(actor, account) {
      if (!(await employeeExists(account.employee)))
        throw new CodedError('employee_unknown', 'there is no such employee')
      if (account.telegramApi && account.channel !== 'telegram')
        throw new CodedError('bad_input', 'an API id belongs to Telegram accounts only')
      const id = randomId()
      const at = clock.now()
      const api = account.telegramApi && Buffer.from(JSON.stringify(account.telegramApi), 'utf8')
      const sealed = api && encrypt(keyring.derived('accounts'), api, `telegram-api/${id}`)
      await store.transaction(async (db) => {
        await insertAccount(db, { id, channel: account.channel, name: account.name, telegram_api: sealed, at })
        await insertAssignment(db, { employee: account.employee, account: id, from: at, until: null })
        await audit.append(db, { actor, action: 'account.add', subject: id })
      })
      return id
    },
    async get(id) {
      const row = await findAccount(store, id)
      if (!row) throw new CodedError('account_unknown', 'there is no such account')
      return row
    },
    telegramApi(row) {
      if (!row.telegram_api) return null
      const bytes = decrypt(keyring.derived('accounts'), row.telegram_api, `telegram-api/${row.id}`)
      return JSON.parse(bytes.toString('utf8')) as TelegramApi
    },
    listAll,
    async listFor(actor, action) {
      const [rows, assignments] = await Promise.all([listAll(), listAssignments(store, null)])
      return rows.filter((row) =>
        decide(
          actor,
          action,
          row.id,
          assignments.filter((one) => one.account === row.id),
        ),
      )
    },
    allowed: async (actor, action, account) => decide(actor, action, account, await listAssignments(store, account)),
    async assignedTo(account) {
      const at = clock.now()
      const rows = await listAssignments(store, account)
      return rows.filter((one) => open(one, at)).map((one) => one.employee)
    },
    async assign(actor, account, employee) {
      const at = clock.now()
      await store.transaction(async (db) => {
        const known = await listAssignments(db, account)
        if (known.some((one) => one.employee === employee && open(one, at))) return
        await insertAssignment(db, { employee, account, from: at, until: null })
        await audit.append(db, { actor, action: 'account.assign', subject: account, reason: employee })
      })
    },
    unassign: (actor, account, employee) =>
      store.transaction(async (db) => {
        const ended = await endAssignments(db, { employee, account }, clock.now())
        if (ended) await audit.append(db, { actor, action: 'account.unassign', subject: account, reason: employee })
        return ended
      }),
    async endOf(db, employee) {
      await endAssignments(db, { employee, account: null }, clock.now())
    },
    ownAddress,
    devices,
    phone: (row) => digitsOf(devices(row), ownAddress(row)),
  }
}
