/** Telegram's side of the simulated world: users, accounts with their mailboxes, and what passes between them. */
import { createHmac } from 'node:crypto'
import { SimulatorError, type SimulatedAccount, type SimulatedCustomer } from '../provider.ts'
import type { Authorization } from './auth-keys.ts'
import { Mailbox, type MailboxEvent, type StoredMessage } from './mailbox.ts'
import type { TlObject } from './tl-codec.ts'

export interface TelegramUser {
  id: number
  firstName: string
  lastName: string | null
  username: string
  phone: string
}

export interface SimulatorAccount {
  info: SimulatedAccount
  user: TelegramUser
  mailbox: Mailbox
  banned: boolean
}

interface SimulatorCustomer {
  info: SimulatedCustomer
  user: TelegramUser
}

/** A message between an account and a customer, in the order in which the provider took it. */
export interface Delivery {
  account: SimulatorAccount
  customer: SimulatorCustomer
  message: StoredMessage
}

interface WorldOptions {
  now: () => number
  seed: number
  /** An event got its number in a mailbox; `origin` is the device that caused it and needs no update. */
  onEvent: (account: SimulatorAccount, event: MailboxEvent, origin: Authorization | null) => void
}

interface OutgoingText {
  peer: TelegramUser
  text: string
  entities: TlObject[]
  replyTo: number | null
  randomId: bigint
  origin: Authorization
}

/** Ids above 2^31, as Telegram's newer users have them: a client that truncates to 32 bits shows itself. */
const FIRST_USER_ID = 5_000_000_000

function splitName(name: string): { firstName: string; lastName: string | null } {
  const [firstName = name, ...rest] = name.trim().split(/\s+/)
  return { firstName, lastName: rest.length > 0 ? rest.join(' ') : null }
}

export class TelegramWorld {
  readonly accounts = new Map<string, SimulatorAccount>()
  readonly customers = new Map<string, SimulatorCustomer>()
  /** What customers sent, in the provider's order. */
  readonly sent: Delivery[] = []
  /** What customers got, in the order of arrival. */
  readonly received: Delivery[] = []
  readonly #options: WorldOptions
  readonly #users = new Map<number, TelegramUser>()

  constructor(options: WorldOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.now()
  }

  addAccount(id: string, name: string, phone: string): SimulatorAccount {
    const user = this.#addUser(id, name, phone)
    const info: SimulatedAccount = { id, channel: 'telegram', name, address: `user:${user.id}`, phone: user.phone }
    const account = { info, user, mailbox: new Mailbox(), banned: false }
    this.accounts.set(id, account)
    return account
  }

  addCustomer(id: string, name: string, phone: string, language: string): SimulatorCustomer {
    const user = this.#addUser(id, name, phone)
    const address = `user:${user.id}`
    const customer = { info: { id, channel: 'telegram' as const, name, language, address, phone: user.phone }, user }
    this.customers.set(id, customer)
    return customer
  }

  #addUser(key: string, name: string, phone: string): TelegramUser {
    const digits = phone.replace(/^\+/, '')
    if (!/^\d{7,15}$/.test(digits))
      throw new SimulatorError('bad_request', `phone number ${phone} is not 7 to 15 digits`)
    if (name.trim() === '' || name.length > 128) throw new SimulatorError('bad_request', 'name has 1 to 128 characters')
    if (this.accounts.has(key) || this.customers.has(key)) throw new SimulatorError('bad_request', `${key} exists`)
    if (this.userByPhone(digits)) throw new SimulatorError('bad_request', `phone number ${digits} is taken`)
    let id = FIRST_USER_ID + this.secret(`user ${key}`).readUInt32BE()
    while (this.#users.has(id)) id++
    const user = { id, ...splitName(name.toWellFormed()), username: `u${id}`, phone: digits }
    this.#users.set(id, user)
    return user
  }

  /** Deterministic bytes for ids and hashes of this world. */
  secret(text: string): Buffer {
    return createHmac('sha256', `telegram ${this.#options.seed}`).update(text).digest()
  }

  user(id: number): TelegramUser | null {
    return this.#users.get(id) ?? null
  }

  userByPhone(phone: string): TelegramUser | null {
    return [...this.#users.values()].find((user) => user.phone === phone) ?? null
  }

  userByUsername(username: string): TelegramUser | null {
    const wanted = username.toLowerCase()
    return [...this.#users.values()].find((user) => user.username === wanted) ?? null
  }

  account(id: string): SimulatorAccount {
    const account = this.accounts.get(id)
    if (!account) throw new SimulatorError('not_found', `there is no Telegram account ${id}`)
    return account
  }

  accountByPhone(phone: string): SimulatorAccount | null {
    return [...this.accounts.values()].find((account) => account.user.phone === phone) ?? null
  }

  customer(id: string): SimulatorCustomer {
    const customer = this.customers.get(id)
    if (!customer) throw new SimulatorError('not_found', `there is no Telegram customer ${id}`)
    return customer
  }

  #customerOf(user: TelegramUser): SimulatorCustomer | null {
    return [...this.customers.values()].find((customer) => customer.user === user) ?? null
  }

  /** The number that lets one account address a user; it differs per account, so a wrong mix-up fails as in production. */
  accessHash(viewer: SimulatorAccount, user: TelegramUser): bigint {
    return this.secret(`access ${viewer.user.id} ${user.id}`).readBigInt64LE()
  }

  /** A customer writes to an account. */
  say(customer: SimulatorCustomer, account: SimulatorAccount, text: string): StoredMessage {
    const event = account.mailbox.add({
      peer: customer.user,
      out: false,
      text,
      entities: [],
      replyTo: null,
      date: Math.floor(this.now() / 1000),
      sentBy: null,
      randomId: null,
    })
    this.sent.push({ account, customer, message: event.message })
    this.#options.onEvent(account, event, null)
    return event.message
  }

  /** An account writes to anybody. The caller has looked for a repeated random_id before. */
  send(account: SimulatorAccount, outgoing: OutgoingText): StoredMessage {
    const { peer, text, entities, replyTo, randomId, origin } = outgoing
    const date = Math.floor(this.now() / 1000)
    const event = account.mailbox.add({ peer, out: true, text, entities, replyTo, date, sentBy: origin, randomId })
    this.#options.onEvent(account, event, origin)
    const customer = this.#customerOf(peer)
    if (customer) this.received.push({ account, customer, message: event.message })
    const other = this.accountByPhone(peer.phone)
    if (other && other !== account) this.#deliverToAccount(other, account.user, event.message)
    return event.message
  }

  #deliverToAccount(account: SimulatorAccount, author: TelegramUser, original: StoredMessage): void {
    const { text, entities, date } = original
    const copy = { peer: author, out: false, text, entities, replyTo: null, date, sentBy: null, randomId: null }
    this.#options.onEvent(account, account.mailbox.add(copy), null)
  }

  /** An account has read a conversation up to maxId. Returns the pts afterwards and how much it moved. */
  readByAccount(
    account: SimulatorAccount,
    peer: TelegramUser,
    maxId: number,
    origin: Authorization,
  ): { pts: number; count: number } {
    const event = account.mailbox.readInbox(peer, maxId)
    if (event) this.#options.onEvent(account, event, origin)
    return { pts: account.mailbox.pts, count: event ? 1 : 0 }
  }

  /** A customer has read the account's messages up to maxId. */
  readByCustomer(customer: SimulatorCustomer, account: SimulatorAccount, maxId: number): void {
    const event = account.mailbox.readOutbox(customer.user, maxId)
    if (event) this.#options.onEvent(account, event, null)
  }
}
