/** One client on the WebSocket: handshake, frames, stanzas in and out in order, and the ways to end it. */
import type { WebSocket } from 'ws'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { WireEntry } from '../provider.ts'
import type { BinaryNode } from './binary-node.ts'
import { element, StanzaError } from './binary-node.ts'
import { certificateChain } from './certificate.ts'
import type { KeyPair } from './curve.ts'
import { keyPairFrom } from './curve.ts'
import { decodeNode } from './decoder.ts'
import { encodeNode } from './encoder.ts'
import { frame, FrameReader, NOISE_HEADER } from './frame-reader.ts'
import type { FrameCipher } from './noise.ts'
import { NoiseResponder } from './noise.ts'
import type { Account, Companion } from './people.ts'
import type { World } from './world.ts'

/** A client has this long for the handshake. */
const HANDSHAKE_MS = 30_000
/** After this the socket is cut when the client does not close it. */
const CLOSE_PATIENCE_MS = 1000
const QUERY_MS = 10_000
/** With so many frames waiting the client is not read any further. */
const MAX_PENDING = 500

export interface ServerKeys {
  root: KeyPair
  intermediate: KeyPair
  noise: KeyPair
}

export interface ConnectionEvents {
  /** The handshake is done; the payload says whether the client registers or logs in. */
  opened(connection: Connection, noiseKey: Buffer, payload: proto.ClientPayload): Promise<void>
  stanza(connection: Connection, node: BinaryNode): Promise<void>
  closed(connection: Connection): void
}

/** The device that logged in on a connection. */
export interface Login {
  account: Account
  companion: Companion
}

export class Connection {
  readonly number: number
  login: Login | null = null
  /** Whose presence this device wants to be told, by canonical address, as it named them. */
  readonly subscriptions = new Map<string, string>()
  readonly #socket: WebSocket
  readonly #world: World
  readonly #keys: ServerKeys
  readonly #events: ConnectionEvents
  readonly #reader = new FrameReader()
  readonly #replies = new Map<string, (node: BinaryNode | null) => void>()
  readonly #outbox: { bytes: Buffer; delayMs: number }[] = []
  readonly #handshakeTimer: NodeJS.Timeout
  #responder: NoiseResponder | null = null
  #cipher: FrameCipher | null = null
  #work: Promise<void> = Promise.resolve()
  #pending = 0
  #sendTimer: NodeJS.Timeout | null = null
  #frozen = false
  #ending = false
  #closed = false
  #closeReason = 'closed by the client'
  #queries = 0

  constructor(number: number, socket: WebSocket, world: World, keys: ServerKeys, events: ConnectionEvents) {
    this.number = number
    this.#socket = socket
    this.#world = world
    this.#keys = keys
    this.#events = events
    this.#handshakeTimer = setTimeout(() => this.cut('no handshake'), HANDSHAKE_MS)
    this.record('connect')
    socket.on('message', (data: Buffer) => this.#receive(data))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  record(event: WireEntry['event'], fields: Pick<WireEntry, 'providerId' | 'clientId' | 'detail'> = {}): void {
    const account = this.login?.account.id ?? null
    this.#world.wire.record({ account, connection: this.number, event, ...fields })
  }

  /** Puts a stanza on the wire, after all that was sent before it. */
  send(node: BinaryNode): void {
    if (this.#closed || this.#ending) return
    const delay = this.login?.account.faults.take('delay')
    this.#outbox.push({ bytes: encodeNode(node), delayMs: delay?.value ?? 0 })
    this.#drain()
  }

  /** For hostile input: the bytes of a frame as they are. */
  sendBytes(bytes: Buffer): void {
    if (this.#closed || this.#ending) return
    this.#outbox.push({ bytes, delayMs: 0 })
    this.#drain()
  }

  /** Sends a server query and waits for its answer; null when the connection or (ms) the patience ends first. */
  ask(build: (id: string) => BinaryNode, patienceMs = QUERY_MS): Promise<BinaryNode | null> {
    this.#queries += 1
    const id = `${this.number}.${this.#queries}`
    return new Promise((resolve) => {
      if (this.#closed) return resolve(null)
      const timer = setTimeout(() => resolve(null), patienceMs).unref()
      this.#replies.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.send(build(id))
    })
  }

  /** Hands an `iq` answer to whoever asked. */
  answered(node: BinaryNode): void {
    const id = node.attrs.id ?? ''
    this.#replies.get(id)?.(node)
    this.#replies.delete(id)
  }

  /** Sends a last stanza and closes. */
  end(last: BinaryNode, reason: string): void {
    if (this.#closed || this.#ending) return
    if (this.#frozen) return this.cut(reason)
    this.#closeReason = reason
    this.send(last)
    this.#ending = true
    this.#drain()
  }

  endWithCode(code: number, children: BinaryNode[] = []): void {
    this.end(element('stream:error', { code: String(code) }, children), `stream error ${code}`)
  }

  endReplaced(): void {
    this.end(element('stream:error', {}, [element('conflict', { type: 'replaced' })]), 'replaced')
  }

  endRemoved(): void {
    this.endWithCode(401, [element('conflict', { type: 'device_removed' })])
  }

  /** Ends the TCP connection without a word. */
  cut(reason: string): void {
    if (this.#closed) return
    this.#closeReason = reason
    this.#socket.terminate()
    // Frozen sockets do not notice their own end.
    this.#onClose()
  }

  /** Neither reads nor writes any more, and does not close; with a duration (ms) only for that long. */
  freeze(durationMs: number | undefined): void {
    this.#frozen = true
    this.#socket.pause()
    if (durationMs === undefined) return
    setTimeout(() => {
      if (this.#closed) return
      this.#frozen = false
      this.#socket.resume()
      this.#drain()
    }, durationMs).unref()
  }

  #receive(data: Buffer): void {
    if (this.#ending || this.#closed) return
    try {
      for (const body of this.#reader.push(data)) this.#enqueue(() => this.#handle(body))
    } catch (error) {
      this.#malformed(error)
    }
  }

  #enqueue(step: () => Promise<void>): void {
    this.#pending += 1
    if (this.#pending === MAX_PENDING) this.#socket.pause()
    this.#work = this.#work.then(async () => {
      this.#pending -= 1
      if (this.#pending === MAX_PENDING - 1 && !this.#frozen) this.#socket.resume()
      if (this.#ending || this.#closed) return
      try {
        await step()
      } catch (error) {
        this.#malformed(error)
      }
    })
  }

  async #handle(body: Buffer): Promise<void> {
    if (this.#cipher) {
      await this.#events.stanza(this, decodeNode(this.#cipher.open(body)))
      return
    }
    const message = proto.HandshakeMessage.decode(body)
    if (!this.#responder) this.#greet(message)
    else await this.#finishHandshake(this.#responder, message)
  }

  #greet(message: proto.HandshakeMessage): void {
    const ephemeral = message.clientHello?.ephemeral
    if (ephemeral?.length !== 32) throw new StanzaError('no client hello')
    this.#responder = new NoiseResponder({
      header: NOISE_HEADER,
      staticKey: this.#keys.noise,
      ephemeralKey: keyPairFrom(this.#world.source.next('ephemeral', 32)),
    })
    const chain = certificateChain(this.#keys.root, this.#keys.intermediate, this.#keys.noise.publicKey)
    const serverHello = this.#responder.answer(ephemeral, chain)
    this.#socket.send(frame(proto.HandshakeMessage.encode({ serverHello }).finish()))
  }

  async #finishHandshake(responder: NoiseResponder, message: proto.HandshakeMessage): Promise<void> {
    const finish = message.clientFinish
    if (!finish?.static || !finish.payload) throw new StanzaError('no client finish')
    const { clientStatic, payload, cipher } = responder.finish(finish.static, finish.payload)
    this.#cipher = cipher
    clearTimeout(this.#handshakeTimer)
    await this.#events.opened(this, clientStatic, proto.ClientPayload.decode(payload))
  }

  /** The client broke the protocol, or tripped over a bug of the simulator: either way only this connection ends. */
  #malformed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    this.record('rpc', { detail: `malformed: ${text.slice(0, 200)}` })
    if (this.#cipher) this.end(element('stream:error', { code: '500' }, [element('bad-stanza')]), 'malformed')
    else this.cut('malformed')
  }

  #drain(): void {
    if (this.#frozen || this.#closed || this.#sendTimer) return
    for (let next = this.#outbox[0]; next; next = this.#outbox[0]) {
      if (next.delayMs > 0) {
        const { delayMs } = next
        next.delayMs = 0
        this.#sendTimer = setTimeout(() => {
          this.#sendTimer = null
          this.#drain()
        }, delayMs)
        return
      }
      this.#outbox.shift()
      if (this.#cipher && this.#socket.readyState === this.#socket.OPEN) {
        this.#socket.send(frame(this.#cipher.seal(next.bytes)))
      }
    }
    if (!this.#ending) return
    this.#socket.close(1000)
    setTimeout(() => this.#socket.terminate(), CLOSE_PATIENCE_MS).unref()
  }

  #onClose(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#handshakeTimer)
    if (this.#sendTimer) clearTimeout(this.#sendTimer)
    for (const resolve of this.#replies.values()) resolve(null)
    this.#replies.clear()
    this.record('close', { detail: this.#closeReason })
    this.#events.closed(this)
  }
}
