/** Words for the opaque ids that act or are acted on: employees, workstations (employee and machine) and accounts. */
import type { Keeper } from '../keeper.ts'
import { listNames } from './queries.ts'

export async function namesOf({ store }: Keeper, ids: Iterable<string | null>): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null)
  return new Map((await listNames(store, wanted)).map((row) => [row.id, row.name]))
}
