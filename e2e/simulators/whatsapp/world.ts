/** The simulated world: accounts with their linked devices, customers, and every message between them. */
import type { SimulatedAccount, SimulatedCustomer, SimulatedMessage, SimulatorClock } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import type { Composed, KnownPoll } from './compose.ts'
import type { Connection } from './connection.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { AccountFaults } from './faults.ts'
import { Group } from './group.ts'
import type { Jid } from './jid.ts'
import { formatJid, LID_SERVER, PN_SERVER } from './jid.ts'
import { MediaServer } from './media-server.ts'
import type { Registration } from './pairing.ts'
import type { SeededSource } from './seeded.ts'
import { SenderChain, SenderChains } from './sender-keys.ts'
import { SignalDevice } from './signal-device.ts'
import type { PublicPreKey, SignedPreKey } from './signal-device.ts'
import { WireLog } from './wire-log.ts'

const LID_DIGITS = 15
const GROUP_DIGITS = 18
const PHONE = /^[1-9]\d{5,14}$/
const ID = /^[\w.-]{1,64}$/

/** Linked devices that WhatsApp allows beside the phone. */
export const MAX_COMPANIONS = 4

/** A linked device of an account. */
export class Companion {
  readonly device: number
  readonly noiseKey: Buffer
  readonly identity: Buffer
  readonly registrationId: number
  /** The encoded device identity with the account's key: what goes beside pre-key messages. */
  readonly proof: Buffer
  readonly queue: DeliveryQueue
  signedPreKey: SignedPreKey
  preKeys: PublicPreKey[] = []
  connection: Connection | null = null
  /** Id of the latest message with the history, and how many there were. */
  historyId: string | null = null
  histories = 0
  /** It has asked for the app state, which devices do after they got their history. */
  synced = false
  /** Writers and groups whose sender key it has got: `<group> <writer>`. */
  readonly senderKeys = new Set<string>()

  constructor(device: number, noiseKey: Buffer, registration: Registration, proof: Buffer, faults: AccountFaults) {
    this.device = device
    this.noiseKey = noiseKey
    this.identity = registration.identity
    this.registrationId = registration.registrationId
    this.signedPreKey = registration.signedPreKey
    this.proof = proof
    this.queue = new DeliveryQueue(faults)
  }
}

interface PersonFields {
  id: string
  name: string
  phone: string
  lid: string
  signal: SignalDevice
  source: SeededSource
}

/** One person on WhatsApp: the phone number, the LID and the phone's keys. */
class Person {
  readonly id: string
  readonly name: string
  readonly phone: string
  readonly lid: string
  readonly signal: SignalDevice
  /** What the phone can read in groups. */
  readonly chains = new SenderChains()
  /** Polls that the phone knows, by message id. */
  readonly polls = new Map<string, KnownPoll>()
  readonly #source: SeededSource
  readonly #ownChains = new Map<string, SenderChain>()

  constructor(fields: PersonFields) {
    this.id = fields.id
    this.name = fields.name
    this.phone = fields.phone
    this.lid = fields.lid
    this.signal = fields.signal
    this.#source = fields.source
  }

  /** The phone's own sender key in a group. */
  ownChain(group: Group): SenderChain {
    let chain = this.#ownChains.get(group.address)
    if (!chain) {
      chain = new SenderChain(`phone/${this.phone}/${group.id}`, this.#source)
      this.#ownChains.set(group.address, chain)
    }
    return chain
  }

  /** In the addressing of `server`. */
  jid(server: string, device = 0): string {
    return formatJid(server === LID_SERVER ? this.lid : this.phone, server, device)
  }

  get address(): string {
    return this.jid(LID_SERVER)
  }
}

export class Account extends Person {
  readonly kind = 'account'
  readonly companions = new Map<number, Companion>()
  readonly faults = new AccountFaults()
  /** Device numbers are never given twice. */
  lastDevice = 0
  /** Ids of what the phone got as copies of messages sent by companions, in order. */
  readonly phoneCopies = new Set<string>()

  connections(): Connection[] {
    return [...this.companions.values()].flatMap(({ connection }) => (connection ? [connection] : []))
  }

  describe(): SimulatedAccount {
    return { id: this.id, channel: 'whatsapp', name: this.name, address: this.address, phone: this.phone }
  }
}

/** A message that a customer's device shows. */
export interface ShownMessage {
  account: Account
  id: string
  /** Server part of the address that the account wrote to; receipts come back in the same addressing. */
  server: string
  group: Group | null
  read: boolean
}

export class Customer extends Person {
  readonly kind = 'customer'
  readonly language: string
  /** In the order of arrival, by account and message id. */
  readonly shown = new Map<string, ShownMessage>()
  /** How often a message was asked for again. */
  readonly askedAgain = new Map<string, number>()

  constructor(fields: PersonFields & { language: string }) {
    super(fields)
    this.language = fields.language
  }

  describe(): SimulatedCustomer {
    const { id, name, language, address, phone } = this
    return { id, channel: 'whatsapp', name, language, address, phone }
  }
}

/** What somebody said to an account, kept for devices that ask for it again and for what is said about it later. */
export interface SaidMessage {
  id: string
  /** A customer, or the account itself on its own phone. */
  writer: Customer | Account
  account: Account
  /** Who else is in the conversation: one person, or a group. */
  chat: Customer | Group
  server: string
  /** Seconds. */
  time: number
  composed: Composed
  bytes: Buffer
}

/** What is known of a message that others may refer to. */
export interface Remembered {
  author: string
  composed: Pick<Composed, 'message'>
  /** Poll options and secret, where it is a poll. */
  poll: KnownPoll | null
}

export class World {
  readonly source: SeededSource
  readonly wire: WireLog
  readonly accounts = new Map<string, Account>()
  readonly customers = new Map<string, Customer>()
  readonly groups = new Map<string, Group>()
  readonly media: MediaServer
  readonly said = new Map<string, SaidMessage>()
  /** Everything that was ever said, by message id. */
  readonly remembered = new Map<string, Remembered>()
  readonly sent: SimulatedMessage[] = []
  readonly received: SimulatedMessage[] = []
  readonly #clock: SimulatorClock
  readonly #byUser = new Map<string, Account | Customer>()
  readonly #groupByAddress = new Map<string, Group>()
  #tail: Promise<unknown> = Promise.resolve()

  constructor(clock: SimulatorClock, source: SeededSource) {
    this.#clock = clock
    this.source = source
    this.media = new MediaServer(source)
    this.wire = new WireLog(() => clock.now())
  }

  /** The provider's time: whole seconds, as it stands in stanzas. */
  seconds(): number {
    return Math.floor(this.#clock.now() / 1000)
  }

  addAccount(fields: { id: string; name: string; phone: string }): Account {
    const account = new Account(this.#person(fields))
    this.accounts.set(account.id, account)
    this.#register(account)
    return account
  }

  addCustomer(fields: { id: string; name: string; phone: string; language: string }): Customer {
    const customer = new Customer({ ...this.#person(fields), language: fields.language })
    this.customers.set(customer.id, customer)
    this.#register(customer)
    return customer
  }

  account(id: string): Account {
    const account = this.accounts.get(id)
    if (!account) throw new SimulatorError('not_found', `no WhatsApp account ${id}`)
    return account
  }

  customer(id: string): Customer {
    const customer = this.customers.get(id)
    if (!customer) throw new SimulatorError('not_found', `no WhatsApp customer ${id}`)
    return customer
  }

  addGroup(fields: { id: string; subject: string; members: (Account | Customer)[] }): Group {
    if (!ID.test(fields.id) || this.groups.has(fields.id) || fields.members.length === 0)
      throw new SimulatorError('bad_request', 'the group has a bad id, one that is taken, or no members')
    const group = new Group({
      ...fields,
      address: `${this.source.digits(`group/${fields.id}`, GROUP_DIGITS)}@g.us`,
      inviteCode: this.source.bytes(`invite/${fields.id}`, 16).toString('base64url'),
      time: this.seconds(),
    })
    this.groups.set(group.id, group)
    this.#groupByAddress.set(group.address, group)
    return group
  }

  group(id: string): Group {
    const group = this.groups.get(id)
    if (!group) throw new SimulatorError('not_found', `no WhatsApp group ${id}`)
    return group
  }

  findGroup(address: string | undefined): Group | undefined {
    return this.#groupByAddress.get(address ?? '')
  }

  /** An account or a customer by its id. Throws SimulatorError. */
  person(id: string): Account | Customer {
    return this.accounts.get(id) ?? this.customer(id)
  }

  /** Who has this address; undefined when nobody in this world has. */
  find(jid: Jid | undefined): Account | Customer | undefined {
    return jid && this.#byUser.get(formatJid(jid.user, jid.server))
  }

  findPhone(phone: string): Account | Customer | undefined {
    return this.#byUser.get(formatJid(phone, PN_SERVER))
  }

  /** Every number has a LID, also one that nobody uses. */
  lidOf(phone: string): string {
    return this.findPhone(phone)?.lid ?? this.source.digits(`lid/${phone}`, LID_DIGITS)
  }

  /** A message id in the form that phones give; texts have a series of their own, so that a seed gives them again. */
  messageId(series: 'text' | 'other'): string {
    return `AC${this.source.next(`message-id/${series}`, 15).toString('hex').toUpperCase()}`
  }

  /** Runs one step at a time, in the order of the calls: the provider has one order of messages. */
  inOrder<T>(step: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(step)
    this.#tail = run.catch(() => undefined)
    return run
  }

  #register(person: Account | Customer): void {
    this.#byUser.set(person.jid(PN_SERVER), person)
    this.#byUser.set(person.jid(LID_SERVER), person)
  }

  #person(fields: { id: string; name: string; phone: string }) {
    const { id, name, phone } = fields
    if (!ID.test(id) || name.length > 256) throw new SimulatorError('bad_request', 'id or name is not usable')
    if (!PHONE.test(phone)) throw new SimulatorError('bad_request', 'phone: 6 to 15 digits with country code')
    if (this.accounts.has(id) || this.customers.has(id)) throw new SimulatorError('bad_request', `${id} is taken`)
    if (this.findPhone(phone)) throw new SimulatorError('bad_request', `the number ${phone} is taken`)
    const signal = new SignalDevice(`phone/${phone}`, this.source)
    return { id, name, phone, lid: this.lidOf(phone), signal, source: this.source }
  }
}
