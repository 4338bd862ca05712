/** One connection to WhatsApp: the library's socket with the journal, the key store and the guards around it. */
import type { AuthenticationCreds, BinaryNode, ConnectionState, GroupMetadata, proto } from '@whiskeysockets/baileys'
import type { Socket } from 'node:net'
import { ChannelError } from '../channel.ts'
import type { ChannelStore, LinkedDevice, SendRequest } from '../channel.ts'
import { groupAddress, isLid, knownOther, personAddress } from './address.ts'
import { openKeyStore, saveCreds } from './auth-state.ts'
import type { KeyStoreGuard } from './auth-state.ts'
import { listOwnDevices } from './devices.ts'
import { GroupClient } from './group-client.ts'
import { findGroup } from './group-state.ts'
import type { GroupState } from './group-state.ts'
import type { OwnAddresses } from './kept-event.ts'
import type { Baileys, WhatsAppSocket } from './library.ts'
import type { LibraryLogger } from './library-log.ts'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { MediaServer } from './media/endpoint.ts'
import { MediaPasses } from './media/pass.ts'
import type { Query } from './media/pass.ts'
import { MediaRetries, readRetry, retryReceipt } from './media/retry.ts'
import type { RetryTarget } from './media/retry.ts'
import { uploadMedia } from './media/transfer.ts'
import { MessageOrder } from './message-order.ts'
import { buildOutgoing } from './outgoing.ts'
import type { Outgoing } from './outgoing.ts'
import { mediaTypeOf } from './outgoing-media.ts'
import { isSamePerson } from './places.ts'
import { STORE_FAILED } from './reconnect.ts'
import type { Closing } from './reconnect.ts'
import type { RetryCounters } from './retry-counters.ts'
import { findSent, forgetOldSent, keepSent } from './sent-messages.ts'
import { boomStatus } from './sends.ts'
import type { Relay } from './sends.ts'
import { journalledRepository, sendScope } from './signal-journal.ts'
import type { Envelope } from './signal-journal.ts'
import { guardListeners, orderFrames } from './socket-guard.ts'
import { ackRow, callRow, groupRow, groupSeenRow, isBroadcast, receiptRow, unavailableRow } from './stanza-rows.ts'
import type { EventRow, RowWithState } from './stanza-rows.ts'
import { timerOf } from './timers-of-chats.ts'
import type { Tuning } from './tuning.ts'
import type { Undecrypted } from './undecrypted.ts'

export interface ConnectionHost {
  store: ChannelStore
  logger: LibraryLogger
  tuning: Tuning
  retryCounters: RetryCounters
  undecrypted: Undecrypted
  clock: { now(): number }
  media: MediaServer
  /** Logged in. */
  opened(): void
  /** Over; called once, also for the own `close`. */
  closed(closing: Closing): void
  qr(text: string): void
  /** The phone has accepted the device; the server now restarts the connection. */
  paired(): void
  /** Something was heard. */
  heard(): void
  inboxChanged(): void
  /** The answer to a message of this account, after its row is committed. */
  acknowledged(attrs: Record<string, string>): void
  /** True when the answer to this id matters to somebody. */
  awaits(id: string): boolean
  /** Something of the library failed without ending the connection. */
  failed(code: string): void
}

/** The library's words when its pings stay unanswered; the code is the same as for QR codes that ran out. */
const KEEP_ALIVE_FAILED = 'Connection was lost'

/** A refused send is not held back longer than this for the end of its restriction. */
const RESTRICTION_PATIENCE_MS = 5000

/** Stanzas on which the library ends the connection. */
const ENDINGS = new Set(['stream:error', 'failure', 'xmlstreamend'])

export class Connection implements Relay {
  readonly #baileys: Baileys
  readonly #host: ConnectionHost
  readonly #creds: AuthenticationCreds
  readonly #guard: KeyStoreGuard
  readonly #envelopes = new WeakMap<Uint8Array, Envelope>()
  readonly #order: MessageOrder
  readonly #socket: WhatsAppSocket
  readonly #query: Query
  readonly #groups: GroupClient
  readonly #passes: MediaPasses
  readonly #retries: MediaRetries
  /** Groups that are being asked for. */
  readonly #asked = new Map<string, Promise<GroupState | null>>()
  #raw: Socket | null = null
  #over = false
  #closingCode: number | null = null
  #stopDestroying: (() => void) | null = null

  constructor(baileys: Baileys, host: ConnectionHost, creds: AuthenticationCreds, url: string | null) {
    this.#baileys = baileys
    this.#host = host
    this.#creds = creds
    this.#order = new MessageOrder(host.tuning.timers)
    this.#guard = openKeyStore(baileys, host.store, () => this.#storeFailed())
    this.#socket = this.#openSocket(url)
    this.#query = (node) => this.#socket.query(node, host.tuning.queryTimeoutMs) as Promise<BinaryNode | undefined>
    this.#groups = new GroupClient(this.#query, host.store)
    this.#passes = new MediaPasses(this.#query, host.tuning.timers)
    this.#retries = new MediaRetries(host.tuning.timers)
    this.#listen()
  }

  own(): OwnAddresses {
    const { me } = this.#creds
    return { lid: personAddress(me?.lid), number: personAddress(me?.id) }
  }

  /** How long the oldest message has waited for the library; it can hang on a download that never ends. */
  stalledMs(): number {
    return this.#order.stalledMs()
  }

  #openSocket(url: string | null): WhatsAppSocket {
    const { makeWASocket, Browsers } = this.#baileys
    const { tuning, logger, retryCounters } = this.#host
    return makeWASocket({
      ...(url === null ? {} : { waWebSocketUrl: url }),
      auth: { creds: this.#creds, keys: this.#guard.keys },
      logger,
      browser: Browsers.macOS('Desktop'),
      // Online would silence the notifications of the owner's phone.
      markOnlineOnConnect: false,
      emitOwnEvents: false,
      syncFullHistory: false,
      // A link preview fetches whatever a customer's text points at.
      generateHighQualityLinkPreview: false,
      enableRecentMessageCache: true,
      msgRetryCounterCache: retryCounters,
      keepAliveIntervalMs: tuning.keepAliveMs,
      defaultQueryTimeoutMs: tuning.queryTimeoutMs,
      // A failed commit ends the connection; trying again would only hold messages back.
      transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
      shouldIgnoreJid: isBroadcast,
      getMessage: async ({ id }) => this.#sentBefore(id ?? ''),
      cachedGroupMetadata: async (jid) => this.#groupMetadata(jid),
      makeSignalRepository: journalledRepository(this.#baileys, {
        envelopes: this.#envelopes,
        undecrypted: this.#host.undecrypted,
        store: this.#host.store,
        now: () => this.#host.clock.now(),
        own: () => this.own(),
        active: () => !this.#over && this.#closingCode === null,
        recorded: () => this.#host.inboxChanged(),
        settled: (node) => this.#order.settled(node),
        writeFailed: () => this.#storeFailed(),
      }),
    })
  }

  #listen(): void {
    const { ws, ev } = this.#socket
    guardListeners(ws, (event) => this.#host.failed(`listener ${event.split(',')[0] ?? ''}`), {
      'CB:message': ([node], handle) => this.#order.pass(node as BinaryNode, () => (this.#over ? undefined : handle())),
    })
    orderFrames(
      ws,
      (event) => this.#host.failed(event),
      () => this.close(500),
    )
    ws.on('upgrade', (response: { socket?: Socket }) => (this.#raw = response.socket ?? null))
    ws.on('frame', (frame: BinaryNode | Uint8Array) => this.#onFrame(frame))
    ev.on('connection.update', (update) => this.#onUpdate(update))
    ev.on('creds.update', (update) => {
      Object.assign(this.#creds, update)
      this.#persistCreds()
    })
  }

  /** Before the phone has accepted the device there is nothing worth keeping. */
  #persistCreds(): void {
    if (!this.#creds.account || this.#over) return
    try {
      saveCreds(this.#baileys, this.#host.store, this.#creds)
    } catch {
      this.#storeFailed()
    }
  }

  #onUpdate(update: Partial<ConnectionState>): void {
    if (update.qr) this.#host.qr(update.qr)
    if (update.isNewLogin) this.#host.paired()
    if (update.connection === 'open') {
      this.#host.opened()
      void this.#lookAtGroups()
    }
    if (update.connection === 'close') this.#end(update.lastDisconnect?.error)
  }

  #end(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#guard.close()
    this.#retries.close()
    this.#stopDestroying?.()
    const text = error instanceof Error ? error.message : ''
    const own = this.#closingCode
    this.#host.closed({
      code: own ?? (boomStatus(error) || 500),
      fromTransport: own !== null || text.startsWith('WebSocket Error') || text === KEEP_ALIVE_FAILED,
    })
  }

  #onFrame(frame: BinaryNode | Uint8Array): void {
    if (frame instanceof Uint8Array) return
    this.#host.heard()
    if (ENDINGS.has(frame.tag)) this.#destroyLater()
    try {
      this.#keep(frame)
    } catch {
      this.#storeFailed()
    }
  }

  /** Runs before the library's own handlers, so what is put here is kept before it is acknowledged. */
  #keep(node: BinaryNode): void {
    const me = this.own()
    if (node.tag === 'message') this.#keepMessage(node, me)
    else if (node.tag === 'receipt') this.#put(receiptRow(node, me))
    else if (node.tag === 'call') this.#put(callRow(node, me, this.#host.store))
    else if (node.tag === 'notification') this.#keepNotification(node, me)
    else if (node.tag === 'ack' && node.attrs['class'] === 'message') {
      const id = node.attrs['id'] ?? ''
      if (!this.#host.awaits(id) && !this.#host.store.findOwnMessage(id)) return
      this.#put(ackRow(node, me))
      this.#host.acknowledged(node.attrs)
    }
  }

  #keepNotification(node: BinaryNode, me: OwnAddresses): void {
    if (node.attrs['type'] === 'mediaretry') return this.#retries.arrived(node)
    const row = groupRow(node, me, this.#host.store)
    if (!row) return
    this.#put(row)
    const address = groupAddress(node.attrs['from'])
    // What the notification alone does not tell is asked for; an own removal leaves nothing to ask.
    if (address && row.state.length === 0) void this.#lookAtGroup(address).catch(() => undefined)
  }

  #keepMessage(node: BinaryNode, me: OwnAddresses): void {
    if (isBroadcast(node.attrs['from'])) return
    const children = Array.isArray(node.content) ? node.content : []
    let parts = 0
    for (const { tag, content } of children) {
      if (tag !== 'enc' || !(content instanceof Uint8Array)) continue
      this.#envelopes.set(content, { node })
      parts += 1
    }
    if (parts === 0) this.#put(unavailableRow(node, me))
    else if (node.attrs['offline'] !== undefined) this.#order.queued(node)
  }

  #put(row: EventRow | RowWithState | null): void {
    if (!row) return
    const { store } = this.#host
    const isNew = store.transaction(() => {
      if (!store.putInbox(row)) return false
      for (const { type, id, value } of 'state' in row ? row.state : []) store.putState(type, id, value)
      return true
    })
    if (isNew) this.#host.inboxChanged()
  }

  #storeFailed(): void {
    this.#host.failed('store')
    this.close(STORE_FAILED)
  }

  /** Closes with this code for `closed`; a socket that does not answer is destroyed. Idempotent. */
  close(code: number): void {
    if (this.#over || this.#closingCode !== null) return
    this.#closingCode = code
    this.#destroyLater()
    this.#socket.end(undefined).catch(() => this.#end(undefined))
  }

  /** The library waits half a minute for the other side's part of closing. */
  #destroyLater(): void {
    const { timers, closeTimeoutMs } = this.#host.tuning
    this.#stopDestroying ??= timers.after(closeTimeoutMs, () => this.#raw?.destroy())
  }

  async resolve(address: string): Promise<string | null> {
    if (isLid(address) || groupAddress(address)) return address
    const known = knownOther(this.#host.store, address)
    if (known) return known
    // A LID may be told for any number; whether somebody is there is another question.
    const found = await this.#socket.onWhatsApp(address)
    if (found?.length === 0) return null
    const { lidMapping } = this.#socket.signalRepository
    const lid = found && personAddress((await lidMapping.getLIDForPN(address)) ?? undefined)
    if (!lid) throw new Error('WhatsApp did not tell the LID of a number')
    return lid
  }

  /** What was really sent, or the text of what was intended before this device kept it. */
  #sentBefore(id: string): proto.IMessage | undefined {
    const sent = findSent(this.#baileys, this.#host.store, id)
    if (sent) return sent.message
    const own = this.#host.store.findOwnMessage(id)
    return own?.content.kind === 'text' ? { conversation: own.content.text } : undefined
  }

  #groupMetadata(jid: string): GroupMetadata | undefined {
    const known = findGroup(this.#host.store, jid)
    if (!known) return undefined
    const { group, addressing, timerS } = known
    const admin = { owner: 'superadmin', admin: 'admin', member: null } as const
    return {
      id: group.address,
      owner: undefined,
      subject: group.subject,
      addressingMode: addressing as GroupMetadata['addressingMode'] & string,
      ephemeralDuration: timerS,
      participants: group.members.map(({ address, role }) => ({ id: address, admin: admin[role] })),
    }
  }

  /** One question at a time for each group. */
  #lookAtGroup(address: string): Promise<GroupState | null> {
    const running = this.#asked.get(address)
    if (running) return running
    const asking = this.#groups
      .fetch(address)
      .then((state) => {
        if (state && !this.#over) this.#seen(state)
        return state
      })
      .finally(() => this.#asked.delete(address))
    this.#asked.set(address, asking)
    return asking
  }

  #seen(state: GroupState): void {
    const before = findGroup(this.#host.store, state.group.address)
    const whole = { ...state, group: { ...state.group, inviteLink: before?.group.inviteLink ?? null } }
    if (before && JSON.stringify(before) === JSON.stringify(whole)) return
    try {
      this.#put(groupSeenRow(whole, this.own(), `${this.#host.clock.now()}-${crypto.randomUUID()}`))
    } catch {
      this.#storeFailed()
    }
  }

  /** After each log-in: what has changed meanwhile, and groups that are new. */
  async #lookAtGroups(): Promise<void> {
    try {
      forgetOldSent(this.#host.store, this.#host.clock.now())
      for (const state of await this.#groups.list()) if (!this.#over) this.#seen(state)
    } catch {
      this.#host.failed('groups')
    }
  }

  async prepare(request: SendRequest, jid: string, signal: AbortSignal): Promise<Outgoing> {
    const { store, clock, media } = this.#host
    const before = findSent(this.#baileys, store, request.clientId)
    // The same id is the same message: its file and its secrets are not made anew.
    if (before) return { ...before, state: [] }
    if (groupAddress(jid)) await this.#requireMember(jid, request)
    const { content, file } = request
    const uploaded =
      isMedia(content.kind) && file
        ? await uploadMedia(media, file, mediaTypeOf(content.kind), await this.#passes.pass(), signal)
        : null
    const place = { store, me: this.own(), jid, timerS: timerOf(store, request.address), now: clock.now() }
    const outgoing = buildOutgoing(place, request, uploaded)
    if (this.#over) throw new ChannelError('whatsapp_upload_failed', 'the connection closed meanwhile')
    keepSent(this.#baileys, store, request.clientId, outgoing, clock.now())
    return outgoing
  }

  async #requireMember(jid: string, { content }: SendRequest): Promise<void> {
    const known =
      findGroup(this.#host.store, jid) ??
      (await this.#lookAtGroup(jid).catch((error: unknown) => {
        if (error instanceof ChannelError && (error.code === 'not_allowed' || error.code === 'not_found'))
          throw new ChannelError('whatsapp_not_in_group', 'the account is not in this group')
        throw new ChannelError('whatsapp_group_unresolved', 'WhatsApp did not tell who is in the group')
      }))
    const { lid, number } = this.own()
    const mine = known?.group.members.find(({ address }) =>
      [lid, number].some((own) => own !== null && isSamePerson(this.#host.store, own, address)),
    )
    if (!known || !mine) throw new ChannelError('whatsapp_not_in_group', 'the account is not in this group')
    const isAnswer = content.kind === 'reaction' || content.kind === 'vote'
    if (known.group.announce && mine.role === 'member' && !isAnswer)
      throw new ChannelError('whatsapp_group_announce', 'only admins may write in this group')
  }

  async relay({ jid, outgoing, id, scope }: Parameters<Relay['relay']>[0]): Promise<void> {
    const { message, attrs, nodes } = outgoing
    const options = { messageId: id, additionalAttributes: attrs, additionalNodes: nodes }
    await sendScope.run(scope, () => this.#socket.relayMessage(jid, message, options))
  }

  async restrictedUntil(): Promise<number | null> {
    const { timers } = this.#host.tuning
    const asked = this.#socket.fetchAccountReachoutTimelock().then(
      ({ isActive, timeEnforcementEnds }) => (isActive ? (timeEnforcementEnds?.getTime() ?? null) : null),
      () => null,
    )
    const patience = new Promise<null>((resolve) => timers.after(RESTRICTION_PATIENCE_MS, () => resolve(null)))
    const until = await Promise.race([asked, patience])
    return until !== null && Number.isFinite(until) ? until : null
  }

  async markRead(address: string, messages: { providerId: string; author: string | null }[]): Promise<void> {
    const keys = messages.map(({ providerId, author }) => ({
      remoteJid: address,
      id: providerId,
      fromMe: false,
      ...(author === null ? {} : { participant: author }),
    }))
    await this.#socket.readMessages(keys)
  }

  mediaHosts(): string[] {
    return this.#passes.hosts()
  }

  /** The file's new path; null when the phone has no longer got it or did not answer. */
  async askForFile(target: RetryTarget): Promise<string | null> {
    const answer = this.#retries.wait(target.id)
    await this.#socket.sendNode(retryReceipt(target, personAddress(this.#creds.me?.id) ?? ''))
    const node = await answer
    return node && readRetry(node, target)
  }

  async changeGroup(
    change: Parameters<GroupClient['change']>[0],
  ): Promise<{ address: string | null; link: string | null }> {
    const { address, link, seen } = await this.#groups.change(change)
    if (seen) this.#seen(seen)
    if (change.change === 'join' && address) await this.#lookAtGroup(address).catch(() => null)
    return { address, link }
  }

  listDevices(): Promise<LinkedDevice[]> {
    return listOwnDevices(this.#query, this.#creds.me?.id ?? '')
  }

  /** Tells the provider that this device is to be forgotten. Throws when it does not confirm. */
  async logOut(): Promise<void> {
    const attrs = { jid: this.#creds.me?.id ?? '', reason: 'user_initiated' }
    const content = [{ tag: 'remove-companion-device', attrs }]
    const answer = await this.#query({ tag: 'iq', attrs: { to: 's.whatsapp.net', type: 'set', xmlns: 'md' }, content })
    if (!answer) throw new ChannelError('not_connected', 'WhatsApp did not confirm')
  }

  /** Asks for a code to type on the phone; possible once the first QR has come. */
  requestPairingCode(phone: string): Promise<string> {
    return this.#socket.requestPairingCode(phone)
  }
}
