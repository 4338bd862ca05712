/** Decides when the screen locks by itself: nobody has touched the machine for a while, or the system's own session is locked or sleeps. */

/** Longer without key or pointer, and the window shows nothing any more. */
export const idleLimitMs = 5 * 60_000
/** How often the time without input is asked for. */
export const idleCheckMs = 15_000
/** A check that comes this much later than it was due means that the machine slept, even where the system does not say so. */
export const sleptMs = 60_000

/** The system's side, so that time and idleness can be injected; times in ms. */
export interface IdleSource {
  /** Goes on while the machine sleeps; only differences count. */
  now(): number
  /** Since the last key or pointer of this session, in any program. */
  idleMs(): number
  /** The system shows its own lock; some systems only tell when asked. */
  isLocked(): boolean
}

export class AutomaticLock {
  readonly #source: IdleSource
  readonly #lock: () => void
  #lastCheck: number

  /** `lock` may be called again while it is locked already; the engine takes that for nothing. */
  constructor(source: IdleSource, lock: () => void) {
    this.#source = source
    this.#lock = lock
    this.#lastCheck = source.now()
  }

  /** To be called every `idleCheckMs`; locks on idleness at the limit, under the system's own lock and after an unannounced sleep. */
  check(): void {
    const now = this.#source.now()
    const late = now - this.#lastCheck - idleCheckMs
    this.#lastCheck = now
    if (this.#source.isLocked() || this.#source.idleMs() >= idleLimitMs || late >= sleptMs) this.#lock()
  }

  /** The system said it: its screen is locked, the session is switched, or the machine goes to sleep. */
  systemLocked(): void {
    this.#lock()
  }
}
