/** The search index follows when there is a quiet moment; a search closes the gap first. */
import type { Cache } from './database.ts'
import { indexNext } from './search.ts'

const quietMs = 150
const sliceSize = 200

export class IndexFollower {
  readonly #cache: Cache
  readonly #failed: () => void
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(cache: Cache, failed: () => void) {
    this.#cache = cache
    this.#failed = failed
  }

  /** Call after every commit that recorded messages. */
  changed(): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => this.#turn(), quietMs)
  }

  #turn(): void {
    this.#timer = null
    try {
      if (this.#cache.transaction((writer) => indexNext(writer, sliceSize)) > 0) this.changed()
    } catch {
      this.#failed()
    }
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}
