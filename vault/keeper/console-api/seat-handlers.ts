/** Workstations and accounts: where work is done, and by whom. */
import { CodedError, type Output } from '../../../shared/contracts/contract.ts'
import type { consolePeopleContract } from '../../../shared/contracts/console-people.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import { maskNumber } from '../../../shared/domain/phone-number.ts'
import { decodeEnrolmentCode } from '../../../shared/formats/enrolment-code.ts'
import { leasesOf, toWorkstation } from '../admin/handlers.ts'
import type { AccountView } from '../features/accounts/service.ts'
import type { WorkstationView } from '../features/workstations/service.ts'
import type { Keeper } from '../keeper.ts'
import { type Access, type ConsoleHandlers, refused } from './access.ts'
import { holds, pageOf } from './listed.ts'

type Accounts = Output<typeof consolePeopleContract, 'accounts.list'>['accounts']
type Methods = `workstations.${string}` | `accounts.${string}`

const seatKeys = {
  machine: (row: WorkstationView) => row.machine,
  employee: (row: WorkstationView) => row.employee_name,
  status: (row: WorkstationView) => (row.revoked_at === null ? 0 : 1),
  seenAt: (row: WorkstationView) => row.presence?.seenAt ?? 0,
  software: (row: WorkstationView) => row.presence?.software ?? '',
  waiting: heldBack,
}
const accountKeys = {
  name: (row: Accounts[number]) => row.name,
  channel: (row: Accounts[number]) => row.channel,
  state: (row: Accounts[number]) => row.state,
  leaseUntil: (row: Accounts[number]) => row.leaseUntil ?? 0,
  conversations: (row: Accounts[number]) => row.conversations,
}

/** How much it says that the vault lacks. */
function heldBack({ presence }: WorkstationView): number {
  return presence?.waiting ? presence.waiting.events + presence.waiting.files : 0
}

export function createSeatHandlers(
  keeper: Keeper,
  access: Access,
): Pick<ConsoleHandlers, Extract<keyof ConsoleHandlers, Methods>> {
  return { ...workstationHandlers(keeper, access), ...accountHandlers(keeper, access) }
}

function workstationHandlers(
  { people, workstations, enrolments, accounts }: Keeper,
  { inTeam, require, requireOwnTeam }: Access,
): Pick<ConsoleHandlers, Extract<keyof ConsoleHandlers, `workstations.${string}`>> {
  return {
    'workstations.list': async ({ text, status, connected, waiting, team, sort, after, limit }, { actor }) => {
      requireOwnTeam(actor, 'workstation.list')
      const [seats, leased] = await Promise.all([workstations.list(), accounts.listAll()])
      const rows = seats.filter(
        (row) =>
          inTeam(actor, 'workstation.list', row.team) &&
          (status === null || (row.revoked_at === null ? 'active' : 'revoked') === status) &&
          (connected === null || (row.presence?.connected ?? false) === connected) &&
          (waiting === null || heldBack(row) > 0 === waiting) &&
          (team === null || row.team === team) &&
          holds(text, row.machine, row.employee_name, row.presence?.software ?? null),
      )
      const page = pageOf(rows, seatKeys[sort.by], { descending: sort.descending, after, limit })
      return {
        workstations: page.rows.map((row) => toWorkstation(row, leasesOf(row.id, leased))),
        after: page.after,
        total: page.total,
        // The gateway knows every enrolled workstation: it is away where it has told of none.
        gatewayAway: seats.length > 0 && seats.every((row) => row.presence === null),
      }
    },
    'workstations.enrol': async ({ employee }, { actor }) => {
      require(actor, 'workstation.enrol')
      const made = await enrolments.makeCode(actor.employee, employee)
      const { gateway, root } = decodeEnrolmentCode(made.code)
      return { ...made, vault: { gateway: new URL(gateway).host, root } }
    },
    'workstations.revoke': async ({ workstation, reason }, { actor }) => {
      requireOwnTeam(actor, 'workstation.revoke')
      const row = await workstations.find(workstation)
      const employee = row && (await people.find(row.employee))
      // Unknown and forbidden look the same.
      if (!employee || !inTeam(actor, 'workstation.revoke', employee.team)) throw refused()
      return workstations.revoke(actor.employee, workstation, reason)
    },
  }
}

function accountHandlers(
  keeper: Keeper,
  { inTeam, require, requireOwnTeam }: Access,
): Pick<ConsoleHandlers, Extract<keyof ConsoleHandlers, `accounts.${string}`>> {
  const { people, workstations, accounts, audit } = keeper
  const tell = (employees: readonly string[]): void =>
    void workstations.push(employees, { push: 'directory' }).catch(keeper.log.bug)
  /** Both ends must be the actor's to give: the account and the employee. */
  const requireBoth = async (actor: Actor, account: string, employee: string): Promise<boolean> => {
    requireOwnTeam(actor, 'account.assign')
    const row = await people.find(employee)
    const mine = row && inTeam(actor, 'account.assign', row.team)
    if (!mine || !(await accounts.allowed(actor, 'account.assign', account))) throw refused()
    return row.active === 1
  }
  return {
    'accounts.list': async ({ text, channel, state, team, sort, after, limit }, { actor }) => {
      requireOwnTeam(actor, 'account.list')
      const [listed, seats] = await Promise.all([accounts.listFor(actor, 'account.list'), workstations.list()])
      const rows = listed
        .map((row) => ({ row: toAccount(row, seats, accounts), digits: accounts.phone(row) }))
        .filter(
          ({ row, digits }) =>
            (channel === null || row.channel === channel) &&
            (state === null || row.state === state) &&
            (team === null || row.assigned.some((one) => one.team === team)) &&
            (holds(text, row.name, row.holder, ...row.assigned.map((one) => one.name)) || isNumber(text, digits)),
        )
        .map(({ row }) => row)
      const page = pageOf(rows, accountKeys[sort.by], { descending: sort.descending, after, limit })
      return { accounts: page.rows, after: page.after, total: page.total }
    },
    'accounts.phone': async ({ account }, { actor }) => {
      requireOwnTeam(actor, 'account.list')
      const row = (await accounts.listFor(actor, 'account.list')).find((one) => one.id === account)
      // Unknown and forbidden look the same.
      if (!row) throw refused()
      const digits = accounts.phone(row)
      if (digits === null) throw new CodedError('number_unknown', 'nobody has told this number')
      await audit.record({ actor: actor.employee, action: 'account.phone', subject: account })
      return { phone: `+${digits}` }
    },
    'accounts.add': async (input, { actor }) => {
      require(actor, 'account.add')
      const id = await accounts.add(actor.employee, { ...input, telegramApi: null })
      tell([input.employee])
      return { id }
    },
    'accounts.assign': async ({ account, employee }, { actor }) => {
      if (!(await requireBoth(actor, account, employee)))
        throw new CodedError('employee_inactive', 'this employee is inactive')
      await accounts.assign(actor.employee, account, employee)
      tell([employee])
      return {}
    },
    'accounts.unassign': async ({ account, employee }, { actor }) => {
      await requireBoth(actor, account, employee)
      await accounts.unassign(actor.employee, account, employee)
      tell([employee])
      return {}
    },
  }
}

/** Most of the number has to be typed: fewer digits would tell it one after the other. */
function isNumber(typed: string, digits: string | null): boolean {
  const wanted = typed.replace(/\D/g, '')
  return digits !== null && wanted.length >= 7 && digits.endsWith(wanted)
}

function toAccount(
  row: AccountView,
  seats: readonly WorkstationView[],
  accounts: Keeper['accounts'],
): Accounts[number] {
  const [digits, linked] = [accounts.phone(row), accounts.devices(row)]
  const runner = seats.find((seat) => seat.id === row.holder)
  const people = new Set(row.assigned.map((one) => one.id))
  return {
    id: row.id,
    channel: row.channel,
    name: row.name,
    paired: row.own_address !== null,
    phone: digits && maskNumber(digits),
    linked: linked && { at: linked.at, devices: linked.devices },
    assigned: row.assigned,
    state: row.holder === null ? 'stopped' : runner?.presence?.connected ? 'running' : 'away',
    holder: runner ? `${runner.employee_name} (${runner.machine})` : row.holder,
    leaseUntil: row.leaseUntil,
    workstations: seats.filter((seat) => seat.revoked_at === null && people.has(seat.employee)).length,
    conversations: row.conversations,
  }
}
