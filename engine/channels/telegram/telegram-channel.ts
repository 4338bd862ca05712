/** The Telegram channel: one account's lifetime, from pairing over reconnecting to the end of its authorization. */
import {
  type AccountState,
  type AccountStatus,
  type ChannelEvent,
  ChannelError,
  type ChannelFactory,
  type ChannelFault,
  type ChannelOptions,
  type GroupChange,
  type InboxRow,
  type LinkedDevice,
  type PairRequest,
  type ProviderChannel,
  type SendOutcome,
  type SendRequest,
} from '../channel.ts'
import { Attention } from './activity.ts'
import { channelError, listDevices, removeDevice } from './devices.ts'
import { endState, fault, type ReadFault, readFault } from './faults.ts'
import { followLine } from './follow-line.ts'
import { changedAddress, changeGroup } from './group-changes.ts'
import { StaleWatch } from './stale-watch.ts'
import { loadLibrary } from './library.ts'
import { TelegramLine } from './line.ts'
import { LineWaiters, type LiveLine } from './live-line.ts'
import { download, refreshReference } from './media.ts'
import { OwnSends } from './own-sends.ts'
import { TelegramPairing } from './pairing.ts'
import { type KnownPeer, PeerStore, userAddress } from './peers.ts'
import { newClientId, TelegramSender } from './sender.ts'
import { findSelf, findSession, type LineSession, putAccount, wipeSession } from './session-store.ts'
import { defaultTiming, NoAnswer, type TelegramTiming } from './timing.ts'
import { translate } from './translate.ts'
import type { UpdateFollower } from './update-follower.ts'

export const createTelegramChannel: ChannelFactory = (options) => new TelegramChannel(options, defaultTiming)

/** For tests: the same channel with other waiting times. */
export function createTelegramChannelWith(options: ChannelOptions, timing: Partial<TelegramTiming>): ProviderChannel {
  return new TelegramChannel(options, { ...defaultTiming, ...timing })
}

class TelegramChannel implements ProviderChannel {
  readonly name = 'telegram'
  readonly repeatsSafely = true
  readonly ownReferences = true
  readonly #options: ChannelOptions
  readonly #timing: TelegramTiming
  readonly #peers: PeerStore
  readonly #ownSends: OwnSends
  readonly #sender: TelegramSender
  readonly #attention: Attention
  /** Everything that runs in the background; `stop` waits for it. */
  readonly #tasks = new Set<Promise<void>>()
  #status: AccountStatus
  #wanted = false
  #stopping: Promise<void> | null = null
  #line: TelegramLine | null = null
  #follower: UpdateFollower | null = null
  #live: LiveLine | null = null
  #liveSince: number | null = null
  #pairing: TelegramPairing | null = null
  #watch: StaleWatch | null = null
  /** Uploads that wait for the line to come back. */
  readonly #waiting: LineWaiters
  #attempt = 0
  #keyRejections = 0
  #cancelTimer: (() => void) | null = null

  constructor(options: ChannelOptions, timing: TelegramTiming) {
    this.#options = options
    this.#timing = timing
    const { host } = options
    this.#peers = new PeerStore(host.store)
    this.#ownSends = new OwnSends(host.store)
    this.#waiting = new LineWaiters(timing)
    this.#attention = new Attention({ host, timing, peers: this.#peers })
    const self = findSelf(host.store)
    this.#status = { state: 'stopped', fault: null, aliveAt: null, address: self && userAddress(self) }
    this.#sender = new TelegramSender({
      host,
      timing,
      peers: this.#peers,
      ownSends: this.#ownSends,
      failed: (live, error) => this.#endedBy(live, error),
      alive: () => this.#alive(),
      nextLive: () => this.#nextLive(),
    })
  }

  async start(): Promise<void> {
    await this.#stopping
    if (this.#wanted) return
    this.#wanted = true
    this.#attempt = 0
    this.#keyRejections = 0
    if (!this.#pairing) this.#track(this.#connect())
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = null
    })
    return this.#stopping
  }

  async pair(request: PairRequest): Promise<void> {
    const { telegramApi, host } = this.#options
    if (!telegramApi) throw new ChannelError('telegram_api_missing', 'This account has no Telegram application')
    if (request.method === 'code') throw new ChannelError('telegram_pair_method', 'Telegram pairs by phone or QR code')
    if (request.method === 'phone' && !/^\d{5,20}$/.test(request.phone ?? ''))
      throw new ChannelError('telegram_phone_malformed', 'The phone number must be digits with country code')
    if (findSession(host.store)) throw new ChannelError('telegram_already_paired', 'This account is paired already')
    await this.#pairing?.cancel()
    this.#report('pairing')
    const pairing = new TelegramPairing({
      api: telegramApi,
      clock: host.clock,
      timing: this.#timing,
      createLine: (session) => this.#createLine(session),
      step: (step) => host.pairingStep(step),
      done: (line, self) => this.#paired(line, self),
      over: () => {
        if (this.#pairing === pairing) this.#pairing = null
        this.#report(this.#wanted ? 'unpaired' : 'stopped')
      },
    })
    this.#pairing = pairing
    await pairing.start(request)
  }

  async code(value: string): Promise<void> {
    await this.#requirePairing().code(value)
  }

  async password(value: string): Promise<void> {
    await this.#requirePairing().password(value)
  }

  async cancelPairing(): Promise<void> {
    const pairing = this.#pairing
    this.#pairing = null
    await pairing?.cancel()
    if (pairing && !this.#pairing) this.#report(this.#wanted ? 'unpaired' : 'stopped')
  }

  newClientId(): string {
    return newClientId()
  }

  send(request: SendRequest): Promise<SendOutcome> {
    return this.#sender.send(this.#live, request)
  }

  /** Rejects with a ChannelError when Telegram cannot be told now. */
  markRead({ address, messages }: Parameters<ProviderChannel['markRead']>[0]): Promise<void> {
    const ids = messages.map(({ providerId }) => providerId)
    return this.#ask((live) => this.#sender.markRead(live, address, ids))
  }

  attend(address: string | null): void {
    this.#attention.attend(this.#live, address)
  }

  download(request: Parameters<ProviderChannel['download']>[0]): AsyncIterable<Uint8Array> {
    return download(request, {
      live: () => this.#live,
      failed: (live, error) => this.#endedBy(live, error),
      alive: () => this.#alive(),
      now: () => this.#options.host.clock.now(),
    })
  }

  refreshMedia({ address, providerId }: { address: string; providerId: string }): Promise<Uint8Array | null> {
    return this.#ask((live) => refreshReference(live, address, providerId, this.#peers))
  }

  changeGroup(change: GroupChange): Promise<{ address: string | null; link: string | null }> {
    return this.#ask(async (live) => {
      const changed = await changeGroup(live, change, this.#peers)
      const address = changedAddress(change, changed)
      if (address !== null) this.#options.host.store.putState('group-stale', address, new Uint8Array([49]))
      if (this.#watch) this.#track(this.#watch.refresh())
      return changed
    })
  }

  listDevices(): Promise<LinkedDevice[]> {
    return this.#ask(listDevices)
  }

  removeDevice(id: string): Promise<void> {
    return this.#ask((live) => removeDevice(live, id))
  }

  unlink(): Promise<void> {
    return this.#ask(async ({ line, library }) => {
      await line.call(new library.Api.auth.LogOut())
      this.#end(line, 'unpaired', null)
    })
  }

  translate(row: InboxRow): ChannelEvent[] {
    return translate(row)
  }

  /** Runs what needs the line; failures come out as ChannelErrors, and the end of the authorization is noticed. */
  async #ask<T>(run: (live: LiveLine) => Promise<T>): Promise<T> {
    const live = this.#live
    if (!live) throw new ChannelError('not_connected', 'Telegram is not connected')
    try {
      return await run(live)
    } catch (error) {
      if (!(error instanceof ChannelError)) this.#endedBy(live, error)
      throw channelError(error, this.#options.host.clock.now())
    }
  }

  /** The present line, or the next one while it comes in time. */
  #nextLive(): Promise<LiveLine | null> {
    if (this.#live?.line.usable) return Promise.resolve(this.#live)
    return this.#wanted ? this.#waiting.wait() : Promise.resolve(null)
  }

  #requirePairing(): TelegramPairing {
    if (!this.#pairing) throw new ChannelError('telegram_not_pairing', 'No pairing is under way')
    return this.#pairing
  }

  async #createLine(session: LineSession | null): Promise<TelegramLine> {
    const { telegramApi, endpoints, host } = this.#options
    if (!telegramApi) throw new ChannelError('telegram_api_missing', 'This account has no Telegram application')
    return new TelegramLine({
      library: await loadLibrary(),
      api: telegramApi,
      endpoint: endpoints.telegram,
      timing: this.#timing,
      log: host.log,
      session,
    })
  }

  async #connect(): Promise<void> {
    const { telegramApi, host } = this.#options
    const session = findSession(host.store)
    const missing = telegramApi ? null : fault('telegram_api_missing', 'No Telegram application is set')
    if (!session || missing) return this.#report('unpaired', missing)
    this.#report('connecting')
    const line = await this.#createLine(session)
    if (!this.#wanted || this.#line) return
    this.#line = line
    try {
      await line.open()
    } catch (error) {
      return this.#lost(line, error)
    }
    this.#alive()
    await this.#goLive(line, session.userId)
  }

  #paired(line: TelegramLine, self: KnownPeer): void {
    const { host } = this.#options
    const session = line.session()
    if (!session) throw new Error('a login without a key')
    host.store.transaction(() => {
      putAccount(host.store, { v: 1, ...session, userId: self.id })
      this.#peers.put(self)
    })
    this.#pairing = null
    this.#alive()
    this.#status = { ...this.#status, address: userAddress(self.id) }
    host.pairingStep({ step: 'done', address: userAddress(self.id) })
    if (this.#wanted) {
      this.#line = line
      this.#report('connecting')
      this.#track(this.#goLive(line, self.id))
    } else {
      this.#track(line.close())
      this.#report('stopped')
    }
  }

  /** Catches up, then is live. Failures on the way end in `#lost`. */
  async #goLive(line: TelegramLine, self: string): Promise<void> {
    if (this.#line !== line) return
    const follower = this.#follow(line, self)
    this.#follower = follower
    await follower.recover()
    if (this.#line !== line) return
    const live = { library: line.library, line, follower }
    await this.#learnPeersOnce(live)
    if (this.#line !== line) return
    await follower.channels.recoverAll()
    if (this.#line !== line) return
    this.#keyRejections = 0
    this.#liveSince = performance.now()
    this.#live = live
    this.#report('live')
    this.#waiting.resume(live)
    this.#scheduleHeartbeat(live)
    const { host } = this.#options
    const failed = (error: unknown) => this.#lost(line, error)
    this.#watch = new StaleWatch({ host, timing: this.#timing, peers: this.#peers, live, failed })
    this.#track(this.#watch.refresh())
  }

  #follow(line: TelegramLine, self: string): UpdateFollower {
    return followLine(line, {
      host: this.#options.host,
      timing: this.#timing,
      peers: this.#peers,
      ownSends: this.#ownSends,
      self,
      alive: () => this.#alive(),
      becameStale: () => this.#watch && this.#track(this.#watch.refresh()),
      lost: (error) => this.#lost(line, error),
    })
  }

  /** People who wrote before this authorization existed can be answered only with their access hash. */
  async #learnPeersOnce(live: LiveLine): Promise<void> {
    const { store, log } = this.#options.host
    const { line } = live
    if (store.getState('once', 'dialogs-and-groups')) return
    try {
      await this.#sender.learnPeers(live)
      store.putState('once', 'dialogs-and-groups', new Uint8Array([1]))
    } catch (error) {
      log('warn', 'telegram_dialogs_failed')
      if (endState[readFault(error, 0).kind] || error instanceof NoAnswer) this.#lost(line, error)
    }
  }

  #scheduleHeartbeat(live: LiveLine): void {
    this.#cancelTimer = this.#timing.after(this.#timing.heartbeatMs, () => this.#track(this.#beat(live)))
  }

  async #beat(live: LiveLine): Promise<void> {
    const { line, follower, library } = live
    const { silentMs, after } = this.#timing
    const heard = after(silentMs, () => {
      if (this.#live === live) this.#report('silent')
    })
    try {
      const state = await line.call(new library.Api.updates.GetState())
      if (this.#live !== live) return
      this.#alive()
      this.#report('live')
      follower.compare(state)
    } catch (error) {
      if (this.#live !== live) return
      const { kind } = readFault(error, 0)
      if (kind !== 'flood' && kind !== 'refused') return this.#lost(line, error)
    } finally {
      heard()
    }
    this.#scheduleHeartbeat(live)
  }

  /** Ends the line when the error means the end of the authorization; other errors are the caller's. */
  #endedBy(live: LiveLine, error: unknown): void {
    if (endState[readFault(error, 0).kind]) this.#lost(live.line, error)
  }

  #lost(line: TelegramLine, error: unknown): void {
    if (this.#line !== line) return
    const { host } = this.#options
    const read = this.#readLoss(line, error)
    const state = endState[read.kind]
    host.log('warn', read.fault.code, { kind: read.kind })
    if (state) return this.#end(line, state, read.fault)
    this.#dropLine()
    this.#report(error instanceof NoAnswer ? 'silent' : 'down', read.fault)
    this.#track(this.#afterClose(line, read.fault))
  }

  /** The account does not come back by itself. */
  #end(line: TelegramLine, state: AccountState, why: ChannelFault | null): void {
    if (this.#line !== line) return
    this.#dropLine()
    if (state !== 'outdated') wipeSession(this.#options.host.store)
    this.#waiting.resume(null)
    this.#report(state, why)
    this.#track(this.#afterClose(line, null))
  }

  #readLoss(line: TelegramLine, error: unknown): ReadFault {
    if (line.keyRejected) this.#keyRejections++
    // A forged packet can say "unknown key" as well, so it must be said twice before the key is thrown away.
    if (this.#keyRejections > 1)
      return { kind: 'ended', fault: fault('telegram_key_unknown', 'Telegram does not know this authorization') }
    return readFault(error, this.#options.host.clock.now())
  }

  /** The next connection waits until the old socket is closed: two at once kill the key (AUTH_KEY_DUPLICATED). */
  async #afterClose(line: TelegramLine, retryAfter: ChannelFault | null): Promise<void> {
    await line.close()
    if (!retryAfter || !this.#wanted || this.#line) return
    this.#report('down', retryAfter)
    const floodMs = (retryAfter.until ?? 0) - this.#options.host.clock.now()
    const waitMs = Math.max(this.#timing.backoffMs(++this.#attempt), floodMs)
    this.#cancelTimer = this.#timing.after(waitMs, () => this.#track(this.#connect()))
  }

  #dropLine(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#follower?.stop()
    this.#watch?.stop()
    this.#attention.stop()
    this.#watch = null
    this.#follower = null
    this.#live = null
    this.#line = null
    if (this.#liveSince !== null && performance.now() - this.#liveSince > this.#timing.stableMs) this.#attempt = 0
    this.#liveSince = null
  }

  async #stop(): Promise<void> {
    this.#wanted = false
    this.#waiting.resume(null)
    const line = this.#line
    this.#dropLine()
    const pairing = this.#pairing
    this.#pairing = null
    await Promise.all([line?.close(), pairing?.cancel()])
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
    if (this.#status.state !== 'stopped') this.#report('stopped')
  }

  #track(task: Promise<void>): void {
    const watched = task
      .catch((error: unknown) => {
        this.#options.host.log('error', 'telegram_task_failed')
        if (this.#wanted && !this.#line) this.#report('down', readFault(error, 0).fault)
      })
      .finally(() => this.#tasks.delete(watched))
    this.#tasks.add(watched)
  }

  #alive(): void {
    this.#status = { ...this.#status, aliveAt: this.#options.host.clock.now() }
  }

  #report(state: AccountState, why: ChannelFault | null = null): void {
    this.#status = { ...this.#status, state, fault: why }
    this.#options.host.statusChanged(this.#status)
  }
}
