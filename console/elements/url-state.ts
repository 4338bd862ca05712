/** What a screen shows lives in the address (area, thing, filters, order, page), so that a link shows the same to whoever may see it. */
import { useCallback, useMemo, useSyncExternalStore } from 'react'

export interface Place {
  area: string
  /** What is open in the area; null: nothing. */
  thing: string | null
  params: URLSearchParams
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [area = '', thing = ''] = path.split('/')
  return { area, thing: thing === '' ? null : thing, params: new URLSearchParams(query) }
}

export function writePlace({ area, thing, params }: Place): string {
  const query = params.toString()
  return `#/${area}${thing === null ? '' : `/${thing}`}${query === '' ? '' : `?${query}`}`
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  return useMemo(() => parsePlace(hash), [hash])
}

export interface UrlState {
  params: URLSearchParams
  thing: string | null
  /** Null or empty takes a parameter away. Another filter begins at the first page; going back does not pass through each letter. */
  filter(changes: Record<string, string | null>): void
  /** As filter, and going back comes back here. */
  go(changes: Record<string, string | null>, thing?: string | null): void
}

export function useUrlState(): UrlState {
  const { params, thing } = usePlace()
  const filter = useCallback((changes: Record<string, string | null>) => {
    const place = parsePlace(window.location.hash)
    window.location.replace(writePlace(changed(place, { after: null, page: null, ...changes })))
  }, [])
  const go = useCallback((changes: Record<string, string | null>, to?: string | null) => {
    const place = parsePlace(window.location.hash)
    window.location.hash = writePlace(changed(to === undefined ? place : { ...place, thing: to }, changes))
  }, [])
  return useMemo(() => ({ params, thing, filter, go }), [params, thing, filter, go])
}

function changed(place: Place, changes: Record<string, string | null>): Place {
  const params = new URLSearchParams(place.params)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') params.delete(name)
    else params.set(name, value)
  }
  return { ...place, params }
}

/** A parameter as one of the allowed values; null: absent, or not one of them. */
export function oneOf<T extends string>(params: URLSearchParams, name: string, allowed: readonly T[]): T | null {
  const value = params.get(name)
  return allowed.find((one) => one === value) ?? null
}

/** `yes` and `no`; null: either. */
export function yesNo(params: URLSearchParams, name: string): boolean | null {
  const value = params.get(name)
  return value === 'yes' ? true : value === 'no' ? false : null
}

/** The order that the address asks for, else the screen's own. */
export function orderIn<T extends string>(
  params: URLSearchParams,
  keys: readonly T[],
  otherwise: { by: T; descending: boolean },
): { by: T; descending: boolean } {
  const by = oneOf(params, 'sort', keys)
  return by === null ? otherwise : { by, descending: params.get('order') === 'down' }
}

/** A day (YYYY-MM-DD, the viewer's) as the moment when it begins; null: absent or no day. */
export function dayIn(params: URLSearchParams, name: string, later = 0): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(params.get(name) ?? '')
  if (!match) return null
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later).getTime()
  return Number.isNaN(at) ? null : at
}
