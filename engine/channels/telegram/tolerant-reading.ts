/**
 * Repairs how the library (teleproto 1.229.0) reads what a server sends: one object that it cannot read costs its neighbours in a
 * container, ends the connection or the process, and spoils the definitions for all that follows; packed data unpacks without a limit.
 */
import { unzipSync } from 'node:zlib'
import type { Api } from 'telegram/index.js'
import type { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import type { TLMessage } from 'telegram/tl/core/TLMessage.js'

/** Deeper than any object of the API; above it the bytes are taken for hostile. */
const depthAtMost = 100
/** Larger than anything that is pushed or asked for in one piece. */
const unpackedAtMost = 32 * 1024 * 1024
const gzipId = 0x3072cfa1
const containerId = 0x73f1f8dc

/** What MTProto itself says; everything else that comes by itself must be an Updates. */
const services = new Set([
  'Pong',
  'BadServerSalt',
  'BadMsgNotification',
  'MsgDetailedInfo',
  'MsgNewDetailedInfo',
  'NewSessionCreated',
  'MsgsAck',
  'FutureSalts',
  'MsgsStateReq',
  'MsgsStateInfo',
  'MsgResendReq',
  'MsgsAllInfo',
])

interface Definition {
  argsConfig: Record<string, { isVector: boolean }>
}

interface ReadObject {
  CONSTRUCTOR_ID: number
  SUBCLASS_OF_ID?: number
  className?: string
  getBytes?: () => Buffer
}

/** Bytes that are no object of this layer. The library takes it for an Updates and brings it to the line's update manager. */
export class Undecodable {
  readonly CONSTRUCTOR_ID = 0
  readonly SUBCLASS_OF_ID: number
  readonly className = 'Undecodable'
  readonly bytes: Buffer

  constructor(bytes: Buffer, updatesId: number) {
    this.bytes = bytes
    this.SUBCLASS_OF_ID = updatesId
  }
}

/** The library's parts that are repaired, as they are loaded. */
export interface ReadingParts {
  BinaryReader: new (bytes: Buffer) => BinaryReader
  MessageContainer: { fromReader(reader: BinaryReader): Promise<unknown> } & (new (messages: TLMessage[]) => object)
  TLMessage: new (msgId: TLMessage['msgId'], seqNo: number, obj: unknown) => TLMessage
  GZIPPacked: { ungzip(input: Buffer): Buffer }
  MTProtoState: { prototype: object }
  MtpDispatcher: { prototype: object }
  definitions: Definition[]
  Api: typeof Api
}

type Method = (this: unknown, ...values: never[]) => unknown
interface QueuedState {
  promise?: Promise<unknown>
}
interface Dispatcher {
  sender: { log: { error(text: string): void }; enqueue(state: QueuedState): void }
  process(message: TLMessage): Promise<void>
}

class TolerantReading {
  readonly #parts: ReadingParts
  readonly #vectors: { isVector: boolean }[]
  readonly #readObject: (this: BinaryReader) => unknown
  readonly #updatesId: number
  #depth = 0
  /** The next object is what a decrypted packet holds. */
  #opensPacket = false

  constructor(parts: ReadingParts) {
    this.#parts = parts
    this.#vectors = parts.definitions.flatMap(({ argsConfig }) =>
      Object.values(argsConfig).filter(({ isVector }) => isVector),
    )
    this.#readObject = parts.BinaryReader.prototype.tgReadObject as () => unknown
    this.#updatesId = new parts.Api.UpdatesTooLong().SUBCLASS_OF_ID
  }

  install(): void {
    const { BinaryReader, MessageContainer, GZIPPacked, MTProtoState, MtpDispatcher } = this.#parts
    const read = (reader: BinaryReader): unknown => this.#read(reader)
    BinaryReader.prototype.tgReadObject = function tgReadObject() {
      return read(this as BinaryReader)
    }
    MessageContainer.fromReader = async (reader) => this.#readContainer(reader)
    GZIPPacked.ungzip = (input) => unzipSync(input, { maxOutputLength: unpackedAtMost })
    const state = MTProtoState.prototype as { decryptMessageData: Method }
    const decrypt = state.decryptMessageData
    const open = (run: () => unknown): unknown => this.#openPacket(run)
    state.decryptMessageData = function decryptMessageData(...values) {
      return open(() => decrypt.apply(this, values))
    }
    const dispatcher = MtpDispatcher.prototype as Record<
      'handleContainer' | 'handleGzipPacked' | 'handleStateForgotten',
      Method
    >
    dispatcher.handleContainer = async function handleContainer(message: TLMessage) {
      await processAll(this as Dispatcher, message.obj.messages)
    }
    const tellState = dispatcher.handleStateForgotten
    dispatcher.handleStateForgotten = function handleStateForgotten(...values) {
      // Nobody waits for this answer's own answer: when the line ends first, its failure is nobody's.
      const { sender } = this as Dispatcher
      const enqueue = (state: QueuedState): void => {
        state.promise?.catch(() => undefined)
        sender.enqueue(state)
      }
      return tellState.apply({ sender: { enqueue } }, values)
    }
    const unpack = (bytes: Buffer): unknown => this.#readWhole(bytes, [gzipId])
    dispatcher.handleGzipPacked = async function handleGzipPacked(message: TLMessage) {
      message.obj = unpack(message.obj.data)
      await (this as Dispatcher).process(message)
    }
  }

  /** The library reads the packet's object before its first await. */
  #openPacket(run: () => unknown): unknown {
    this.#opensPacket = true
    try {
      return run()
    } finally {
      this.#opensPacket = false
    }
  }

  #read(reader: BinaryReader): unknown {
    if (this.#opensPacket) {
      this.#opensPacket = false
      // The length of the object stands before it; what follows is padding.
      const from = reader.tellPosition()
      const bytes = reader.getBuffer()
      const length = bytes.readInt32LE(from - 4)
      return this.#readWhole(bytes.subarray(from, length >= 0 ? from + length : bytes.length), [])
    }
    if (this.#depth > depthAtMost) throw new RangeError('an object is nested too deeply')
    const from = reader.tellPosition()
    this.#depth++
    try {
      const read = this.#readObject.call(reader)
      // Packings and containers inside of an object: their reading is a promise, and nobody would look at its failure.
      if (this.#depth > 1 && read instanceof Promise) {
        read.catch(() => undefined)
        throw new TypeError('a packing stands where an object should')
      }
      if (isObject(read)) keepBytes(read, reader.getBuffer().subarray(from, reader.tellPosition()))
      return read
    } catch (error) {
      // The library marks a list as none while it reads it, and leaves it so when an item fails.
      if (this.#depth === 1) for (const vector of this.#vectors) vector.isVector = true
      throw error
    } finally {
      this.#depth--
    }
  }

  /** One object that fills the bytes, or that they are none; it never throws and its promise never rejects. */
  #readWhole(bytes: Buffer, refused: number[]): unknown {
    const undecodable = () => new Undecodable(bytes, this.#updatesId)
    const outer = this.#depth
    this.#depth = 0
    try {
      if (bytes.length < 4 || refused.includes(bytes.readUInt32LE())) return undecodable()
      const read: unknown = new this.#parts.BinaryReader(bytes).tgReadObject()
      if (read instanceof Promise) return read.catch(undecodable)
      return this.#isExpected(read) ? read : undecodable()
    } catch {
      return undecodable()
    } finally {
      this.#depth = outer
    }
  }

  #isExpected(read: unknown): boolean {
    return isObject(read) && (read.SUBCLASS_OF_ID === this.#updatesId || services.has(read.className ?? ''))
  }

  /** Item by item, each in its own bytes. */
  #readContainer(reader: BinaryReader): object {
    const { MessageContainer, TLMessage } = this.#parts
    const bytes = reader.getBuffer()
    const messages: TLMessage[] = []
    const count = reader.readInt()
    for (let n = 0; n < count; n++) {
      const from = reader.tellPosition()
      if (bytes.length - from < 16) break
      const msgId = reader.readLong()
      const seqNo = reader.readInt()
      const length = reader.readInt()
      const start = reader.tellPosition()
      // Where a length lies nobody knows where the next item begins.
      const end = length >= 0 && start + length <= bytes.length ? start + length : bytes.length
      messages.push(new TLMessage(msgId, seqNo, this.#readWhole(bytes.subarray(start, end), [containerId])))
      reader.setPosition(end)
    }
    return new MessageContainer(messages)
  }
}

async function processAll(dispatcher: Dispatcher, messages: TLMessage[]): Promise<void> {
  for (const message of messages) {
    try {
      await dispatcher.process(message)
    } catch (error) {
      // The neighbours in the container are none the worse for it.
      dispatcher.sender.log.error(`Unhandled error in a container: ${String(error)}`)
    }
  }
}

function isObject(read: unknown): read is ReadObject {
  return typeof read === 'object' && read !== null && 'CONSTRUCTOR_ID' in read
}

/** What is kept of it later are the bytes as they came: writing it anew may give others, or fail. */
function keepBytes(read: ReadObject, bytes: Buffer): void {
  if (read.getBytes) read.getBytes = () => bytes
}

let installed = false

/** On the library's own prototypes, once per process. */
export function repairReading(parts: ReadingParts): void {
  if (installed) return
  installed = true
  new TolerantReading(parts).install()
}
