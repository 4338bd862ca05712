/** The simulator's log of connections, pushes, sends and acknowledgements, read through GET /wire. */
import type { WireEntry } from '../provider.ts'

/** Older entries are dropped; `n` shows the hole. */
const MAX_ENTRIES = 200_000

export class WireLog {
  readonly #now: () => number
  #entries: WireEntry[] = []
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  add(entry: Omit<WireEntry, 'n' | 'at'>): void {
    this.#entries.push({ n: ++this.#count, at: this.#now(), ...entry })
    if (this.#entries.length > MAX_ENTRIES) this.#entries = this.#entries.slice(MAX_ENTRIES / 10)
  }

  /** Entries of one account, or of all for null. */
  list(account: string | null): WireEntry[] {
    return account === null ? [...this.#entries] : this.#entries.filter((entry) => entry.account === account)
  }
}
