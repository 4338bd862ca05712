/** Words for the opaque ids that act or are acted on: employees, workstations (employee and machine) and accounts. */
import type { Keeper } from '../keeper.ts'

export async function namesOf({ people, workstations, accounts }: Keeper): Promise<Map<string, string>> {
  const [employees, seats, all] = await Promise.all([people.list(), workstations.list(), accounts.listAll()])
  return new Map([
    ...employees.map((row): [string, string] => [row.id, row.name]),
    ...seats.map((row): [string, string] => [row.id, `${row.employee_name} (${row.machine})`]),
    ...all.map((row): [string, string] => [row.id, row.name]),
  ])
}
