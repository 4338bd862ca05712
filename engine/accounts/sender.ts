/** Sends what was intended, one after the other, and writes down each outcome; repeats only where the provider makes it safe. */
import type { Cache, Writer } from '../cache/database.ts'
import {
  applyState,
  findMessage,
  findSend,
  listOpenSends,
  parkSend,
  postponeSend,
  type MessageRow,
  type SendRow,
} from '../cache/messages.ts'
import type { ChannelFault, ProviderChannel, SendOutcome } from '../channels/channel.ts'
import { moveState, newTouched, placeOf, type ApplyContext, type Touched } from '../recorder/apply.ts'

export interface SenderOptions {
  account: string
  cache: Cache
  now(): number
  /** A context for ledger events of this account at this moment. */
  context(writer: Writer, touched: Touched): ApplyContext
  /** Policy send.afterVault: the highest sequence that may leave; Infinity when off. */
  mayLeaveUpTo(): number
  committed(touched: Touched): void
}

const ranElsewhere: ChannelFault = { code: 'ran_elsewhere', text: 'the account ran elsewhere meanwhile', until: null }
const interrupted: ChannelFault = { code: 'interrupted', text: 'interrupted', until: null }
const repeatMs = [1000, 3000, 10_000, 30_000, 60_000]

export class Sender {
  readonly #options: SenderOptions
  #channel: ProviderChannel | null = null
  #running: Promise<void> | null = null
  #again = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** The channel is live: what a crash left in the middle is judged first. */
  begin(channel: ProviderChannel): void {
    if (this.#channel === channel) return this.changed()
    this.#channel = channel
    for (const send of this.#open()) {
      if (send.state === 'sending' && !channel.repeatsSafely) this.#report(send, 'unknown', null, interrupted)
    }
    this.changed()
  }

  /** No further message leaves; resolves when the one that is under way has an outcome. */
  async end(): Promise<void> {
    this.#channel = null
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await this.#running
  }

  /**
   * The account has been run elsewhere since these were intended: they are shown, and only a person sends them again. Inside the
   * caller's transaction.
   */
  abandon(writer: Writer): void {
    for (const send of this.#open()) {
      if (send.state === 'queued') this.#report(send, 'failed', null, ranElsewhere)
      else {
        if (send.state === 'sending') this.#report(send, 'unknown', null, interrupted)
        parkSend(writer, send.account, send.clientId)
      }
    }
  }

  /** Call when something new was intended, or the vault has acknowledged more. */
  changed(): void {
    this.#again = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#running ??= this.#run()
      .catch(() => {
        // The outcome could not be written down (a full disk); a later turn judges it.
        if (this.#channel) this.#later(1000)
      })
      .finally(() => {
        this.#running = null
        if (this.#again && this.#channel) this.changed()
      })
  }

  #open(): SendRow[] {
    return listOpenSends(this.#options.cache, this.#options.account)
  }

  async #run(): Promise<void> {
    this.#again = false
    for (const listed of this.#open()) {
      const channel = this.#channel
      if (!channel) return
      // Read again: while an earlier one was on its way, a receipt may have settled this one.
      const send = findSend(this.#options.cache, this.#options.account, listed.clientId)
      if (!send || !['queued', 'sending', 'unknown'].includes(send.state)) continue
      if (send.state !== 'queued' && !channel.repeatsSafely) {
        // `sending` here means that its outcome could not be written down.
        if (send.state === 'sending') this.#report(send, 'unknown', null, interrupted)
        continue
      }
      if (send.seq > this.#options.mayLeaveUpTo()) return
      const waitMs = send.notBefore - this.#options.now()
      if (waitMs > 0) return this.#later(waitMs)
      if (!(await this.#send(channel, send))) return
    }
  }

  #later(ms: number): void {
    this.#timer ??= setTimeout(() => this.changed(), Math.min(ms, 60_000))
  }

  /** False: the others must wait behind this one. */
  async #send(channel: ProviderChannel, send: SendRow): Promise<boolean> {
    const own = this.#options.cache.get<{ address: string; text: string; replyTo: string | null }>(
      `SELECT i.address, m.text, m.replyTo FROM messages m JOIN conversations c ON c.id = m.conversation
       JOIN identities i ON i.id = c.identity WHERE m.conversation = ? AND m.at = ? AND m.n = ?`,
      [send.conversation, send.at, send.n],
    )
    if (!own) return true
    // Durable before the first byte leaves: after a crash `sending` means "perhaps sent", never "not sent".
    this.#mark(send, 'sending')
    const outcome = await channel.send({
      clientId: send.clientId,
      address: own.address,
      text: own.text,
      replyTo: own.replyTo,
    })
    return this.#settle(channel, send, outcome)
  }

  #settle(channel: ProviderChannel, send: SendRow, outcome: SendOutcome): boolean {
    switch (outcome.outcome) {
      case 'accepted':
        this.#report(send, 'sent', { providerId: outcome.providerId, time: outcome.time }, null)
        return true
      case 'refused':
        this.#report(send, 'failed', null, outcome.fault)
        return true
      case 'not-sent':
        this.#mark(send, 'queued')
        this.#postpone(send, outcome.fault.until)
        return false
      case 'unknown':
        this.#report(send, 'unknown', null, outcome.fault)
        if (channel.repeatsSafely) this.#postpone(send, outcome.fault.until)
        return !channel.repeatsSafely
    }
  }

  #postpone(send: SendRow, until: number | null): void {
    const delay = repeatMs[Math.min(send.attempts, repeatMs.length - 1)]!
    const notBefore = Math.max(this.#options.now() + delay, until ?? 0)
    this.#options.cache.transaction((writer) => postponeSend(writer, send.account, send.clientId, notBefore))
    this.#later(notBefore - this.#options.now())
  }

  /** Local only: the ledger needs no event for a message that is on its way. */
  #mark(send: SendRow, state: 'sending' | 'queued'): void {
    const touched = newTouched()
    this.#options.cache.transaction((writer) => {
      const row = findMessage(writer, send)
      if (!row) return
      applyState(writer, { ...row, account: send.account }, state, null, state === 'queued')
      touched.messages.push(send)
    })
    this.#options.committed(touched)
  }

  #report(
    send: SendRow,
    state: 'sent' | 'failed' | 'unknown',
    known: { providerId: string; time: number | null } | null,
    error: ChannelFault | null,
  ): void {
    const touched = newTouched()
    this.#options.cache.transaction((writer) => {
      const row: MessageRow | undefined = findMessage(writer, send)
      if (!row) return
      const report = { state, providerId: known?.providerId ?? null, time: known?.time ?? null, error }
      moveState(writer, this.#options.context(writer, touched), placeOf(writer, send.conversation), row, report)
    })
    this.#options.cache.afterCommit(() => this.#options.committed(touched))
  }
}
