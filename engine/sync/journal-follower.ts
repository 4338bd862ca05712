/** Pulls the journals of the accounts as they are told to have grown. */
import { journalPositionOf } from '../cache/journal.ts'
import type { Touched } from '../recorder/context.ts'
import { pullJournal, type JournalOptions } from './journal.ts'

export type FollowerOptions = Omit<JournalOptions, 'account' | 'committed' | 'progressed'> & {
  committed(touched: Touched, account: string): void
  /** Everything is here that was there when it was asked for. */
  caughtUp(account: string): void
}

/** Entries that have come of those that were missing. */
export interface HistoryProgress {
  done: number
  total: number
}

/** Fewer come before anybody could read that they do. */
const smallestHistory = 1_000

export class JournalFollower {
  readonly #options: FollowerOptions
  /** One pull per account at a time; what was asked for meanwhile is one more afterwards. */
  readonly #pulls = new Map<string, { done: Promise<void>; again: boolean }>()

  readonly #histories = new Map<string, HistoryProgress>()

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** Resolves when everything is here that was there at the call. Throws CodedError as journal.pull. */
  pull(account: string): Promise<void> {
    const running = this.#pulls.get(account)
    if (running) {
      running.again = true
      return running.done
    }
    const pulling = { done: Promise.resolve(), again: true }
    this.#pulls.set(account, pulling)
    pulling.done = this.#pullAll(account, pulling).finally(() => this.#pulls.delete(account))
    return pulling.done
  }

  /** While much is brought down, as on a new workstation; else null. */
  history(account: string): HistoryProgress | null {
    return this.#histories.get(account) ?? null
  }

  async #pullAll(account: string, pulling: { again: boolean }): Promise<void> {
    const { cache, committed, isClosed, caughtUp } = this.#options
    const from = journalPositionOf(cache, account) ?? 0
    const progressed = (at: number, head: number): void => {
      if (head - from >= smallestHistory && at < head)
        this.#histories.set(account, { done: at - from, total: head - from })
      else this.#histories.delete(account)
    }
    try {
      while (pulling.again && !isClosed()) {
        pulling.again = false
        await pullJournal({
          ...this.#options,
          account,
          progressed,
          committed: (touched) => committed(touched, account),
        })
      }
    } finally {
      this.#histories.delete(account)
    }
    if (!isClosed()) caughtUp(account)
  }
}
