/** The simulator's own record of what happened on the wire, for whoever has to count afterwards. */
import type { WireEntry } from '../provider.ts'

export class WireLog {
  readonly #entries: WireEntry[] = []
  readonly #now: () => number

  /** `now` gives epoch ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  record(entry: Omit<WireEntry, 'n' | 'at'>): void {
    this.#entries.push({ n: this.#entries.length + 1, at: this.#now(), ...entry })
  }

  /** All entries, or those of one account. */
  entries(account: string | null): WireEntry[] {
    return this.#entries.filter((entry) => account === null || entry.account === account)
  }
}
