/** The MTProto server: listens on loopback, owns auth keys, sessions and connections. */
import { createServer, type Server, type Socket } from 'node:net'
import { AuthKeys, type AuthKey, type Authorization } from './auth-keys.ts'
import { Connection } from './connection.ts'
import { Session, type RpcHandler } from './session.ts'

interface MtprotoServerOptions {
  /** Wall clock of the simulated world, epoch ms. */
  now: () => number
  rpc: RpcHandler
  onConnect: (connection: Connection) => void
  onClose: (connection: Connection) => void
  /** A message was not taken (bad_msg_notification); the code is MTProto's. */
  onBadMessage: (session: Session, code: number) => void
}

/** Ids run ahead of the clock by less than this when many are made at once. */
const CLOCK_MOVED_BACK_SECONDS = 20
/** More sessions than this per key: the oldest ones without a connection are forgotten. */
const MAX_SESSIONS_PER_KEY = 16

export class MtprotoServer {
  readonly keys = new AuthKeys()
  readonly #options: MtprotoServerOptions
  readonly #sessions = new Map<AuthKey, Map<bigint, Session>>()
  readonly #connections = new Set<Connection>()
  #server: Server | null = null
  #connectionCount = 0
  /** Errors that are ours, not the client's; a test may look here. */
  readonly bugs: unknown[] = []

  constructor(options: MtprotoServerOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.now()
  }

  noteBadMessage(session: Session, code: number): void {
    this.#options.onBadMessage(session, code)
  }

  get rpc(): RpcHandler {
    return this.#options.rpc
  }

  /** Listens on 127.0.0.1 and returns the real port. */
  async start(port: number): Promise<number> {
    const server = createServer((socket) => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    this.#server = server
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    return address.port
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    for (const connection of this.#connections) connection.close()
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  #accept(socket: Socket): void {
    const connection = new Connection(++this.#connectionCount, socket, this)
    this.#connections.add(connection)
    this.#options.onConnect(connection)
  }

  connectionEnded(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#options.onClose(connection)
  }

  /** The session with this id under this key; made when the client uses it for the first time. */
  session(key: AuthKey, id: bigint): Session {
    const ofKey = this.#sessions.get(key) ?? new Map<bigint, Session>()
    this.#sessions.set(key, ofKey)
    const known = ofKey.get(id)
    if (known) return known
    const session = new Session(key, id, this)
    ofKey.set(id, session)
    for (const [oldId, old] of ofKey) {
      if (ofKey.size <= MAX_SESSIONS_PER_KEY) break
      if (!old.connection && old !== session) ofKey.delete(oldId)
    }
    return session
  }

  destroySession(key: AuthKey, id: bigint): boolean {
    return this.#sessions.get(key)?.delete(id) ?? false
  }

  destroyKey(key: AuthKey): void {
    this.keys.forget(key.id)
    this.#sessions.delete(key)
  }

  /** Sessions of one authorization, oldest first, over its permanent and temporary keys. */
  sessionsOf(authorization: Authorization): Session[] {
    const sessions: Session[] = []
    for (const [key, ofKey] of this.#sessions) if (key.authorization === authorization) sessions.push(...ofKey.values())
    return sessions
  }

  connectionsOf(authorization: Authorization): Connection[] {
    const found = this.sessionsOf(authorization).map((session) => session.connection)
    return [...new Set(found.filter((one) => one !== null))]
  }

  /**
   * The next server message id after `last`: seconds in the upper half, growing strictly, its lowest two bits `kind`
   * (1: an answer, 3: anything else), as MTProto wants them. After the simulated clock was moved back a new series
   * begins: clients set their own clock by the id of a bad_msg_notification.
   */
  nextMsgId(last: bigint, kind: 1 | 3): bigint {
    const now = this.now()
    const seconds = Math.floor(now / 1000)
    const fraction = Math.floor(((now - seconds * 1000) / 1000) * 2 ** 32)
    const wanted = ((BigInt(seconds) << 32n) | BigInt(fraction)) & ~3n
    const movedBack = Number(last >> 32n) > seconds + CLOCK_MOVED_BACK_SECONDS
    const least = movedBack ? 0n : (last & ~3n) + 4n
    return (wanted > least ? wanted : least) | BigInt(kind)
  }

  reportBug(error: unknown): void {
    this.bugs.push(error)
    console.error('telegram simulator:', error)
  }
}
