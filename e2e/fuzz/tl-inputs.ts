/** TL objects of every constructor that the library knows, right in form or nearly, with hostile values in their fields. */
import definitions from 'telegram/tl/generated/api-definitions.js'
import type { Random } from '../harness/seed.ts'
import { hostileInts, hostileLongs, hostileText, randomBytesOf, someLength } from './hostile.ts'

interface Argument {
  isVector: boolean
  isFlag: boolean
  skipConstructorId: boolean
  flagName: string | null
  flagIndex: number
  flagIndicator: boolean
  type: string | null
  useVectorId: boolean | null
}
interface Definition {
  name: string
  namespace?: string
  constructorId: number
  argsConfig: Record<string, Argument>
  result: string
  isFunction: boolean
}

/** Ids that the account has seen, and the next number of its mailbox. */
export interface TlScene {
  users: bigint[]
  /** The last id that the mailbox has given to a message. */
  lastMessage: number
  /** Of this account; the number counts once it is taken. */
  takeNumber(): number
}

const all = (definitions as Definition[]).filter(({ isFunction }) => !isFunction)
const byResult = Map.groupBy(all, ({ result }) => result)
const byName = new Map(all.map((one) => [one.namespace ? `${one.namespace}.${one.name}` : one.name, one]))

const vectorId = 0x1cb5c415
const depthAtMost = 5
/** In so many of thousand fields something of another type stands. */
const confusedPerMille = 4

/** Above it no mailbox of a test comes. */
const laterIds = 10_000_000
const messages = new Set([
  'Message',
  'MessageEmpty',
  'MessageService',
  'UpdateShortMessage',
  'UpdateShortChatMessage',
  'UpdateShortSentMessage',
])

const numbered = new Set([
  'UpdateNewMessage',
  'UpdateEditMessage',
  'UpdateDeleteMessages',
  'UpdateReadHistoryInbox',
  'UpdateReadHistoryOutbox',
  'UpdateWebPage',
  'UpdateShortMessage',
])

/** Those that are read, not only kept. */
const read = [
  'UpdateNewMessage',
  'UpdateNewMessage',
  'UpdateNewMessage',
  'UpdateEditMessage',
  'UpdateDeleteMessages',
  'UpdateMessageReactions',
  'UpdateMessagePoll',
  'UpdateMessagePollVote',
  'UpdateReadHistoryInbox',
  'UpdateReadHistoryOutbox',
  'UpdateNewChannelMessage',
  'UpdateEditChannelMessage',
  'UpdateChannelTooLong',
  'UpdateEncryption',
  'UpdatePhoneCall',
  'UpdateUserName',
  'UpdateChatParticipants',
  'UpdateUserTyping',
  'UpdateChatUserTyping',
  'UpdateChannelUserTyping',
  'UpdateUserStatus',
]

export class TlMaker {
  readonly #random: Random
  readonly #scene: TlScene
  #chunks: Buffer[] = []
  #size = 0
  /** The object says where in the account's own numbering it stands. */
  #number: number | null = null
  /** Its `id` is a message's. */
  #isMessage = false

  constructor(random: Random, scene: TlScene) {
    this.#random = random
    this.#scene = scene
  }

  /** Any object at all. */
  anything(): { label: string; bytes: Buffer } {
    return this.#whole(this.#random.pick(all))
  }

  /** An object that is an Updates. */
  updates(): { label: string; bytes: Buffer } {
    const name = this.#random.pick(['Updates', 'Updates', 'Updates', 'Updates', 'UpdatesCombined', 'UpdateShort'])
    return this.named(this.#random.below(8) === 0 ? this.#random.pick(byResult.get('Updates')!).name : name)
  }

  named(name: string): { label: string; bytes: Buffer } {
    return this.#whole(byName.get(name)!)
  }

  #whole(definition: Definition): { label: string; bytes: Buffer } {
    this.#chunks = []
    this.#size = 0
    this.#object(definition, 0)
    return { label: definition.name, bytes: Buffer.concat(this.#chunks) }
  }

  #put(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.#size += bytes.length
  }

  #int(value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value | 0)
    this.#put(bytes)
  }

  #long(value: bigint): void {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt.asIntN(64, value))
    this.#put(bytes)
  }

  #bytes(value: Uint8Array): void {
    const short = value.length < 254
    const head = Buffer.alloc(short ? 1 : 4)
    if (short) head.writeUInt8(value.length)
    else head.writeUInt32LE(((value.length << 8) | 254) >>> 0)
    this.#put(Buffer.concat([head, value, Buffer.alloc((4 - ((head.length + value.length) % 4)) % 4)]))
  }

  #object(definition: Definition, depth: number): void {
    this.#int(definition.constructorId)
    const before = this.#number
    // Half of what can be numbered comes as the next in its row, so that it is read and not held back.
    if (numbered.has(definition.name)) this.#number = this.#random.below(2) === 0 ? this.#scene.takeNumber() : null
    this.#fields(definition, depth)
    this.#number = before
  }

  #fields(definition: Definition, depth: number): void {
    const { argsConfig } = definition
    const present = new Map<string, number>()
    const wanted = Object.entries(argsConfig)
    for (const [, argument] of wanted) {
      if (!argument.isFlag || argument.flagName === null || this.#random.below(3) > 0) continue
      if (depth >= depthAtMost && argument.type !== 'true') continue
      present.set(argument.flagName, (present.get(argument.flagName) ?? 0) | (1 << argument.flagIndex))
    }
    for (const [name, argument] of wanted) {
      if (argument.flagIndicator) {
        const wrong = this.#random.below(200) === 0 ? 1 << this.#random.below(32) : 0
        this.#int((present.get(name) ?? 0) ^ wrong)
      } else if (!argument.isFlag || (present.get(argument.flagName ?? '') ?? 0) & (1 << argument.flagIndex)) {
        this.#isMessage = messages.has(definition.name)
        this.#field(name, argument, depth)
      }
    }
  }

  #field(name: string, argument: Argument, depth: number): void {
    if (!argument.isVector) return this.#value(name, argument, depth)
    if (argument.useVectorId) this.#int(vectorId)
    const most = depth >= depthAtMost || this.#size > 20_000 ? 0 : 3
    const length = this.#random.below(most + 1)
    const said = this.#random.below(300) === 0 ? this.#random.pick(hostileInts) : length
    this.#int(said)
    for (let left = length; left > 0; left--) this.#value(name, argument, depth)
  }

  #value(name: string, { type, skipConstructorId }: Argument, depth: number): void {
    const random = this.#random
    switch (type) {
      case 'true':
        return
      case 'int':
        return this.#int(this.#intFor(name))
      case 'long':
        return this.#long(random.below(2) === 0 ? random.pick(this.#scene.users) : random.pick(hostileLongs))
      case 'double': {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleLE(random.pick([0, -0, 1e308, -1e308, Number.NaN, Infinity, 52.5, 1e-320]))
        return this.#put(bytes)
      }
      case 'int128':
        return this.#put(randomBytesOf(random, 16))
      case 'int256':
        return this.#put(randomBytesOf(random, 32))
      case 'string':
        return this.#bytes(
          random.below(20) === 0 ? randomBytesOf(random, someLength(random)) : Buffer.from(hostileText(random)),
        )
      case 'bytes':
        return this.#bytes(randomBytesOf(random, someLength(random)))
      case 'Bool':
        return this.#int(random.pick([0x997275b5, 0xbc799737]))
      default:
        return this.#nested(type ?? '', skipConstructorId, depth)
    }
  }

  #intFor(name: string): number {
    const random = this.#random
    if (name === 'id' && this.#isMessage) return this.#messageId()
    if (name === 'pts' && this.#number !== null) return this.#number
    if (name === 'ptsCount' && this.#number !== null) return 1
    if (name === 'seq' || name === 'seqStart') return random.below(4) === 0 ? random.pick(hostileInts) : 0
    if (name === 'date' && random.below(2) === 0) return Math.floor(Date.now() / 1000)
    return random.below(3) === 0 ? random.below(5000) : random.pick(hostileInts)
  }

  /** One that was given already, or one that the mailbox will not give: two messages of one id would be one message. */
  #messageId(): number {
    const random = this.#random
    const { lastMessage } = this.#scene
    if (lastMessage > 0 && random.below(3) === 0) return 1 + random.below(lastMessage)
    const id = random.below(2) === 0 ? random.below(5000) : random.pick(hostileInts)
    return id > lastMessage && id < laterIds ? id + laterIds : id
  }

  #nested(type: string, bare: boolean, depth: number): void {
    const random = this.#random
    const fitting = byResult.get(type)
    if (random.below(1000) < confusedPerMille) {
      const kind = random.below(4)
      if (kind === 0) return this.#int(0x997275b5)
      if (kind === 1) return [vectorId, 2, 0x997275b5, 0xbc799737].forEach((word) => this.#int(word))
      // gzip_packed, msg_container or rpc_result where an object should stand.
      if (kind === 2) {
        this.#int(random.pick([0x3072cfa1, 0x73f1f8dc, 0xf35c6d01]))
        return this.#bytes(randomBytesOf(random, 20))
      }
      return this.#object(random.pick(all), depth + 1)
    }
    if (!fitting) {
      const definition = byName.get(type[0]!.toUpperCase() + type.slice(1))
      if (bare && definition) return this.#fields(definition, depth + 1)
      return this.#int(0)
    }
    if (type === 'Peer' && random.below(4) > 0) {
      this.#int(byName.get('PeerUser')!.constructorId)
      return this.#long(random.pick(this.#scene.users))
    }
    if (type === 'Update' && random.below(5) < 2) return this.#object(byName.get(random.pick(read))!, depth + 1)
    const simple = fitting.filter(({ argsConfig }) => Object.keys(argsConfig).length <= 1)
    const isDeep = depth >= depthAtMost || this.#size > 20_000
    this.#object(random.pick(isDeep && simple.length > 0 ? simple : fitting), depth + 1)
  }
}
