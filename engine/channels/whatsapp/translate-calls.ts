/** Calls: one notice when it rings, one when it is over, both under the call's id. */
import type { ChannelEvent, ChannelStore, InboxRow } from '../channel.ts'
import type { KnownCall } from './calls.ts'
import type { KeptHeader } from './kept-event.ts'
import type { KeptNode } from './kept-node.ts'
import { eventTime, isOwn, placeOf } from './places.ts'
import { completed, pathOf, unknownAt } from './translate-message.ts'

type Outcome = 'ringing' | 'missed' | 'answered' | 'declined'

function outcomeOf(step: KeptNode, call: KnownCall): Outcome | null {
  const reason = step.attrs['reason'] ?? ''
  switch (step.tag) {
    case 'offer':
      return 'ringing'
    case 'accept':
      return null
    case 'reject':
      return 'declined'
    case 'terminate':
      if (reason === 'accepted_elsewhere' || call.accepted) return 'answered'
      return reason === 'rejected_elsewhere' ? 'declined' : 'missed'
    default:
      return 'missed'
  }
}

export function translateCall(
  row: InboxRow,
  header: KeptHeader,
  body: Uint8Array,
  store: Pick<ChannelStore, 'getState'>,
): ChannelEvent[] {
  const { step, call } = JSON.parse(Buffer.from(body).toString('utf8')) as { step: KeptNode; call: KnownCall }
  const outcome = outcomeOf(step, call)
  if (!outcome) return []
  const { attrs, me } = header
  // Steps of the owner's own devices are told with the caller's address in the call itself.
  const caller = step.attrs['call-creator'] ?? call.from
  const from = isOwn(me, attrs['from']) && !isOwn(me, caller) ? caller : (attrs['from'] ?? call.from)
  const number = step.attrs['caller_pn']
  const hinted = { ...attrs, from, ...(number ? { sender_pn: number } : {}) }
  const place = placeOf({ ...header, attrs: hinted }, store, null)
  const id = step.attrs['call-id']
  if (!place || !id) return unknownAt('whatsapp_call', row, header, null)
  const seconds = step.attrs['duration']
  const durationS = seconds !== undefined && /^\d{1,7}$/.test(seconds) ? Number(seconds) : null
  const details = { call: { video: call.video, outcome, durationS: outcome === 'answered' ? durationS : null } }
  return [
    {
      type: 'message',
      peer: place.peer,
      author: place.author,
      direction: place.outgoing ? 'out' : 'in',
      path: pathOf(header, place.outgoing),
      message: completed(place, id, eventTime(attrs['t'], row.receivedAt), { kind: 'call', details }),
      clientId: null,
      raw: body,
      media: null,
    },
  ]
}
