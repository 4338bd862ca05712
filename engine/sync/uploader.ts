/** Brings the spool up: one batch after the other, oldest first, each deleted only when the vault has acknowledged it. */
import type { Agent } from 'node:https'
import { CodedError } from '../../shared/contracts/contract.ts'
import { batchReplySchema, routes } from '../../shared/contracts/device.ts'
import type { Spool, SpoolFile } from '../ledger/spool.ts'
import { ask, refusal } from './tls.ts'

export interface UploaderOptions {
  spool: Spool
  agent: Agent
  gateway: string
  /** Of the live link, where it counts for this ledger; null: the spool route, by the batch's own signature. */
  token(ledger: string): string | null
  /** The vault durably holds everything of this ledger up to here. */
  acknowledged(ledger: string, upTo: number, quarantined: boolean): void
  /** The vault lacks what came before: it holds only this much of the ledger. */
  gap(ledger: string, upTo: number): void
  trouble(code: string | null): void
}

/** Not about this batch: the next one would meet the same. */
const passing = new Set([
  'vault_away',
  'vault_refused',
  'rate_limited',
  'busy',
  'keeper_away',
  'internal',
  'storage_full',
  'storage_failed',
  'storage_closed',
  'token_refused',
])

export class Uploader {
  readonly #options: UploaderOptions
  #running = false
  #again = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null
  #backoffMs = 200
  #idle: (() => void)[] = []

  constructor(options: UploaderOptions) {
    this.#options = options
  }

  /** Call when the spool has grown or the vault is back. */
  changed(): void {
    if (this.#stopped) return
    if (this.#running) {
      this.#again = true
      return
    }
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    // A batch that the vault refuses holds up its own ledger only.
    const refused = new Map<string, CodedError>()
    try {
      do {
        this.#again = false
        for (const file of this.#options.spool.list()) {
          if (this.#stopped) return
          if (refused.has(file.ledger)) continue
          try {
            await this.#upload(file)
          } catch (error) {
            if (!(error instanceof CodedError) || passing.has(error.code)) throw error
            refused.set(file.ledger, error)
          }
        }
      } while (this.#again)
      for (const error of refused.values()) throw error
      this.#backoffMs = 200
      this.#options.trouble(null)
    } catch (error) {
      this.#options.trouble(error instanceof CodedError ? error.code : 'upload_failed')
      this.#later()
    } finally {
      this.#running = false
      for (const tell of this.#idle.splice(0)) tell()
    }
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.changed(), this.#backoffMs * (0.75 + Math.random() / 2))
    this.#backoffMs = Math.min(this.#backoffMs * 2, 15_000)
  }

  async #upload(file: SpoolFile): Promise<void> {
    let body: Buffer
    try {
      body = this.#options.spool.read(file)
    } catch {
      return // acknowledged and deleted meanwhile
    }
    const token = this.#options.token(file.ledger)
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      'content-length': String(body.length),
    }
    if (token) headers['authorization'] = `Bearer ${token}`
    const reply = await ask(this.#options.agent, `${this.#options.gateway}${routes.batches}`, {
      method: 'POST',
      headers,
      body,
    })
    if (reply.status === 200) {
      const answer = batchReplySchema.parse(JSON.parse(reply.body.toString('utf8')))
      if (answer.ledger !== file.ledger) throw new CodedError('vault_refused', 'the vault answered for another ledger')
      // An answer speaks of this batch: a head beyond it may be that of another branch (a fork, a put-back profile).
      const upTo = answer.quarantined ? file.to : Math.min(answer.upTo, file.to)
      if (answer.quarantined || answer.gap) this.#options.spool.remove(file)
      else this.#options.spool.acknowledge(file.ledger, upTo)
      this.#options.acknowledged(file.ledger, upTo, answer.quarantined)
      return
    }
    const error = refusal(reply)
    if (error.code === 'ledger_gap') this.#options.gap(file.ledger, gapFrom(reply.body))
    throw error
  }

  /** Resolves when the upload that runs now has ended, well or not. */
  settled(): Promise<void> {
    if (!this.#running) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}

/** The gateway tells what it holds as `{upTo}` beside the error. */
function gapFrom(body: Buffer): number {
  const value = JSON.parse(body.toString('utf8')) as { upTo?: unknown; error?: { upTo?: unknown } }
  const upTo = value.upTo ?? value.error?.upTo
  return typeof upTo === 'number' && Number.isSafeInteger(upTo) && upTo >= 0 ? upTo : 0
}
