/** Counts of retry receipts per message, kept over reconnects so that a broken peer cannot ask without end. */

/** The library's cache interface over a bounded map; the oldest entries go first. */
export class RetryCounters {
  readonly #values = new Map<string, unknown>()
  readonly #limit: number

  constructor(limit = 4000) {
    this.#limit = limit
  }

  get<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined
  }

  set<T>(key: string, value: T): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#limit) return
    const [oldest] = this.#values.keys()
    if (oldest !== undefined) this.#values.delete(oldest)
  }

  del(key: string): void {
    this.#values.delete(key)
  }

  flushAll(): void {
    this.#values.clear()
  }
}
