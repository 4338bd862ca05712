/** Groups as stanzas: their description, their members, and the notices of what happened to them. */
import { element, SERVER } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group, Role } from './chats.ts'
import { keepNotice } from './group-records.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { Account, Resident } from './people.ts'
import type { World } from './world.ts'

const TYPES: Record<Role, string | null> = { member: null, admin: 'admin', owner: 'superadmin' }

export function participantNode(person: Resident, role: Role = 'member'): BinaryNode {
  const type = TYPES[role]
  const attrs = { jid: person.jid(LID_SERVER), phone_number: person.jid(PN_SERVER) }
  return element('participant', type ? { ...attrs, type } : attrs)
}

/** Number of the group: the user part of its address. */
export function groupNumber({ jid }: Group): string {
  return jid.slice(0, jid.indexOf('@'))
}

function settings(group: Group): BinaryNode[] {
  const { description, timerS } = group
  return [
    ...(description ? [descriptionNode(group)] : []),
    ...(group.announce ? [element('announcement')] : []),
    ...(group.locked ? [element('locked')] : []),
    ...(timerS > 0 ? [element('ephemeral', { expiration: String(timerS) })] : []),
    element('member_add_mode', {}, Buffer.from('admin_add')),
  ]
}

/** Everything about a group; `withMembers` false leaves the participants out. */
export function groupNode(group: Group, withMembers = true): BinaryNode {
  const { creator, subjectBy } = group
  const attrs = {
    id: groupNumber(group),
    subject: group.subject,
    s_t: String(group.subjectTime),
    s_o: subjectBy.jid(LID_SERVER),
    s_o_pn: subjectBy.jid(PN_SERVER),
    creation: String(group.creation),
    creator: creator.jid(LID_SERVER),
    creator_pn: creator.jid(PN_SERVER),
    addressing_mode: 'lid',
    size: String(group.members.size),
  }
  const members = withMembers ? [...group.members].map(([person, role]) => participantNode(person, role)) : []
  return element('group', attrs, [...settings(group), ...members])
}

export function descriptionNode({ description }: Group): BinaryNode {
  if (!description) return element('description', { delete: 'true' })
  const { id, text, author, time } = description
  const attrs = { id, participant: author.jid(LID_SERVER), participant_pn: author.jid(PN_SERVER), t: String(time) }
  return element('description', attrs, [element('body', {}, Buffer.from(text))])
}

/** Tells all linked devices of these accounts what somebody did to the group. */
export function notify(world: World, group: Group, actor: Resident, accounts: Account[], child: BinaryNode): void {
  const id = world.messageId('other')
  const time = world.seconds()
  const attrs = {
    from: group.jid,
    id,
    type: 'w:gp2',
    participant: actor.jid(LID_SERVER),
    participant_pn: actor.jid(PN_SERVER),
    addressing_mode: 'lid',
    notify: actor.name,
    t: String(time),
  }
  keepNotice(world, group, actor, accounts, { id, time, node: child })
  for (const account of accounts) {
    for (const { queue } of account.companions.values())
      queue.add('notification', element('notification', attrs, [child]))
  }
}

/** A query was refused; becomes the error of its result. */
export class QueryError extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

export function errorResult(id: string, { code, message }: QueryError): BinaryNode {
  const error = element('error', { code: String(code), text: message })
  return element('iq', { from: SERVER, id, type: 'error' }, [error])
}
