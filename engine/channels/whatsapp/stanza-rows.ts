/** Turns stanzas into inbox rows: which are kept, under which key, and with what beside them. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { isLid, personAddress } from './address.ts'
import { encodeKept } from './kept-event.ts'
import type { KeptHeader, OwnAddresses } from './kept-event.ts'
import { readMessage, withoutPadding } from './message-content.ts'
import { receiptMeaning } from './translate.ts'

export interface EventRow {
  key: string
  kind: string
  raw: Uint8Array
}

const NO_BODY: Uint8Array = new Uint8Array()

/** Attributes as strings only, and no more of them than a header may hold. */
function attributes(node: BinaryNode): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(node.attrs)) {
    if (typeof value === 'string' && name.length <= 64) kept[name] = value.slice(0, 4096)
  }
  return kept
}

function row(kind: string, key: string, node: BinaryNode, me: OwnAddresses, rest: Partial<KeptHeader>, body = NO_BODY) {
  const header: KeptHeader = { v: 1, attrs: attributes(node), me, ids: [], note: '', ...rest }
  return { key, kind, raw: encodeKept(header, body) }
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

/** The key of one encrypted part; `part` counts from 0. */
export function partKey(node: BinaryNode, part: number): string {
  return part === 0 ? messageKey(node) : `${messageKey(node)}|${part}`
}

export function isOwnStanza(node: BinaryNode, me: OwnAddresses): boolean {
  const address = personAddress(node.attrs['participant'] ?? node.attrs['from'])
  return address !== null && (address === me.lid || address === me.number)
}

/** Channels and status broadcasts are no conversations: they are neither decrypted nor kept. */
export function isBroadcast(jid: string | undefined): boolean {
  return jid === 'status@broadcast' || (jid?.endsWith('@newsletter') ?? false)
}

/** Null for what the account's own devices tell each other. */
export function messageRow(node: BinaryNode, part: number, padded: Uint8Array, me: OwnAddresses): EventRow | null {
  const body = withoutPadding(padded)
  try {
    if (readMessage(body, isOwnStanza(node, me)).content.type === 'internal') return null
  } catch {
    // Kept as it is: translation says that it is malformed.
  }
  return row('message', partKey(node, part), node, me, {}, body)
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
  const attrs = attributes(node)
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

/** Null unless somebody rings. */
export function callRow(node: BinaryNode, me: OwnAddresses): EventRow | null {
  const offer = Array.isArray(node.content) ? node.content.find((child) => child.tag === 'offer') : undefined
  if (!offer) return null
  return row('call', `c|${node.attrs['from'] ?? ''}|${offer.attrs['call-id'] ?? node.attrs['id'] ?? ''}`, node, me, {})
}
