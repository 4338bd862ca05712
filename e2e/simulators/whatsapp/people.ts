/** Who lives in the simulated world: accounts with their linked devices, and customers. */
import { randomBytes } from 'node:crypto'
import type { SimulatedAccount, SimulatedCustomer } from '../provider.ts'
import type { Conversation } from './chats.ts'
import type { Connection } from './connection.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { AccountFaults } from './faults.ts'
import { formatJid, LID_SERVER } from './jid.ts'
import type { Registration } from './pairing.ts'
import type { PhoneSenderKey, ReceivedSenderKey } from './sender-key.ts'
import type { SignalDevice } from './signal-device.ts'
import type { PublicPreKey, SignedPreKey } from './signal-device.ts'

/** Linked devices that WhatsApp allows beside the phone. */
export const MAX_COMPANIONS = 4

/** A device's sender key for one group, and who has got it. */
export interface GroupKey {
  key: ReceivedSenderKey
  holders: Set<Resident>
}

/** A linked device of an account. */
export class Companion {
  readonly device: number
  readonly name: string
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
  /** What it writes to groups with, as their members have it; by the group's id. */
  readonly groupKeys = new Map<string, GroupKey>()
  /** It has asked for the app state, which devices do after they got their history. */
  synced = false

  constructor(device: number, noiseKey: Buffer, registration: Registration, proof: Buffer, faults: AccountFaults) {
    this.device = device
    this.name = registration.name
    this.noiseKey = noiseKey
    this.identity = registration.identity
    this.registrationId = registration.registrationId
    this.signedPreKey = registration.signedPreKey
    this.proof = proof
    this.queue = new DeliveryQueue(faults)
  }
}

/** One person on WhatsApp: the phone number, the LID and the phone's keys. */
export class Person {
  readonly id: string
  readonly name: string
  readonly phone: string
  readonly lid: string
  signal: SignalDevice
  /** How often the phone was set up anew. */
  installs = 0
  /** What the phone writes to groups with, by the group's id. */
  readonly senderKeys = new Map<string, PhoneSenderKey>()

  constructor(fields: { id: string; name: string; phone: string; lid: string; signal: SignalDevice }) {
    this.id = fields.id
    this.name = fields.name
    this.phone = fields.phone
    this.lid = fields.lid
    this.signal = fields.signal
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
  /** What its devices show the media servers. */
  readonly mediaToken = randomBytes(24).toString('base64url')
  /** Device numbers are never given twice. */
  lastDevice = 0
  /** Ids of what the phone got as copies of messages sent by companions, in order. */
  readonly phoneCopies = new Set<string>()
  /** When its messages were taken first, in seconds, by their ids: what is sent again keeps its time. */
  readonly takenAt = new Map<string, number>()

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
  chat: Conversation
  id: string
  /** Server part of the address that the account wrote to; receipts come back in the same addressing. */
  server: string
  read: boolean
}

export class Customer extends Person {
  readonly kind = 'customer'
  readonly language: string
  /** In the order of arrival, by account and message id. */
  readonly shown = new Map<string, ShownMessage>()
  /** seenAt in seconds, null: nobody may see it. Null: never told. */
  availability: { online: boolean; seenAt: number | null } | null = null
  /** How often a message was asked for again. */
  readonly askedAgain = new Map<string, number>()

  constructor(fields: ConstructorParameters<typeof Person>[0] & { language: string }) {
    super(fields)
    this.language = fields.language
  }

  describe(): SimulatedCustomer {
    const { id, name, language, address, phone } = this
    return { id, channel: 'whatsapp', name, language, address, phone }
  }
}

export type Resident = Account | Customer
