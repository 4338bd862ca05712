/** Notices of groups in the neutral form: what an account reads in the stanza. */
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import { bytesOf, child, childrenOf } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group } from './chats.ts'
import type { Account, Resident } from './people.ts'
import type { World } from './world.ts'

type Service = NonNullable<Details['service']>

const EVENTS: Record<string, Service['event']> = {
  create: 'created',
  add: 'added',
  remove: 'removed',
  promote: 'promoted',
  demote: 'demoted',
  subject: 'subject',
  description: 'description',
  announcement: 'announce',
  not_announcement: 'announce',
  ephemeral: 'timer',
  not_ephemeral: 'timer',
  invite: 'invite-link',
}

function membersIn(world: World, node: BinaryNode | undefined): string[] {
  const people = childrenOf(node).filter(({ tag }) => tag === 'participant')
  return people.map(({ attrs }) => world.canonical(attrs.jid ?? ''))
}

function textOf(node: BinaryNode): string | null {
  switch (node.tag) {
    case 'create':
      return child(node, 'group')?.attrs.subject ?? null
    case 'subject':
      return node.attrs.subject ?? null
    case 'description':
      return bytesOf(child(node, 'body'))?.toString('utf8') ?? null
    case 'announcement':
      return 'on'
    case 'not_announcement':
      return 'off'
    case 'invite':
      return `https://chat.whatsapp.com/${node.attrs.code ?? ''}`
    default:
      return node.tag in EVENTS ? null : node.tag
  }
}

export function readNotice(world: World, actor: Resident, node: BinaryNode): Service {
  const { tag, attrs } = node
  const members = membersIn(world, tag === 'create' ? child(node, 'group') : node)
  const isTimer = tag === 'ephemeral' || tag === 'not_ephemeral'
  const known = EVENTS[tag] ?? 'other'
  const left = known === 'removed' && members.length === 1 && members[0] === actor.address
  const event = left ? 'left' : known === 'added' && attrs.reason === 'invite' ? 'joined' : known
  return { event, members, text: textOf(node), seconds: isTimer ? Number(attrs.expiration ?? 0) : null }
}

/** What a customer did to a group stands among what customers sent, once for each account that is told. */
export function keepNotice(
  world: World,
  group: Group,
  actor: Resident,
  accounts: Account[],
  notice: { id: string; time: number; node: BinaryNode },
): void {
  if (actor.kind !== 'customer') return
  for (const account of accounts) {
    world.sent.push({
      customer: actor.id,
      account: account.id,
      providerId: notice.id,
      group: group.id,
      raw: '',
      message: {
        channel: 'whatsapp',
        kind: 'service',
        chat: group.jid,
        author: actor.address,
        providerId: notice.id,
        time: notice.time * 1000,
        text: '',
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: { service: readNotice(world, actor, notice.node) },
      },
    })
  }
}
