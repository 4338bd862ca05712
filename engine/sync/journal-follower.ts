/** Pulls the journals of the accounts as they are told to have grown. */
import type { Touched } from '../recorder/context.ts'
import { pullJournal, type JournalOptions } from './journal.ts'

export type FollowerOptions = Omit<JournalOptions, 'account' | 'committed'> & {
  committed(touched: Touched, account: string): void
}

export class JournalFollower {
  readonly #options: FollowerOptions
  /** One pull per account at a time; what was asked for meanwhile is one more afterwards. */
  readonly #pulls = new Map<string, { done: Promise<void>; again: boolean }>()

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

  async #pullAll(account: string, pulling: { again: boolean }): Promise<void> {
    const { committed, isClosed } = this.#options
    while (pulling.again && !isClosed()) {
      pulling.again = false
      await pullJournal({ ...this.#options, account, committed: (touched) => committed(touched, account) })
    }
  }
}
