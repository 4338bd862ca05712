/** One MTProto session: message ids, acknowledgements, service messages, and the way to the API and back. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { currentSalt, futureSalts, isSaltValid, type AuthKey } from './auth-keys.ts'
import type { Connection } from './connection.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import { encodeTl, TlError, TlReader, type TlObject } from './tl-codec.ts'
import { bytesOf, intOf, longOf, longsOf } from './tl-fields.ts'

export interface RpcOutcome {
  /** TL bytes of the result or of an rpc_error. */
  body: Buffer
  failed: boolean
  /** lose: the result never leaves; cut: the line breaks before it leaves. */
  delivery: 'send' | 'lose' | 'cut'
}

export type RpcHandler = (session: Session, query: Buffer) => RpcOutcome

interface Outgoing {
  msgId: bigint
  seqno: number
  body: Buffer
  /** The client's msg_id that this answers; null: a push. */
  answerTo: bigint | null
  /** For pushes: told when it goes out (each time) and when the client has acknowledged it. */
  watch: PushWatcher | null
}

export interface PushWatcher {
  sent(connection: number): void
  acknowledged(connection: number): void
}

const CONTAINER_ID = 0x73f1f8dc
const RPC_RESULT_ID = 0xf35c6d01
const MSGS_ACK_TOO_MANY = 8192
const MAX_CONTAINER_MESSAGES = 1020
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024
const GZIP_FROM_BYTES = 1024
/** Client message ids may be this far from the server's clock. */
const WINDOW_PAST_MS = 300_000
const WINDOW_FUTURE_MS = 30_000
/** So many request ids are remembered per session for recognising repetitions. */
const REMEMBERED_REQUESTS = 4096
const MAX_PENDING = 2000

/** MTProto's bad_msg_notification codes. */
const TOO_LOW = 16
const TOO_HIGH = 17
const BAD_LOWER_BITS = 18
const BAD_SALT = 48
const BAD_CONTAINER = 64

export class Session {
  readonly key: AuthKey
  readonly id: bigint
  /** Set by the first API call that is not wrapped in invokeWithoutUpdates: this session gets pushes. */
  receivesUpdates = false
  /** Requests that were answered with an error; invokeAfterMsg refers to them. */
  readonly failedRequests = new Set<bigint>()
  connection: Connection | null = null
  readonly #server: MtprotoServer
  readonly #seen = new Set<bigint>()
  readonly #pending = new Map<bigint, Outgoing>()
  #queue: Outgoing[] = []
  #held = false
  #lastPush: Outgoing | null = null
  #lastMsgId = 0n
  #contentCount = 0
  #created = false

  constructor(key: AuthKey, id: bigint, server: MtprotoServer) {
    this.key = key
    this.id = id
    this.#server = server
  }

  /** Takes one decrypted packet: salt, session id, msg_id, seqno, length, body, padding. */
  receive(plain: Buffer, connection: Connection): void {
    const length = plain.readUInt32LE(28)
    const padding = plain.length - 32 - length
    if (length % 4 !== 0 || padding < 12 || padding > 1024) return
    const msgId = plain.readBigInt64LE(16)
    const seqno = plain.readInt32LE(24)
    this.#attach(connection)
    const problem = this.#problemOf(msgId)
    if (problem) this.#refuse(msgId, seqno, problem)
    else if (!isSaltValid(this.key, plain.readBigInt64LE(0), this.#server.now())) this.#refuse(msgId, seqno, BAD_SALT)
    else {
      this.#greet(msgId)
      this.#message(msgId, seqno, plain.subarray(32, 32 + length), false)
    }
    this.flush()
  }

  #attach(connection: Connection): void {
    if (this.connection === connection) return
    this.connection = connection
    connection.attach(this)
    // A client that comes back with the same session gets again what it has not acknowledged.
    this.#queue = [...this.#pending.values()]
  }

  detach(connection: Connection): void {
    if (this.connection === connection) this.connection = null
  }

  #problemOf(msgId: bigint): number | null {
    if ((msgId & 3n) !== 0n) return BAD_LOWER_BITS
    const sentAt = Number(msgId >> 32n) * 1000
    if (sentAt < this.#server.now() - WINDOW_PAST_MS) return TOO_LOW
    return sentAt > this.#server.now() + WINDOW_FUTURE_MS ? TOO_HIGH : null
  }

  #refuse(msgId: bigint, seqno: number, code: number): void {
    const common = { bad_msg_id: msgId, bad_msg_seqno: seqno, error_code: code }
    if (code !== BAD_SALT) {
      this.#server.noteBadMessage(this, code)
      this.#service({ _: 'bad_msg_notification', ...common })
    } else
      this.#service({ _: 'bad_server_salt', ...common, new_server_salt: currentSalt(this.key, this.#server.now()) })
  }

  #greet(firstMsgId: bigint): void {
    if (this.#created) return
    this.#created = true
    this.#put(
      encodeTl({
        _: 'new_session_created',
        first_msg_id: firstMsgId,
        unique_id: this.id ^ this.key.id,
        server_salt: currentSalt(this.key, this.#server.now()),
      }),
      { content: true },
    )
  }

  #message(msgId: bigint, seqno: number, body: Buffer, inContainer: boolean): void {
    const id = body.length >= 4 ? body.readUInt32LE() : 0
    if (id !== CONTAINER_ID) this.#single(msgId, body)
    else if (inContainer) this.#refuse(msgId, seqno, BAD_CONTAINER)
    else this.#container(msgId, seqno, body)
  }

  #container(msgId: bigint, seqno: number, body: Buffer): void {
    const reader = new TlReader(body.subarray(4))
    const count = reader.int()
    if (count < 0 || count > MAX_CONTAINER_MESSAGES) return this.#refuse(msgId, seqno, BAD_CONTAINER)
    for (let index = 0; index < count; index++) {
      const innerId = reader.long()
      const innerSeqno = reader.int()
      this.#message(innerId, innerSeqno, reader.raw(reader.int()), true)
    }
  }

  #single(msgId: bigint, packed: Buffer): void {
    const body = isGzip(packed) ? unzip(bytesOf(new TlReader(packed).object(), 'packed_data')) : packed
    if (this.#handleService(msgId, body)) return
    if (this.#seen.has(msgId)) return this.#repeatAnswer(msgId)
    this.#remember(this.#seen, msgId)
    const outcome = this.#server.rpc(this, body)
    if (outcome.failed) this.#remember(this.failedRequests, msgId)
    if (outcome.delivery === 'lose') return
    this.#answer(msgId, outcome.body)
    if (outcome.delivery === 'cut') this.connection?.close()
  }

  #remember(set: Set<bigint>, msgId: bigint): void {
    set.add(msgId)
    if (set.size > REMEMBERED_REQUESTS) for (const oldest of set) return void set.delete(oldest)
  }

  /** A request that came twice is not executed twice; its answer goes out again while it is not acknowledged. */
  #repeatAnswer(msgId: bigint): void {
    for (const item of this.#pending.values())
      if (item.answerTo === msgId && !this.#queue.includes(item)) this.#queue.push(item)
  }

  #answer(msgId: bigint, result: Buffer): void {
    const zipped = result.length >= GZIP_FROM_BYTES ? gzipSync(result) : result
    const small = zipped.length < result.length ? encodeTl({ _: 'gzip_packed', packed_data: zipped }) : result
    const header = Buffer.alloc(12)
    header.writeUInt32LE(RPC_RESULT_ID)
    header.writeBigInt64LE(msgId, 4)
    this.#put(Buffer.concat([header, small]), { content: true, answerTo: msgId })
  }

  /** Handles MTProto's own messages; false: it is an API call. */
  #handleService(msgId: bigint, body: Buffer): boolean {
    const request = serviceMessage(body)
    if (!request) return false
    switch (request._) {
      case 'msgs_ack':
        this.#acknowledged(longsOf(request, 'msg_ids'))
        return true
      case 'ping_delay_disconnect':
        this.connection?.closeAfter(Math.max(1, intOf(request, 'disconnect_delay')) * 1000)
        this.#reply(msgId, { _: 'pong', msg_id: msgId, ping_id: longOf(request, 'ping_id') })
        return true
      case 'ping':
        this.#reply(msgId, { _: 'pong', msg_id: msgId, ping_id: longOf(request, 'ping_id') })
        return true
      case 'get_future_salts':
        this.#reply(msgId, this.#salts(msgId, intOf(request, 'num')))
        return true
      case 'msgs_state_req':
        this.#reply(msgId, this.#states(msgId, longsOf(request, 'msg_ids')))
        return true
      case 'msg_resend_req':
        for (const id of longsOf(request, 'msg_ids')) this.#sendAgain(this.#pending.get(id))
        return true
      case 'rpc_drop_answer':
        this.#answer(msgId, encodeTl({ _: 'rpc_answer_unknown' }))
        return true
      case 'destroy_session':
        this.#reply(msgId, this.#destroySession(longOf(request, 'session_id')))
        return true
      case 'destroy_auth_key':
        this.#reply(msgId, { _: 'destroy_auth_key_ok' })
        this.flush()
        this.#server.destroyKey(this.key)
        return true
      default:
        return true // http_wait, msgs_state_info, msgs_all_info, detailed infos: nothing to do over TCP
    }
  }

  #salts(msgId: bigint, count: number): TlObject {
    const now = this.#server.now()
    return {
      _: 'future_salts',
      req_msg_id: msgId,
      now: Math.floor(now / 1000),
      salts: futureSalts(this.key, now, count).map((one) => ({
        _: 'future_salt',
        valid_since: one.since,
        valid_until: one.until,
        salt: one.salt,
      })),
    }
  }

  /** One byte per message: 4 received, 1 nothing known about it. */
  #states(msgId: bigint, ids: bigint[]): TlObject {
    const info = Buffer.from(ids.map((id) => (this.#seen.has(id) ? 4 : 1)))
    return { _: 'msgs_state_info', req_msg_id: msgId, info }
  }

  #destroySession(id: bigint): TlObject {
    const gone = id !== this.id && this.#server.destroySession(this.key, id)
    return { _: gone ? 'destroy_session_ok' : 'destroy_session_none', session_id: id }
  }

  #acknowledged(ids: bigint[]): void {
    for (const id of ids.slice(0, MSGS_ACK_TOO_MANY)) {
      const item = this.#pending.get(id)
      this.#pending.delete(id)
      item?.watch?.acknowledged(this.connection?.number ?? 0)
    }
  }

  #reply(msgId: bigint, object: TlObject): void {
    this.#put(encodeTl(object), { content: false, answerTo: msgId })
  }

  #service(object: TlObject): void {
    this.#put(encodeTl(object), { content: false })
  }

  #put(body: Buffer, options: { content: boolean; answerTo?: bigint; watch?: PushWatcher }): Outgoing {
    this.#lastMsgId = this.#server.nextMsgId(this.#lastMsgId, options.answerTo === undefined ? 3 : 1)
    const seqno = this.#contentCount * 2 + (options.content ? 1 : 0)
    if (options.content) this.#contentCount++
    const item = {
      msgId: this.#lastMsgId,
      seqno,
      body,
      answerTo: options.answerTo ?? null,
      watch: options.watch ?? null,
    }
    if (options.content) this.#keep(item)
    this.#queue.push(item)
    return item
  }

  #keep(item: Outgoing): void {
    this.#pending.set(item.msgId, item)
    if (this.#pending.size > MAX_PENDING)
      for (const oldest of this.#pending.keys()) return void this.#pending.delete(oldest)
  }

  /** Sends an update (TL bytes of an Updates object). It is kept and sent again until the client acknowledges it. */
  push(body: Buffer, watch: PushWatcher): void {
    this.#lastPush = this.#put(body, { content: true, watch })
    this.flush()
  }

  /** What `run` puts into the queue leaves together, in one container. */
  together(run: () => void): void {
    this.#held = true
    try {
      run()
    } finally {
      this.#held = false
      this.flush()
    }
  }

  /** For hostile input: bytes that are owed to nobody, under the numbers of `as` where they are given. */
  pushOnce(body: Buffer, as: { msgId?: bigint; seqno?: number }): void {
    const item = this.#put(body, { content: false })
    this.#queue[this.#queue.indexOf(item)] = { ...item, ...as }
    this.flush()
  }

  /** Sends again, under the same message ids, what is not acknowledged; if nothing is, the last push. */
  resend(): void {
    const updates = [...this.#pending.values()].filter((item) => item.answerTo === null)
    if (updates.length > 0) for (const item of updates) this.#sendAgain(item)
    else this.#sendAgain(this.#lastPush ?? undefined)
    this.flush()
  }

  #sendAgain(item: Outgoing | undefined): void {
    if (item && !this.#queue.includes(item)) this.#queue.push(item)
  }

  /** Puts the queue on the line, as a container when there is more than one message. Without a line it waits. */
  flush(): void {
    if (this.#held) return
    const queue = this.#queue
    this.#queue = []
    const connection = this.connection
    if (!connection || queue.length === 0) return
    for (const item of queue) item.watch?.sent(connection.number)
    for (let start = 0; start < queue.length; start += 100)
      connection.send(this, this.#envelope(queue.slice(start, start + 100)))
  }

  #envelope(items: Outgoing[]): Buffer {
    const [only] = items
    const single = items.length === 1 && only ? only : this.#containerOf(items)
    const header = Buffer.alloc(16)
    header.writeBigInt64LE(currentSalt(this.key, this.#server.now()))
    header.writeBigInt64LE(this.id, 8)
    return Buffer.concat([header, messageBytes(single)])
  }

  #containerOf(items: Outgoing[]): Outgoing {
    this.#lastMsgId = this.#server.nextMsgId(this.#lastMsgId, items.some((item) => item.answerTo !== null) ? 1 : 3)
    const header = Buffer.alloc(8)
    header.writeUInt32LE(CONTAINER_ID)
    header.writeUInt32LE(items.length, 4)
    const body = Buffer.concat([header, ...items.map(messageBytes)])
    return { msgId: this.#lastMsgId, seqno: this.#contentCount * 2, body, answerTo: null, watch: null }
  }
}

function messageBytes(item: Outgoing): Buffer {
  const header = Buffer.alloc(16)
  header.writeBigInt64LE(item.msgId)
  header.writeInt32LE(item.seqno, 8)
  header.writeUInt32LE(item.body.length, 12)
  return Buffer.concat([header, item.body])
}

const GZIP_PACKED_ID = 0x3072cfa1

function isGzip(body: Buffer): boolean {
  return body.length >= 4 && body.readUInt32LE() === GZIP_PACKED_ID
}

function unzip(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES })
  } catch {
    throw new TlError('malformed', 'gzip data is broken or too large')
  }
}

const SERVICE_IDS = new Set([
  0x62d6b459, 0xf3427b8c, 0x7abe77ec, 0xb921bd04, 0xda69fb52, 0x7d861a08, 0x58e4a740, 0xe7512126, 0xd1435160,
  0x9299359f, 0x04deb57d, 0x8cc0d131, 0x276d3ec6, 0x809db6df,
])

function serviceMessage(body: Buffer): TlObject | null {
  if (body.length < 4 || !SERVICE_IDS.has(body.readUInt32LE())) return null
  return new TlReader(body).object()
}
