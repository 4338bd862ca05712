/** Knows when the server was heard last, and looks every few seconds how long that is ago. */
import type { Tuning } from './tuning.ts'

export type Quiet = 'no' | 'silent' | 'lost'

export class Pulse {
  readonly #tuning: Pick<Tuning, 'timers' | 'watchEveryMs' | 'silentAfterMs' | 'lostAfterMs'>
  #heardAt = 0
  #cancel: (() => void) | null = null

  constructor(tuning: Pick<Tuning, 'timers' | 'watchEveryMs' | 'silentAfterMs' | 'lostAfterMs'>) {
    this.#tuning = tuning
  }

  /** Monotonic milliseconds of now. */
  heard(): number {
    this.#heardAt = this.#tuning.timers.monotonic()
    return this.#heardAt
  }

  /** Counts from now, and tells at each look how quiet it has become; an earlier watch ends. */
  watch(look: (quiet: Quiet) => void): void {
    this.heard()
    this.#next(look)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #next(look: (quiet: Quiet) => void): void {
    const { timers, watchEveryMs, silentAfterMs, lostAfterMs } = this.#tuning
    this.stop()
    this.#cancel = timers.after(watchEveryMs, () => {
      // Before the look: what it finds may end the watch.
      this.#next(look)
      const quietMs = timers.monotonic() - this.#heardAt
      look(quietMs >= lostAfterMs ? 'lost' : quietMs >= silentAfterMs ? 'silent' : 'no')
    })
  }
}
