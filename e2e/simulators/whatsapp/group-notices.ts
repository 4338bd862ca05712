/** How WhatsApp words a change of a group, on the wire and in the neutral form. */
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import { element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group, Role } from './group.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { Account, Customer, World } from './world.ts'

export type ServiceEventDetails = NonNullable<Details['service']>

export type GroupChange =
  | { kind: 'add' | 'remove' | 'promote' | 'demote'; members: (Account | Customer)[] }
  | { kind: 'join' | 'leave' }
  | { kind: 'subject' | 'description'; text: string }
  | { kind: 'announce'; on: boolean }
  | { kind: 'timer'; seconds: number }

export function participantNode(person: Account | Customer, role: Role | undefined): BinaryNode {
  const type = role === 'owner' ? 'superadmin' : role === 'admin' ? 'admin' : undefined
  const attrs = { jid: person.jid(LID_SERVER), phone_number: person.jid(PN_SERVER) }
  return element('participant', type ? { ...attrs, type } : attrs)
}

const EVENTS = { add: 'added', remove: 'removed', promote: 'promoted', demote: 'demoted' } as const

export function noticeOf(
  world: World,
  group: Group,
  by: Account | Customer,
  change: GroupChange,
): { node: BinaryNode; details: ServiceEventDetails } {
  const details = (
    event: ServiceEventDetails['event'],
    rest: Partial<ServiceEventDetails> = {},
  ): ServiceEventDetails => ({
    event,
    members: [],
    text: null,
    seconds: null,
    ...rest,
  })
  switch (change.kind) {
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote': {
      const people = change.members.map((person) => participantNode(person, group.members.get(person)))
      const members = change.members.map((person) => person.address)
      return { node: element(change.kind, {}, people), details: details(EVENTS[change.kind], { members }) }
    }
    case 'join': {
      const node = element('add', { reason: 'invite' }, [participantNode(by, 'member')])
      return { node, details: details('joined', { members: [by.address] }) }
    }
    case 'leave': {
      const node = element('remove', {}, [participantNode(by, undefined)])
      return { node, details: details('left', { members: [by.address] }) }
    }
    case 'subject': {
      const attrs = { subject: change.text, s_t: String(world.seconds()), s_o: by.jid(LID_SERVER) }
      return { node: element('subject', attrs), details: details('subject', { text: change.text }) }
    }
    case 'description': {
      const body = element('body', {}, Buffer.from(change.text))
      const attrs = { id: world.messageId('other'), t: String(world.seconds()) }
      return { node: element('description', attrs, [body]), details: details('description', { text: change.text }) }
    }
    case 'announce':
      return {
        node: element(change.on ? 'announcement' : 'not_announcement'),
        details: details('announce', { text: change.on ? 'on' : 'off' }),
      }
    case 'timer':
      return {
        node:
          change.seconds > 0 ? element('ephemeral', { expiration: String(change.seconds) }) : element('not_ephemeral'),
        details: details('timer', { seconds: change.seconds }),
      }
  }
}
