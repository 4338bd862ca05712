/**
 * Decides what locks by itself: the screen, when nobody has touched the machine for a while or the system's own session is locked; the key,
 * when the machine sleeps, because a sleeping machine can be carried away with its memory.
 */

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
  readonly #lock: (kind: 'screen' | 'key') => void
  #lastCheck: number

  /** `lock` may be called again while it is locked already; the engine takes that for nothing. */
  constructor(source: IdleSource, lock: (kind: 'screen' | 'key') => void) {
    this.#source = source
    this.#lock = lock
    this.#lastCheck = source.now()
  }

  /** To be called every `idleCheckMs`; the screen on idleness at the limit and under the system's own lock, the key after an unannounced sleep. */
  check(): void {
    const now = this.#source.now()
    const late = now - this.#lastCheck - idleCheckMs
    this.#lastCheck = now
    if (late >= sleptMs) this.#lock('key')
    else if (this.#source.isLocked() || this.#source.idleMs() >= idleLimitMs) this.#lock('screen')
  }

  /** The system said it: its screen is locked, or the session is switched. */
  systemLocked(): void {
    this.#lock('screen')
  }

  /** The system said it: the machine goes to sleep. */
  systemSleeps(): void {
    this.#lock('key')
  }
}
