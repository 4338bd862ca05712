/** Test support: a bare MTProto client that lets a test send what a well-behaved library never would. */
import { randomBytes } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { BinaryReader, Logger } from 'telegram/extensions/index.js'
import { LogLevel } from 'telegram/extensions/Logger.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { doAuthentication } from 'telegram/network/Authenticator.js'
import { buildBindTempAuthKeyRequest } from 'telegram/network/TempAuthKey.js'
import { decryptMessage, encryptMessage, sha1 } from './crypto.ts'
import { trustKey } from './library-client.ts'
import { encodeTl, TlReader, type TlObject } from './tl-codec.ts'
import { bytesOf, objectOf } from './tl-fields.ts'

interface ReceivedMessage {
  msgId: bigint
  seqno: number
  object: TlObject
}

const CONTAINER_ID = 0x73f1f8dc
const BOOL_TRUE_ID = 0x997275b5
const RPC_RESULT_ID = 0xf35c6d01

export class ProtocolClient {
  readonly received: ReceivedMessage[] = []
  /** Bare 4-byte transport errors. */
  readonly errors: number[] = []
  sessionId = randomBytes(8).readBigInt64LE()
  salt = 0n
  key: Buffer = Buffer.alloc(0)
  closed = false
  readonly #socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #plain: ((packet: Buffer) => void) | null = null
  #sequence = 0
  #lastMsgId = 0n

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('close', () => (this.closed = true))
    socket.on('error', () => undefined)
    socket.write(Buffer.from('eeeeeeee', 'hex'))
  }

  /** Connects; with the key and session of `before` if given, else with a fresh key exchange. */
  static async connect(
    endpoints: { address: string; rsa: string },
    before: ProtocolClient | null,
    temporary: { dc: number; expiresIn: number } | null = null,
  ): Promise<ProtocolClient> {
    const socket = connectTcp(Number(endpoints.address.split(':')[1]), '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const client = new ProtocolClient(socket)
    trustKey(endpoints.rsa)
    if (before) Object.assign(client, { key: before.key, sessionId: before.sessionId, salt: before.salt })
    else client.key = await client.#exchangeKey(temporary)
    return client
  }

  async #exchangeKey(temporary: { dc: number; expiresIn: number } | null): Promise<Buffer> {
    type Arguments = Parameters<typeof doAuthentication>
    const sender = {
      send: async (request: { getBytes(): Buffer }) => {
        const body = Buffer.from(request.getBytes())
        const header = Buffer.alloc(20)
        header.writeBigInt64LE(this.nextMsgId(), 8)
        header.writeUInt32LE(body.length, 16)
        const answer = new Promise<Buffer>((resolve) => (this.#plain = resolve))
        this.frame(Buffer.concat([header, body]))
        return new BinaryReader((await answer).subarray(20)).tgReadObject()
      },
    }
    const made = await doAuthentication(
      sender as unknown as Arguments[0],
      new Logger(LogLevel.NONE),
      (temporary ?? undefined) as Arguments[2],
    )
    return made.authKey.getKey() ?? Buffer.alloc(0)
  }

  nextMsgId(now = Date.now()): bigint {
    const wanted = BigInt(Math.floor(now / 1000)) << 32n
    this.#lastMsgId = wanted > this.#lastMsgId ? wanted : this.#lastMsgId + 4n
    return this.#lastMsgId
  }

  /** Puts a packet on the line as it is. */
  frame(packet: Buffer): void {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(packet.length)
    this.#socket.write(Buffer.concat([length, packet]))
  }

  message(body: Buffer, msgId = this.nextMsgId()): Buffer {
    const header = Buffer.alloc(16)
    header.writeBigInt64LE(msgId)
    header.writeInt32LE(this.#sequence++ * 2 + 1, 8)
    header.writeUInt32LE(body.length, 12)
    return Buffer.concat([header, body])
  }

  /** Sends one message and returns its msg_id. */
  send(body: Buffer, msgId = this.nextMsgId()): bigint {
    const header = Buffer.alloc(16)
    header.writeBigInt64LE(this.salt)
    header.writeBigInt64LE(this.sessionId, 8)
    const data = Buffer.concat([header, this.message(body, msgId)])
    this.frame(Buffer.concat([sha1(this.key).subarray(12), encryptMessage(this.key, data, 'client-to-server')]))
    return msgId
  }

  sendObject(object: TlObject, msgId?: bigint): bigint {
    return this.send(encodeTl(object), msgId)
  }

  /** Sends the library's proof that the holder of this temporary key also holds the permanent one. */
  async bindTo(permanent: Buffer): Promise<bigint> {
    const keys = [new AuthKey(), new AuthKey()] as const
    await keys[0].setKey(permanent)
    await keys[1].setKey(this.key)
    const msgId = this.nextMsgId()
    const expiresAt = Math.floor(Date.now() / 1000) + 3600
    const [session, id] = [returnBigInt(this.sessionId.toString()), returnBigInt(msgId.toString())]
    return this.send(Buffer.from(buildBindTempAuthKeyRequest(...keys, session, id, expiresAt).getBytes()), msgId)
  }

  close(): void {
    this.#socket.destroy()
  }

  /** The messages of one kind that came so far. */
  of(kind: string): ReceivedMessage[] {
    return this.received.filter((message) => message.object._ === kind)
  }

  /** The answer to a request, once it is there. */
  resultOf(msgId: bigint): TlObject | null {
    const answer = this.of('rpc_result').find((message) => message.object['req_msg_id'] === msgId)
    return answer ? objectOf(answer.object, 'result') : null
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= 4 && this.#buffer.length >= 4 + this.#buffer.readUInt32LE()) {
      const end = 4 + this.#buffer.readUInt32LE()
      this.#packet(this.#buffer.subarray(4, end))
      this.#buffer = this.#buffer.subarray(end)
    }
  }

  #packet(packet: Buffer): void {
    if (packet.length === 4) this.errors.push(packet.readInt32LE())
    else if (packet.readBigInt64LE() === 0n) this.#plain?.(packet)
    else {
      const plain = decryptMessage(this.key, packet.subarray(8), 'server-to-client')
      if (!plain || plain.readBigInt64LE(8) !== this.sessionId) throw new Error('the server sent what is not for us')
      this.#messages(plain.subarray(16))
    }
  }

  #messages(bytes: Buffer): void {
    const reader = new TlReader(bytes)
    const msgId = reader.long()
    const seqno = reader.int()
    const body = reader.raw(reader.int())
    if (body.readUInt32LE() !== CONTAINER_ID) return this.#object(msgId, seqno, body)
    let offset = 8
    for (let left = body.readUInt32LE(4); left > 0; left--) {
      const length = 16 + body.readUInt32LE(offset + 12)
      this.#messages(body.subarray(offset, offset + length))
      offset += length
    }
  }

  #object(msgId: bigint, seqno: number, body: Buffer): void {
    if (body.readUInt32LE() !== RPC_RESULT_ID) {
      const object = new TlReader(body).object()
      if (object._ === 'bad_server_salt') this.salt = object['new_server_salt'] as bigint
      this.received.push({ msgId, seqno, object })
      return
    }
    let result = body.subarray(12)
    if (result.readUInt32LE() === 0x3072cfa1) result = gunzipSync(bytesOf(new TlReader(result).object(), 'packed_data'))
    const value = result.readUInt32LE() === BOOL_TRUE_ID ? { _: 'boolTrue' } : new TlReader(result).object()
    const object = { _: 'rpc_result', req_msg_id: body.readBigInt64LE(4), result: value }
    this.received.push({ msgId, seqno, object })
  }
}

/** An API call as a client's first one: with its layer and device. */
export function initialised(query: TlObject): Buffer {
  const device = {
    device_model: 'test',
    system_version: '1',
    app_version: '1',
    system_lang_code: 'en',
    lang_pack: '',
    lang_code: 'en',
  }
  const init = encodeTl({ _: 'initConnection', api_id: 1, ...device, query: encodeTl(query) })
  return encodeTl({ _: 'invokeWithLayer', layer: 229, query: init })
}
