/** What is needed while the account is live. */
import type { TelegramLibrary } from './library.ts'
import type { TelegramLine } from './line.ts'
import type { TelegramTiming } from './timing.ts'
import type { UpdateFollower } from './update-follower.ts'

export interface LiveLine {
  library: TelegramLibrary
  line: TelegramLine
  follower: UpdateFollower
}

/** Those who wait for the line to come back. */
export class LineWaiters {
  readonly #timing: TelegramTiming
  readonly #waiting = new Set<(live: LiveLine | null) => void>()

  constructor(timing: TelegramTiming) {
    this.#timing = timing
  }

  /** null: none came in time. */
  wait(): Promise<LiveLine | null> {
    return new Promise((resolve) => {
      const done = (live: LiveLine | null) => {
        cancel()
        this.#waiting.delete(done)
        resolve(live)
      }
      const cancel = this.#timing.after(this.#timing.resumeMs, () => done(null))
      this.#waiting.add(done)
    })
  }

  /** null: it does not come back. */
  resume(live: LiveLine | null): void {
    for (const done of this.#waiting) done(live)
  }
}
