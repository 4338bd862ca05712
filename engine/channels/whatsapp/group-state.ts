/** Groups as the account knows them: read from the provider's answers, kept in the channel's state, moved on by notifications. */
import type { SeenGroup } from '../../../shared/contracts/events.ts'
import { groupAddress, isLid, personAddress, resolvePerson } from './address.ts'
import { childOf } from './kept-node.ts'
import type { KeptNode } from './kept-node.ts'
import { isSamePerson } from './places.ts'
import type { AddressReader } from './places.ts'

export interface GroupState {
  group: SeenGroup
  addressing: 'lid' | 'pn'
  /** Seconds after which messages disappear; 0: never. */
  timerS: number
}

const GROUP = 'group'
const MEMBERS_LIMIT = 10_000

export function groupEntry(state: GroupState): { type: string; id: string; value: Uint8Array } {
  return { type: GROUP, id: state.group.address, value: Buffer.from(JSON.stringify(state), 'utf8') }
}

export function findGroup(store: AddressReader, address: string): GroupState | null {
  const bytes = store.getState(GROUP, address)
  return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as GroupState) : null
}

function roleOf(type: string | undefined): SeenGroup['members'][number]['role'] {
  if (type === 'superadmin') return 'owner'
  return type === 'admin' ? 'admin' : 'member'
}

/** The participants that a node lists, by LID where it is told or known. */
export function participantsOf(node: KeptNode, store: AddressReader): SeenGroup['members'] {
  const members = node.children.flatMap((child) => {
    if (child.tag !== 'participant') return []
    const { jid, phone_number: number, lid, type } = child.attrs
    const person = resolvePerson(store, jid, isLid(personAddress(jid) ?? '') ? number : lid)
    return person ? [{ ...person, name: null, role: roleOf(type) }] : []
  })
  const seen = new Map(members.map((member) => [member.address, member]))
  return [...seen.values()].slice(0, MEMBERS_LIMIT)
}

function seconds(value: string | undefined): number {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : 0
}

/** A `<group>` node, whole; null for one without an id. */
export function readGroup(node: KeptNode, store: AddressReader): GroupState | null {
  const id = node.attrs['id'] ?? ''
  const address = groupAddress(id.includes('@') ? id : `${id}@g.us`)
  if (!address) return null
  const description = childOf(childOf(node, 'description'), 'body')?.text ?? ''
  return {
    group: {
      address,
      subject: (node.attrs['subject'] ?? '').slice(0, 512),
      description: description.slice(0, 4096) || null,
      members: participantsOf(node, store),
      announce: childOf(node, 'announcement') !== undefined,
      inviteLink: null,
    },
    addressing: node.attrs['addressing_mode'] === 'pn' ? 'pn' : 'lid',
    timerS: seconds(childOf(node, 'ephemeral')?.attrs['expiration']),
  }
}

export function inviteLink(code: string | undefined): string | null {
  return code && /^[0-9A-Za-z_-]{4,64}$/.test(code) ? `https://chat.whatsapp.com/${code}` : null
}

function changed(state: GroupState, change: Partial<SeenGroup>): GroupState {
  return { ...state, group: { ...state.group, ...change } }
}

function changeMembers(state: GroupState, node: KeptNode, store: AddressReader): GroupState {
  const named = participantsOf(node, store)
  const isNamed = (address: string) => named.some((one) => isSamePerson(store, one.address, address))
  const { members } = state.group
  switch (node.tag) {
    case 'add': {
      const added = named.filter(({ address }) => !members.some((one) => isSamePerson(store, one.address, address)))
      return changed(state, { members: [...members, ...added].slice(0, MEMBERS_LIMIT) })
    }
    case 'remove':
    case 'leave':
      return changed(state, { members: members.filter(({ address }) => !isNamed(address)) })
    default: {
      const role = node.tag === 'promote' ? ('admin' as const) : ('member' as const)
      const moved = members.map((one) => (isNamed(one.address) && one.role !== 'owner' ? { ...one, role } : one))
      return changed(state, { members: moved })
    }
  }
}

/**
 * The group after one child of a `w:gp2` notification; null where the child gives too little to tell and the group must be asked for.
 */
export function applyToGroup(state: GroupState | null, node: KeptNode, store: AddressReader): GroupState | null {
  if (node.tag === 'create') {
    const group = childOf(node, 'group')
    return group ? readGroup(group, store) : null
  }
  if (!state) return null
  switch (node.tag) {
    case 'add':
    case 'remove':
    case 'leave':
    case 'promote':
    case 'demote':
      return changeMembers(state, node, store)
    case 'subject':
      return changed(state, { subject: (node.attrs['subject'] ?? '').slice(0, 512) })
    case 'description':
      return changed(state, { description: (childOf(node, 'body')?.text ?? '').slice(0, 4096) || null })
    case 'announcement':
    case 'not_announcement':
      return changed(state, { announce: node.tag === 'announcement' })
    case 'invite':
      return changed(state, { inviteLink: inviteLink(node.attrs['code']) })
    case 'ephemeral':
      return { ...state, timerS: seconds(node.attrs['expiration']) }
    case 'not_ephemeral':
      return { ...state, timerS: 0 }
    default:
      return state
  }
}
