/** Telegram: hostile TL objects, containers, packings and envelopes over real MTProto to the real channel. */
import { gzipSync } from 'node:zlib'
import { createTelegramChannelWith } from '../../engine/channels/telegram/telegram-channel.ts'
import type { Random } from '../harness/seed.ts'
import { TelegramSimulator } from '../simulators/telegram/simulator.ts'
import { FuzzDesk } from './fuzz-desk.ts'
import type { FuzzInput, FuzzTarget } from './fuzz-run.ts'
import { hostileInts, hostileLongs, mutated, randomBytesOf } from './hostile.ts'
import { TlMaker } from './tl-inputs.ts'

const accountId = 'tg-1'
const customerId = 'c-1'
const phone = '4915112345678'
const quick = { gapMs: 30, backoffMs: () => 20, answerMs: 5_000, sendMs: 5_000, heartbeatMs: 1_000 }

const gzipId = 0x3072cfa1
const containerId = 0x73f1f8dc
const rpcResultId = 0xf35c6d01
const services = [
  'BadMsgNotification',
  'BadServerSalt',
  'NewSessionCreated',
  'Pong',
  'FutureSalts',
  'MsgsAck',
  'MsgsStateReq',
  'MsgsStateInfo',
  'MsgsAllInfo',
  'MsgResendReq',
  'MsgDetailedInfo',
  'MsgNewDetailedInfo',
  'UpdatesTooLong',
]

interface TelegramInput extends FuzzInput {
  /** Other numbers of the envelope than the right ones. */
  as?: { msgId?: bigint; seqno?: number }
}

export class TelegramTarget implements FuzzTarget<TelegramInput> {
  readonly name = 'telegram'
  #simulator!: TelegramSimulator
  #desk!: FuzzDesk
  #said = 0
  readonly #counts: Record<string, number> = {}

  async open(): Promise<void> {
    this.#simulator = new TelegramSimulator({ clock: { now: () => Date.now() }, seed: 7 })
    this.#simulator.addAccount({ id: accountId, name: 'Shop One', phone })
    this.#simulator.addCustomer({ id: customerId, name: 'Ana Souza', phone: '5511987654321', language: 'pt' })
    await this.#simulator.start(0)
    const { address, rsa } = this.#simulator.endpoints()
    const [host = '', port] = address.split(':')
    const telegram = { host, port: Number(port), rsaPublicKey: rsa }
    const telegramApi = { id: 4242, hash: '0123456789abcdef0123456789abcdef' }
    this.#desk = new FuzzDesk('telegram', (deskHost, account) =>
      createTelegramChannelWith(
        { account, host: deskHost, telegramApi, endpoints: { whatsapp: null, telegram } },
        quick,
      ),
    )
    this.#said = 0
    const { channel } = this.#desk
    await channel.start()
    await channel.pair({ method: 'phone', phone })
    await this.#desk.until(() => this.#desk.steps.some(({ step }) => step === 'code-needed'))
    await channel.code(this.#simulator.lastCode(phone) ?? '')
    await this.#desk.untilState('live')
  }

  async close(): Promise<void> {
    this.#desk.addCounts(this.#counts)
    await this.#desk.close()
    await this.#simulator.stop()
  }

  counts(): Record<string, number> {
    return this.#counts
  }

  make(random: Random): TelegramInput {
    const maker = new TlMaker(random, {
      users: [...this.#simulator.customers(), ...this.#simulator.accounts()].map(({ address }) =>
        BigInt(address.replace(/\D/g, '')),
      ),
      lastMessage: this.#said,
      takeNumber: () => this.#simulator.takeNumber(accountId),
    })
    const kind = random.below(100)
    if (kind < 50) return maker.updates()
    if (kind < 58) return maker.anything()
    if (kind < 72) return changed(maker.updates(), random)
    if (kind < 76) return changed(maker.anything(), random)
    if (kind < 82) return packed(maker.updates(), random)
    if (kind < 87) return contained([maker.updates(), changed(maker.anything(), random), maker.updates()], random)
    if (kind < 93) return service(maker, random)
    if (kind < 97) return { ...maker.updates(), as: oddNumbers(random) }
    return { label: 'noise', bytes: randomBytesOf(random, 4 * (4 + random.below(60))) }
  }

  async send(inputs: TelegramInput[], neighbour: string, random: Random): Promise<void> {
    await this.#desk.untilState('live')
    const place = random.below(inputs.length + 1)
    const run = (): void => {
      for (const [index, input] of inputs.entries()) {
        if (index === place) this.#say(neighbour)
        this.#simulator.pushHostile(accountId, input.bytes, input.as)
        if (input.label === 'noise') this.#desk.expectRaw(input.bytes)
      }
      if (place === inputs.length) this.#say(neighbour)
    }
    if (random.below(2) === 0) this.#simulator.together(accountId, run)
    else run()
  }

  #say(text: string): void {
    this.#said++
    const quiet = { group: null, entities: [], reply: null, details: null, media: null }
    void this.#simulator.say({ ...quiet, customer: customerId, account: accountId, kind: 'text', text })
  }

  recorded(neighbour: string): Promise<void> {
    return this.#desk.recorded(neighbour)
  }

  standing(): string {
    return `${this.#desk.standing()}; the provider is at ${this.#simulator.takeNumber(accountId)}`
  }

  faults(): string[] {
    return this.#desk.faults()
  }
}

type Made = { label: string; bytes: Buffer }

function changed({ label, bytes }: Made, random: Random): FuzzInput {
  return { label: `changed ${label}`, bytes: mutated(bytes, random) }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt.asIntN(64, value))
  return bytes
}

function tlBytes(value: Buffer): Buffer {
  const head = value.length < 254 ? Buffer.from([value.length]) : word(((value.length << 8) | 254) >>> 0)
  return Buffer.concat([head, value, Buffer.alloc((4 - ((head.length + value.length) % 4)) % 4)])
}

/** A few kilobytes that unpack to 256 MiB. */
let bomb: Buffer | null = null

function packed({ label, bytes }: Made, random: Random): FuzzInput {
  const kind = random.below(100)
  let zipped: Buffer = gzipSync(bytes)
  if (kind < 15) zipped = mutated(zipped, random)
  else if (kind < 25) zipped = gzipSync(Buffer.concat([word(gzipId), tlBytes(zipped)]))
  else if (kind < 27) zipped = bomb ??= gzipSync(Buffer.alloc(256 * 1024 * 1024))
  return { label: `packed ${label}`, bytes: Buffer.concat([word(gzipId), tlBytes(zipped)]) }
}

function contained(items: Made[], random: Random): FuzzInput {
  const now = BigInt(Math.floor(Date.now() / 1000)) << 32n
  const inner = items.map(({ bytes }) => {
    const length = random.below(20) === 0 ? random.pick(hostileInts) : bytes.length
    const id = random.below(10) === 0 ? random.pick(hostileLongs) : now | BigInt(random.below(0x3fffffff) * 4 + 1)
    return Buffer.concat([long(id), word(random.below(1000)), word(length), bytes])
  })
  const count = random.below(20) === 0 ? random.pick(hostileInts) : items.length
  return { label: 'container', bytes: Buffer.concat([word(containerId), word(count), ...inner]) }
}

function service(maker: TlMaker, random: Random): FuzzInput {
  if (random.below(6) > 0) return maker.named(random.pick(services))
  const body = random.below(2) === 0 ? maker.anything().bytes : randomBytesOf(random, random.below(80))
  return { label: 'rpc_result', bytes: Buffer.concat([word(rpcResultId), long(random.pick(hostileLongs)), body]) }
}

function oddNumbers(random: Random): NonNullable<TelegramInput['as']> {
  const kind = random.below(3)
  if (kind === 0) return { seqno: random.pick(hostileInts) }
  return kind === 1 ? { msgId: random.pick(hostileLongs) } : { msgId: 5n, seqno: -1 }
}
