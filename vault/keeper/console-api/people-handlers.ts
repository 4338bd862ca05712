/** Employees, their teams and logins, and the names behind ids. */
import type { Output } from '../../../shared/contracts/contract.ts'
import type { consolePeopleContract } from '../../../shared/contracts/console-people.ts'
import type { Keeper } from '../keeper.ts'
import { type Access, type ConsoleHandlers, refused } from './access.ts'
import { holds, pageOf } from './listed.ts'

type People = typeof consolePeopleContract
type Listed = Awaited<ReturnType<Keeper['people']['list']>>[number]
type Methods = `employees.${string}` | 'names.list'

const keys = {
  name: (row: Listed) => row.name,
  role: (row: Listed) => row.role,
  team: (row: Listed) => row.team ?? '',
  workstations: (row: Listed) => row.workstations,
  accounts: (row: Listed) => row.accounts,
}

export function createPeopleHandlers(
  keeper: Keeper,
  { inTeam, require, requireOwnTeam }: Access,
): Pick<ConsoleHandlers, Extract<keyof ConsoleHandlers, Methods>> {
  const { people, workstations, accounts } = keeper
  return {
    'names.list': async (_input, { actor }) => {
      requireOwnTeam(actor, 'account.list')
      const [employees, seats, listed] = await Promise.all([
        people.list(),
        workstations.list(),
        accounts.listFor(actor, 'account.list'),
      ])
      const shown = employees.filter((row) => inTeam(actor, 'employee.list', row.team))
      return {
        employees: shown.map(({ id, name, team, active }) => ({ id, name, team, active: active === 1 })),
        workstations: seats
          .filter((row) => inTeam(actor, 'workstation.list', row.team))
          .map((row) => ({ id: row.id, name: `${row.employee_name} (${row.machine})` })),
        accounts: listed.map(({ id, name, channel }) => ({ id, name, channel })),
        teams: [...new Set(shown.flatMap((row) => row.team ?? []))].toSorted((a, b) => a.localeCompare(b)),
      }
    },
    'employees.list': async ({ text, role, team, active, sort, after, limit }, { actor }) => {
      requireOwnTeam(actor, 'employee.list')
      const rows = (await people.list()).filter(
        (row) =>
          inTeam(actor, 'employee.list', row.team) &&
          (role === null || row.role === role) &&
          (team === null || row.team === team) &&
          (active === null || (row.active === 1) === active) &&
          holds(text, row.name, row.team),
      )
      const page = pageOf(rows, keys[sort.by], { descending: sort.descending, after, limit })
      return { employees: page.rows.map(toEmployee), after: page.after, total: page.total }
    },
    'employees.add': (input, { actor }) => {
      require(actor, 'employee.add')
      return people.add(actor.employee, input)
    },
    'employees.change': async ({ employee, role, team }, { actor }) => {
      require(actor, 'employee.change')
      const login = await people.change(actor.employee, employee, { role, team })
      void workstations.push([employee], { push: 'directory' }).catch(keeper.log.bug)
      return { login }
    },
    'employees.deactivate': async ({ employee, reason }, { actor }) => {
      require(actor, 'employee.change')
      const seats = (await workstations.list()).filter((row) => row.employee === employee && row.revoked_at === null)
      await people.deactivate(actor.employee, employee, reason, accounts.endOf)
      for (const seat of seats) await workstations.revoke(actor.employee, seat.id, reason)
      return { workstations: seats.length }
    },
    'employees.reactivate': async ({ employee }, { actor }) => {
      require(actor, 'employee.change')
      await people.reactivate(actor.employee, employee)
      return {}
    },
    'employees.renewLogin': async ({ employee }, { actor }) => {
      require(actor, 'employee.change')
      // Whoever renews his own would be signed out before he has read it.
      if (employee === actor.employee) throw refused()
      return { login: await people.renewLogin(actor.employee, employee) }
    },
  }
}

function toEmployee(row: Listed): Output<People, 'employees.list'>['employees'][number] {
  const { id, name, role, team } = row
  const [active, service] = [row.active === 1, row.service === 1]
  return { id, name, role, team, active, service, workstations: row.workstations, accounts: row.accounts }
}
