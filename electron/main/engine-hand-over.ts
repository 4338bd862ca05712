/** What main remembers for the next engine: pure state, so that what survives a crash and what a lock forgets can be read here. */
import type { CacheKey, EngineMessage, WaitingCode } from '../../shared/contracts/host.ts'

export interface HandOver {
  cacheKey: CacheKey | null
  /** Null once it has been used. */
  enrolmentCode: WaitingCode | null
  /** A key lock is under way: the engine ends by itself, and what it still says brings no key back. */
  closing: boolean
  /** Ends of the engine since it last said `ready`. */
  crashes: number
}

export const firstBackOffMs = 100
export const longestBackOffMs = 5_000
/** A draining engine is waited for this long. */
export const drainMs = 30_000

export function newHandOver(enrolmentCode: WaitingCode | null): HandOver {
  return { cacheKey: null, enrolmentCode, closing: false, crashes: 0 }
}

export function afterMessage(state: HandOver, message: EngineMessage): HandOver {
  switch (message.engine) {
    case 'ready':
      return { ...state, crashes: 0, enrolmentCode: message.enrolled ? null : state.enrolmentCode }
    case 'key':
      return { ...state, cacheKey: state.closing ? null : message.cacheKey }
    case 'lock':
      if (message.kind === 'screen' || message.kind === 'open') return state
      return { ...state, cacheKey: null, closing: true }
    case 'keep':
    case 'drained':
    case 'mark':
    case 'notification':
    case 'notification-over':
    case 'unread':
    case 'error':
      return state
  }
}

/** The state for the next engine and how long to wait before it is started. */
export function afterExit(state: HandOver): { state: HandOver; delayMs: number } {
  if (state.closing) return { state: { ...state, closing: false, crashes: 0 }, delayMs: 0 }
  const delayMs = Math.min(firstBackOffMs * 2 ** state.crashes, longestBackOffMs)
  return { state: { ...state, crashes: Math.min(state.crashes + 1, 16) }, delayMs }
}
