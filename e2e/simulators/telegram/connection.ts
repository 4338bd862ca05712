/** One TCP connection of a client: framing, key exchange, decryption, and the line faults (freeze, delay). */
import type { Socket } from 'node:net'
import { decryptMessage, encryptMessage } from './crypto.ts'
import { Handshake, HandshakeError } from './handshake.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import type { Session } from './session.ts'
import { TlError } from './tl-codec.ts'
import { RpcError } from './tl-fields.ts'
import { ServerTransport, TransportError } from './transport.ts'

/** Bare 4-byte packet: this auth key is not known here. */
const UNKNOWN_KEY = -404

function transportError(code: number): Buffer {
  const packet = Buffer.alloc(4)
  packet.writeInt32LE(code)
  return packet
}

/** Bytes that no correct client sends: the line is closed, the server lives. */
function isClientsFault(error: unknown): boolean {
  return error instanceof TransportError || error instanceof TlError || error instanceof RpcError
}

export class Connection {
  /** From 1, growing over the simulator's life; names the connection in the wire log. */
  readonly number: number
  readonly #socket: Socket
  readonly #server: MtprotoServer
  readonly #transport = new ServerTransport()
  readonly #handshake: Handshake
  readonly #sessions = new Set<Session>()
  #lastPlainMsgId = 0n
  #held: Buffer[] = []
  #holdTimer: NodeJS.Timeout | null = null
  #holdUntil = 0
  #idleTimer: NodeJS.Timeout | null = null
  #closed = false

  constructor(number: number, socket: Socket, server: MtprotoServer) {
    this.number = number
    this.#socket = socket
    this.#server = server
    this.#handshake = new Handshake(
      () => server.now(),
      (made) => server.keys.add(made, server.now()),
    )
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => this.close())
    socket.on('close', () => this.#ended())
  }

  sessions(): Session[] {
    return [...this.#sessions]
  }

  attach(session: Session): void {
    this.#sessions.add(session)
  }

  #receive(chunk: Buffer): void {
    try {
      for (const packet of this.#transport.push(chunk)) {
        if (this.#closed) return
        this.#packet(packet)
      }
    } catch (error) {
      if (error instanceof HandshakeError) {
        this.#server.handshakeRefused(this, error.message)
        this.#write(transportError(UNKNOWN_KEY))
      } else if (!isClientsFault(error)) this.#server.reportBug(error)
      this.#socket.end()
    }
  }

  #packet(packet: Buffer): void {
    if (packet.length < 20) throw new TransportError('packet is too short')
    const keyId = packet.readBigInt64LE()
    if (keyId === 0n) this.#plain(packet)
    else this.#encrypted(keyId, packet.subarray(8))
  }

  #plain(packet: Buffer): void {
    const length = packet.readUInt32LE(16)
    if (length > packet.length - 20) throw new TransportError('plain message is cut')
    if (this.#server.takeRefusal()) throw new HandshakeError('a test asked for it')
    const answer = this.#handshake.answer(packet.subarray(20, 20 + length))
    if (!answer) return
    const header = Buffer.alloc(20)
    this.#lastPlainMsgId = this.#server.nextMsgId(this.#lastPlainMsgId, 1)
    header.writeBigInt64LE(this.#lastPlainMsgId, 8)
    header.writeUInt32LE(answer.length, 16)
    this.#write(Buffer.concat([header, answer]))
  }

  #encrypted(keyId: bigint, payload: Buffer): void {
    const key = this.#server.keys.find(keyId, this.#server.now())
    const plain = key && decryptMessage(key.key, payload, 'client-to-server')
    if (!key || !plain || plain.length < 32) {
      this.#write(transportError(UNKNOWN_KEY))
      this.#socket.end()
      return
    }
    this.#server.session(key, plain.readBigInt64LE(8)).receive(plain, this)
  }

  /** Encrypts one message of a session (salt, session id, msg_id …) and puts it on the line, after what is held back. */
  send(session: Session, data: Buffer): void {
    const id = Buffer.alloc(8)
    id.writeBigInt64LE(session.key.id)
    this.#write(Buffer.concat([id, encryptMessage(session.key.key, data, 'server-to-client')]))
  }

  #write(packet: Buffer): void {
    if (this.#closed) return
    if (this.#holdTimer) this.#held.push(packet)
    else this.#socket.write(this.#transport.frame(packet))
  }

  /** Holds back everything that goes out for this long; what was asked for earlier and lasts longer wins. */
  delay(ms: number): void {
    const until = Date.now() + ms
    if (until <= this.#holdUntil && this.#holdTimer) return
    this.#holdUntil = until
    if (this.#holdTimer) clearTimeout(this.#holdTimer)
    this.#holdTimer = setTimeout(() => this.#release(), ms)
  }

  #release(): void {
    this.#holdTimer = null
    const held = this.#held
    this.#held = []
    for (const packet of held) this.#write(packet)
    this.#socket.resume()
  }

  /** A line that is dead but not closed: nothing is read, nothing is written, for this long. */
  freeze(ms: number): void {
    this.#socket.pause()
    this.delay(ms)
  }

  /** ping_delay_disconnect: closes the line when the client has not asked again within this time. */
  closeAfter(ms: number): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => this.close(), ms)
    this.#idleTimer.unref()
  }

  /** Cuts the line at once; packets that are still held back are lost. */
  close(): void {
    this.#ended()
    this.#socket.destroy()
  }

  #ended(): void {
    if (this.#closed) return
    this.#closed = true
    this.#held = []
    for (const timer of [this.#holdTimer, this.#idleTimer]) if (timer) clearTimeout(timer)
    this.#server.connectionEnded(this)
    for (const session of this.#sessions) session.detach(this)
  }
}
