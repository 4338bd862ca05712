/** One account on this workstation: lease, channel, sender, and what the window is told about it. */
import { CodedError } from '../../shared/contracts/contract.ts'
import type { AccountStatus, ChannelHost, PairingStep, PairRequest, ProviderChannel } from '../channels/channel.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Sender } from './sender.ts'

export interface AccountRunnerOptions {
  id: string
  lease: LeaseKeeper
  sender: Sender
  createChannel(host: Pick<ChannelHost, 'statusChanged' | 'pairingStep'>): ProviderChannel
  isVaultConnected(): boolean
  changed(): void
  /** Another workstation has it: who, the directory tells. */
  held(): void
  paired(step: PairingStep): void
  /** Everything that the channel has taken in stands in the spool. */
  drain(): void
  /** Resolves when the vault has the spool, or soon in any case. */
  flushed(): Promise<void>
}

export type RunnerState = AccountStatus['state'] | 'elsewhere'

const stopped: AccountStatus = { state: 'stopped', fault: null, aliveAt: null, address: null }
const askAgainMs = 15_000

export class AccountRunner {
  readonly #options: AccountRunnerOptions
  #channel: ProviderChannel | null = null
  #status: AccountStatus = stopped
  /** Why it may not run here, or null. */
  #barred: string | null = null
  #timer: NodeJS.Timeout | null = null
  #ended = false
  /** A step for a lease that ended unnoticed is under way. */
  #watching = false
  /** Steps run one after the other: a take-over during a start waits for it. */
  #queue: Promise<void> = Promise.resolve()

  constructor(options: AccountRunnerOptions) {
    this.#options = options
  }

  get id(): string {
    return this.#options.id
  }
  get state(): RunnerState {
    return this.#barred !== null && this.#channel === null ? 'elsewhere' : this.#status.state
  }
  get status(): AccountStatus {
    return this.#status
  }
  get epoch(): string {
    return this.#options.lease.epoch
  }
  get channel(): ProviderChannel | null {
    return this.#channel
  }

  #step(run: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(run, run)
    return this.#queue
  }

  /** Runs while a lease holds; asks for one when the vault is there. Call again when the vault is back. */
  start(): Promise<void> {
    return this.#step(() => this.#keepLease())
  }

  /** Stops or renews at once where the lease has ended although no timer has said so. */
  watchLease(): void {
    if (!this.#channel || this.#ended || this.#watching || this.#options.lease.remainingMs > 0) return
    this.#watching = true
    void this.start().finally(() => (this.#watching = false))
  }

  async #keepLease(): Promise<void> {
    if (this.#ended) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const { lease } = this.#options
    if (this.#options.isVaultConnected()) {
      try {
        await lease.acquire()
        this.#barred = null
      } catch (error) {
        const held = error instanceof CodedError && (error.code === 'lease_held' || error.code === 'not_assigned')
        if (held) {
          if (this.#barred !== error.code) this.#options.held()
          this.#barred = error.code
          lease.forget()
          await this.#stopChannel()
        }
      }
    }
    if (this.#ended) return
    try {
      if (lease.remainingMs > 0 && this.#barred === null) await this.#startChannel()
      else await this.#stopChannel()
    } catch {
      // A channel that does not start is built anew at the next turn.
      await this.#stopChannel()
    }
    if (this.#ended) return
    const wait = lease.remainingMs > 0 ? lease.remainingMs / 2 : askAgainMs
    this.#timer = setTimeout(() => void this.start(), Math.min(Math.max(wait, 1000), 3_600_000))
    this.#options.changed()
  }

  async #startChannel(): Promise<void> {
    if (this.#channel) return
    this.#channel = this.#options.createChannel({
      statusChanged: (status) => this.#statusChanged(status),
      pairingStep: (step) => this.#options.paired(step),
    })
    await this.#channel.start()
  }

  #statusChanged(status: AccountStatus): void {
    const back = this.#status.state !== 'live'
    this.#status = status
    if (status.state === 'live' && this.#channel && !this.#ended) this.#options.sender.begin(this.#channel, back)
    this.#options.changed()
  }

  async #stopChannel(): Promise<void> {
    const channel = this.#channel
    if (!channel) return
    await Promise.allSettled([channel.stop(), this.#options.sender.end()])
    this.#channel = null
    this.#status = { ...stopped, address: this.#status.address }
    try {
      this.#options.drain()
    } catch {
      // A full disk: it stays in the cache, the outbox says so and tries again; the lease must go all the same.
    }
    this.#options.changed()
  }

  /** Somebody else takes over: stop, flush, release. */
  handOver(): Promise<void> {
    return this.#step(async () => {
      await this.#stopChannel()
      await this.#release()
      this.#barred = 'handed_over'
      this.#options.changed()
      if (this.#timer) clearTimeout(this.#timer)
      if (!this.#ended) this.#timer = setTimeout(() => void this.start(), askAgainMs)
    })
  }

  /** Throws CodedError: account_not_running, or as the channel says. */
  pair(request: PairRequest): Promise<void> {
    return this.requireChannel().pair(request)
  }

  /**
   * The right to run it is here, also while the vault is asked anew after a restart and no channel is made yet: what is intended now
   * leaves from here, in its order.
   */
  get holdsLease(): boolean {
    return !this.#ended && this.#barred === null && this.#options.lease.remainingMs > 0
  }

  requireChannel(): ProviderChannel {
    if (!this.#channel) throw new CodedError('account_not_running', 'this account does not run on this workstation')
    return this.#channel
  }

  /** For good; the lease is kept when the engine only restarts, given back otherwise. */
  end(release: boolean): Promise<void> {
    this.#ended = true
    if (this.#timer) clearTimeout(this.#timer)
    return this.#step(async () => {
      await this.#stopChannel()
      if (release) await this.#release()
    })
  }

  /** What was recorded under this epoch goes up first: after the release it could come late. */
  async #release(): Promise<void> {
    await this.#options.flushed()
    await this.#options.lease.release()
  }
}
