/** A group: who is in it with which rights, and what it is called. */
import type { SimulatedGroup } from '../provider.ts'
import type { Account, Customer } from './world.ts'

export type Role = 'member' | 'admin' | 'owner'

export class Group {
  readonly kind = 'group'
  readonly id: string
  /** `<digits>@g.us`. */
  readonly address: string
  readonly inviteCode: string
  /** Seconds. */
  readonly createdAt: number
  readonly creator: Account | Customer
  readonly members = new Map<Account | Customer, Role>()
  subject: string
  subjectAt: number
  description: string | null = null
  /** Only admins may write. */
  announce = false
  /** After how many seconds messages disappear; 0: never. */
  timerS = 0

  constructor(fields: {
    id: string
    address: string
    subject: string
    inviteCode: string
    time: number
    members: (Account | Customer)[]
  }) {
    this.id = fields.id
    this.address = fields.address
    this.inviteCode = fields.inviteCode
    this.subject = fields.subject
    this.createdAt = fields.time
    this.subjectAt = fields.time
    this.creator = fields.members[0]!
    for (const member of fields.members) this.members.set(member, member === this.creator ? 'owner' : 'member')
  }

  accounts(): Account[] {
    return [...this.members.keys()].flatMap((member) => (member.kind === 'account' ? [member] : []))
  }

  customers(): Customer[] {
    return [...this.members.keys()].flatMap((member) => (member.kind === 'customer' ? [member] : []))
  }

  isAdmin(person: Account | Customer): boolean {
    const role = this.members.get(person)
    return role === 'admin' || role === 'owner'
  }

  describe(): SimulatedGroup {
    const members = [...this.members].map(([{ id }, role]) => ({ id, role }))
    return { id: this.id, channel: 'whatsapp', subject: this.subject, address: this.address, members, mega: false }
  }
}
