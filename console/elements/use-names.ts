/** Names for the opaque ids that audit log and alerts speak of, as far as the viewer may list what they belong to. */
import { useCallback } from 'react'
import { useApi } from '../app/api.ts'
import { useLoad } from './use-load.ts'
import type { Viewer } from './viewer.ts'

const none: ReadonlyMap<string, string> = new Map()

/** Empty until loaded and where a list fails: the id itself is then shown. Conversations are not named; listing them is audited. */
export function useNames(viewer: Viewer): ReadonlyMap<string, string> {
  const api = useApi()
  const { may } = viewer
  const load = useCallback(async () => {
    const employees = may('employee.list')
      ? api.call('employees.list', {}).then((answer) => answer.employees.map((one) => [one.id, one.name] as const))
      : []
    const workstations = may('workstation.list')
      ? api
          .call('workstations.list', {})
          .then((answer) => answer.workstations.map((one) => [one.id, `${one.employee} (${one.machine})`] as const))
      : []
    const accounts = may('account.list')
      ? api.call('accounts.list', {}).then((answer) => answer.accounts.map((one) => [one.id, one.name] as const))
      : []
    const lists = await Promise.allSettled([employees, workstations, accounts])
    return new Map(lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : [])))
  }, [api, may])
  return useLoad(load).data ?? none
}
