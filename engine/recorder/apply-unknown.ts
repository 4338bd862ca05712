/** What nobody understands is kept as it came; where its place is known it is a row of its conversation. */
import { isGroupAddress } from '../../shared/contracts/neutral-message.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import type { ChannelEvent, RawPlace } from '../channels/channel.ts'
import type { Writer } from '../cache/database.ts'
import { findByProviderId, recordMessage } from '../cache/messages.ts'
import { bounded, header, person, place, type ApplyContext } from './context.ts'

export function applyUnknown(
  writer: Writer,
  context: ApplyContext,
  event: Extract<ChannelEvent, { type: 'unknown' }>,
): void {
  const reason = event.reason.slice(0, 256).toWellFormed()
  const raw = Buffer.from(event.raw.buffer, event.raw.byteOffset, event.raw.byteLength).toString('base64')
  if (event.place) return applyPlaced(writer, context, event.place, reason, raw)
  context.append({ ...header(context, null, null), kind: 'raw.kept/1', payload: { reason, raw, place: null } })
}

function applyPlaced(writer: Writer, context: ApplyContext, given: RawPlace, reason: string, raw: string): void {
  const peer = bounded(given.peer)
  const at = place(writer, context, peer)
  const mine = given.direction === 'out' ? 1 : 0
  const seen = given.author && mine === 0 && isGroupAddress(peer.address) ? bounded(given.author) : null
  const author = seen && person(writer, context, seen).id
  const known = findByProviderId(writer, {
    account: context.account,
    providerId: given.providerId,
    mine,
    peer: at.identity.id,
    conversation: at.conversation.id,
    author,
    at: given.time,
  })
  if (known) {
    // The same once more, or something odd under the name of a message that stands here already: kept, but no second row.
    if (known.kind !== 'raw')
      context.append({ ...header(context, at, null), kind: 'raw.kept/1', payload: { reason, raw, place: null } })
    return
  }
  const opaque = randomId()
  const key = recordMessage(writer, {
    conversation: at.conversation.id,
    at: given.time,
    opaque,
    mine,
    path: 'live',
    kind: 'raw',
    providerId: given.providerId,
    clientId: null,
    state: mine === 1 ? 'sent' : 'received',
    replyTo: null,
    author,
    entities: null,
    details: null,
    target: null,
    text: reason,
    account: context.account,
    peer: at.identity.id,
    unread: mine === 0,
  })
  const { direction, providerId, time } = given
  context.append({
    ...header(context, at, opaque),
    kind: 'raw.kept/1',
    payload: { reason, raw, place: { peer, author: seen, direction, providerId, time } },
  })
  context.touched.conversations.add(at.conversation.id)
  context.touched.messages.push(key)
  context.touched.recorded.push({ key, opaque })
}
