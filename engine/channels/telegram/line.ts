/** One connection to Telegram: a client of the library with its reconnecting, update handling and logging taken away. */
import type { Api, TelegramClient } from 'telegram/index.js'
import type { ChannelHost, TelegramEndpoint } from '../channel.ts'
import type { TelegramLibrary } from './library.ts'
import type { LineSession } from './session-store.ts'
import { testSocket, trustTestServer } from './test-server.ts'
import { type TelegramTiming, within } from './timing.ts'
import { Undecodable } from './tolerant-reading.ts'

interface LineEvents {
  /** Pushed by the server, in order, synchronously: what is not stored when this returns is found again by its pts. */
  updates(updates: Api.TypeUpdates): void
  /** Something came that the library cannot decode, with its bytes where they are known; only the difference can tell what it was. */
  undecodable(bytes: Uint8Array | null): void
  /** The connection is over. */
  lost(): void
}

interface LineOptions {
  library: TelegramLibrary
  api: { id: number; hash: string }
  endpoint: TelegramEndpoint | null
  timing: TelegramTiming
  log: ChannelHost['log']
  /** null: a new key is exchanged. */
  session: LineSession | null
}

const appVersion = '0.1'

// The library's sentences may hold content or numbers, so only these codes go to our log.
const logCodes: [RegExp, string][] = [
  [/^Type \S+ not found|^Unknown constructor/, 'telegram_undecodable'],
  [/^Connection to dc \d+ failed/, 'telegram_dial_failed'],
  [/^Security error/, 'telegram_packet_refused'],
  [/^Broken authorization key/, 'telegram_key_rejected'],
  [/^Transport error|^Invalid buffer/, 'telegram_transport_error'],
  [/^(Read|Write) loop crashed/, 'telegram_loop_crashed'],
]

export class TelegramLine {
  readonly #options: LineOptions
  readonly #client: TelegramClient
  readonly #sockets = new Set<{ close(): Promise<void> }>()
  #events: LineEvents = { updates() {}, undecodable() {}, lost() {} }
  #opening: Promise<unknown> | null = null
  #open = false
  #closed = false
  #keyRejected = false

  constructor(options: LineOptions) {
    this.#options = options
    this.#client = this.#createClient()
  }

  get library(): TelegramLibrary {
    return this.#options.library
  }

  /** True while requests can be handed to the network. */
  get usable(): boolean {
    return this.#open && !this.#closed && this.#client.connected === true
  }

  /** The server said that it does not know the key. */
  get keyRejected(): boolean {
    return this.#keyRejected
  }

  /** Takes the place of the earlier listener. What came before is found again by its number. */
  listen(events: LineEvents): void {
    this.#events = events
  }

  /** Connects and speaks once. Rejects with the provider's error, NoAnswer, or the socket's. */
  async open(): Promise<void> {
    const { library, session, timing } = this.#options
    if (session) {
      const key = new library.AuthKey()
      await key.setKey(Buffer.from(session.key, 'base64'))
      this.#client.session.setDC(session.dcId, session.address, session.port)
      this.#client.session.setAuthKey(key)
    }
    const opening = this.#client.connect()
    this.#opening = opening.catch(() => false)
    if (!(await within(timing, timing.connectMs, opening))) throw new Error('the connection was not accepted')
    if (this.#closed) throw new Error('the connection was closed')
    this.#open = true
  }

  /** Rejects with the provider's error, with NoAnswer after ms (answerMs), or when the connection ends first. */
  call<R extends Api.AnyRequest>(request: R, ms = this.#options.timing.answerMs): Promise<R['__response']> {
    return within(this.#options.timing, ms, this.invoke(request))
  }

  /** As `call`, for a piece of a file on its way out. */
  callWithPiece<R extends Api.AnyRequest>(request: R): Promise<R['__response']> {
    return this.call(request, this.#options.timing.pieceMs)
  }

  /** As `call`, without a time limit. */
  async invoke<R extends Api.AnyRequest>(request: R): Promise<R['__response']> {
    if (this.#closed) throw new Error('the connection was closed')
    return this.#client.invoke(request)
  }

  /** A piece of a file, from the data centre that holds it; the library lends this account's authorization there. */
  async callAt<R extends Api.AnyRequest>(dcId: number, request: R): Promise<R['__response']> {
    if (this.#closed) throw new Error('the connection was closed')
    const elsewhere = dcId === this.#client.session.dcId ? undefined : dcId
    const { timing } = this.#options
    return within(timing, timing.pieceMs, this.#client.invoke(request, elsewhere))
  }

  async moveTo(dcId: number): Promise<void> {
    await within(this.#options.timing, this.#options.timing.connectMs, this.#client._switchDC(dcId))
  }

  /** Where and with which key this line stands; null before the key exchange. */
  session(): LineSession | null {
    const { session } = this.#client
    const key = session.getAuthKey()?.getKey()
    if (!key || !session.serverAddress) return null
    return {
      dcId: session.dcId,
      address: session.serverAddress,
      port: session.port ?? 443,
      key: key.toString('base64'),
    }
  }

  /** Resolves when no socket and no loop of this line is left. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#client.destroy().catch(() => {})
    await this.#closeSockets()
    await this.#opening
    // A dial that was under way when destroy ran may have ended in a fresh socket and fresh loops.
    await this.#client.disconnect().catch(() => {})
    await this.#closeSockets()
  }

  async #closeSockets(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => socket.close().catch(() => {})))
    this.#sockets.clear()
  }

  #createClient(): TelegramClient {
    const { library, api, log } = this.#options
    const client = new library.TelegramClient(this.#createSession(), api.id, api.hash, {
      // A key exchange that fails is repeated, on a new socket.
      connectionRetries: 4,
      connection: this.#createConnectionClass(),
      // Reconnecting is the channel's work: the library's own loops for ever and repeats requests behind our back.
      autoReconnect: false,
      requestRetries: 3,
      floodSleepThreshold: 0,
      securityChecks: true,
      networkSocket: this.#createSocketClass(),
      baseLogger: this.#createLogger(),
      deviceModel: 'Sealdesk workstation',
      appVersion,
      entityCache: false,
    })
    client.onError = async () => log('warn', 'telegram_client_error')
    client.updateManager = this.#createUpdateSink(client)
    client.updates.use((update: unknown) => {
      if (update instanceof library.UpdateConnectionState) this.#connectionState(update.state)
    })
    // The library's ping loop outlives `destroy` by nine seconds; the channel's heartbeat does its work.
    Object.defineProperty(client, '_loopStarted', { get: () => true, set: () => {} })
    return client
  }

  #connectionState(state: number): void {
    const { UpdateConnectionState } = this.#options.library
    if (this.#closed || state === UpdateConnectionState.connected) return
    if (state === UpdateConnectionState.broken) this.#keyRejected = true
    // While connecting, failures come out of `open`.
    if (!this.#open || this.#client._isSwitchingDc) return
    this.#open = false
    this.#events.lost()
  }

  #createSession() {
    return new (class extends this.#options.library.MemorySession {
      // People are kept by the channel; the library's own list grows without limit.
      override processEntities(): void {}
    })()
  }

  /**
   * A key exchange that Telegram refuses ends the socket. The library (teleproto 1.229.0, MTProtoSender.connect) repeats it on the very
   * same connection, which goes on calling itself connected, so that every repetition fails with "NetSocket was closed".
   */
  #createConnectionClass() {
    return class extends this.#options.library.ConnectionTCPFull {
      override isConnected(): boolean {
        return super.isConnected() && !('closed' in this.socket && this.socket.closed === true)
      }
    }
  }

  #createSocketClass() {
    const { library, endpoint } = this.#options
    let base = library.PromisedNetSockets
    if (endpoint) {
      trustTestServer(library.rsa, endpoint, (bytes) => library.toInteger(bytes, false, false))
      base = testSocket(base, endpoint)
    }
    const sockets = this.#sockets
    const isClosed = () => this.#closed
    return class extends base {
      override connect(port: number, ip: string): Promise<unknown> {
        if (isClosed()) return Promise.reject(new Error('the connection was closed'))
        sockets.add(this)
        return super.connect(port, ip)
      }

      override async close(): Promise<void> {
        await super.close()
        sockets.delete(this)
      }
    }
  }

  /** Takes the place of the library's update manager, which keeps its state in memory and hides what it thinks is old. */
  #createUpdateSink(client: TelegramClient) {
    const push = (updates: Api.TypeUpdates) => {
      if (!this.#closed) this.#events.updates(updates)
    }
    const undecodable = (bytes: Uint8Array) => {
      if (!this.#closed) this.#events.undecodable(bytes)
    }
    return new (class extends this.#options.library.UpdateManager {
      override start(): void {}
      override stop(): void {}
      override applyAffected(): void {}
      override async catchUp(): Promise<void> {}
      override async ensureState(): Promise<void> {}
      override async recoverIfStale(): Promise<void> {}

      /** isResult: the answer to a request, which its caller handles. */
      override onUpdates(update: Api.TypeUpdate | Api.TypeUpdates | Undecodable, isResult = false): void {
        if (isResult) return
        if (update instanceof Undecodable) return undecodable(update.bytes)
        switch (update.className) {
          case 'Updates':
          case 'UpdatesCombined':
          case 'UpdateShort':
          case 'UpdateShortMessage':
          case 'UpdateShortChatMessage':
          case 'UpdateShortSentMessage':
          case 'UpdatesTooLong':
            push(update)
            break
          default:
        }
      }
    })(client)
  }

  #createLogger() {
    const { library, log } = this.#options
    const isClosed = () => this.#closed
    const undecodable = () => this.#events.undecodable(null)
    return new (class extends library.Logger {
      override log(level: string, message: string): void {
        if (isClosed()) return
        const code = logCodes.find(([pattern]) => pattern.test(message))?.[1]
        if (code === 'telegram_undecodable') {
          log('error', code)
          undecodable()
        } else if (code) log('warn', code)
        else if (level === 'error') log('warn', 'telegram_library_error')
      }
    })(library.LogLevel.INFO)
  }
}
