/** One WhatsApp account behind the channel interface: connects, pairs, reconnects by the table, sends and translates. */
import { randomBytes } from 'node:crypto'
import { ChannelError } from '../channel.ts'
import type {
  AccountState,
  AccountStatus,
  ChannelEvent,
  ChannelFactory,
  ChannelFault,
  ChannelOptions,
  GroupChange,
  InboxRow,
  LinkedDevice,
  PairingStep,
  PairRequest,
  ProviderChannel,
  SendOutcome,
  SendRequest,
} from '../channel.ts'
import { groupAddress, personAddress } from './address.ts'
import { clearRegistration, endRegistration, hasCreds, loadCreds } from './auth-state.ts'
import { Connection } from './connection.ts'
import { loadLibrary } from './library.ts'
import type { Baileys } from './library.ts'
import { libraryLogger } from './library-log.ts'
import { mediaServer } from './media/endpoint.ts'
import type { MediaServer } from './media/endpoint.ts'
import { decodeReference, encodeReference } from './media/reference.ts'
import { downloadMedia } from './media/transfer.ts'
import { Pairing } from './pairing.ts'
import { Pulse } from './pulse.ts'
import type { Quiet } from './pulse.ts'
import { afterClosing, afterLogin, judgeClosing, NO_PAST } from './reconnect.ts'
import type { Closing, Past } from './reconnect.ts'
import { RetryCounters } from './retry-counters.ts'
import { Sends } from './sends.ts'
import { useTestRoot } from './test-root.ts'
import { translateRow } from './translate.ts'
import { DEFAULT_TUNING } from './tuning.ts'
import type { Tuning } from './tuning.ts'
import { Undecrypted } from './undecrypted.ts'

const HEARD_REPORT_MS = 5_000
/** QR codes that ran out, or silence. */
const TIMED_OUT = 408

class WhatsAppChannel implements ProviderChannel {
  readonly name = 'whatsapp'
  readonly repeatsSafely = false
  readonly #options: ChannelOptions
  readonly #tuning: Tuning
  readonly #sends: Sends
  readonly #retryCounters = new RetryCounters()
  readonly #undecrypted: Undecrypted
  readonly #pulse: Pulse
  readonly #media: MediaServer
  #connection: Connection | null = null
  #pairing: Pairing | null = null
  #running = false
  /** Grows with every start and stop; what was begun under an older number has no say any more. */
  #generation = 0
  #past: Past = NO_PAST
  #state: AccountState = 'stopped'
  #fault: ChannelFault | null = null
  #address: string | null = null
  #phone: string | null = null
  #aliveAt: number | null = null
  #reportedAt = 0
  #openedAt: number | null = null
  #cancelTimer: (() => void) | null = null
  #stopped: (() => void)[] = []

  constructor(options: ChannelOptions, tuning: Tuning) {
    this.#options = options
    this.#tuning = tuning
    this.#sends = new Sends(tuning)
    this.#pulse = new Pulse(tuning)
    this.#media = mediaServer(options.endpoints.whatsapp)
    this.#undecrypted = new Undecrypted(options.host.store, options.host.clock)
  }

  async start(): Promise<void> {
    if (this.#running) return
    if (!hasCreds(this.#options.host.store)) {
      this.#become('unpaired', null)
      return
    }
    this.#begin()
    await this.#connect()
  }

  async stop(): Promise<void> {
    this.#generation += 1
    this.#running = false
    this.#pairing = null
    this.#cancelTimer?.()
    this.#pulse.stop()
    const connection = this.#connection
    if (connection) {
      await new Promise<void>((resolve) => {
        this.#stopped.push(resolve)
        connection.close(0)
      })
    }
    this.#become('stopped', null)
  }

  async pair(request: PairRequest): Promise<void> {
    const pairing = new Pairing(request)
    if (hasCreds(this.#options.host.store))
      throw new ChannelError('already_paired', 'the account is paired; remove the device on the phone first')
    await this.stop()
    clearRegistration(this.#options.host.store)
    this.#begin()
    this.#pairing = pairing
    await this.#connect()
  }

  code(): Promise<void> {
    return Promise.reject(new ChannelError('not_needed', 'WhatsApp asks for no code here'))
  }

  password(): Promise<void> {
    return Promise.reject(new ChannelError('not_needed', 'WhatsApp asks for no password'))
  }

  async cancelPairing(): Promise<void> {
    if (!this.#pairing || this.#pairing.accepted) return
    await this.stop()
    await this.start()
  }

  /** In the library's form: 3EB0 and 18 hexadecimal digits. Made here because the library may not be loaded yet. */
  newClientId(): string {
    return `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
  }

  send(request: SendRequest): Promise<SendOutcome> {
    return this.#sends.send(this.#openedAt === null ? null : this.#connection, request)
  }

  async markRead({ address, messages }: Parameters<ProviderChannel['markRead']>[0]): Promise<void> {
    if (messages.length === 0) return
    if (personAddress(address) !== address && groupAddress(address) !== address)
      throw new ChannelError('bad_address', 'this is no address of a person or a group')
    await this.#live().markRead(address, messages)
  }

  attend(address: string | null): void {
    if (this.#openedAt !== null) this.#connection?.attention.attend(address)
  }

  download({ reference, offset, signal }: Parameters<ProviderChannel['download']>[0]): AsyncIterable<Uint8Array> {
    const known = decodeReference(reference)
    if (!known) throw new ChannelError('media_refused', 'the reference is not readable')
    return downloadMedia(this.#media, known, offset, this.#connection?.work.mediaHosts() ?? [], signal)
  }

  async refreshMedia(request: Parameters<ProviderChannel['refreshMedia']>[0]): Promise<Uint8Array | null> {
    const known = decodeReference(request.reference)
    if (!known) throw new ChannelError('media_refused', 'the reference is not readable')
    const { address, providerId, author, fromMe } = request
    const target = { id: providerId, chat: address, author, fromMe, mediaKey: known.key }
    const directPath = await this.#live().work.askForFile(target)
    return directPath === null ? null : encodeReference({ ...known, directPath, url: null })
  }

  async changeGroup(change: GroupChange): Promise<{ address: string | null; link: string | null }> {
    return this.#live().work.changeGroup(change)
  }

  async listDevices(): Promise<LinkedDevice[]> {
    return this.#live().work.listDevices()
  }

  removeDevice(): Promise<void> {
    return Promise.reject(new ChannelError('not_allowed', 'only the phone can remove devices'))
  }

  async unlink(): Promise<void> {
    const connection = this.#live()
    // Its own removal closes the connection as any other does; here it is wanted.
    this.#running = false
    try {
      await connection.work.logOut()
    } catch (error) {
      if (connection === this.#connection) {
        this.#running = true
        throw error
      }
    }
    await this.stop()
    clearRegistration(this.#options.host.store)
    this.#address = null
    this.#phone = null
    this.#become('unpaired', null)
  }

  /** Throws ChannelError `not_connected`. */
  #live(): Connection {
    if (!this.#connection || this.#openedAt === null)
      throw new ChannelError('not_connected', 'the account is not connected')
    return this.#connection
  }

  translate(row: InboxRow): ChannelEvent[] {
    return translateRow(row, this.#options.host.store)
  }

  #begin(): void {
    this.#generation += 1
    this.#running = true
    this.#past = NO_PAST
  }

  async #connect(): Promise<void> {
    const generation = this.#generation
    this.#become(this.#pairing ? 'pairing' : 'connecting', this.#fault)
    try {
      const baileys = await loadLibrary()
      if (generation === this.#generation) this.#openConnection(baileys)
    } catch (error) {
      if (generation === this.#generation) {
        this.#running = false
        this.#become('stopped', { code: 'whatsapp_not_started', text: 'the channel could not start', until: null })
      }
      throw error
    }
  }

  #openConnection(baileys: Baileys): void {
    const { host, endpoints } = this.#options
    const url = endpoints.whatsapp ? useTestRoot(endpoints.whatsapp, baileys) : null
    const creds = loadCreds(baileys, host.store) ?? baileys.initAuthCreds()
    this.#address = personAddress(creds.me?.lid) ?? personAddress(creds.me?.id)
    this.#pairing?.connecting()
    const connection: Connection = new Connection(
      baileys,
      this.#connectionHost(() => connection),
      creds,
      url,
    )
    this.#connection = connection
    this.#pulse.watch((quiet) => this.#look(connection, quiet))
  }

  #connectionHost(current: () => Connection): ConstructorParameters<typeof Connection>[1] {
    const { host } = this.#options
    return {
      store: host.store,
      logger: libraryLogger(host),
      tuning: this.#tuning,
      retryCounters: this.#retryCounters,
      undecrypted: this.#undecrypted,
      clock: host.clock,
      media: this.#media,
      opened: () => this.#onOpened(current()),
      closed: (closing) => this.#onClosed(current(), closing),
      qr: (text) => this.#onQr(current(), text),
      paired: () => this.#onPaired(),
      heard: () => this.#onHeard(),
      inboxChanged: () => this.#tell(() => host.inboxChanged()),
      activity: (notice) => this.#tell(() => host.activity(notice)),
      acknowledged: (attrs) => this.#sends.acknowledged(current(), attrs),
      awaits: (id) => this.#sends.awaits(id),
      failed: (code) => host.log('warn', 'whatsapp_listener', { where: code }),
    }
  }

  /** The host's callbacks run inside the library's event handlers and must not break them. */
  #tell(run: () => void): void {
    try {
      run()
    } catch {
      this.#options.host.log('error', 'whatsapp_host_callback')
    }
  }

  #become(state: AccountState, fault: ChannelFault | null): void {
    this.#state = state
    this.#fault = fault
    this.#report()
  }

  #report(): void {
    this.#reportedAt = this.#tuning.timers.monotonic()
    const status: AccountStatus = {
      state: this.#state,
      fault: this.#fault,
      aliveAt: this.#aliveAt,
      address: this.#address,
      phone: this.#phone,
    }
    this.#tell(() => this.#options.host.statusChanged(status))
  }

  #step(step: PairingStep): void {
    this.#tell(() => this.#options.host.pairingStep(step))
  }

  #onHeard(): void {
    const heardAt = this.#pulse.heard()
    this.#aliveAt = this.#options.host.clock.now()
    if (this.#state === 'silent') this.#become('live', null)
    else if (heardAt - this.#reportedAt >= HEARD_REPORT_MS) this.#report()
  }

  #onOpened(connection: Connection): void {
    if (connection !== this.#connection) return
    const { lid, number } = connection.own()
    this.#address = lid ?? number
    this.#phone = number?.replace(/@.*/, '') ?? null
    this.#openedAt = this.#tuning.timers.monotonic()
    this.#past = afterLogin(this.#past)
    const paired = this.#pairing !== null
    this.#pairing = null
    this.#become('live', null)
    if (paired && this.#address) this.#step({ step: 'done', address: this.#address })
  }

  #onQr(connection: Connection, text: string): void {
    const pairing = this.#pairing
    if (!pairing || pairing.accepted) return
    if (pairing.request.method === 'code') {
      if (!pairing.codeShown) void this.#showCode(connection, pairing)
      return
    }
    this.#step({ step: 'qr', text, expiresAt: this.#options.host.clock.now() + pairing.nextQrMs() })
  }

  async #showCode(connection: Connection, pairing: Pairing): Promise<void> {
    pairing.codeShown = true
    try {
      const code = await connection.requestPairingCode(pairing.request.phone ?? '')
      if (pairing === this.#pairing) this.#step({ step: 'code-shown', code })
    } catch {
      connection.close(TIMED_OUT)
    }
  }

  #onPaired(): void {
    if (this.#pairing) this.#pairing.accepted = true
    this.#past = { ...this.#past, afterRestart: true, forgiven: false }
  }

  #onClosed(connection: Connection, closing: Closing): void {
    if (connection !== this.#connection) return
    const livedMs = this.#openedAt === null ? 0 : this.#tuning.timers.monotonic() - this.#openedAt
    this.#connection = null
    this.#openedAt = null
    this.#pulse.stop()
    this.#sends.connectionClosed()
    for (const resolve of this.#stopped.splice(0)) resolve()
    if (!this.#running) return
    if (livedMs >= this.#tuning.healthyAfterMs) this.#past = { ...this.#past, attempts: 0 }
    if (this.#pairing && !this.#pairing.accepted && this.#endRound(this.#pairing, closing)) return
    const verdict = judgeClosing(closing, this.#past, this.#tuning)
    this.#past = afterClosing(this.#past, verdict)
    this.#options.host.log('info', 'whatsapp_closed', { code: closing.code, state: verdict.state })
    if (verdict.reconnectInMs === null) {
      this.#endRunning(verdict.state, verdict.fault, verdict.unlinked)
      return
    }
    this.#become(this.#pairing ? 'pairing' : verdict.state, verdict.fault)
    this.#reconnectIn(verdict.reconnectInMs)
  }

  #endRunning(state: AccountState, fault: ChannelFault | null, unlinked: boolean): void {
    this.#running = false
    const pairing = this.#pairing
    this.#pairing = null
    if (unlinked) {
      try {
        endRegistration(this.#options.host.store, fault?.code ?? 'whatsapp_unlinked')
      } catch {
        this.#options.host.log('error', 'whatsapp_store_failed')
      }
    }
    this.#become(state, fault)
    if (pairing && fault) this.#step({ step: 'refused', fault })
  }

  /** A close before the phone accepted: another set of codes, or the end of pairing. True when it is dealt with. */
  #endRound(pairing: Pairing, closing: Closing): boolean {
    pairing.codeShown = false
    if (closing.fromTransport || closing.code !== TIMED_OUT) return false
    pairing.rounds += 1
    if (pairing.rounds < this.#tuning.pairingRounds) {
      this.#reconnectIn(0)
      return true
    }
    const fault = { code: 'whatsapp_pairing_timeout', text: 'nobody scanned a code in time', until: null }
    this.#endRunning('unpaired', fault, false)
    return true
  }

  #reconnectIn(ms: number): void {
    const generation = this.#generation
    this.#cancelTimer?.()
    this.#cancelTimer = this.#tuning.timers.after(ms, () => {
      if (generation !== this.#generation || !this.#running) return
      this.#connect().catch(() => this.#options.host.log('error', 'whatsapp_connect_failed'))
    })
  }

  /** Every few seconds: whether the connection still lives, and whether something undecrypted has waited too long. */
  #look(connection: Connection, quiet: Quiet): void {
    const { stalledAfterMs, giveUpAfterMs } = this.#tuning
    if (quiet === 'lost' || connection.stalledMs() >= stalledAfterMs) connection.close(TIMED_OUT)
    else if (quiet === 'silent' && this.#state === 'live') this.#become('silent', null)
    try {
      if (this.#undecrypted.giveUp(giveUpAfterMs, connection.own()) > 0)
        this.#tell(() => this.#options.host.inboxChanged())
    } catch {
      this.#options.host.log('error', 'whatsapp_store_failed')
    }
  }
}

/** The account's channel with durations other than the usual ones. */
export function createTunedWhatsAppChannel(options: ChannelOptions, tuning: Partial<Tuning>): ProviderChannel {
  return new WhatsAppChannel(options, { ...DEFAULT_TUNING, ...tuning })
}

export const createWhatsAppChannel: ChannelFactory = (options) => createTunedWhatsAppChannel(options, {})
