/** The right to run one account: asked for, kept across a crash, renewed in time, given back. */
import { leaseLabel, leaseSchema, type deviceContract, type Lease } from '../../shared/contracts/device.ts'
import { signedDocumentSchema } from '../../shared/contracts/signed-document.ts'
import { CodedError, type Client } from '../../shared/contracts/contract.ts'
import { openTrusted } from '../../shared/formats/trust.ts'
import type { Cache, Writer } from '../cache/database.ts'
import { findText, putValue } from '../cache/meta.ts'

export interface LeaseOptions {
  account: string
  workstation: string
  cache: Cache
  call: Client<typeof deviceContract>
  policyKeys(): Uint8Array[]
  now(): number
  /** Inside the transaction that takes a lease: others have held it since the last one here. */
  othersRan(writer: Writer): void
}

/** No epoch lies between them, so nobody else can have run the account. */
function follows(last: string, next: string): boolean {
  const [lastParts, nextParts] = [last, next].map((epoch) => epoch.split('.').map(Number)) as [number[], number[]]
  return lastParts[0] === nextParts[0] && nextParts[1]! - lastParts[1]! <= 1
}

export class LeaseKeeper {
  readonly #options: LeaseOptions
  #lease: Lease | null = null
  /** Counted from when we asked: the vault's clock and the way there may only shorten it. */
  #askedAt = 0

  constructor(options: LeaseOptions) {
    this.#options = options
    const stored = findText(options.cache, this.#metaKey)
    if (stored === null) return
    try {
      const { document, askedAt } = JSON.parse(stored) as { document: unknown; askedAt: number }
      this.#lease = openTrusted(leaseLabel, signedDocumentSchema.parse(document), options.policyKeys(), leaseSchema)
      this.#askedAt = askedAt
    } catch {
      // Signed by a key that counts no more, or damaged: as if there were none.
    }
  }

  get #metaKey(): string {
    return `lease:${this.#options.account}`
  }

  /** Outlives the lease: the next one tells by it whether others came in between. */
  get #epochKey(): string {
    return `epoch:${this.#options.account}`
  }

  /** Milliseconds that the lease still holds, 0 when it does not. */
  get remainingMs(): number {
    if (!this.#lease) return 0
    return Math.max(0, this.#askedAt + this.#lease.validMs - this.#options.now())
  }

  /** Epoch of the lease, also of one that has ended; `0.0` before the first. */
  get epoch(): string {
    return this.#lease?.epoch ?? '0.0'
  }

  /** Renews or takes it. Throws CodedError: lease_held, not_assigned, keeper_away, vault_away. */
  async acquire(): Promise<Lease> {
    const { account, workstation, cache, policyKeys } = this.#options
    const askedAt = this.#options.now()
    const { document } = await this.#options.call('lease.acquire', { account })
    const lease = openTrusted(leaseLabel, document, policyKeys(), leaseSchema)
    if (lease.account !== account || lease.workstation !== workstation) {
      throw new CodedError('lease_of_another', 'the vault answered with another lease')
    }
    const before = this.#lease
    this.#lease = lease
    try {
      cache.transaction((writer) => {
        const last = findText(writer, this.#epochKey)
        if (last !== null && !follows(last, lease.epoch)) this.#options.othersRan(writer)
        if (last !== lease.epoch) putValue(writer, this.#epochKey, lease.epoch)
        putValue(writer, this.#metaKey, JSON.stringify({ document, askedAt }))
      })
    } catch (error) {
      this.#lease = before
      throw error
    }
    this.#askedAt = askedAt
    return lease
  }

  /** Gives it back; a vault that is away learns it when the lease runs out. */
  async release(): Promise<void> {
    const lease = this.#lease
    this.forget()
    if (lease) await this.#options.call('lease.release', { account: lease.account, epoch: lease.epoch }).catch(() => {})
  }

  /** It is somebody else's now: not even a restart without the vault may run on it. */
  forget(): void {
    this.#askedAt = 0
    this.#options.cache.transaction((writer) => writer.run('DELETE FROM meta WHERE key = ?', [this.#metaKey]))
  }
}
