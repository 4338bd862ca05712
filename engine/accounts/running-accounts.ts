/** The listed accounts at work: for each a lease, a sender, a channel and their wiring, from the directory's list until the session ends. */
import type { Cache, Writer } from '../cache/database.ts'
import { createChannelStore } from '../cache/inbox.ts'
import type { ChannelFault, ChannelHost, ProviderChannel } from '../channels/channel.ts'
import type { CustomerActivity } from '../activity/customer-activity.ts'
import type { MessageKind } from '../../shared/contracts/neutral-message.ts'
import type { EventDraft } from '../../shared/formats/event.ts'
import type { MediaStore } from '../media/store.ts'
import type { ApplyContext, Touched } from '../recorder/context.ts'
import type { SessionOptions } from '../session-options.ts'
import { AccountRunner } from './account-runner.ts'
import { DeviceNotes } from './device-notes.ts'
import { listAccounts, type ListedAccount } from './directory.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { RemoteSends } from './remote-sends.ts'
import { Sender } from './sender.ts'

/** What the accounts need of the session around them. */
export interface AccountsHost {
  cache: Cache
  media: MediaStore
  activity: CustomerActivity
  isClosed(): boolean
  /** The newest event that the vault has. */
  acknowledged(): number
  context(writer: Writer, account: string, touched: Touched): ApplyContext
  append(writer: Writer, event: Pick<EventDraft, 'kind' | 'payload'> & { account: string }): void
  committed(touched: Touched): void
  /** A channel has put something into the inbox. */
  inboxChanged(): void
  /** Files may be fetched that could not be before. */
  fetch(): void
  refusal(conversation: number | null, kind: MessageKind): ChannelFault | null
  /** Asks the vault who holds what. */
  fetchDirectory(): Promise<void>
  drain(): void
  flushed(): Promise<void>
}

interface AtWork {
  runner: AccountRunner
  sender: Sender
  devices: DeviceNotes
}

export class RunningAccounts {
  readonly #options: SessionOptions
  readonly #host: AccountsHost
  readonly #running = new Map<string, AtWork>()
  /** Accounts that were taken away and are still stopping. */
  readonly #ending = new Map<string, Promise<void>>()
  /** For rows of accounts that run no more: translation needs no connection. */
  readonly #translators = new Map<string, ProviderChannel>()

  constructor(options: SessionOptions, host: AccountsHost) {
    this.#options = options
    this.#host = host
  }

  find(account: string): { runner: AccountRunner; sender: Sender } | null {
    return this.#running.get(account) ?? null
  }

  epochOf(account: string): string {
    return this.#running.get(account)?.runner.epoch ?? '0.0'
  }

  /** Its channel while it is live. */
  liveChannel(account: string): ProviderChannel | null {
    const runner = this.#running.get(account)?.runner
    return runner?.state === 'live' ? runner.channel : null
  }

  list(): { id: string; channel: 'whatsapp' | 'telegram'; name: string; runner: AccountRunner | null }[] {
    return listAccounts(this.#host.cache).map(({ id, channel, name }) => ({
      id,
      channel,
      name,
      runner: this.#running.get(id)?.runner ?? null,
    }))
  }

  /** Starts what is listed and ends what is not listed any more. */
  synchronise(): void {
    if (this.#host.isClosed()) return
    const listed = listAccounts(this.#host.cache)
    for (const account of listed) {
      if (!this.#running.has(account.id)) this.#add(account)
      if (!this.#ending.has(account.id)) void this.#running.get(account.id)!.runner.start()
    }
    for (const [id, { runner }] of this.#running) {
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
    this.#running.get(account)?.devices.stop()
    this.#running.delete(account)
    this.#ending.delete(account)
    this.synchronise()
  }

  /** Something may leave that could not before: of one account, or of all. */
  sendersChanged(account?: string): void {
    const chosen = account === undefined ? [...this.#running.values()] : [this.#running.get(account)]
    for (const one of chosen) one?.sender.changed()
  }

  /** Timers stand still while the machine sleeps: call every few seconds. */
  watchLeases(): void {
    for (const { runner } of this.#running.values()) runner.watchLease()
  }

  /** Ends all; one promise for each that is still stopping. */
  end(releaseLeases: boolean): Promise<void>[] {
    const all = [...this.#running.values()]
    for (const { devices } of all) devices.stop()
    return [...all.map(({ runner }) => runner.end(releaseLeases)), ...this.#ending.values()]
  }

  #createSender(account: string, lease: LeaseKeeper): Sender {
    const host = this.#host
    const { call, clock, policy, isPolicyKnown, uploading } = this.#options
    return new Sender({
      account,
      cache: host.cache,
      media: host.media,
      now: () => clock.now(),
      context: (writer, touched) => host.context(writer, account, touched),
      mayLeaveUpTo: () => (policy().send.afterVault ? host.acknowledged() : Number.MAX_SAFE_INTEGER),
      refusal: (conversation, kind) => host.refusal(conversation, kind),
      isPolicyKnown: () => isPolicyKnown(),
      uploading: (message, progress) => uploading(message, progress),
      committed: (touched) => host.committed(touched),
      remote: new RemoteSends({
        account,
        cache: host.cache,
        call,
        epoch: () => lease.epoch,
        fetch: () => host.fetch(),
      }),
    })
  }

  #add(account: ListedAccount): void {
    const host = this.#host
    const { call, clock, keys, enrolment } = this.#options
    const lease = new LeaseKeeper({
      account: account.id,
      workstation: enrolment.workstation,
      cache: host.cache,
      call,
      policyKeys: () => keys.policy(),
      now: () => clock.now(),
      othersRan: (writer) => sender.abandon(writer),
    })
    const sender: Sender = this.#createSender(account.id, lease)
    const life = this.#followLife(account.id)
    const runner: AccountRunner = new AccountRunner({
      id: account.id,
      lease,
      sender,
      createChannel: (channelHost) => this.#createChannel(account, channelHost),
      isVaultConnected: () => this.#options.isVaultConnected(),
      held: () => void host.fetchDirectory().catch(() => {}),
      changed: () => {
        this.#noteAddress(account.id)
        life(runner.state === 'live')
        devices.changed()
        this.#options.accountsChanged()
      },
      paired: (step) => this.#options.pairing(account.id, step),
      drain: () => host.drain(),
      flushed: () => host.flushed(),
    })
    const devices = new DeviceNotes({
      account: account.id,
      cache: host.cache,
      now: () => clock.now(),
      channel: () => (host.isClosed() ? null : this.liveChannel(account.id)),
      phone: () => runner.status.phone ?? null,
      append: (writer, payload) => host.append(writer, { kind: 'account.devices/1', payload, account: account.id }),
    })
    this.#running.set(account.id, { runner, sender, devices })
  }

  /** Told after each change whether the account is live; acts when that has changed. */
  #followLife(account: string): (isLive: boolean) => void {
    let live = false
    return (isLive) => {
      if (isLive && !live) {
        this.#host.fetch()
        this.#host.activity.live(account)
      } else if (live && !isLive) this.#host.activity.lost(account)
      live = isLive
    }
  }

  /** The provider tells the account's own address at log-in: the vault names the author of own messages by it. */
  #noteAddress(account: string): void {
    const { cache, isClosed, append } = this.#host
    const address = this.#running.get(account)?.runner.status.address
    if (isClosed() || !address) return
    const known = cache.get<{ address: string | null }>('SELECT address FROM accounts WHERE id = ?', [account])
    if (!known || known.address === address) return
    cache.transaction((writer) => {
      writer.run('UPDATE accounts SET address = ? WHERE id = ?', [address, account])
      append(writer, { kind: 'account.seen/1', payload: { address }, account })
    })
  }

  #createChannel(
    account: ListedAccount,
    channelHost: Pick<ChannelHost, 'statusChanged' | 'pairingStep'>,
  ): ProviderChannel {
    const { factories, endpoints, clock, log } = this.#options
    return factories[account.channel]({
      account: account.id,
      telegramApi: account.telegramApi,
      endpoints,
      host: {
        ...channelHost,
        store: createChannelStore(this.#host.cache, account.id, clock),
        clock,
        inboxChanged: () => this.#host.inboxChanged(),
        activity: (notice) => this.#host.activity.noticed(account.id, notice),
        log: (level, code, detail) => log(level, code, { account: account.id, ...detail }),
      },
    })
  }

  /** Reads the account's rows and makes its ids, wherever it runs. */
  translator(account: string): ProviderChannel {
    const running = this.#running.get(account)?.runner.channel
    if (running) return running
    let translator = this.#translators.get(account)
    if (!translator) {
      const known = listAccounts(this.#host.cache, true).find((one) => one.id === account)
      if (!known) throw new Error('the account of an inbox row is not listed')
      translator = this.#createChannel(known, { statusChanged: () => {}, pairingStep: () => {} })
      this.#translators.set(account, translator)
    }
    return translator
  }
}
