/** Turns stanzas into inbox rows: which are kept, under which key, and with what beside them. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ChannelStore } from '../channel.ts'
import { groupAddress, isLid, keyStateType, personAddress } from './address.ts'
import type { JournalEntry } from './auth-state.ts'
import { callEntry, findCall } from './calls.ts'
import { applyToGroup, findGroup, groupEntry } from './group-state.ts'
import type { GroupState } from './group-state.ts'
import { encodeKept } from './kept-event.ts'
import type { KeptHeader, OwnAddresses } from './kept-event.ts'
import { childOf, keepNode, keptAttributes } from './kept-node.ts'
import type { KeptNode } from './kept-node.ts'
import { learnedFrom } from './learned.ts'
import { readMessage, withoutPadding } from './message-content.ts'
import { isOwn } from './places.ts'
import { MalformedMessage } from './protobuf.ts'
import { readResent } from './resent.ts'
import { receiptMeaning } from './translate-receipts.ts'

export interface EventRow {
  key: string
  kind: string
  raw: Uint8Array
}

const NO_BODY: Uint8Array = new Uint8Array()

function headerOf(node: BinaryNode, me: OwnAddresses): KeptHeader {
  return { v: 1, attrs: keptAttributes(node), me, ids: [], note: '' }
}

function row(kind: string, key: string, node: BinaryNode, me: OwnAddresses, rest: Partial<KeptHeader>, body = NO_BODY) {
  return { key, kind, raw: encodeKept({ ...headerOf(node, me), ...rest }, body) }
}

/** One person's address for use in a key: the LID where the stanza tells it, so that redelivery finds the same key. */
function keyAddress(attrs: Record<string, string>): string {
  const jid = attrs['participant'] ?? attrs['from'] ?? ''
  const address = personAddress(jid)
  const lid = personAddress(attrs['participant_lid'] ?? attrs['sender_lid'])
  return address && !isLid(address) && lid ? lid : (address ?? jid)
}

/** The same for every delivery of the same message, whichever way it is encrypted or queued. */
export function messageKey(node: BinaryNode): string {
  const { attrs } = node
  const chat = attrs['recipient'] ?? (attrs['participant'] ? attrs['from'] : '')
  return `m|${chat ?? ''}|${keyAddress(attrs)}|${attrs['id'] ?? ''}`
}

export function isOwnStanza(node: BinaryNode, me: OwnAddresses): boolean {
  return isOwn(me, node.attrs['participant'] ?? node.attrs['from'])
}

/** Channels and status broadcasts are no conversations: they are neither decrypted nor kept. */
export function isBroadcast(jid: string | undefined): boolean {
  return jid === 'status@broadcast' || (jid?.endsWith('@newsletter') ?? false)
}

/** A row with what must be written beside it. */
export type RowWithState = EventRow & { state: JournalEntry['state'] }

function keptMessage(node: BinaryNode, body: Uint8Array, me: OwnAddresses, look: Look): RowWithState {
  let state: JournalEntry['state'] = []
  try {
    state = learnedFrom(headerOf(node, me), body, look.store, look.receivedAt)
  } catch (error) {
    // Kept as it is: translation says that it is malformed.
    if (!(error instanceof MalformedMessage)) throw error
  }
  return { ...row('message', messageKey(node), node, me, {}, body), state }
}

/** Where rows are written, and when. */
export interface Look {
  store: ChannelStore
  receivedAt: number
}

/**
 * None for what the account's own devices tell each other, and for parts that carry keys only: a message has one part that says
 * something, so the key is the message's whichever part that is. Several where the own phone gives earlier messages once more.
 */
export function messageRows(node: BinaryNode, padded: Uint8Array, me: OwnAddresses, look: Look): RowWithState[] {
  const body = withoutPadding(padded)
  const own = isOwnStanza(node, me)
  try {
    const resent = own ? readResent(body, me, look.store) : []
    if (resent.length > 0) return resent.map((one) => keptMessage(one.node, one.body, me, look))
    if (readMessage(body, own).content.type === 'internal') return []
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
  }
  return [keptMessage(node, body, me, look)]
}

/** A message that came without anything to decrypt, for example a view-once picture that only the phone may show. */
export function unavailableRow(node: BinaryNode, me: OwnAddresses): EventRow {
  const child = Array.isArray(node.content) ? node.content[0] : undefined
  const note = [child?.tag, child?.attrs['type']].filter(Boolean).join(' ')
  return row('unavailable', `u|${messageKey(node)}`, node, me, { note })
}

/** A message that could not be decrypted and was not sent again in time. */
export function undecryptedRow(attrs: Record<string, string>, me: OwnAddresses, note: string): EventRow {
  const node = { tag: 'message', attrs }
  return row('undecrypted', `x|${messageKey(node)}`, node, me, { note })
}

/** Ids beyond the stanza's own that a receipt speaks for. */
function listedIds(node: BinaryNode): string[] {
  const list = Array.isArray(node.content) ? node.content.find((child) => child.tag === 'list') : undefined
  const items = Array.isArray(list?.content) ? list.content : []
  return items.flatMap((item) => (item.tag === 'item' && item.attrs['id'] ? [item.attrs['id']] : []))
}

/** Null for receipts that say nothing about a conversation with one person. */
export function receiptRow(node: BinaryNode, me: OwnAddresses): EventRow | null {
  const attrs = keptAttributes(node)
  const meaning = receiptMeaning(attrs)
  if (meaning === null || !attrs['id'] || isBroadcast(attrs['from'])) return null
  if (isOwnStanza(node, me) && meaning !== 'read' && meaning !== 'own-read') return null
  const ids = listedIds(node)
  const parts = ['from', 'participant', 'recipient', 'type', 't', 'id'].map((name) => attrs[name] ?? '')
  return row('receipt', `r|${parts.join('|')}|${ids.length}`, node, me, { ids })
}

/** The server's answer to an own message. */
export function ackRow(node: BinaryNode, me: OwnAddresses): EventRow {
  const { id, t, error } = node.attrs
  return row('ack', `a|${id ?? ''}|${t ?? ''}|${error ?? ''}`, node, me, {})
}

function jsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8')
}

const CALL_STEPS = new Set(['offer', 'accept', 'reject', 'terminate', 'timeout'])

/** Null for the steps of a call that only its devices need. */
export function callRow(node: BinaryNode, me: OwnAddresses, store: ChannelStore): RowWithState | null {
  const step = Array.isArray(node.content) ? node.content.find((child) => CALL_STEPS.has(child.tag)) : undefined
  const id = step?.attrs['call-id']
  if (!step || !id || id.length > 128) return null
  const kept = keepNode(step)
  const before = findCall(store, id)
  const call = {
    video: before?.video ?? childOf(kept, 'video') !== undefined,
    accepted: before?.accepted === true || step.tag === 'accept',
    from: before?.from ?? node.attrs['from'] ?? '',
  }
  // An acceptance alone tells nothing that its end does not.
  const over = step.tag !== 'offer' && step.tag !== 'accept'
  const made = row('call', `c|${id}|${step.tag}`, node, me, { note: step.tag }, jsonBody({ step: kept, call }))
  return { ...made, state: [callEntry(id, over ? null : call)] }
}

export interface NotificationBody {
  nodes: KeptNode[]
  /** The group as it was after it; null where the account did not know it. */
  group: GroupState | null
}

const GROUP_NOTICES = new Set(['w:gp2', 'picture'])
const NOTICES_LIMIT = 16

/** What happened to a group, with the group after it; null for notifications about anything else. */
export function groupRow(node: BinaryNode, me: OwnAddresses, device: string, store: ChannelStore): RowWithState | null {
  const { from, type, id, t } = node.attrs
  const address = groupAddress(from)
  if (!address || !GROUP_NOTICES.has(type ?? '') || !id || !Array.isArray(node.content)) return null
  const nodes = node.content.slice(0, NOTICES_LIMIT).map((child) => keepNode(child))
  let group = findGroup(store, address)
  for (const child of nodes) group = applyToGroup(group, child, store)
  const body: NotificationBody = { nodes, group: group?.group.address === address ? group : null }
  const made = row('group', `n|${address}|${type}|${id}|${t ?? ''}`, node, me, { note: type ?? '' }, jsonBody(body))
  const fewer = nodes.some(({ tag }) => tag === 'remove' || tag === 'leave')
  return {
    ...made,
    state: [...(body.group ? [groupEntry(body.group)] : []), ...(fewer ? forgottenSenderKey(address, me, device) : [])],
  }
}

/** Who is no longer in the group must not read what is sent from now on: the next message begins a new sender key. */
function forgottenSenderKey(group: string, me: OwnAddresses, device: string): JournalEntry['state'] {
  const users = [me.lid && `${me.lid.slice(0, -4)}_1`, me.number?.split('@', 1)[0]].flatMap((user) => user ?? [])
  const keys = users.map((user) => ({
    type: keyStateType('sender-key'),
    id: `${group}::${user}::${device}`,
    value: null,
  }))
  return [...keys, { type: keyStateType('sender-key-memory'), id: group, value: null }]
}

/** A group as the provider has just shown it; `serial` makes each look a row of its own. */
export function groupSeenRow(state: GroupState, me: OwnAddresses, serial: string): RowWithState {
  const node = { tag: 'group', attrs: { from: state.group.address } }
  const body: NotificationBody = { nodes: [], group: state }
  const made = row('group', `g|${state.group.address}|${serial}`, node, me, { note: 'seen' }, jsonBody(body))
  return { ...made, state: [groupEntry(state)] }
}
