/** Conversations: of one account with one customer, and groups; each remembers its messages by their id. */
import { randomBytes } from 'node:crypto'
import type { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { SimulatedGroup } from '../provider.ts'
import { LID_SERVER } from './jid.ts'
import type { Account, Customer, Resident } from './people.ts'

/** A message as everybody in the conversation knows it: what replies, changes and votes point at. */
export interface KnownMessage {
  id: string
  author: Resident
  /** Seconds. */
  time: number
  message: proto.IMessage
}

export class DirectChat {
  readonly kind = 'direct'
  readonly account: Account
  readonly customer: Customer
  readonly messages = new Map<string, KnownMessage>()

  constructor(account: Account, customer: Customer) {
    this.account = account
    this.customer = customer
  }

  get address(): string {
    return this.customer.address
  }

  accounts(): Account[] {
    return [this.account]
  }

  customers(): Customer[] {
    return [this.customer]
  }

  /** The conversation's address as this member's devices name it. */
  jidFor(member: Resident, server: string): string {
    return member === this.account ? this.customer.jid(server) : this.account.jid(server)
  }
}

export type Role = 'member' | 'admin' | 'owner'

interface Description {
  id: string
  text: string
  author: Resident
  time: number
}

export class Group {
  readonly kind = 'group'
  readonly id: string
  /** `…@g.us` */
  readonly jid: string
  readonly creator: Resident
  /** Seconds. */
  readonly creation: number
  readonly members = new Map<Resident, Role>()
  readonly messages = new Map<string, KnownMessage>()
  subject: string
  subjectBy: Resident
  subjectTime: number
  description: Description | null = null
  /** Only admins may write. */
  announce = false
  /** Only admins may change what is shown of the group. */
  locked = false
  /** Messages disappear after so many seconds; 0: never. */
  timerS = 0
  inviteCode: string
  /** Grows when somebody goes: sender keys from before may not be used any more. */
  keyEpoch = 0

  constructor(fields: { id: string; jid: string; subject: string; creator: Resident; time: number }) {
    this.id = fields.id
    this.jid = fields.jid
    this.subject = fields.subject
    this.creator = fields.creator
    this.subjectBy = fields.creator
    this.creation = fields.time
    this.subjectTime = fields.time
    this.inviteCode = newInviteCode()
  }

  get address(): string {
    return this.jid
  }

  accounts(): Account[] {
    return [...this.members.keys()].flatMap((member) => (member.kind === 'account' ? [member] : []))
  }

  customers(): Customer[] {
    return [...this.members.keys()].flatMap((member) => (member.kind === 'customer' ? [member] : []))
  }

  isAdmin(person: Resident): boolean {
    const role = this.members.get(person)
    return role === 'admin' || role === 'owner'
  }

  jidFor(_member: Resident, _server: string): string {
    return this.jid
  }

  describe(): SimulatedGroup {
    const members = [...this.members].map(([{ id }, role]) => ({ id, role }))
    return { id: this.id, channel: 'whatsapp', subject: this.subject, address: this.jid, members, mega: false }
  }
}

export type Conversation = DirectChat | Group

export function newInviteCode(): string {
  return randomBytes(16).toString('base64url')
}

/** Who wrote an earlier message, as the key or context of a later one names it. */
export function participantIn(chat: Conversation, author: Resident, server: string): string {
  return author.jid(chat.kind === 'group' ? LID_SERVER : server)
}
