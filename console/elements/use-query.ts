/** Loads one method's answer and loads it again when what is asked for changes. */
import { useCallback } from 'react'
import type { consoleContract } from '../../shared/contracts/console.ts'
import type { Input } from '../../shared/contracts/contract.ts'
import { useApi, type Answer } from '../app/api.ts'
import { useLoad, type Loaded } from './use-load.ts'

type Contract = typeof consoleContract

/** `everyMs` repeats it while somebody is at the page. */
export function useQuery<M extends keyof Contract>(
  method: M,
  input: Input<Contract, M>,
  everyMs?: number,
): Loaded<Answer<M>> {
  const api = useApi()
  const key = JSON.stringify(input)
  const load = useCallback(() => api.call(method, JSON.parse(key) as Input<Contract, M>), [api, method, key])
  return useLoad(load, everyMs)
}
