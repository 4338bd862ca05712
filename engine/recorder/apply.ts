/** What a channel event does to the cache and the ledger; every function runs inside the caller's transaction. */
import { randomId } from '../../shared/formats/bytes.ts'
import type { EventDraft } from '../../shared/formats/event.ts'
import type { ChannelEvent, SeenIdentity } from '../channels/channel.ts'
import type { Reader, Writer } from '../cache/database.ts'
import {
  applyProviderId,
  applyState,
  findByProviderId,
  findMessage,
  findSend,
  listUnreadByPeer,
  recordMessage,
  type MessageKey,
  type MessageRow,
} from '../cache/messages.ts'
import {
  findIdentity,
  recordConversation,
  recordIdentity,
  type ConversationRow,
  type IdentityRow,
} from '../cache/people.ts'

/** Well within the 30 days that `recent` reaches back. */
const recentMs = 29 * 86_400_000

export interface Touched {
  conversations: Set<number>
  messages: MessageKey[]
  /** New messages, for the line `recorded`. */
  recorded: { key: MessageKey; opaque: string }[]
}

export interface ApplyContext {
  account: string
  epoch: string
  now: number
  touched: Touched
  /** Places that this transaction has found already, by what was seen; one map per commit and account. */
  places?: Map<string, Place>
  append(draft: EventDraft): void
}

export interface Place {
  identity: IdentityRow
  conversation: ConversationRow
}

export function newTouched(): Touched {
  return { conversations: new Set(), messages: [], recorded: [] }
}

/** Names and aliases come from strangers: they are cut to what a payload may hold. */
function bounded(peer: SeenIdentity): SeenIdentity {
  return {
    address: peer.address,
    aliases: peer.aliases.slice(0, 16),
    name: peer.name === null ? null : peer.name.slice(0, 512).toWellFormed(),
  }
}

function place(writer: Writer, context: ApplyContext, peer: SeenIdentity): Place {
  const { account, places } = context
  const seen = places && JSON.stringify([account, peer.address, peer.name, peer.aliases])
  const known = seen === undefined ? undefined : places!.get(seen)
  if (known) return known
  const identity = recordIdentity(writer, account, peer)
  const found = { identity, conversation: recordConversation(writer, account, identity.id) }
  if (places && seen !== undefined) {
    // This sight may have changed the name under which another one is remembered.
    for (const [other, one] of places) if (one.identity.id === identity.id) places.delete(other)
    places.set(seen, found)
  }
  return found
}

function header(context: ApplyContext, at: Place | null, message: string | null): Omit<EventDraft, 'kind' | 'payload'> {
  return {
    account: context.account,
    epoch: context.epoch,
    conversation: at?.conversation.opaque ?? null,
    identity: at?.identity.opaque ?? null,
    message,
    at: context.now,
  }
}

export function applyChannelEvent(writer: Writer, context: ApplyContext, event: ChannelEvent): void {
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
      return context.append({
        ...header(context, null, null),
        kind: 'identity.seen/1',
        payload: { identity },
      })
    }
    case 'unknown': {
      const payload = { reason: event.reason.slice(0, 256), raw: Buffer.from(event.raw).toString('base64') }
      return context.append({ ...header(context, null, null), kind: 'raw.kept/1', payload })
    }
  }
}

function applyMessage(writer: Writer, context: ApplyContext, event: Extract<ChannelEvent, { type: 'message' }>): void {
  const peer = bounded(event.peer)
  const at = place(writer, context, peer)
  const mine = event.direction === 'out' ? 1 : 0
  const { message } = event
  const send = event.clientId === null ? undefined : findSend(writer, context.account, event.clientId)
  const known = send
    ? findMessage(writer, send)
    : findByProviderId(writer, {
        account: context.account,
        providerId: message.providerId,
        mine,
        peer: at.identity.id,
        conversation: at.conversation.id,
        // What is younger stands among the recent ones, or nowhere.
        at: message.time < context.now - recentMs ? message.time : null,
      })
  if (known) {
    if (mine === 1)
      moveState(writer, context, at, known, {
        state: 'sent',
        providerId: message.providerId,
        time: message.time,
        error: null,
      })
    return
  }
  const opaque = randomId()
  const key = recordMessage(writer, {
    conversation: at.conversation.id,
    at: message.time,
    opaque,
    mine,
    path: event.path,
    kind: message.kind,
    providerId: message.providerId,
    clientId: event.clientId,
    state: mine === 1 ? 'sent' : 'received',
    replyTo: message.reply,
    text: message.text,
    account: context.account,
    peer: at.identity.id,
  })
  context.append({
    ...header(context, at, opaque),
    kind: 'message.recorded/1',
    payload: {
      peer,
      direction: event.direction,
      path: event.path,
      message,
      clientId: event.clientId,
      raw: Buffer.from(event.raw).toString('base64'),
    },
  })
  context.touched.conversations.add(at.conversation.id)
  context.touched.messages.push(key)
  context.touched.recorded.push({ key, opaque })
}

interface Report {
  state: 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'
  providerId: string | null
  time: number | null
  error: Extract<ChannelEvent, { type: 'state' }>['error']
}

/** Moves an own message and writes it down; says nothing when nothing moved. */
export function moveState(writer: Writer, context: ApplyContext, at: Place, row: MessageRow, report: Report): void {
  const owned = { ...row, account: context.account, peer: at.identity.id }
  const learnt = report.providerId !== null && report.providerId !== row.providerId
  if (report.providerId !== null && learnt) applyProviderId(writer, owned, report.providerId)
  const moved = applyState(writer, owned, report.state, report.error)
  if (moved === null && !learnt) return
  context.append({
    ...header(context, at, row.opaque),
    kind: 'message.state/1',
    payload: {
      state: report.state,
      clientId: row.clientId,
      providerId: report.providerId,
      time: report.time,
      error: report.error && {
        code: report.error.code.slice(0, 64),
        text: report.error.text.slice(0, 512).toWellFormed(),
        until: report.error.until,
      },
    },
  })
  context.touched.conversations.add(row.conversation)
  context.touched.messages.push({ conversation: row.conversation, at: row.at, n: row.n })
}

/** Where a message stands, from its conversation. */
export function placeOf(writer: Reader, conversation: number): Place {
  const row = writer.get<ConversationRow>(
    'SELECT id, opaque, account, identity, lastText, lastDirection, lastAt, unread FROM conversations WHERE id = ?',
    [conversation],
  )!
  const identity = writer.get<IdentityRow>('SELECT id, opaque, address, name FROM identities WHERE id = ?', [
    row.identity,
  ])!
  return { conversation: row, identity }
}

function applyReport(writer: Writer, context: ApplyContext, event: Extract<ChannelEvent, { type: 'state' }>): void {
  const row = findOwn(writer, context.account, event.clientId, event.providerId)
  if (!row) return
  moveState(writer, context, placeOf(writer, row.conversation), row, event)
}

function findOwn(
  writer: Writer,
  account: string,
  clientId: string | null,
  providerId: string | null,
): MessageRow | undefined {
  const send = clientId === null ? undefined : findSend(writer, account, clientId)
  if (send) return findMessage(writer, send)
  if (providerId === null) return undefined
  const key = writer.get<MessageKey>(
    'SELECT conversation, at, n FROM recent WHERE account = ? AND providerId = ? AND mine = 1 ORDER BY at DESC LIMIT 1',
    [account, providerId],
  )
  return key ? findMessage(writer, key) : undefined
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

/** A person decided to repeat it: queued again under the same client id. */
export function applyReopened(writer: Writer, row: MessageRow & { account: string }): void {
  applyState(writer, row, 'queued', null, true)
}
