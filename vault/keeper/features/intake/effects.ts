/** What an event does to conversations and messages: each message once, whoever reports it and however often. */
import type { EventHeader, Payload } from '../../../../shared/contracts/events.ts'
import { nextSendState, sendStates, type SendState } from '../../../../shared/domain/send-state.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import type { Writer } from '../../../database/open.ts'
import type { MessageRefs, Whose } from '../../content/refs.ts'
import { deleteClaim, putClaim } from '../claims/queries.ts'
import { insertWaiting } from '../sends/queries.ts'
import {
  deleteMessage,
  findConversation,
  findConversationOf,
  findMessage,
  findRef,
  insertConversation,
  insertMessage,
  insertRef,
  lastAtOf,
  markGroup,
  markReadUpTo,
  putGroupSeen,
  putRef,
  updateMessage,
  type ConversationRow,
  type MessageRow,
} from './queries.ts'

/** Bits of message.marks. */
export const marks = { late: 1, unproven: 2, raw: 4 } as const

export interface EventPlace {
  db: Writer
  refs: MessageRefs
  header: EventHeader
  account: string
  channel: string
  position: number
  /** Marks that a message of this event gets. */
  marks: number
}

const isSendState = (state: string): state is SendState => sendStates.some((one) => one === state)

/**
 * Within one second of the provider's time the arrival decides, as on the workstation: WhatsApp's ids are random, and an answer must stand
 * behind what it answers.
 */
function order(place: EventPlace): string {
  return String(place.position).padStart(12, '0')
}

/** Providers tell whole seconds; an intent that kept its milliseconds would stand behind the answer to it. */
function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000
}

async function conversationOf(place: EventPlace, whose: Whose, at: number): Promise<ConversationRow> {
  const known = await findConversationOf(place.db, whose.identity)
  if (known) {
    if (whose.isGroup && !known.is_group) await markGroup(place.db, known.id)
    return known
  }
  const { identity } = whose
  const row = { id: randomId(), account: place.account, identity, last_at: at, is_group: whose.isGroup ? 1 : 0 }
  await insertConversation(place.db, row)
  return row
}

async function firstMessage(place: EventPlace, candidates: readonly Buffer[]): Promise<MessageRow | undefined> {
  for (const ref of candidates) {
    const key = await findRef(place.db, place.account, ref)
    const row = key && (await findMessage(place.db, key))
    if (row) return row
  }
  return undefined
}

/**
 * The provider's own record of a message and the intent it came from, which two ledgers have told in either order, become one: the record
 * stays, so that no claim of a workstation can take away what the provider has shown. Returns what is left.
 */
async function unite(
  place: EventPlace,
  intent: MessageRow,
  providerId: string,
  found: readonly Buffer[],
): Promise<MessageRow> {
  const record = await firstMessage(place, [place.refs.own(providerId)])
  const areTwo = record && record.id !== intent.id && intent.path === 'workstation' && record.path !== 'workstation'
  if (!areTwo || !isSendState(record.state) || !isSendState(intent.state)) return intent
  await deleteMessage(place.db, intent)
  for (const ref of found) await putRef(place.db, place.account, ref, record)
  return { ...record, state: nextSendState(record.state, intent.state) }
}

async function addMessage(
  place: EventPlace,
  whose: Whose,
  one: Pick<MessageRow, 'kind' | 'direction' | 'path' | 'state' | 'marks'> & { at: number; providerId: string | null },
  found: readonly Buffer[],
): Promise<void> {
  const conversation = await conversationOf(place, whose, one.at)
  const row: MessageRow = {
    conversation: conversation.id,
    // What has no provider time yet follows what its own ledger had told before: not what others have told meanwhile.
    at:
      one.providerId === null
        ? Math.max(wholeSecond(one.at), await lastAtOf(place.db, conversation.id, place.header.ledger))
        : one.at,
    ord: order(place),
    id: randomId(),
    account: place.account,
    position: place.position,
    kind: one.kind,
    direction: one.direction,
    path: one.path,
    state: one.state,
    marks: one.marks,
    ledger: place.header.ledger,
    seq: place.header.seq,
    state_ledger: null,
    state_seq: null,
  }
  await insertMessage(place.db, row, whose.owner)
  for (const ref of found) await insertRef(place.db, place.account, ref, row)
}

/** What tells a message of others from one that has come before; more hashes may lead to it. */
function inboundRefs(
  place: EventPlace,
  { identity, owner, isGroup }: Whose,
  id: string,
): { known: Buffer; all: Buffer[] } {
  const byPeer = place.refs.peer(identity, 'in', id)
  if (!isGroup) return { known: byPeer, all: [byPeer] }
  const byWriter = place.refs.from(identity, owner, id)
  return { known: byWriter, all: [byWriter, byPeer] }
}

export async function applyRecorded(
  place: EventPlace,
  whose: Whose,
  payload: Payload<'message.recorded/1'>,
): Promise<void> {
  const { message, direction } = payload
  const mine = direction === 'out'
  const id = nameOf(message)
  const inbound = mine ? null : inboundRefs(place, whose, id)
  const found = inbound?.all ?? [place.refs.peer(whose.identity, direction, id), place.refs.own(id)]
  if (mine && payload.clientId !== null) found.unshift(place.refs.client(payload.clientId))
  // WhatsApp fixes the message id before it sends: there the provider id is the client id.
  const candidates = inbound ? [inbound.known] : [...found, place.refs.client(message.providerId)]
  const known = await firstMessage(place, candidates)
  if (!known) {
    const state = mine ? 'sent' : 'received'
    const one = {
      kind: message.kind,
      direction,
      path: payload.path,
      state,
      marks: place.marks,
      at: message.time,
      providerId: message.providerId,
    }
    return addMessage(place, whose, one, found)
  }
  const one = mine ? await unite(place, known, message.providerId, found) : known
  for (const ref of found) await insertRef(place.db, place.account, ref, one)
  if (endsCall(one, payload))
    await updateMessage(place.db, { ...one, ledger: place.header.ledger, seq: place.header.seq })
  if (!mine || !isSendState(one.state)) return
  // The provider's own form of an intent says more than the report that named it first.
  const names = one.path === 'workstation' && (one.state_seq === null || payload.clientId !== null)
  await updateMessage(place.db, {
    ...one,
    state: nextSendState(one.state, 'sent'),
    ...(names ? { state_ledger: place.header.ledger, state_seq: place.header.seq } : {}),
  })
}

/**
 * What tells one message from another. Telegram gives a person's reaction (or vote) one id however often it changes: there each new state
 * is a message.
 */
function nameOf({ providerId, kind, target, time, details }: Payload<'message.recorded/1'>['message']): string {
  const isDerived = (kind === 'reaction' || kind === 'vote') && target !== null && providerId.startsWith(`${target}/`)
  return isDerived ? `${providerId}\0${time}\0${JSON.stringify(details?.emoji ?? details?.vote ?? null)}` : providerId
}

/** A call is told when it rings and when it is over, under one id: what it came to is what the row shows. Both events stay. */
function endsCall(row: MessageRow, { message }: Payload<'message.recorded/1'>): boolean {
  const call = message.details?.call
  return row.kind === 'call' && message.kind === 'call' && call !== undefined && call.outcome !== 'ringing'
}

export async function applyIntended(
  place: EventPlace,
  whose: Whose,
  payload: Payload<'message.intended/1'>,
): Promise<void> {
  const found = [place.refs.client(payload.clientId)]
  if (place.header.message !== null) found.push(place.refs.writer(place.header.ledger, place.header.message))
  const candidates = found.slice(0, 1)
  // Under WhatsApp the client id is the provider's: a successor may have seen the message before its intent arrives.
  if (place.channel === 'whatsapp') candidates.push(place.refs.own(payload.clientId))
  const known = await firstMessage(place, candidates)
  if (known) {
    for (const ref of found) await insertRef(place.db, place.account, ref, known)
    return reopen(place, payload, known)
  }
  const one = { direction: 'out', path: 'workstation', state: 'queued', marks: place.marks, at: place.header.at }
  await addMessage(place, whose, { ...one, kind: payload.kind, providerId: null }, found)
  if (waits(place)) await insertWaiting(place.db, waitingSend(place, payload))
}

/** Written by somebody who does not run the account: the runner sends it. */
function waits({ header, marks: marked }: EventPlace): boolean {
  return header.epoch === '0.0' && marked === 0
}

function waitingSend(place: EventPlace, { clientId, seen }: Payload<'message.intended/1'>) {
  const { ledger, seq } = place.header
  const ref = place.refs.client(clientId)
  return { ledger, seq, account: place.account, ref, position: place.position, seen: seen ?? null }
}

/** A person repeats what did not arrive, or perhaps did not: under the same client id it can never arrive as two. */
async function reopen(place: EventPlace, payload: Payload<'message.intended/1'>, known: MessageRow): Promise<void> {
  const isOpen = known.path === 'workstation' && (known.state === 'failed' || known.state === 'unknown')
  if (!waits(place) || !isOpen) return
  await updateMessage(place.db, { ...known, state: 'queued' })
  await insertWaiting(place.db, waitingSend(place, payload))
}

/** The conversation's identity, or null when nobody knows this message: then the report is only kept. */
export async function applyState(place: EventPlace, payload: Payload<'message.state/1'>): Promise<void> {
  const reported = await findReported(place, payload)
  if (!reported) return
  const row =
    payload.providerId === null
      ? reported
      : await unite(place, reported, payload.providerId, intentRefs(place, payload.clientId))
  if (!isSendState(row.state)) return
  const names = payload.providerId !== null && row.path === 'workstation'
  await updateMessage(place.db, {
    ...row,
    state: nextSendState(row.state, payload.state),
    ...(names && row.state_seq === null ? { state_ledger: place.header.ledger, state_seq: place.header.seq } : {}),
  })
  if (payload.providerId === null) return
  const identity = (await findConversation(place.db, row.conversation))?.identity
  const found = [place.refs.own(payload.providerId)]
  if (identity) found.push(place.refs.peer(identity, 'out', payload.providerId))
  for (const ref of found) await insertRef(place.db, place.account, ref, row)
}

/** How a ledger's own words lead to a message that it has sent. */
function intentRefs(place: EventPlace, clientId: string | null): Buffer[] {
  const found = clientId === null ? [] : [place.refs.client(clientId)]
  if (place.header.message !== null) found.push(place.refs.writer(place.header.ledger, place.header.message))
  return found
}

/** The own message that a report is about. */
export async function findReported(
  place: EventPlace,
  payload: Pick<Payload<'message.state/1'>, 'clientId' | 'providerId'>,
): Promise<MessageRow | undefined> {
  const found: Buffer[] = []
  if (payload.clientId !== null) found.push(place.refs.client(payload.clientId))
  if (payload.providerId !== null) found.push(place.refs.own(payload.providerId), place.refs.client(payload.providerId))
  if (place.header.message !== null) found.push(place.refs.writer(place.header.ledger, place.header.message))
  return firstMessage(place, found)
}

/** Out: the customer has read everything of ours up to this message. */
export async function applyRead(place: EventPlace, payload: Payload<'conversation.read/1'>): Promise<void> {
  if (payload.direction !== 'out') return
  const row = await firstMessage(place, [place.refs.own(payload.providerId), place.refs.client(payload.providerId)])
  if (row) await markReadUpTo(place.db, row.conversation, row.at)
}

/** Something that is not understood, shown in its place: where that is known, under the provider's time, and once. */
export async function applyRaw(
  place: EventPlace,
  whose: Whose,
  known: Payload<'raw.kept/1'>['place'] = null,
): Promise<void> {
  const kept = { kind: 'raw', path: 'live', marks: place.marks | marks.raw }
  if (!known) {
    const one = { ...kept, direction: 'in', state: 'received', at: place.header.at, providerId: null }
    return addMessage(place, whose, one, [])
  }
  const { direction, providerId, time } = known
  const found = [place.refs.raw(whose.identity, whose.owner, direction, providerId)]
  if (await firstMessage(place, found)) return
  const state = direction === 'out' ? 'sent' : 'received'
  await addMessage(place, whose, { ...kept, direction, state, at: time, providerId }, found)
}

/** The content is the event's; only which snapshot is the newest is written down. */
export async function applyGroupSeen(place: EventPlace, whose: Whose): Promise<void> {
  const { ledger, seq, at } = place.header
  if (whose.isGroup) await putGroupSeen(place.db, { identity: whose.identity, ledger, seq, at })
}

/** A claim takes the customer from whoever has it; what came late or unproven claims nothing. */
export async function applyClaimed(
  place: EventPlace,
  whose: Whose,
  { claimed }: Payload<'conversation.claimed/1'>,
): Promise<void> {
  if (place.marks !== 0) return
  const { ledger, at } = place.header
  const conversation = (await conversationOf(place, whose, at)).id
  await (claimed ? putClaim(place.db, { conversation, ledger, at }) : deleteClaim(place.db, conversation, ledger))
}
