/** One connection to WhatsApp: the library's socket with the journal, the key store and the guards around it. */
import type { AuthenticationCreds, BinaryNode, ConnectionState } from '@whiskeysockets/baileys'
import type { Socket } from 'node:net'
import type { ActivityNotice, ChannelStore, SendRequest } from '../channel.ts'
import { AccountWork } from './account-work.ts'
import type { Link } from './account-work.ts'
import { Attention, readActivity } from './activity.ts'
import { groupAddress, isLid, knownOther, personAddress } from './address.ts'
import { openKeyStore, saveCreds } from './auth-state.ts'
import type { KeyStoreGuard } from './auth-state.ts'
import { findGroup } from './group-state.ts'
import type { OwnAddresses } from './kept-event.ts'
import type { Baileys, WhatsAppSocket } from './library.ts'
import type { LibraryLogger } from './library-log.ts'
import type { MediaServer } from './media/endpoint.ts'
import { MessageOrder } from './message-order.ts'
import type { Outgoing } from './outgoing.ts'
import { isOwn } from './places.ts'
import { STORE_FAILED } from './reconnect.ts'
import type { Closing } from './reconnect.ts'
import type { RetryCounters } from './retry-counters.ts'
import { boomStatus } from './sends.ts'
import type { Relay } from './sends.ts'
import { journalledRepository, sendScope } from './signal-journal.ts'
import type { Envelope } from './signal-journal.ts'
import { dropUnknownCollections, guardBus, guardListeners, orderFrames } from './socket-guard.ts'
import { ackRow, callRow, groupRow, isBroadcast, receiptRow, unavailableRow } from './stanza-rows.ts'
import type { EventRow, RowWithState } from './stanza-rows.ts'
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
  activity(notice: ActivityNotice): void
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

/** The account itself is (again) in a group: what it knew of the group is old. */
function addsAccount(node: BinaryNode, me: OwnAddresses): boolean {
  const children = Array.isArray(node.content) ? node.content : []
  return children.some(
    ({ tag, content }) =>
      tag === 'add' && Array.isArray(content) && content.some(({ attrs }) => isOwn(me, attrs['jid'])),
  )
}

export class Connection implements Relay {
  readonly #baileys: Baileys
  readonly #host: ConnectionHost
  readonly #creds: AuthenticationCreds
  readonly #guard: KeyStoreGuard
  readonly #envelopes = new WeakMap<Uint8Array, Envelope>()
  readonly #order: MessageOrder
  readonly #socket: WhatsAppSocket
  readonly work: AccountWork
  readonly attention: Attention
  #raw: Socket | null = null
  #over = false
  #loggedIn = false
  #closingCode: number | null = null
  #stopDestroying: (() => void) | null = null

  constructor(baileys: Baileys, host: ConnectionHost, creds: AuthenticationCreds, url: string | null) {
    this.#baileys = baileys
    this.#host = host
    this.#creds = creds
    this.#order = new MessageOrder(host.tuning.timers)
    this.#guard = openKeyStore(baileys, host.store, () => this.#storeFailed())
    this.#socket = this.#openSocket(url)
    this.work = new AccountWork(baileys, this.#link())
    this.attention = this.#createAttention()
    this.#listen()
  }

  #link(): Link {
    const { store, clock, media, tuning } = this.#host
    return {
      store,
      clock,
      media,
      timers: tuning.timers,
      query: (node) => this.#socket.query(node, tuning.queryTimeoutMs) as Promise<BinaryNode | undefined>,
      sendNode: (node) => this.#socket.sendNode(node),
      own: () => this.own(),
      ownJid: () => this.#creds.me?.id ?? '',
      isOver: () => this.#over,
      put: (row) => this.#put(row),
      storeFailed: () => this.#storeFailed(),
      failed: (code) => this.#host.failed(code),
    }
  }

  #createAttention(): Attention {
    const { store, tuning, failed } = this.#host
    return new Attention({
      timers: tuning.timers,
      other: (address) => (groupAddress(address) ? null : knownOther(store, address)),
      // Asks only; the library's other call of this kind would show the account as online.
      subscribe: (address) => this.#socket.presenceSubscribe(address),
      failed: () => failed('presence'),
    })
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
      retryRequestDelayMs: tuning.retryRestMs,
      // A failed commit ends the connection; trying again would only hold messages back.
      transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
      shouldIgnoreJid: isBroadcast,
      getMessage: async ({ id }) => this.work.sentBefore(id ?? ''),
      cachedGroupMetadata: async (jid) => this.work.groupMetadata(jid),
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
      // Only the first answer to the log-in counts: a later one would put another address in the account's place.
      'CB:success': (_, handle) => (this.#loggedIn ? undefined : handle()),
      // A linked device is not linked again: the library would end the connection over what it cannot prove.
      'CB:iq,type:set,pair-device': (_, handle) => (this.#creds.account ? undefined : handle()),
      'CB:iq,,pair-success': (_, handle) => (this.#creds.account ? undefined : handle()),
      // Taken from the frame, where it costs least.
      'CB:presence': () => undefined,
      'CB:chatstate': () => undefined,
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
    guardBus(ev, (event) => this.#host.failed(`event ${event}`))
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
      this.#loggedIn = true
      this.#host.opened()
      void this.work.lookAtGroups()
    }
    if (update.connection === 'close') this.#end(update.lastDisconnect?.error)
  }

  #end(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#guard.close()
    this.work.retries.close()
    this.attention.stop()
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
    if (frame.tag === 'chatstate' || frame.tag === 'presence') return this.#tellActivity(frame)
    dropUnknownCollections(frame)
    if (ENDINGS.has(frame.tag)) this.#destroyLater()
    try {
      this.#keep(frame)
    } catch {
      this.#storeFailed()
    }
  }

  #tellActivity(node: BinaryNode): void {
    const notice = readActivity(node, this.own(), this.#host.clock.now())
    if (notice) this.#host.activity(this.attention.canonical(notice))
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
    if (node.attrs['type'] === 'mediaretry') return this.work.retries.arrived(node)
    const device = /:(\d{1,5})@/.exec(this.#creds.me?.id ?? '')?.[1] ?? '0'
    const row = groupRow(node, me, device, this.#host.store)
    if (!row) return
    this.#put(row)
    const address = groupAddress(node.attrs['from'])
    // What the notification alone does not tell is asked for; an own removal leaves nothing to ask.
    if (address && (!findGroup(this.#host.store, address) || addsAccount(node, me)))
      void this.work.lookAtGroup(address).catch(() => undefined)
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

  prepare(request: SendRequest, jid: string, signal: AbortSignal): Promise<Outgoing> {
    return this.work.prepare(request, jid, signal)
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

  /** Asks for a code to type on the phone; possible once the first QR has come. */
  requestPairingCode(phone: string): Promise<string> {
    return this.#socket.requestPairingCode(phone)
  }
}
