/** Loads something for a screen, keeps what was there while it loads again, and drops answers that came too late. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { CodedError } from '../../shared/contracts/contract.ts'
import { repeatWhilePresent } from './presence.ts'

export interface Loaded<T> {
  /** The last answer, also while a newer one is under way or has failed. */
  data: T | undefined
  error: CodedError | undefined
  loading: boolean
  reload(): void
}

/** What was thrown, as an error with a code: a bug becomes `internal`. */
export function codedError(error: unknown): CodedError {
  return error instanceof CodedError ? error : new CodedError('internal', 'something went wrong')
}

/** `load` must be stable (useCallback): a new one loads anew. `everyMs` repeats it while somebody is at the page. */
export function useLoad<T>(load: () => Promise<T>, everyMs?: number): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: CodedError; loading: boolean }>({ loading: true })
  const newest = useRef(0)

  const start = useCallback(() => {
    const mine = ++newest.current
    load().then(
      (data) => mine === newest.current && setState({ data, loading: false }),
      (error: unknown) =>
        mine === newest.current && setState((before) => ({ ...before, error: codedError(error), loading: false })),
    )
  }, [load])
  const reload = useCallback(() => {
    setState((before) => ({ ...before, loading: true }))
    start()
  }, [start])

  useEffect(start, [start])
  useEffect(() => (everyMs === undefined ? undefined : repeatWhilePresent(reload, everyMs)), [reload, everyMs])

  return { data: state.data, error: state.error, loading: state.loading, reload }
}
