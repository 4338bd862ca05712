/** Tells the vault how much of this workstation it still lacks: at once when connected, later only what has not gone up by itself. */
import type { Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'
import type { OutboxReport } from '../../shared/contracts/outbox-report.ts'

/** What goes up within this time is no news. */
const settleMs = 2_000

export interface OutboxReporterOptions {
  report(): OutboxReport
  isConnected(): boolean
  /** Of the ledger: its last sequence, and the highest that the vault has acknowledged. */
  ledger(): { seq: number; acknowledged: number }
  call: Client<typeof deviceContract>
}

export class OutboxReporter {
  readonly #options: OutboxReporterOptions
  #timer: NodeJS.Timeout | null = null
  /** The ledger's last sequence when the timer began. */
  #seen = 0
  /** Whether the vault was last told of something that waits. */
  #waits = false
  #stopped = false

  constructor(options: OutboxReporterOptions) {
    this.#options = options
  }

  connected(): void {
    const report = this.#options.report()
    this.#waits = this.#isWaiting(report, report.head)
    void this.#tell(report)
    this.changed()
  }

  /** Call when something was written, sealed or acknowledged. */
  changed(): void {
    if (this.#timer || this.#stopped || !this.#options.isConnected()) return
    this.#seen = this.#options.ledger().seq
    this.#timer = setTimeout(() => this.#look(), settleMs)
    this.#timer.unref()
  }

  #isWaiting(report: OutboxReport, upTo: number): boolean {
    return report.files > 0 || this.#options.ledger().acknowledged < upTo
  }

  #look(): void {
    this.#timer = null
    const report = this.#options.report()
    const waits = this.#isWaiting(report, this.#seen)
    if (waits || this.#waits) void this.#tell(report)
    this.#waits = waits
    // As long as anything is under way it is looked at again: nobody else may have a word to say about it.
    if (waits || this.#isWaiting(report, report.head)) this.changed()
  }

  /** An older vault does not know the question, and a vault that is away is told at the next connection. */
  async #tell(report: OutboxReport): Promise<void> {
    if (this.#options.isConnected()) await this.#options.call('outbox.tell', report).catch(() => undefined)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
