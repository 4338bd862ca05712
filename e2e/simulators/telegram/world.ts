/** Who there is in Telegram's part of the simulated world: users, accounts, customers, groups. */
import { createHmac } from 'node:crypto'
import { SimulatorError } from '../provider.ts'
import { Mailbox, topMessage, unreadCount, type Dialog } from './mailbox.ts'
import type { Peer, SimulatorAccount, SimulatorCustomer, TelegramGroup, TelegramUser } from './model.ts'

interface WorldOptions {
  now: () => number
  seed: number
}

/** Ids above 2^31, as Telegram's newer users and groups have them: a client that truncates to 32 bits shows itself. */
const FIRST_USER_ID = 5_000_000_000
const FIRST_CHAT_ID = 4_300_000_000
const FIRST_CHANNEL_ID = 2_200_000_000
/** More members than this only a megagroup takes. */
export const MAX_CHAT_MEMBERS = 200

function splitName(name: string): { firstName: string; lastName: string | null } {
  const [firstName = name, ...rest] = name.trim().split(/\s+/)
  return { firstName, lastName: rest.length > 0 ? rest.join(' ') : null }
}

export class TelegramWorld {
  readonly accounts = new Map<string, SimulatorAccount>()
  readonly customers = new Map<string, SimulatorCustomer>()
  readonly groups = new Map<string, TelegramGroup>()
  readonly #options: WorldOptions
  readonly #users = new Map<number, TelegramUser>()
  readonly #byPhone = new Map<string, TelegramUser>()
  readonly #accountOf = new Map<TelegramUser, SimulatorAccount>()
  readonly #customerOf = new Map<TelegramUser, SimulatorCustomer>()
  readonly #groupsById = new Map<number, TelegramGroup>()
  #heldDate: number | null = null

  constructor(options: WorldOptions) {
    this.#options = options
  }

  now(): number {
    return this.#options.now()
  }

  /**
   * Epoch seconds: what Telegram calls a date. All that one request causes happens at one moment: until the running task ends the date
   * stands still. A reaction, a vote and a deletion have no date but that of the container that tells them, and the record says the same.
   */
  date(): number {
    const held = this.#heldDate
    if (held !== null) return held
    queueMicrotask(() => (this.#heldDate = null))
    return (this.#heldDate = Math.floor(this.now() / 1000))
  }

  addAccount(id: string, name: string, phone: string): SimulatorAccount {
    const user = this.#addUser(id, name, phone)
    const account: SimulatorAccount = {
      info: { id, channel: 'telegram', name, address: `user:${user.id}`, phone: user.phone },
      user,
      mailbox: this.newMailbox(),
      banned: false,
      password: null,
      homeDc: null,
      move: { told: new Set(), arrived: new Set() },
      sends: new Map(),
      loose: [],
      qts: 0,
      marks: new Map(),
      lastSends: new Map(),
    }
    this.accounts.set(id, account)
    this.#accountOf.set(user, account)
    return account
  }

  addCustomer(id: string, name: string, phone: string, language: string): SimulatorCustomer {
    const user = this.#addUser(id, name, phone)
    const address = `user:${user.id}`
    const customer = { info: { id, channel: 'telegram' as const, name, language, address, phone: user.phone }, user }
    this.customers.set(id, customer)
    this.#customerOf.set(user, customer)
    return customer
  }

  newMailbox(): Mailbox {
    return new Mailbox(() => this.date())
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
    const user: TelegramUser = {
      kind: 'user',
      id,
      ...splitName(name.toWellFormed()),
      username: `u${id}`,
      status: { _: 'userStatusRecently' },
      phone: digits,
    }
    this.#users.set(id, user)
    this.#byPhone.set(digits, user)
    return user
  }

  /** An empty group with its owner in it; who else belongs to it comes with service messages. */
  addGroup(key: string, title: string, owner: TelegramUser, mega: boolean): TelegramGroup {
    if (this.groups.has(key)) throw new SimulatorError('bad_request', `${key} exists`)
    let id = (mega ? FIRST_CHANNEL_ID : FIRST_CHAT_ID) + (this.secret(`group ${key}`).readUInt32BE() % 600_000_000)
    while (this.#groupsById.has(id)) id++
    const createdAt = this.date()
    const group: TelegramGroup = {
      kind: 'group',
      key,
      id,
      mega,
      title: title.toWellFormed(),
      about: '',
      createdAt,
      members: new Map([[owner, { role: 'owner', inviter: owner, joinedAt: createdAt }]]),
      former: new Set(),
      banned: new Set(),
      announce: false,
      noForwards: false,
      slowmodeSeconds: 0,
      ttlSeconds: 0,
      version: 1,
      invite: null,
      box: mega ? this.newMailbox() : null,
    }
    this.groups.set(key, group)
    this.#groupsById.set(id, group)
    return group
  }

  /** Deterministic bytes for ids and hashes of this world. */
  secret(text: string): Buffer {
    return createHmac('sha256', `telegram ${this.#options.seed}`).update(text).digest()
  }

  user(id: number): TelegramUser | null {
    return this.#users.get(id) ?? null
  }

  groupById(id: number): TelegramGroup | null {
    return this.#groupsById.get(id) ?? null
  }

  groupByInvite(hash: string): TelegramGroup | null {
    return [...this.groups.values()].find((group) => group.invite === hash) ?? null
  }

  userByPhone(phone: string): TelegramUser | null {
    return this.#byPhone.get(phone) ?? null
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
    const user = this.#byPhone.get(phone)
    return user ? this.accountOf(user) : null
  }

  accountOf(user: TelegramUser): SimulatorAccount | null {
    return this.#accountOf.get(user) ?? null
  }

  customerOf(user: TelegramUser): SimulatorCustomer | null {
    return this.#customerOf.get(user) ?? null
  }

  customer(id: string): SimulatorCustomer {
    const customer = this.customers.get(id)
    if (!customer) throw new SimulatorError('not_found', `there is no Telegram customer ${id}`)
    return customer
  }

  group(key: string): TelegramGroup {
    const group = this.groups.get(key)
    if (!group) throw new SimulatorError('not_found', `there is no Telegram group ${key}`)
    return group
  }

  /** The user behind an account's or customer's id. */
  person(id: string): TelegramUser {
    return this.accounts.get(id)?.user ?? this.customer(id).user
  }

  /** The number that lets one account address somebody; it differs per account, so a wrong mix-up fails as in production. */
  accessHash(viewer: SimulatorAccount, peer: Peer): bigint {
    return this.secret(`access ${viewer.user.id} ${peer.kind} ${peer.id}`).readBigInt64LE()
  }

  membersWithAccount(group: TelegramGroup): SimulatorAccount[] {
    return [...group.members.keys()].map((user) => this.accountOf(user)).filter((account) => account !== null)
  }

  customersIn(group: TelegramGroup): SimulatorCustomer[] {
    return [...group.members.keys()].map((user) => this.customerOf(user)).filter((customer) => customer !== null)
  }

  /** A conversation as this account sees it, with its own read marks. */
  dialog(account: SimulatorAccount, peer: Peer): Dialog {
    if (peer.kind === 'user' || !peer.box) return account.mailbox.dialog(peer)
    const { messages } = peer.box.dialog(peer)
    const marks = account.marks.get(peer)
    return { peer, messages, readInboxMaxId: marks?.readInbox ?? 0, readOutboxMaxId: marks?.readOutbox ?? 0 }
  }

  /** The mailbox that holds an account's messages of this conversation. */
  boxOf(account: SimulatorAccount, peer: Peer): Mailbox {
    return (peer.kind === 'group' ? peer.box : null) ?? account.mailbox
  }

  /** Conversations with messages, the newest first. */
  dialogsByRecency(account: SimulatorAccount): Dialog[] {
    const megagroups = [...this.groups.values()].filter((group) => group.mega && group.members.has(account.user))
    const all = [...account.mailbox.dialogs.values(), ...megagroups.map((group) => this.dialog(account, group))]
    return all
      .filter((dialog) => dialog.messages.length > 0)
      .sort((a, b) => topMessage(b).post.date - topMessage(a).post.date || topMessage(b).id - topMessage(a).id)
  }

  unreadTotal(account: SimulatorAccount): number {
    return [...account.mailbox.dialogs.values()].reduce((sum, dialog) => sum + unreadCount(dialog, account.user), 0)
  }
}
