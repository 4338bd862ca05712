/** What the control API needs of a provider simulator; one implementation per channel. */
import type {
  Channel,
  Details,
  Entity,
  MediaKind,
  MessageKind,
  NeutralMessage,
} from '../../shared/contracts/neutral-message.ts'

/** Wall clock of the simulated world, epoch ms; moved only through `POST /clock`. */
export interface SimulatorClock {
  now(): number
}

export interface SimulatedAccount {
  /** Stable id in the control API, for example `wa-1`. */
  id: string
  channel: Channel
  name: string
  /** Own address in the neutral form (see addressSchema). */
  address: string
  /** Phone number, digits with country code, no plus sign. */
  phone: string
}

export interface SimulatedCustomer {
  /** Stable id in the control API. */
  id: string
  channel: Channel
  name: string
  language: string
  address: string
  phone: string
}

/** A group with company accounts and customers in it. */
export interface SimulatedGroup {
  /** Stable id in the control API, for example `wag-1`. */
  id: string
  channel: Channel
  subject: string
  address: string
  /** Ids of accounts and customers with their roles; the creator is the owner. */
  members: { id: string; role: 'member' | 'admin' | 'owner' }[]
  /** Telegram: a megagroup rather than a basic group. */
  mega: boolean
}

export interface SayRequest {
  customer: string
  /** The account that is written to; null in a group. */
  account: string | null
  /** Id of the group; null in a conversation of two. */
  group: string | null
  /** Any bubble kind, or `call` (the customer rings and hangs up). */
  kind: MessageKind
  text: string
  entities: Entity[]
  /** Provider id of the message that is answered. */
  reply: string | null
  /** As in the neutral form; `file.bytes` follows from `media`. */
  details: Details | null
  /** The file for media kinds. */
  media: { kind: MediaKind; bytes: Uint8Array } | null
  /** WhatsApp: how the writer is addressed on the wire. */
  addressing?: 'lid' | 'number'
  /** Sent from the account's own phone or another device of it, not by the customer: `customer` is the recipient. */
  fromPhone?: boolean
}

/** A change of an earlier message by its writer (or, for reactions and votes, by any member). */
export interface ChangeRequest {
  customer: string
  account: string | null
  group: string | null
  change:
    | { kind: 'edit'; text: string; entities: Entity[] }
    | { kind: 'delete' }
    | { kind: 'reaction'; emoji: string | null }
    | { kind: 'vote'; options: string[] }
  /** Provider id as the account sees it. */
  target: string
  fromPhone?: boolean
}

/** The first five are done in a conversation, the others are how somebody is. `hidden`: nobody is told. */
export const ACTIVITIES = [
  'typing',
  'recording',
  'filming',
  'sending',
  'stopped',
  'online',
  'offline',
  'recently',
  'within-week',
  'within-month',
  'hidden',
] as const

/** What a customer does without saying anything: it reaches whoever is connected now, and nobody later. */
export interface ActivityRequest {
  customer: string
  account: string | null
  group: string | null
  doing: (typeof ACTIVITIES)[number]
  /** With `offline`: epoch ms; absent: now. */
  seenAt?: number
  /** How often it is told, one right behind the other. */
  times: number
  /** WhatsApp: how whoever types is addressed on the wire. */
  addressing?: 'lid' | 'number'
}

/** What happens to a group; `by` and `members` are ids of accounts or customers. */
export interface GroupRequest {
  group: string
  by: string
  change:
    | { kind: 'add' | 'remove' | 'promote' | 'demote'; members: string[] }
    | { kind: 'join' | 'leave' }
    | { kind: 'subject' | 'description'; text: string }
    | { kind: 'announce'; on: boolean }
    /** Telegram: nothing said in it may be forwarded. */
    | { kind: 'protect'; on: boolean }
    | { kind: 'timer'; seconds: number }
    | { kind: 'slow'; seconds: number }
}

/** One entry of the provider's own record of a message. `message` is the neutral form as the account sees it. */
export interface SimulatedMessage {
  customer: string
  account: string
  providerId: string
  message: NeutralMessage
  /** The provider's raw bytes as they went over the wire (decrypted stanza content or TL object), base64. */
  raw: string
  /** Id of the group it went to; null in a conversation of two. */
  group: string | null
}

export type WireEntry = {
  /** Growing by one per simulator, over all accounts. */
  n: number
  at: number
  account: string | null
  /** Number of the connection (TCP or WebSocket), from 1. */
  connection: number
  event:
    | 'connect'
    | 'login'
    | 'close'
    | 'push' // provider → account: a message was put on the wire
    | 'ack' // account acknowledged a pushed message
    | 'send' // account asked to send (before de-duplication)
    | 'accepted' // provider accepted the send
    | 'refused'
    | 'read'
    | 'rpc'
  providerId?: string
  /** WhatsApp: the stanza id. Telegram: the random_id, decimal. */
  clientId?: string
  detail?: string
}

/** Detail of an `accepted` entry whose answer a fault keeps from the account. */
export const UNANSWERED = 'fault: unanswered'

export interface FaultRequest {
  kind:
    | 'drop-ack'
    | 'cut'
    | 'freeze'
    | 'delay'
    | 'duplicate'
    | 'reorder'
    | 'bad-mac'
    | 'nack'
    | 'flood'
    | 'ban'
    | 'kick'
    | 'replace'
    | 'revoke'
    | 'gap'
    | 'resend'
    /** The file behind the next download is gone; asked for again it is there. `value` 1: gone for good. */
    | 'expire-media'
    /** The connection of the next up- or download is cut after half of it. */
    | 'cut-media'
    /** The next `count` messages come as view-once stubs that only the phone may show. */
    | 'view-once'
    /** An object of a kind that nobody knows is pushed. */
    | 'unknown-kind'
    /** Telegram: the next difference is too long; the account moves to another data centre (value). */
    | 'too-long'
    | 'migrate'
    /** WhatsApp: for `value` seconds the account may write only to those who have written to it (0: lifts it). */
    | 'restrict'
    /** WhatsApp: the next `count` logins are refused with `value`; what is connected stays. */
    | 'refuse'
  account: string
  /** How many times it strikes; default 1. */
  count?: number
  /** Provider code (nack 463, stream error 515 …), seconds (flood) or milliseconds (delay). */
  value?: number
}

export interface PairRequest {
  account: string
  /** WhatsApp: the QR text. Telegram: the tg://login?token=… text. */
  qr?: string
  /** WhatsApp: the 8-character code that the program shows, typed on the phone. */
  code?: string
}

export class SimulatorError extends Error {
  readonly code: 'not_found' | 'bad_request' | 'unsupported'
  constructor(code: 'not_found' | 'bad_request' | 'unsupported', message: string) {
    super(message)
    this.code = code
  }
}

export interface ProviderSimulator {
  readonly channel: Channel
  /** Binds 127.0.0.1 at the port (0: any) and returns the real one. */
  start(port: number): Promise<number>
  stop(): Promise<void>
  /** What a client needs to connect: URL or address, root key or RSA key. */
  endpoints(): Record<string, string>
  addAccount(account: { id: string; name: string; phone: string }): SimulatedAccount
  addCustomer(customer: { id: string; name: string; phone: string; language: string }): SimulatedCustomer
  accounts(): SimulatedAccount[]
  customers(): SimulatedCustomer[]
  /** A customer writes to an account. Resolves when the provider has it (queued or pushed), with the provider id. */
  say(request: SayRequest): Promise<string>
  /** Resolves with the provider id of the change (see the neutral form). */
  change(request: ChangeRequest): Promise<string>
  act(request: ActivityRequest): void
  /** The first of `members` owns it. */
  addGroup(group: { id: string; subject: string; members: string[]; mega: boolean }): Promise<SimulatedGroup>
  groups(): SimulatedGroup[]
  changeGroup(request: GroupRequest): Promise<void>
  /** Telegram: the two-step password of the account; null: none. */
  setPassword?(account: string, password: string | null, hint: string | null): void
  /** Devices or authorizations of the account as the provider lists them. */
  devices(account: string): { id: string; name: string; current: boolean }[]
  /** A customer has read the account's messages up to and including this one (all when absent). */
  read(request: { customer: string; account: string; providerId?: string }): Promise<void>
  /** What this customer has got from accounts, in the order of arrival, each once per delivery. */
  received(customer: string): SimulatedMessage[]
  /** All that customers sent, in the provider's order. */
  sent(): SimulatedMessage[]
  wire(account: string | null): WireEntry[]
  fault(request: FaultRequest): Promise<void>
  /** The account's phone scans a QR (or the login token). Resolves when the provider has accepted it. */
  pair(request: PairRequest): Promise<void>
  /** Telegram: the last login code sent to this phone number. */
  lastCode?(phone: string): string | null
}
