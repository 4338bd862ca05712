/** What the control API needs of a provider simulator; one implementation per channel. */
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'

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

/** One entry of the provider's own record of a message. `message` is the neutral form as the account sees it. */
export interface SimulatedMessage {
  customer: string
  account: string
  providerId: string
  message: NeutralMessage
  /** The provider's raw bytes as they went over the wire (decrypted stanza content or TL object), base64. */
  raw: string
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
  say(request: {
    customer: string
    account: string
    kind: 'text'
    text: string
    addressing?: 'lid' | 'number'
  }): Promise<string>
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
