/** From the content of one message to its neutral form. */
import type { NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import type { ChannelEvent, ChannelStore, InboxRow, MediaOffer } from '../channel.ts'
import { messageId } from './context-info.ts'
import { findGroup } from './group-state.ts'
import type { KeptHeader } from './kept-event.ts'
import { readEdited } from './message-content.ts'
import type { ReadContent } from './message-content.ts'
import { eventTime, isSamePerson } from './places.ts'
import type { Place } from './places.ts'
import { findPoll, openVote } from './polls.ts'
import type { ReadChange, TargetKey } from './read-changes.ts'

type Kept = Exclude<ReadContent, { type: 'internal' }>
type Neutral = Partial<NeutralMessage> & Pick<NeutralMessage, 'kind'>
type Outcome = { message: Neutral; media?: MediaOffer | null } | { reason: string }

export interface Stanza {
  row: InboxRow
  header: KeptHeader
  body: Uint8Array
  place: Place
  store: Pick<ChannelStore, 'getState' | 'findMessage'>
}

export function unknownAt(reason: string, row: InboxRow, header: KeptHeader, place: Place | null): ChannelEvent[] {
  const providerId = messageId(header.attrs['id'])
  if (!place || !providerId) return [{ type: 'unknown', reason, raw: row.raw, place: null }]
  const { peer, author, outgoing } = place
  const time = eventTime(header.attrs['t'], row.receivedAt)
  const at = { peer, author, direction: outgoing ? ('out' as const) : ('in' as const), providerId, time }
  return [{ type: 'unknown', reason, raw: row.raw, place: at }]
}

/**
 * Whether the change's author also wrote its target. A target that the account does not know is judged by the key, and by whoever
 * applies the change once it knows.
 */
function wroteTarget({ place, store }: Stanza, target: TargetKey): boolean {
  const known = store.findMessage(place.peer.address, target.id)
  if (!known) return target.fromMe
  if (known.fromMe || place.outgoing) return known.fromMe === place.outgoing
  return isSamePerson(store, known.author, place.authorAddress)
}

function isAdmin({ place, store }: Stanza): boolean {
  const members = place.group ? (findGroup(store, place.peer.address)?.group.members ?? []) : []
  return members.some(({ address, role }) => role !== 'member' && isSamePerson(store, address, place.authorAddress))
}

function edit(stanza: Stanza, change: Extract<ReadChange, { type: 'edit' }>): Outcome {
  if (!wroteTarget(stanza, change.target)) return { reason: 'whatsapp_edit_by_another' }
  const edited = readEdited(change.edited)
  if (!edited) return { reason: 'whatsapp_edit_without_text' }
  return { message: { kind: 'edit', target: change.target.id, ...edited } }
}

function vote({ header, place, store }: Stanza, change: Extract<ReadChange, { type: 'vote' }>): Outcome {
  const { peer, author, outgoing } = place
  const own = [header.me.lid, header.me.number].flatMap((address) => address ?? [])
  const person = author ?? peer
  const voters = outgoing ? own : [person.address, ...person.aliases]
  const poll = findPoll(store, [peer.address, ...peer.aliases], change.target.id)
  const chosen = poll && openVote(poll, change.target.id, { ...change, voters })
  if (!chosen) return { reason: 'whatsapp_vote_unreadable' }
  return { message: { kind: 'vote', target: change.target.id, details: { vote: chosen } } }
}

/** Outcomes of a call as its log names them: connected, missed, failed, rejected, elsewhere, ongoing, silenced twice. */
const LOGGED_CALLS = ['answered', 'missed', 'missed', 'declined', 'answered', 'ringing', 'missed', 'missed'] as const

function service(
  event: 'timer' | 'pinned' | 'other',
  rest: { text?: string; seconds?: number; target?: string },
): Outcome {
  const { text = null, seconds = null, target = null } = rest
  return { message: { kind: 'service', target, details: { service: { event, members: [], text, seconds } } } }
}

function outcomeOf(stanza: Stanza, content: Kept): Outcome {
  switch (content.type) {
    case 'bubble': {
      const { kind, text, details, context, media } = content
      const given = Object.keys(details).length > 0 ? details : null
      return { message: { kind, text, details: given, reply: context.reply }, media }
    }
    case 'edit':
      return edit(stanza, content)
    case 'delete':
      if (!wroteTarget(stanza, content.target) && !isAdmin(stanza)) return { reason: 'whatsapp_delete_by_another' }
      return { message: { kind: 'delete', target: content.target.id } }
    case 'reaction':
      return { message: { kind: 'reaction', target: content.target.id, details: { emoji: content.emoji } } }
    case 'vote':
      return vote(stanza, content)
    case 'pin':
      return content.pinned
        ? service('pinned', { target: content.target.id })
        : service('other', { text: 'unpinned', target: content.target.id })
    case 'timer':
      return service('timer', { seconds: content.seconds })
    case 'call': {
      const { video, durationS } = content
      return {
        message: {
          kind: 'call',
          details: { call: { video, outcome: LOGGED_CALLS[content.outcome] ?? 'missed', durationS } },
        },
      }
    }
    case 'other':
      return { reason: `whatsapp_kind_${content.name}` }
  }
}

/** A whole neutral message from its particular members. */
export function completed(place: Place, providerId: string, time: number, message: Neutral): NeutralMessage {
  const empty = { text: '', entities: [], reply: null, target: null, media: null, details: null }
  const base = { channel: 'whatsapp' as const, chat: place.peer.address, author: place.authorAddress }
  return { ...base, providerId, time, ...empty, ...message }
}

export function pathOf(header: KeptHeader, outgoing: boolean): 'phone' | 'live' | 'offline' {
  if (outgoing) return 'phone'
  return header.attrs['offline'] === undefined ? 'live' : 'offline'
}

export function messageEvent(stanza: Stanza, content: Kept): ChannelEvent[] {
  const { row, header, place, body } = stanza
  const id = messageId(header.attrs['id'])
  if (!id) return unknownAt('whatsapp_no_id', row, header, null)
  const outcome = outcomeOf(stanza, content)
  if ('reason' in outcome) return unknownAt(outcome.reason.slice(0, 64), row, header, place)
  const { peer, author, outgoing } = place
  return [
    {
      type: 'message',
      peer,
      author,
      direction: outgoing ? 'out' : 'in',
      path: pathOf(header, outgoing),
      message: completed(place, id, eventTime(header.attrs['t'], row.receivedAt), outcome.message),
      clientId: outgoing ? id : null,
      raw: body,
      media: outcome.media ?? null,
    },
  ]
}
