/** The unmodified library as a test client, with keys in memory, a verifying Curve.verify and events to wait for. */
import { EventEmitter, once } from 'node:events'
import makeWASocket, { Browsers, Curve, initAuthCreds, proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys'
import type {
  AuthenticationCreds,
  BaileysEventMap,
  SignalKeyStore,
  UserFacingSocketConfig,
  WAMessage,
  WASocket,
} from '@whiskeysockets/baileys'
import { verify } from './curve.ts'

/** The library accepts every signature; with this it looks at them. */
export function trustOnly(rootHex: string): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootHex, 'hex')
  Curve.verify = (publicKey, message, signature) => verify(publicKey.slice(-32), message, signature)
}

const silent = {
  level: 'silent',
  child: () => silent,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

function memoryKeys(rows: Map<string, unknown>): SignalKeyStore {
  return {
    get: (type, ids) => {
      const found = ids.flatMap((id) => (rows.has(`${type}/${id}`) ? [[id, rows.get(`${type}/${id}`)]] : []))
      return Object.fromEntries(found) as never
    },
    set: (data) => {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) rows.delete(`${type}/${id}`)
          else rows.set(`${type}/${id}`, value)
        }
      }
    },
  }
}

/** One linked device; `connect` may be called again after each close, as an application does. */
export class BaileysClient {
  readonly creds: AuthenticationCreds = initAuthCreds()
  readonly messages: WAMessage[] = []
  /** The kind of each upsert, beside `messages`. */
  readonly upsertTypes: string[] = []
  /** Highest status seen by message id. */
  readonly statuses = new Map<string, number>()
  readonly errors = new Map<string, string>()
  readonly acks: string[] = []
  sock!: WASocket
  /** The key store; put back to an earlier copy it is a profile that was restored. */
  readonly keyRows = new Map<string, unknown>()
  readonly #keys = memoryKeys(this.keyRows)
  readonly #url: string
  readonly #config: Partial<UserFacingSocketConfig>
  readonly #changes = new EventEmitter()
  #state: Partial<BaileysEventMap['connection.update']> = {}

  constructor(url: string, config: Partial<UserFacingSocketConfig> = {}) {
    this.#url = url
    this.#config = config
    this.#changes.setMaxListeners(100)
  }

  connect(): void {
    this.#state = {}
    const sock = makeWASocket({
      waWebSocketUrl: this.#url,
      auth: { creds: this.creds, keys: this.#keys },
      logger: silent,
      browser: Browsers.macOS('Desktop'),
      markOnlineOnConnect: false,
      ...this.#config,
      getMessage: (key) =>
        Promise.resolve(this.messages.find((message) => message.key.id === key.id)?.message ?? undefined),
    })
    this.sock = sock
    this.sock.ev.on('creds.update', (update) => void Object.assign(this.creds, update))
    this.sock.ev.on('connection.update', (update) => {
      // An earlier socket may still be closing.
      if (this.sock === sock) this.#note(() => Object.assign(this.#state, update))
    })
    this.sock.ev.on('messages.upsert', ({ messages, type }) =>
      this.#note(() => {
        for (const message of messages) {
          // Housekeeping between the account's own devices.
          if (message.category === 'peer') continue
          this.messages.push(message)
          this.upsertTypes.push(type)
          this.#noteStatus(message.key.id, message.status)
          this.#noteError(message.key.id, message)
        }
      }),
    )
    this.sock.ev.on('messages.update', (updates) =>
      this.#note(() => {
        for (const { key, update } of updates) {
          this.#noteStatus(key.id, update.status)
          this.#noteError(key.id, update)
        }
      }),
    )
    this.sock.ws.on('CB:ack,class:message', (node: { attrs: { id: string } }) =>
      this.#note(() => this.acks.push(node.attrs.id)),
    )
  }

  /** The texts received from others, in order. */
  texts(): string[] {
    return this.messages.filter(({ key }) => !key.fromMe).map(({ message }) => message?.conversation ?? '?')
  }

  async until(what: string, condition: () => boolean, ms = 8000): Promise<void> {
    const deadline = AbortSignal.timeout(ms)
    while (!condition()) {
      try {
        await once(this.#changes, 'change', { signal: deadline })
      } catch {
        throw new Error(`waited in vain: ${what}`)
      }
    }
  }

  open(): Promise<void> {
    return this.until('open', () => this.#state.connection === 'open')
  }

  async qr(): Promise<string> {
    await this.until('qr', () => this.#state.qr !== undefined)
    return this.#state.qr ?? ''
  }

  /** The code that the connection ended with. */
  async closeCode(): Promise<number | undefined> {
    await this.until('close', () => this.#state.connection === 'close')
    const error = this.#state.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined
    return error?.output?.statusCode
  }

  async close(): Promise<void> {
    await this.sock.end(undefined)
  }

  #note(change: () => void): void {
    change()
    this.#changes.emit('change')
  }

  /** A refusal comes as an update or, while events are buffered, folded into the upsert of the message. */
  #noteError(id: string | null | undefined, message: Partial<WAMessage>): void {
    if (message.status !== proto.WebMessageInfo.Status.ERROR) return
    this.errors.set(id ?? '', message.messageStubParameters?.[0] ?? '')
  }

  #noteStatus(id: string | null | undefined, status: number | null | undefined): void {
    if (!id || status === null || status === undefined) return
    this.statuses.set(id, Math.max(status, this.statuses.get(id) ?? 0))
  }
}
