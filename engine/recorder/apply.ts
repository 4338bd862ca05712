/** What a channel event does to the cache and the ledger; every function runs inside the caller's transaction. */
import type { ChannelEvent } from '../channels/channel.ts'
import { findChange } from '../cache/changes.ts'
import type { Reader, Writer } from '../cache/database.ts'
import { findByProviderId, findMessage, listUnreadByPeer, type MessageKey, type MessageRow } from '../cache/messages.ts'
import { findIdentity, recordConversation, recordIdentity } from '../cache/people.ts'
import { findSend } from '../cache/sends.ts'
import { applyGroup } from './apply-group.ts'
import { applyMessage } from './apply-message.ts'
import { applyUnknown } from './apply-unknown.ts'
import { bounded, header, placeOf, settleLines, type ApplyContext, type Place } from './context.ts'
import { moveChange, moveState, type Report } from './states.ts'

export function applyChannelEvent(writer: Writer, context: ApplyContext, event: ChannelEvent): void {
  if (event.type !== 'message') settleLines(writer, context)
  switch (event.type) {
    case 'message':
      return applyMessage(writer, context, event)
    case 'state':
      return applyReport(writer, context, event)
    case 'read-up-to':
      return applyReadUpTo(writer, context, event)
    case 'identity': {
      const identity = bounded(event.identity)
      recordIdentity(writer, context.account, identity)
      context.places?.clear()
      context.people?.clear()
      return context.append({
        ...header(context, null, null),
        kind: 'identity.seen/1',
        payload: { identity },
      })
    }
    case 'group':
      return applyGroup(writer, context, event.group)
    case 'unknown':
      return applyUnknown(writer, context, event)
  }
}

/** What became of an own message or change, by the ids that name it. */
export function applyReport(writer: Writer, context: ApplyContext, event: Report & { clientId: string | null }): void {
  const send = event.clientId === null ? undefined : findSend(writer, context.account, event.clientId)
  if (send && send.target !== null) {
    const change = findChange(writer, { conversation: send.conversation, target: send.target, n: send.n })
    if (change) moveChange(writer, context, placeOf(writer, change.conversation), change, event)
    return
  }
  const row = send ? findMessage(writer, send) : findOwnByProviderId(writer, context.account, event.providerId)
  if (row) moveState(writer, context, placeOf(writer, row.conversation), row, event)
}

function findOwnByProviderId(reader: Reader, account: string, providerId: string | null): MessageRow | undefined {
  if (providerId === null) return undefined
  const key = reader.get<MessageKey>(
    'SELECT conversation, at, n FROM recent WHERE account = ? AND providerId = ? AND mine = 1 ORDER BY at DESC LIMIT 1',
    [account, providerId],
  )
  return key ? findMessage(reader, key) : undefined
}

function applyReadUpTo(
  writer: Writer,
  context: ApplyContext,
  event: Extract<ChannelEvent, { type: 'read-up-to' }>,
): void {
  const identity = findIdentity(writer, context.account, event.peerAddress)
  if (!identity) return
  const at: Place = { identity, conversation: recordConversation(writer, context.account, identity.id) }
  const mine = event.direction === 'out' ? 1 : 0
  const last = findByProviderId(writer, {
    account: context.account,
    providerId: event.providerId,
    mine,
    peer: identity.id,
    conversation: at.conversation.id,
    at: null,
  })
  if (mine === 1 && last) {
    for (const row of listUnreadByPeer(writer, at.conversation.id, last).reverse()) {
      moveState(writer, context, at, row, { state: 'read', providerId: null, time: event.time, error: null })
    }
  }
  if (mine === 0) writer.run('UPDATE conversations SET unread = 0 WHERE id = ?', [at.conversation.id])
  context.append({
    ...header(context, at, null),
    kind: 'conversation.read/1',
    payload: { direction: event.direction, providerId: event.providerId, time: event.time },
  })
  context.touched.conversations.add(at.conversation.id)
}
