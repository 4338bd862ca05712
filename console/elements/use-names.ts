/** Names for the opaque ids that audit log and alerts speak of, and the choices of the filters. */
import type { Answer } from '../app/api.ts'
import { useQuery } from './use-query.ts'

export type Names = Answer<'names.list'>

const none: Names = { employees: [], workstations: [], accounts: [], teams: [] }

/** Empty until loaded and where the list fails: the id itself is then shown. Conversations are not named; listing them is audited. */
export function useNames(): Names {
  return useQuery('names.list', {}).data ?? none
}

export function nameOf(names: Names, id: string): string | null {
  const all = [...names.employees, ...names.workstations, ...names.accounts]
  return all.find((one) => one.id === id)?.name ?? null
}
