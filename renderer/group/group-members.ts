/** The members of a group in the order in which people look for them, and those who are to be added. */
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import type { GroupView } from '../../shared/contracts/window.ts'
import { safeLine } from '../text/safe-text.ts'

export type GroupMember = GroupView['members'][number]

const rank = { owner: 0, admin: 1, member: 2 } as const

export function findGroupMembers(members: readonly GroupMember[], text: string): GroupMember[] {
  const wanted = text.trim().toLocaleLowerCase()
  const named = members.map((member) => ({ member, name: safeLine(member.person.name, 80).toLocaleLowerCase() }))
  return named
    .filter((one) => one.name.includes(wanted))
    .sort(
      (a, b) => rank[a.member.role] - rank[b.member.role] || a.name.localeCompare(b.name, undefined, { numeric: true }),
    )
    .map((one) => one.member)
}

/** Numbers as people write them, or user ids; what is neither is left out. */
export function readAddresses(channel: Channel, typed: string): string[] {
  return typed
    .split(/[,;\n]/)
    .map((part) =>
      part
        .trim()
        .replace(/^user:/, '')
        .replace(/[\s+()./-]/g, ''),
    )
    .filter((digits) => (channel === 'whatsapp' ? /^\d{5,15}$/ : /^\d{1,19}$/).test(digits))
    .map((digits) => (channel === 'telegram' ? `user:${digits}` : digits))
    .slice(0, 256)
}
