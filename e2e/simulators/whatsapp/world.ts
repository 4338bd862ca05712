/** The simulated world: accounts with their linked devices, customers, and every message between them. */
import type { SimulatedMessage, SimulatorClock } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { DirectChat, Group } from './chats.ts'
import type { Conversation } from './chats.ts'
import type { Jid } from './jid.ts'
import { formatJid, LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import { MediaStore } from './media-store.ts'
import { Account, Customer } from './people.ts'
import type { Resident } from './people.ts'
import type { SeededSource } from './seeded.ts'
import { SignalDevice } from './signal-device.ts'
import type { StanzaShape } from './stanza-shape.ts'
import { WireLog } from './wire-log.ts'

const LID_DIGITS = 15
const PHONE = /^[1-9]\d{5,14}$/
const GROUP_DIGITS = 18
const ID = /^[\w.-]{1,64}$/

/** What a phone sent, kept for devices that ask for it again. */
export interface Post {
  id: string
  chat: Conversation
  author: Resident
  /** The addressing of a conversation of two. */
  server: string
  /** Seconds. */
  time: number
  /** The encoded message, without padding. */
  bytes: Buffer
  shape: StanzaShape
}

export class World {
  readonly source: SeededSource
  readonly wire: WireLog
  readonly accounts = new Map<string, Account>()
  readonly customers = new Map<string, Customer>()
  readonly groups = new Map<string, Group>()
  readonly media: MediaStore
  /** By account and message id. */
  readonly posts = new Map<string, Post>()
  readonly sent: SimulatedMessage[] = []
  readonly received: SimulatedMessage[] = []
  readonly #clock: SimulatorClock
  readonly #byUser = new Map<string, Resident>()
  readonly #chats = new Map<string, DirectChat>()
  readonly #groupsByJid = new Map<string, Group>()
  #tail: Promise<unknown> = Promise.resolve()

  constructor(clock: SimulatorClock, source: SeededSource) {
    this.#clock = clock
    this.source = source
    this.media = new MediaStore(source)
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

  /** An account or customer of this id. */
  resident(id: string): Resident {
    return this.accounts.get(id) ?? this.customer(id)
  }

  group(id: string): Group {
    const group = this.groups.get(id)
    if (!group) throw new SimulatorError('not_found', `no WhatsApp group ${id}`)
    return group
  }

  addGroup(fields: { id: string | null; subject: string; creator: Resident }): Group {
    const number = this.source.digits(`group/${this.groups.size + 1}`, GROUP_DIGITS)
    const id = fields.id ?? `group-${number}`
    if (!ID.test(id) || this.groups.has(id)) throw new SimulatorError('bad_request', `${id} is taken or not usable`)
    const { subject, creator } = fields
    const group = new Group({ id, jid: `${number}@g.us`, subject, creator, time: this.seconds() })
    this.groups.set(id, group)
    this.#groupsByJid.set(group.jid, group)
    return group
  }

  findGroup(jid: string): Group | undefined {
    return this.#groupsByJid.get(jid)
  }

  chat(account: Account, customer: Customer): DirectChat {
    const key = `${account.id}/${customer.id}`
    const chat = this.#chats.get(key) ?? new DirectChat(account, customer)
    this.#chats.set(key, chat)
    return chat
  }

  conversationsOf(account: Account): Conversation[] {
    const groups = [...this.groups.values()].filter(({ members }) => members.has(account))
    return [...[...this.#chats.values()].filter((chat) => chat.account === account), ...groups]
  }

  /** The canonical address of whoever has this one; as it stands, without a device, when nobody has. */
  canonical(text: string): string {
    const jid = parseJid(text)
    return this.find(jid)?.address ?? (jid ? formatJid(jid.user, jid.server) : text)
  }

  /** Who has this address; undefined when nobody in this world has. */
  find(jid: Jid | undefined): Resident | undefined {
    return jid && this.#byUser.get(formatJid(jid.user, jid.server))
  }

  findPhone(phone: string): Resident | undefined {
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

  #register(person: Resident): void {
    this.#byUser.set(person.jid(PN_SERVER), person)
    this.#byUser.set(person.jid(LID_SERVER), person)
  }

  #person(fields: { id: string; name: string; phone: string }) {
    const { id, name, phone } = fields
    if (!ID.test(id) || name.length > 256) throw new SimulatorError('bad_request', 'id or name is not usable')
    if (!PHONE.test(phone)) throw new SimulatorError('bad_request', 'phone: 6 to 15 digits with country code')
    if (this.accounts.has(id) || this.customers.has(id)) throw new SimulatorError('bad_request', `${id} is taken`)
    if (this.findPhone(phone)) throw new SimulatorError('bad_request', `the number ${phone} is taken`)
    return { id, name, phone, lid: this.lidOf(phone), signal: new SignalDevice(`phone/${phone}`, this.source) }
  }
}
