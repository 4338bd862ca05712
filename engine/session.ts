/** The open workstation: cache, ledger, accounts and their wiring, from the key's arrival until the key lock. */
import { directorySchema, type Directory } from '../shared/contracts/device.ts'
import type { MessageKind } from '../shared/contracts/neutral-message.ts'
import { findRefusal } from '../shared/domain/policy.ts'
import { openSealed } from '../shared/formats/seal.ts'
import type { EventDraft } from '../shared/formats/event.ts'
import { CustomerActivity, realTimers } from './activity/customer-activity.ts'
import { applyDirectory, findDirectory, listAccounts } from './accounts/directory.ts'
import { RunningAccounts, type AccountsHost } from './accounts/running-accounts.ts'
import type { Cache, Writer } from './cache/database.ts'
import { purgeInbox } from './cache/inbox.ts'
import { IndexFollower } from './cache/index-follower.ts'
import { findNumber, putValue } from './cache/meta.ts'
import { hasWritten, purgeRecent } from './cache/messages.ts'
import type { ChannelFault } from './channels/channel.ts'
import { Presences } from './colleagues/presence.ts'
import { Ledger } from './ledger/ledger.ts'
import { Outbox } from './ledger/outbox.ts'
import { Fetcher } from './media/fetcher.ts'
import { signTicket, type MediaStore, type SealedFile } from './media/store.ts'
import type { ApplyContext, Touched } from './recorder/context.ts'
import { Recorder } from './recorder/recorder.ts'
import type { SessionOptions } from './session-options.ts'
import { JournalFollower } from './sync/journal-follower.ts'
import { openingKeyOf } from './sync/journal.ts'
import { pullMedia } from './sync/media.ts'

const dayMs = 86_400_000
/** How long a release waits for the vault to take what was recorded before it. */
const flushMs = 3000

export class Session {
  readonly cache: Cache
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly media: MediaStore
  readonly fetcher: Fetcher
  readonly presences: Presences
  readonly activity: CustomerActivity
  readonly journals: JournalFollower
  readonly accounts: RunningAccounts
  readonly #options: SessionOptions
  readonly #recorder: Recorder
  readonly #index: IndexFollower
  #closed = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.cache = options.cache
    const fresh = this.cache.get("SELECT 1 FROM meta WHERE key = 'ledger'") === undefined
    this.ledger = new Ledger(this.cache, options.enrolment.ledger)
    this.outbox = new Outbox({
      ledger: this.ledger,
      spool: options.spool,
      sealKey: () => options.keys.seal(),
      signingKey: options.signingKey,
      spooled: () => options.spooled(),
      trouble: (code) => options.trouble('spool', code),
    })
    this.#recorder = new Recorder({
      cache: this.cache,
      ledger: this.ledger,
      now: () => options.clock.now(),
      epoch: (account) => this.accounts.epochOf(account),
      translate: (account, row) => this.accounts.translator(account).translate(row),
      committed: (touched) => this.#committed(touched),
      trouble: (code) => options.trouble('cache', code),
      log: (level, code, detail) => options.log(level, code, detail),
    })
    this.#index = new IndexFollower(this.cache, () => options.trouble('search', 'index_failed'))
    this.media = options.media
    this.fetcher = this.#createFetcher()
    this.journals = new JournalFollower({
      cache: this.cache,
      ownLedger: this.ledger.id,
      call: options.call,
      now: () => options.clock.now(),
      isClosed: () => this.#closed,
      committed: (touched, account) => {
        this.#committed(touched)
        // What colleagues intended waits for us where we run the account.
        this.accounts.sendersChanged(account)
      },
      caughtUp: (account) => this.fetcher.caughtUp(account),
    })
    this.presences = new Presences({
      cache: this.cache,
      call: options.call,
      sealKey: () => options.keys.seal(),
      openingKey: () => openingKeyOf(this.cache),
      changed: (conversation) => options.colleagues(conversation),
    })
    this.activity = new CustomerActivity({
      cache: this.cache,
      timers: realTimers,
      now: () => options.clock.now(),
      attend: (account, address) => this.accounts.find(account)?.runner.channel?.attend(address),
      changed: () => options.activity(),
    })
    this.accounts = new RunningAccounts(options, this.#accountsHost())
    if (fresh)
      this.record({ kind: 'ledger.opened/1', payload: { software: options.software, platform: process.platform } })
  }

  #accountsHost(): AccountsHost {
    return {
      cache: this.cache,
      media: this.media,
      activity: this.activity,
      isClosed: () => this.#closed,
      acknowledged: () => this.ledger.acknowledged,
      context: (writer, account, touched) => this.#context(writer, account, touched),
      append: (writer, event) => void this.appendIn(writer, event),
      committed: (touched) => this.#committed(touched),
      inboxChanged: () => this.#recorder.changed(),
      fetch: () => this.fetcher.changed(),
      refusal: (conversation, kind) => this.refusal(conversation, kind),
      fetchDirectory: () => this.#fetchDirectory(),
      drain: () => this.drain(),
      flushed: () => this.#flushed(),
    }
  }

  #createFetcher(): Fetcher {
    const { media, signingKey, clock, call } = this.#options
    return new Fetcher({
      cache: this.cache,
      store: media,
      ledger: this.ledger.id,
      signingKey,
      now: () => clock.now(),
      accounts: () => listAccounts(this.cache).map((account) => account.id),
      channel: (account) => this.accounts.liveChannel(account),
      vault: ({ account, sha256, claimedSha256 }, offset) =>
        pullMedia(call, openingKeyOf(this.cache), { account, sha256: sha256 ?? claimedSha256 ?? '' }, offset),
      isVaultThere: () => this.#options.isVaultConnected(),
      context: (writer, account, touched) => this.#context(writer, account, touched),
      committed: (touched) => this.#committed(touched),
      stored: () => this.#options.stored(),
      trouble: (code) => this.#options.trouble('media', code),
    })
  }

  /** Replays what a crash left, lists the accounts and starts them. */
  start(): void {
    this.#recorder.changed()
    this.outbox.changed()
    this.cache.transaction((writer) => {
      const before = this.#options.clock.now() - 30 * dayMs
      purgeInbox(writer, before)
      purgeRecent(writer, before)
    })
    this.accounts.synchronise()
    this.fetcher.start()
    this.#index.changed()
  }

  /** Kept in the cache, where nobody without its key changes it: a crash must not open a locked screen. */
  get screenLocked(): boolean {
    return findNumber(this.cache, 'screenLocked') === 1
  }
  set screenLocked(locked: boolean) {
    if (locked !== this.screenLocked)
      this.cache.transaction((writer) => putValue(writer, 'screenLocked', locked ? 1 : 0))
  }

  get directory(): Directory | null {
    return findDirectory(this.cache)
  }

  /** Appends events that belong to no account, or to one, in a transaction of their own. */
  record(event: Pick<EventDraft, 'kind' | 'payload'> & Partial<EventDraft>): void {
    this.cache.transaction((writer) => this.appendIn(writer, event))
  }

  appendIn(writer: Writer, event: Pick<EventDraft, 'kind' | 'payload'> & Partial<EventDraft>): number {
    const account = event.account ?? null
    const epoch = account === null ? '0.0' : this.accounts.epochOf(account)
    const appended = this.ledger.append(writer, {
      account,
      epoch,
      conversation: null,
      identity: null,
      message: null,
      at: this.#options.clock.now(),
      ...event,
    })
    this.cache.afterCommit(() => this.outbox.changed())
    return appended.header.seq
  }

  /** An own file stands from now on; call `fileStored` when its message has been written down. Throws CodedError('disk_full'). */
  keepFile(file: SealedFile): void {
    this.media.keep(file.blob, signTicket(this.ledger.id, file, this.#options.signingKey))
  }

  fileStored(): void {
    this.#options.stored()
  }

  /** What the policy in force says against a send to a conversation (null: one that is not there yet); null: nothing. */
  refusal(conversation: number | null, kind: MessageKind): ChannelFault | null {
    const written = (): boolean => conversation !== null && hasWritten(this.cache, conversation)
    const code = findRefusal(this.#options.policy(), { kind, hasWritten: written })
    return code && { code, text: 'the policy does not allow this', until: null }
  }

  /** A policy has come, the same or another one. */
  policyChanged(): void {
    this.accounts.sendersChanged()
  }

  /** The vault is (back) there and the PIN is proven on this connection. */
  async synchronise(): Promise<void> {
    await this.#fetchDirectory()
    if (this.#closed) return
    this.accounts.synchronise()
    this.fetcher.changed()
    for (const account of this.accounts.list()) await this.journals.pull(account.id)
  }

  async #fetchDirectory(): Promise<void> {
    const { sealed } = await this.#options.call('directory.get', {})
    const body = openSealed(Buffer.from(sealed, 'base64url'), openingKeyOf(this.cache), 'directory')
    if (this.#closed) return
    applyDirectory(this.cache, this.ledger.id, directorySchema.parse(JSON.parse(body.toString('utf8'))))
    this.#options.accountsChanged()
  }

  /** By the channel's rule, wherever the account runs. */
  newClientId(account: string): string {
    return this.accounts.translator(account).newClientId()
  }

  #context(writer: Writer, account: string, touched: Touched): ApplyContext {
    return {
      account,
      epoch: this.accounts.epochOf(account),
      now: this.#options.clock.now(),
      touched,
      append: (draft) => void this.ledger.append(writer, draft),
    }
  }

  #committed(touched: Touched): void {
    this.outbox.changed()
    if (touched.media.length > 0) this.fetcher.changed()
    this.activity.recorded(touched)
    this.#options.touched(touched)
    this.#index.changed()
  }

  acknowledged(upTo: number): void {
    this.ledger.acknowledge(upTo)
    this.outbox.acknowledged()
    if (this.#options.policy().send.afterVault) this.accounts.sendersChanged()
  }

  /** Events that the vault has not acknowledged. */
  get waiting(): number {
    return this.ledger.seq - this.ledger.acknowledged
  }

  #drainParts(closing: 'revoked' | null): void {
    const parts = [
      () => this.#recorder.drain(),
      () => closing && this.record({ kind: 'ledger.closed/1', payload: { reason: closing } }),
      () => this.outbox.drain(),
    ]
    for (const part of parts) {
      try {
        part()
      } catch (error) {
        this.#options.log('error', 'drain_failed', { reason: error instanceof Error ? error.name : 'unknown' })
      }
    }
  }

  async #flushed(): Promise<void> {
    if (!this.#options.isVaultConnected()) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, flushMs)))
    await Promise.race([this.#options.uploaded(), late])
    clearTimeout(timer)
  }

  /** Inbox and outbox into the spool, synchronously. */
  drain(): void {
    this.#recorder.drain()
    this.outbox.drain()
  }

  /**
   * Stops every account, drains into the spool and closes the cache. `closing` appends the signed last event of a key lock on
   * revocation. Draining goes on where a part fails: what cannot be sealed stays in the cache.
   */
  async close(closing: 'revoked' | null, releaseLeases: boolean): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#index.stop()
    this.presences.stop()
    this.activity.stop()
    // First what is here, then the others: no socket and no vault may hold up what can be sealed now.
    this.#drainParts(null)
    const ends = [...this.accounts.end(releaseLeases), this.fetcher.stop()]
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closing === null ? 5000 : 700)))
    await Promise.race([Promise.allSettled(ends), late])
    clearTimeout(timer)
    this.#drainParts(closing)
    this.#recorder.stop()
    this.outbox.stop()
    this.cache.close()
  }
}
