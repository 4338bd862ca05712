/** Receipts and acknowledgements: what became of own messages, and what the owner has read elsewhere. */
import type { ChannelEvent, ChannelFault, InboxRow, SendState } from '../channel.ts'
import { groupAddress, resolvePerson } from './address.ts'
import type { KeptHeader } from './kept-event.ts'
import { isOwn, stanzaTime } from './places.ts'
import type { AddressReader } from './places.ts'

/** Codes with which WhatsApp refuses a message for good, as the library and its issues describe them. */
const NACK_TEXTS: Record<string, string> = {
  '401': 'the account may not write here',
  '403': 'the account may not write in this group',
  '429': 'too much was sent in a short time',
  '463': 'the account may not write to this person at present',
  '479': 'the stanza was refused as invalid',
}

/** The fault of a refused message; `error` is the acknowledgement's attribute. */
export function nackFault(error: string, until: number | null = null): ChannelFault {
  const digits = /^\d{1,5}$/.test(error) ? error : 'unknown'
  return { code: `whatsapp_nack_${digits}`, text: NACK_TEXTS[digits] ?? 'refused by WhatsApp', until }
}

const RECEIPT_STATES: Record<string, SendState> = {
  delivered: 'delivered',
  inactive: 'delivered',
  read: 'read',
  played: 'read',
}

/** The meaning of a receipt's type attribute; WhatsApp leaves it out for `delivered`. */
export function receiptMeaning(attrs: Record<string, string>): 'own-read' | SendState | null {
  const type = attrs['type'] ?? 'delivered'
  if (type === 'read-self' || type === 'played-self') return 'own-read'
  return Object.hasOwn(RECEIPT_STATES, type) ? (RECEIPT_STATES[type] ?? null) : null
}

/** The conversation that the owner has read on another device. */
function readElsewhere(header: KeptHeader, store: AddressReader): string | null {
  const jid = header.attrs['recipient'] ?? header.attrs['from']
  const address = groupAddress(jid) ?? resolvePerson(store, jid, undefined)?.address ?? null
  return address === null || isOwn(header.me, address) ? null : address
}

/** In groups the first member's receipt counts: the state says that it has arrived and that somebody has read it. */
export function translateReceipt(row: InboxRow, header: KeptHeader, store: AddressReader): ChannelEvent[] {
  const { attrs } = header
  const ids = [attrs['id'] ?? '', ...header.ids].filter((id) => id !== '' && id.length <= 128)
  const meaning = receiptMeaning(attrs)
  const time = stanzaTime(attrs['t'])
  const own = isOwn(header.me, attrs['participant'] ?? attrs['from'])
  if (meaning === null || ids.length === 0)
    return [{ type: 'unknown', reason: 'whatsapp_receipt', raw: row.raw, place: null }]
  if (own || meaning === 'own-read') {
    // The delivery receipts of the owner's other devices say nothing about customers.
    if (meaning !== 'read' && meaning !== 'own-read') return []
    const peerAddress = readElsewhere(header, store)
    if (peerAddress === null) return []
    return ids.map((id) => ({ type: 'read-up-to', peerAddress, direction: 'in', providerId: id, time }))
  }
  return ids.map((id) => ({ type: 'state', clientId: id, providerId: id, state: meaning, time, error: null }))
}

/** `note`: until when the provider refuses, where it was asked. */
export function translateAck(header: KeptHeader): ChannelEvent[] {
  const { attrs } = header
  const id = attrs['id'] ?? ''
  const time = stanzaTime(attrs['t'])
  const error = attrs['error'] === undefined ? null : nackFault(attrs['error'])
  return [{ type: 'state', clientId: id, providerId: id, state: error ? 'failed' : 'sent', time, error }]
}
