/** The Telegram simulator as the control API sees it: accounts, customers, what they say, and the faults. */
import { neutralMessageSchema, type NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import {
  SimulatorError,
  type ChangeRequest,
  type FaultRequest,
  type GroupRequest,
  type PairRequest,
  type ProviderSimulator,
  type SayRequest,
  type SimulatedAccount,
  type SimulatedCustomer,
  type SimulatedGroup,
  type SimulatedMessage,
  type SimulatorClock,
  type WireEntry,
} from '../provider.ts'
import type { Connection } from './connection.ts'
import { FaultBook } from './faults.ts'
import { LoginDesk, revoke } from './login-desk.ts'
import { MtprotoServer } from './mtproto-server.ts'
import { UpdatePusher } from './pusher.ts'
import { executeRpc } from './rpc.ts'
import { testPublicKeyPem } from './test-key.ts'
import { encodeTl, MAX_TL_STRING_BYTES } from './tl-codec.ts'
import { intOf, RpcError } from './tl-fields.ts'
import { messageObject } from './tl-objects.ts'
import { WireLog } from './wire-log.ts'
import { TelegramWorld, type Delivery, type SimulatorAccount } from './world.ts'

const DEFAULT_FREEZE_MS = 30_000
const DEFAULT_DELAY_MS = 1000
const DEFAULT_FLOOD_SECONDS = 17

interface TelegramSimulatorOptions {
  clock: SimulatorClock
  /** Decides all ids, access hashes and login codes. */
  seed: number
}

export class TelegramSimulator implements ProviderSimulator {
  readonly channel = 'telegram'
  readonly #world: TelegramWorld
  readonly #server: MtprotoServer
  readonly #wire: WireLog
  readonly #faults = new FaultBook()
  readonly #desk: LoginDesk
  readonly #pusher: UpdatePusher
  #port = 0

  constructor(options: TelegramSimulatorOptions) {
    const now = (): number => options.clock.now()
    this.#wire = new WireLog(now)
    this.#world = new TelegramWorld({
      now,
      seed: options.seed,
      onEvent: (account, event, origin) => this.#pusher.push(account, event, origin),
    })
    this.#desk = new LoginDesk(this.#world, (device, account) => {
      const connection = this.#server.connectionsOf(device).at(-1)?.number ?? 0
      this.#wire.add({ account: account.info.id, connection, event: 'login' })
    })
    this.#server = new MtprotoServer({
      now,
      rpc: (session, query) => executeRpc(this.#rpcWorld(), session, query),
      onConnect: (connection) => this.#wire.add({ account: null, connection: connection.number, event: 'connect' }),
      onClose: (connection) =>
        this.#wire.add({ account: accountOf(connection), connection: connection.number, event: 'close' }),
    })
    this.#pusher = new UpdatePusher(this.#server, this.#world, this.#faults, this.#wire)
  }

  #rpcWorld(): Parameters<typeof executeRpc>[0] {
    return {
      world: this.#world,
      server: this.#server,
      desk: this.#desk,
      faults: this.#faults,
      wire: this.#wire,
      pusher: this.#pusher,
      port: () => this.#port,
    }
  }

  async start(port: number): Promise<number> {
    this.#port = await this.#server.start(port)
    return this.#port
  }

  async stop(): Promise<void> {
    this.#pusher.stop()
    await this.#server.stop()
  }

  /** `address`: host and port; `rsa`: PEM text of the server's public key. */
  endpoints(): { address: string; rsa: string } {
    return { address: `127.0.0.1:${this.#port}`, rsa: testPublicKeyPem }
  }

  addAccount(account: { id: string; name: string; phone: string }): SimulatedAccount {
    return this.#world.addAccount(account.id, account.name, account.phone).info
  }

  addCustomer(customer: { id: string; name: string; phone: string; language: string }): SimulatedCustomer {
    return this.#world.addCustomer(customer.id, customer.name, customer.phone, customer.language).info
  }

  accounts(): SimulatedAccount[] {
    return [...this.#world.accounts.values()].map((account) => account.info)
  }

  customers(): SimulatedCustomer[] {
    return [...this.#world.customers.values()].map((customer) => customer.info)
  }

  /** Resolves with the message id in the account's mailbox. Lone surrogates become U+FFFD, as on the wire. */
  async say(request: SayRequest): Promise<string> {
    if (request.kind !== 'text' || request.account === null)
      throw new SimulatorError('unsupported', 'only text to an account is built')
    const customer = this.#world.customer(request.customer)
    const account = this.#world.account(request.account)
    const text = request.text.toWellFormed()
    if (text === '') throw new SimulatorError('bad_request', 'a message has text')
    if (Buffer.byteLength(text) > MAX_TL_STRING_BYTES) throw new SimulatorError('bad_request', 'text is over 16 MB')
    return String(this.#world.say(customer, account, text).id)
  }

  async change(_request: ChangeRequest): Promise<string> {
    throw new SimulatorError('unsupported', 'changes are not built yet')
  }

  async addGroup(_group: unknown): Promise<SimulatedGroup> {
    throw new SimulatorError('unsupported', 'groups are not built yet')
  }

  groups(): SimulatedGroup[] {
    return []
  }

  async changeGroup(_request: GroupRequest): Promise<void> {
    throw new SimulatorError('unsupported', 'groups are not built yet')
  }

  devices(id: string): { id: string; name: string; current: boolean }[] {
    return this.#server.keys.authorizationsOf(this.#world.account(id)).map((device) => ({
      id: device.hash.toString(),
      name: device.device?.deviceModel ?? 'Unknown',
      current: this.#server.connectionsOf(device).length > 0,
    }))
  }

  async read(request: { customer: string; account: string; providerId?: string }): Promise<void> {
    const maxId = request.providerId === undefined ? Number.MAX_SAFE_INTEGER : Number(request.providerId)
    if (!Number.isSafeInteger(maxId)) throw new SimulatorError('bad_request', 'providerId is a decimal message id')
    this.#world.readByCustomer(this.#world.customer(request.customer), this.#world.account(request.account), maxId)
  }

  received(customer: string): SimulatedMessage[] {
    const wanted = this.#world.customer(customer)
    return this.#world.received.filter((delivery) => delivery.customer === wanted).map(simulatedMessage)
  }

  sent(): SimulatedMessage[] {
    return this.#world.sent.map(simulatedMessage)
  }

  wire(account: string | null): WireEntry[] {
    return this.#wire.list(account)
  }

  lastCode(phone: string): string | null {
    return this.#desk.lastCode(phone)
  }

  /** The account's phone scans the QR of a login token. Throws SimulatorError('bad_request') when it is not valid (any more). */
  async pair(request: PairRequest): Promise<void> {
    const account = this.#world.account(request.account)
    const token = /^tg:\/\/login\?token=([\w-]+)=*$/.exec(request.qr ?? '')?.[1]
    if (!token) throw new SimulatorError('bad_request', 'qr is not a tg://login?token=… text')
    try {
      const device = this.#desk.acceptToken(Buffer.from(token, 'base64url'), account)
      this.#pusher.notify(device, { _: 'updateLoginToken' })
    } catch (error) {
      if (error instanceof RpcError) throw new SimulatorError('bad_request', error.message)
      throw error
    }
  }

  #connections(account: SimulatorAccount): Connection[] {
    return this.#server.keys.authorizationsOf(account).flatMap((device) => this.#server.connectionsOf(device))
  }

  async fault(request: FaultRequest): Promise<void> {
    const account = this.#world.account(request.account)
    switch (request.kind) {
      case 'drop-ack':
      case 'gap':
      case 'duplicate':
      case 'reorder':
        return this.#faults.arm(request.kind, request)
      case 'delay':
        return this.#faults.arm('delay', request, DEFAULT_DELAY_MS)
      case 'flood':
        return this.#faults.arm('flood', request, DEFAULT_FLOOD_SECONDS)
      case 'cut':
        if (request.value === 1) return this.#faults.arm('cut', request)
        for (const connection of this.#connections(account)) connection.close()
        return
      case 'freeze':
        for (const connection of this.#connections(account)) connection.freeze(request.value ?? DEFAULT_FREEZE_MS)
        return
      case 'resend':
        return this.#pusher.resend(account)
      case 'ban':
        account.banned = true
        return
      case 'revoke':
      case 'kick':
      case 'replace':
        return this.#endAuthorizations(account, request.kind)
      case 'bad-mac':
      case 'nack':
      case 'expire-media':
      case 'cut-media':
      case 'view-once':
      case 'unknown-kind':
      case 'too-long':
      case 'migrate':
        throw new SimulatorError('unsupported', `Telegram has no fault ${request.kind}`)
    }
  }

  /** revoke, replace: all devices; kick: the newest. Nothing is pushed: the device finds out with its next call. */
  #endAuthorizations(account: SimulatorAccount, kind: 'revoke' | 'kick' | 'replace'): void {
    const devices = this.#server.keys.authorizationsOf(account)
    for (const device of kind === 'kick' ? devices.slice(-1) : devices) {
      revoke(device)
      if (kind === 'replace')
        Object.assign(device, { refusal: { code: 406, message: 'AUTH_KEY_DUPLICATED' }, dead: true })
    }
  }
}

function accountOf(connection: Connection): string | null {
  return connection.sessions().at(-1)?.key.authorization.account?.info.id ?? null
}

/** Rows do not change once made, and traffic asks for them again and again. */
const rows = new WeakMap<Delivery, SimulatedMessage>()

function simulatedMessage(delivery: Delivery): SimulatedMessage {
  const row = rows.get(delivery) ?? makeRow(delivery)
  rows.set(delivery, row)
  return row
}

/** The neutral form of a message as its account sees it, with the TL bytes of the Message object. */
function makeRow({ account, customer, message }: Delivery): SimulatedMessage {
  const neutral: NeutralMessage = neutralMessageSchema.parse({
    channel: 'telegram',
    kind: 'text',
    chat: customer.info.address,
    author: message.out ? account.info.address : customer.info.address,
    providerId: String(message.id),
    time: message.date * 1000,
    text: message.text,
    entities: message.entities.map((entity) => ({
      type: entityType(entity._),
      offset: intOf(entity, 'offset'),
      length: intOf(entity, 'length'),
    })),
    reply: message.replyTo === null ? null : String(message.replyTo),
    target: null,
    media: null,
    details: null,
  } satisfies NeutralMessage)
  return {
    customer: customer.info.id,
    account: account.info.id,
    providerId: neutral.providerId,
    message: neutral,
    raw: encodeTl(messageObject(account, message)).toString('base64'),
    group: null,
  }
}

/** messageEntityBold → bold. */
function entityType(constructor: string): string {
  const name = constructor.replace(/^messageEntity/, '')
  return name.charAt(0).toLowerCase() + name.slice(1)
}
