/** The open workstation: cache, ledger, accounts and their wiring, from the key's arrival until the key lock. */
import { directorySchema, type Directory } from '../shared/contracts/device.ts'
import type { MessageKind } from '../shared/contracts/neutral-message.ts'
import { findRefusal } from '../shared/domain/policy.ts'
import { openSealed } from '../shared/formats/seal.ts'
import type { EventDraft } from '../shared/formats/event.ts'
import { CustomerActivity, realTimers } from './activity/customer-activity.ts'
import { AccountRunner } from './accounts/account-runner.ts'
import { DeviceNotes } from './accounts/device-notes.ts'
import { applyDirectory, findDirectory, listAccounts, type ListedAccount } from './accounts/directory.ts'
import { LeaseKeeper } from './accounts/lease-keeper.ts'
import { RemoteSends } from './accounts/remote-sends.ts'
import { Sender } from './accounts/sender.ts'
import type { Cache, Writer } from './cache/database.ts'
import { createChannelStore, purgeInbox } from './cache/inbox.ts'
import { IndexFollower } from './cache/index-follower.ts'
import { findNumber, putValue } from './cache/meta.ts'
import { hasWritten, purgeRecent } from './cache/messages.ts'
import type { ChannelFault, ProviderChannel } from './channels/channel.ts'
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
  readonly #options: SessionOptions
  readonly #recorder: Recorder
  readonly #index: IndexFollower
  readonly #runners = new Map<
    string,
    { runner: AccountRunner; sender: Sender; account: ListedAccount; devices: DeviceNotes }
  >()
  /** Accounts that were taken away and are still stopping. */
  readonly #ending = new Map<string, Promise<void>>()
  /** For rows of accounts that run no more: translation needs no connection. */
  readonly #translators = new Map<string, ProviderChannel>()
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
      epoch: (account) => this.#runners.get(account)?.runner.epoch ?? '0.0',
      translate: (account, row) => this.#translator(account).translate(row),
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
        this.#runners.get(account)?.sender.changed()
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
      attend: (account, address) => this.#runners.get(account)?.runner.channel?.attend(address),
      changed: () => options.activity(),
    })
    if (fresh)
      this.record({ kind: 'ledger.opened/1', payload: { software: options.software, platform: process.platform } })
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
      channel: (account) => {
        const runner = this.#runners.get(account)?.runner
        return runner?.state === 'live' ? runner.channel : null
      },
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
    this.#syncRunners()
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
    const epoch = account === null ? '0.0' : this.epochOf(account)
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
    for (const { sender } of this.#runners.values()) sender.changed()
  }

  epochOf(account: string): string {
    return this.#runners.get(account)?.runner.epoch ?? '0.0'
  }

  /** The vault is (back) there and the PIN is proven on this connection. */
  async synchronise(): Promise<void> {
    await this.#fetchDirectory()
    if (this.#closed) return
    this.#syncRunners()
    this.fetcher.changed()
    for (const account of this.accounts()) await this.journals.pull(account.id)
  }

  async #fetchDirectory(): Promise<void> {
    const { sealed } = await this.#options.call('directory.get', {})
    const body = openSealed(Buffer.from(sealed, 'base64url'), openingKeyOf(this.cache), 'directory')
    if (this.#closed) return
    applyDirectory(this.cache, this.ledger.id, directorySchema.parse(JSON.parse(body.toString('utf8'))))
    this.#options.accountsChanged()
  }

  #syncRunners(): void {
    if (this.#closed) return
    const listed = listAccounts(this.cache)
    for (const account of listed) {
      if (!this.#runners.has(account.id)) this.#addRunner(account)
      if (!this.#ending.has(account.id)) void this.#runners.get(account.id)!.runner.start()
    }
    for (const [id, { runner }] of this.#runners) {
      if (this.#ending.has(id) || listed.some((account) => account.id === id)) continue
      // It stays known until it has ended: its last rows need its epoch, and a new one must not start beside it.
      const ended = runner.end(true).then(
        () => this.#ended(id),
        () => this.#ended(id),
      )
      this.#ending.set(id, ended)
    }
  }

  #ended(account: string): void {
    this.#runners.get(account)?.devices.stop()
    this.#runners.delete(account)
    this.#ending.delete(account)
    this.#syncRunners()
  }

  #addRunner(account: ListedAccount): void {
    const { call, clock, keys, enrolment } = this.#options
    const lease = new LeaseKeeper({
      account: account.id,
      workstation: enrolment.workstation,
      cache: this.cache,
      call,
      policyKeys: () => keys.policy(),
      now: () => clock.now(),
      othersRan: (writer) => sender.abandon(writer),
    })
    const sender: Sender = new Sender({
      account: account.id,
      cache: this.cache,
      media: this.media,
      now: () => clock.now(),
      context: (writer, touched) => this.#context(writer, account.id, touched),
      mayLeaveUpTo: () => (this.#options.policy().send.afterVault ? this.ledger.acknowledged : Number.MAX_SAFE_INTEGER),
      refusal: (conversation, kind) => this.refusal(conversation, kind),
      isPolicyKnown: () => this.#options.isPolicyKnown(),
      uploading: (message, progress) => this.#options.uploading(message, progress),
      committed: (touched) => this.#committed(touched),
      remote: new RemoteSends({
        account: account.id,
        cache: this.cache,
        call,
        epoch: () => lease.epoch,
        fetch: () => this.fetcher.changed(),
      }),
    })
    let live = false
    const runner: AccountRunner = new AccountRunner({
      id: account.id,
      lease,
      sender,
      createChannel: (host) => this.#createChannel(account, host),
      isVaultConnected: () => this.#options.isVaultConnected(),
      held: () => void this.#fetchDirectory().catch(() => {}),
      changed: () => {
        this.#noteAddress(account.id)
        const isLive = runner.state === 'live'
        if (isLive && !live) {
          this.fetcher.changed()
          this.activity.live(account.id)
        } else if (live && !isLive) this.activity.lost(account.id)
        live = isLive
        devices.changed()
        this.#options.accountsChanged()
      },
      paired: (step) => this.#options.pairing(account.id, step),
      drain: () => this.drain(),
      flushed: () => this.#flushed(),
    })
    const devices = new DeviceNotes({
      account: account.id,
      cache: this.cache,
      now: () => clock.now(),
      channel: () => (runner.state === 'live' && !this.#closed ? runner.channel : null),
      phone: () => runner.status.phone ?? null,
      append: (writer, payload) =>
        void this.appendIn(writer, { kind: 'account.devices/1', payload, account: account.id }),
    })
    this.#runners.set(account.id, { runner, sender, account, devices })
  }

  /** The provider tells the account's own address at log-in: the vault names the author of own messages by it. */
  #noteAddress(account: string): void {
    const address = this.#runners.get(account)?.runner.status.address
    if (this.#closed || !address) return
    const known = this.cache.get<{ address: string | null }>('SELECT address FROM accounts WHERE id = ?', [account])
    if (!known || known.address === address) return
    this.cache.transaction((writer) => {
      writer.run('UPDATE accounts SET address = ? WHERE id = ?', [address, account])
      this.appendIn(writer, { kind: 'account.seen/1', payload: { address }, account })
    })
  }

  #createChannel(
    account: ListedAccount,
    host: Parameters<ConstructorParameters<typeof AccountRunner>[0]['createChannel']>[0],
  ): ProviderChannel {
    return this.#options.factories[account.channel]({
      account: account.id,
      telegramApi: account.telegramApi,
      endpoints: this.#options.endpoints,
      host: {
        ...host,
        store: createChannelStore(this.cache, account.id, this.#options.clock),
        clock: this.#options.clock,
        inboxChanged: () => this.#recorder.changed(),
        activity: (notice) => this.activity.noticed(account.id, notice),
        log: (level, code, detail) => this.#options.log(level, code, { account: account.id, ...detail }),
      },
    })
  }

  /** By the channel's rule, wherever the account runs. */
  newClientId(account: string): string {
    return this.#translator(account).newClientId()
  }

  #translator(account: string): ProviderChannel {
    const running = this.#runners.get(account)?.runner.channel
    if (running) return running
    let translator = this.#translators.get(account)
    if (!translator) {
      const known = listAccounts(this.cache, true).find((one) => one.id === account)
      if (!known) throw new Error('the account of an inbox row is not listed')
      translator = this.#createChannel(known, { statusChanged: () => {}, pairingStep: () => {} })
      this.#translators.set(account, translator)
    }
    return translator
  }

  #context(writer: Writer, account: string, touched: Touched): ApplyContext {
    return {
      account,
      epoch: this.epochOf(account),
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

  accounts(): { id: string; channel: 'whatsapp' | 'telegram'; name: string; runner: AccountRunner | null }[] {
    return listAccounts(this.cache).map(({ id, channel, name }) => ({
      id,
      channel,
      name,
      runner: this.#runners.get(id)?.runner ?? null,
    }))
  }

  runner(account: string): { runner: AccountRunner; sender: Sender } | null {
    return this.#runners.get(account) ?? null
  }

  acknowledged(upTo: number): void {
    this.ledger.acknowledge(upTo)
    this.outbox.acknowledged()
    if (this.#options.policy().send.afterVault) for (const { sender } of this.#runners.values()) sender.changed()
  }

  /** Timers stand still while the machine sleeps: call every few seconds. */
  watchLeases(): void {
    for (const { runner } of this.#runners.values()) runner.watchLease()
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
    for (const { devices } of this.#runners.values()) devices.stop()
    this.#index.stop()
    this.presences.stop()
    this.activity.stop()
    // First what is here, then the others: no socket and no vault may hold up what can be sealed now.
    this.#drainParts(null)
    const ends = [...this.#runners.values()].map(({ runner }) => runner.end(releaseLeases))
    ends.push(this.fetcher.stop())
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closing === null ? 5000 : 700)))
    await Promise.race([Promise.allSettled([...ends, ...this.#ending.values()]), late])
    clearTimeout(timer)
    this.#drainParts(closing)
    this.#recorder.stop()
    this.outbox.stop()
    this.cache.close()
  }
}
