/** What happens to groups: a notice in the conversation, and the group as it is afterwards. */
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import type { ChannelEvent, ChannelStore, InboxRow } from '../channel.ts'
import { inviteLink, participantsOf } from './group-state.ts'
import type { KeptHeader } from './kept-event.ts'
import { childOf } from './kept-node.ts'
import type { KeptNode } from './kept-node.ts'
import { messageId } from './context-info.ts'
import { eventTime, isSamePerson, placeOf } from './places.ts'
import type { Place } from './places.ts'
import type { NotificationBody } from './stanza-rows.ts'
import { completed, pathOf, unknownAt } from './translate-message.ts'

type Service = NonNullable<Details['service']>
type Reader = Pick<ChannelStore, 'getState'>
const MEMBERS_LIMIT = 2048

const SERVICE: Record<string, Service['event']> = {
  create: 'created',
  subject: 'subject',
  description: 'description',
  add: 'added',
  remove: 'removed',
  leave: 'left',
  promote: 'promoted',
  demote: 'demoted',
  invite: 'invite-link',
  announcement: 'announce',
  not_announcement: 'announce',
  ephemeral: 'timer',
  not_ephemeral: 'timer',
}

function textOf(node: KeptNode): string | null {
  switch (node.tag) {
    case 'create':
      return childOf(node, 'group')?.attrs['subject'] ?? null
    case 'subject':
      return node.attrs['subject'] ?? null
    case 'description':
      return childOf(node, 'body')?.text ?? null
    case 'invite':
      return inviteLink(node.attrs['code'])
    case 'announcement':
      return 'on'
    case 'not_announcement':
      return 'off'
    default:
      return Object.hasOwn(SERVICE, node.tag) ? null : node.tag
  }
}

/** Somebody who takes himself out has left; somebody who comes in by himself or by a link has joined. */
function eventOf(node: KeptNode, members: string[], isActor: (address: string) => boolean): Service['event'] {
  const alone = members.length === 1 && members.every(isActor)
  if (node.tag === 'remove' && alone) return 'left'
  if (node.tag === 'add' && (alone || node.attrs['reason'] === 'invite')) return 'joined'
  return Object.hasOwn(SERVICE, node.tag) ? (SERVICE[node.tag] ?? 'other') : 'other'
}

function serviceOf(node: KeptNode, type: string, place: Place, store: Reader): Service {
  if (type === 'picture') return { event: 'picture', members: [], text: null, seconds: null }
  const list = node.tag === 'create' ? childOf(node, 'group') : node
  const named = list ? participantsOf(list, store).map(({ address }) => address) : []
  const event = eventOf(node, named, (address) => isSamePerson(store, address, place.authorAddress))
  const expiration = node.attrs['expiration'] ?? '0'
  const seconds = event === 'timer' ? (/^\d{1,9}$/.test(expiration) ? Number(expiration) : 0) : null
  return { event, members: named.slice(0, MEMBERS_LIMIT), text: textOf(node)?.slice(0, 4096) ?? null, seconds }
}

export function translateGroup(row: InboxRow, header: KeptHeader, body: Uint8Array, store: Reader): ChannelEvent[] {
  const { nodes, group } = JSON.parse(Buffer.from(body).toString('utf8')) as NotificationBody
  const seen: ChannelEvent[] = group ? [{ type: 'group', group: group.group }] : []
  if (nodes.length === 0) return seen
  const { attrs } = header
  const picture = header.note === 'picture' ? nodes[0]?.attrs['author'] : undefined
  // The provider itself changes groups too, then nobody is named and the group stands for it.
  const writer = attrs['participant'] ?? picture
  const found =
    writer === undefined ? null : placeOf({ ...header, attrs: { ...attrs, participant: writer } }, store, null)
  const chat = attrs['from'] ?? ''
  const peer = { address: chat, aliases: [], name: null }
  const place: Place = found ?? { peer, author: null, authorAddress: chat, outgoing: false, group: true }
  const id = messageId(attrs['id'])
  if (!id) return [...unknownAt('whatsapp_no_id', row, header, null), ...seen]
  const time = eventTime(attrs['t'], row.receivedAt)
  const notices = nodes.map((node, index): ChannelEvent => {
    const providerId = index === 0 ? id : `${id}/${index}`.slice(-128)
    const details = { service: serviceOf(node, header.note, place, store) }
    return {
      type: 'message',
      peer,
      author: place.author,
      direction: place.outgoing ? 'out' : 'in',
      path: pathOf(header, place.outgoing),
      message: completed(place, providerId, time, { kind: 'service', details }),
      clientId: null,
      raw: Buffer.from(JSON.stringify(node), 'utf8'),
      media: null,
    }
  })
  return [...notices, ...seen]
}
