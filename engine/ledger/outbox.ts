/** Seals what was committed into the spool, continuously and at most a second after the commit. */
import type { KeyObject } from 'node:crypto'
import { encodeBatch } from '../../shared/formats/batch.ts'
import type { Ledger } from './ledger.ts'
import type { Spool } from './spool.ts'

const batchEvents = 500
const batchBytes = 8 * 1024 * 1024
/** Within this time of the last batch events gather into the next one; what comes after a pause is sealed at once. */
const gatherMs = 8
/** While a batch is on its way up, the next one gathers until the answer, or for this long: else small batches queue up behind it. */
const gatherBehindMs = 100

export interface OutboxOptions {
  ledger: Ledger
  spool: Spool
  sealKey(): Uint8Array
  signingKey: KeyObject
  /** A new sealed batch stands in the spool. */
  spooled(): void
  /** null: all is well again. */
  trouble(code: string | null): void
}

export class Outbox {
  readonly #options: OutboxOptions
  #spooledTo: number
  #timer: NodeJS.Timeout | null = null
  #soon: NodeJS.Immediate | null = null
  #firedAt = -Infinity
  #retryMs = 500

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#spooledTo = Math.max(options.spool.highest(options.ledger.id), options.ledger.acknowledged)
  }

  /** Call after every commit that appended. */
  changed(): void {
    if (this.#timer ?? this.#soon) return
    const behind = this.#spooledTo > this.#options.ledger.acknowledged
    const restMs = this.#firedAt + (behind ? gatherBehindMs : gatherMs) - performance.now()
    if (restMs > 0) this.#timer = setTimeout(() => this.#fire(), restMs)
    else this.#soon = setImmediate(() => this.#fire())
  }

  #fire(): void {
    this.#timer = null
    this.#soon = null
    this.#firedAt = performance.now()
    try {
      this.drain()
      this.#retryMs = 500
      this.#options.trouble(null)
    } catch (error) {
      this.#options.trouble(
        error instanceof Error && 'code' in error && error.code === 'disk_full' ? 'disk_full' : 'spool_failed',
      )
      this.#timer = setTimeout(() => this.#fire(), this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, 10_000)
    }
  }

  /** The vault has answered: what gathered meanwhile need not wait any longer. */
  acknowledged(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#soon ??= setImmediate(() => this.#fire())
  }

  /** Seals everything that is not in the spool yet. Synchronous: a key lock relies on it. */
  drain(): void {
    const { ledger, spool, signingKey } = this.#options
    for (;;) {
      const rows = ledger.listAfter(this.#spooledTo, batchEvents, batchBytes)
      const [first, last] = [rows[0], rows.at(-1)]
      if (!first || !last) return
      const events = rows.map((row) => ({
        headerBytes: Buffer.from(row.header),
        payloadBytes: Buffer.from(row.payload),
      }))
      spool.write(ledger.id, first.seq, last.seq, encodeBatch(events, this.#options.sealKey(), signingKey))
      this.#spooledTo = last.seq
      this.#options.spooled()
    }
  }

  /** The vault holds less than we thought (a restored vault): everything after this is sealed again. */
  rewind(upTo: number): void {
    const { ledger, spool } = this.#options
    const [first] = ledger.listAfter(upTo, 1, 0)
    // What the spool holds already goes up from there; sealing it again would only pile up overlapping files.
    if (!first || spool.holds(ledger.id, first.seq)) return
    this.#spooledTo = Math.min(this.#spooledTo, upTo)
    this.changed()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#soon) clearImmediate(this.#soon)
    this.#timer = null
    this.#soon = null
  }
}
