/** What an event does to conversations and messages: each message once, whoever reports it and however often. */
import type { EventHeader, Payload } from '../../../../shared/contracts/events.ts'
import { nextSendState, sendStates, type SendState } from '../../../../shared/domain/send-state.ts'
import { randomId } from '../../../../shared/formats/bytes.ts'
import type { Writer } from '../../../database/open.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import {
  findConversation,
  findConversationOf,
  findMessage,
  findRef,
  insertConversation,
  insertMessage,
  insertRef,
  markReadUpTo,
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

/** Telegram's ids are counted, so they sort as numbers; WhatsApp's are random, so there the arrival orders what one second holds. */
function order(place: EventPlace, providerId: string | null): string {
  const position = String(place.position).padStart(12, '0')
  return place.channel === 'telegram' ? `${providerId?.padStart(20, '0') ?? '~'}.${position}` : position
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
    if (key) return findMessage(place.db, key)
  }
  return undefined
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
    // What has no provider time yet follows what it followed.
    at: one.providerId === null ? Math.max(one.at, conversation.last_at) : one.at,
    ord: order(place, one.providerId),
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
  for (const ref of found) await insertRef(place.db, place.account, ref, known)
  if (!mine || !isSendState(known.state)) return
  const isFirst = known.path === 'workstation' && known.state_seq === null
  await updateMessage(place.db, {
    ...known,
    state: nextSendState(known.state, 'sent'),
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
  if (await firstMessage(place, found.slice(0, 1))) return
  const one = { direction: 'out', path: 'workstation', state: 'queued', marks: place.marks, at: place.header.at }
  await addMessage(place, identity, { ...one, providerId: null }, found)
}

/** The conversation's identity, or null when nobody knows this message: then the report is only kept. */
export async function applyState(place: EventPlace, payload: Payload<'message.state/1'>): Promise<void> {
  const row = await findReported(place, payload)
  if (!row || !isSendState(row.state)) return
  const names = payload.providerId !== null
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
