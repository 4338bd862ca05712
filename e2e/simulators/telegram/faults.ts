/** Faults that wait for their moment: counted per account and kind, taken when the moment comes. */
import type { FaultRequest } from '../provider.ts'

/** Beside the kinds of the control API: `read-flood` and `channel-too-long`, which two of them also arm. */
type WaitingFault =
  | 'drop-ack'
  | 'cut'
  | 'delay'
  | 'gap'
  | 'duplicate'
  | 'reorder'
  | 'flood'
  | 'read-flood'
  | 'nack'
  | 'expire-media'
  | 'cut-media'
  | 'view-once'
  | 'too-long'
  | 'channel-too-long'

interface Waiting {
  left: number
  value: number
}

export class FaultBook {
  readonly #waiting = new Map<string, Waiting>()

  /** Arms a fault for the next `count` (default 1) occasions; arming again replaces what was left, 0 disarms. */
  arm(kind: WaitingFault, request: FaultRequest, defaultValue = 0): void {
    const key = `${request.account} ${kind}`
    const left = request.count ?? 1
    if (left > 0) this.#waiting.set(key, { left, value: request.value ?? defaultValue })
    else this.#waiting.delete(key)
  }

  /** Its value if this fault strikes now (and is used up by one), else null. */
  take(account: string, kind: WaitingFault): number | null {
    const key = `${account} ${kind}`
    const waiting = this.#waiting.get(key)
    if (!waiting) return null
    waiting.left--
    if (waiting.left <= 0) this.#waiting.delete(key)
    return waiting.value
  }
}
