/** What an event does to conversations and messages: each message once, whoever reports it and however often. */
import type { EventHeader, Payload } from '../../../../shared/contracts/events.ts'
import { nextSendState, sendStates, type SendState } from '../../../../shared/domain/send-state.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import type { Writer } from '../../../database/open.ts'
import type { Keyring } from '../../keyring/keyring.ts'
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
  markReadUpTo,
  putRef,
  updateMessage,
  type ConversationRow,
  type MessageRow,
} from './queries.ts'

/** Bits of message.marks. */
export const marks = { late: 1, unproven: 2, raw: 4 } as const

export interface EventPlace {
  db: Writer
  keyring: Keyring
  header: EventHeader
  account: string
  channel: string
  position: number
  /** Marks that a message of this event gets. */
  marks: number
}

const isSendState = (state: string): state is SendState => sendStates.some((one) => one === state)

/** Keyed hashes by which a message is found again: by client id, by provider id in a conversation, by an own provider id alone. */
const refs = {
  client: ({ keyring, account }: EventPlace, id: string) => keyring.lookup('client', account, id),
  peer: ({ keyring, account }: EventPlace, identity: string, direction: string, id: string) =>
    keyring.lookup('message', account, identity, direction, id),
  own: ({ keyring, account }: EventPlace, id: string) => keyring.lookup('own', account, id),
  writer: ({ keyring, header }: EventPlace, id: string) => keyring.lookup('writer', header.ledger, id),
}

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

async function conversationOf(place: EventPlace, identity: string, at: number): Promise<ConversationRow> {
  const known = await findConversationOf(place.db, identity)
  if (known) return known
  const row = { id: randomId(), account: place.account, identity, last_at: at }
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
  const record = await firstMessage(place, [refs.own(place, providerId)])
  const areTwo = record && record.id !== intent.id && intent.path === 'workstation' && record.path !== 'workstation'
  if (!areTwo || !isSendState(record.state) || !isSendState(intent.state)) return intent
  await deleteMessage(place.db, intent)
  for (const ref of found) await putRef(place.db, place.account, ref, record)
  return { ...record, state: nextSendState(record.state, intent.state) }
}

async function addMessage(
  place: EventPlace,
  identity: string,
  one: Pick<MessageRow, 'direction' | 'path' | 'state' | 'marks'> & { at: number; providerId: string | null },
  found: readonly Buffer[],
): Promise<void> {
  const conversation = await conversationOf(place, identity, one.at)
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
    direction: one.direction,
    path: one.path,
    state: one.state,
    marks: one.marks,
    ledger: place.header.ledger,
    seq: place.header.seq,
    state_ledger: null,
    state_seq: null,
  }
  await insertMessage(place.db, row, identity)
  for (const ref of found) await insertRef(place.db, place.account, ref, row)
}

export async function applyRecorded(
  place: EventPlace,
  identity: string,
  payload: Payload<'message.recorded/1'>,
): Promise<void> {
  const { message, direction } = payload
  const mine = direction === 'out'
  const found = [refs.peer(place, identity, direction, message.providerId)]
  if (mine) found.push(refs.own(place, message.providerId))
  if (mine && payload.clientId !== null) found.unshift(refs.client(place, payload.clientId))
  // WhatsApp fixes the message id before it sends: there the provider id is the client id.
  const candidates = mine ? [...found, refs.client(place, message.providerId)] : found
  const known = await firstMessage(place, candidates)
  if (!known) {
    const state = mine ? 'sent' : 'received'
    const one = {
      direction,
      path: payload.path,
      state,
      marks: place.marks,
      at: message.time,
      providerId: message.providerId,
    }
    return addMessage(place, identity, one, found)
  }
  const one = mine ? await unite(place, known, message.providerId, found) : known
  for (const ref of found) await insertRef(place.db, place.account, ref, one)
  if (!mine || !isSendState(one.state)) return
  const isFirst = one.path === 'workstation' && one.state_seq === null
  await updateMessage(place.db, {
    ...one,
    state: nextSendState(one.state, 'sent'),
    ...(isFirst ? { state_ledger: place.header.ledger, state_seq: place.header.seq } : {}),
  })
}

export async function applyIntended(
  place: EventPlace,
  identity: string,
  payload: Payload<'message.intended/1'>,
): Promise<void> {
  const found = [refs.client(place, payload.clientId)]
  if (place.header.message !== null) found.push(refs.writer(place, place.header.message))
  const candidates = found.slice(0, 1)
  // Under WhatsApp the client id is the provider's: a successor may have seen the message before its intent arrives.
  if (place.channel === 'whatsapp') candidates.push(refs.own(place, payload.clientId))
  const known = await firstMessage(place, candidates)
  if (known) {
    for (const ref of found) await insertRef(place.db, place.account, ref, known)
    return
  }
  const one = { direction: 'out', path: 'workstation', state: 'queued', marks: place.marks, at: place.header.at }
  await addMessage(place, identity, { ...one, providerId: null }, found)
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
  const found = [refs.own(place, payload.providerId)]
  if (identity) found.push(refs.peer(place, identity, 'out', payload.providerId))
  for (const ref of found) await insertRef(place.db, place.account, ref, row)
}

/** How a ledger's own words lead to a message that it has sent. */
function intentRefs(place: EventPlace, clientId: string | null): Buffer[] {
  const found = clientId === null ? [] : [refs.client(place, clientId)]
  if (place.header.message !== null) found.push(refs.writer(place, place.header.message))
  return found
}

/** The own message that a report is about. */
export async function findReported(
  place: EventPlace,
  payload: Pick<Payload<'message.state/1'>, 'clientId' | 'providerId'>,
): Promise<MessageRow | undefined> {
  const found: Buffer[] = []
  if (payload.clientId !== null) found.push(refs.client(place, payload.clientId))
  if (payload.providerId !== null)
    found.push(refs.own(place, payload.providerId), refs.client(place, payload.providerId))
  if (place.header.message !== null) found.push(refs.writer(place, place.header.message))
  return firstMessage(place, found)
}

/** Out: the customer has read everything of ours up to this message. */
export async function applyRead(place: EventPlace, payload: Payload<'conversation.read/1'>): Promise<void> {
  if (payload.direction !== 'out') return
  const row = await firstMessage(place, [refs.own(place, payload.providerId), refs.client(place, payload.providerId)])
  if (row) await markReadUpTo(place.db, row.conversation, row.at)
}

/** Something that is not understood yet, shown in its place. */
export function applyRaw(place: EventPlace, identity: string): Promise<void> {
  const one = { direction: 'in', path: 'live', state: 'received', marks: place.marks | marks.raw, at: place.header.at }
  return addMessage(place, identity, { ...one, providerId: null }, [])
}
