/** Translates inbox rows into channel events, reading nothing but the row and the learned address pairs. */
import type { ChannelEvent, ChannelFault, ChannelStore, InboxRow, SeenIdentity, SendState } from '../channel.ts'
import { isLid, personAddress, resolvePerson } from './address.ts'
import { decodeKept } from './kept-event.ts'
import type { KeptHeader } from './kept-event.ts'
import { MalformedMessage, readMessage } from './message-content.ts'

type Reader = Pick<ChannelStore, 'getState'>

/** Codes with which WhatsApp refuses a message for good, as the library and its issues describe them. */
const NACK_TEXTS: Record<string, string> = {
  '463': 'the account may not write to this person at present',
  '479': 'the stanza was refused as invalid',
}

/** The fault of a refused message; `error` is the acknowledgement's attribute. */
export function nackFault(error: string): ChannelFault {
  const digits = /^\d{1,5}$/.test(error) ? error : 'unknown'
  return { code: `whatsapp_nack_${digits}`, text: NACK_TEXTS[digits] ?? 'refused by WhatsApp', until: null }
}

/** Seconds as WhatsApp writes them, in epoch ms; null for anything else. */
export function stanzaTime(t: string | undefined): number | null {
  return t !== undefined && /^\d{1,12}$/.test(t) ? Number(t) * 1000 : null
}

function ownAddress(header: KeptHeader): string | null {
  return header.me.lid ?? header.me.number
}

function isOwn(header: KeptHeader, jid: string | undefined): boolean {
  const address = personAddress(jid)
  return address !== null && (address === header.me.lid || address === header.me.number)
}

function unknown(reason: string, row: InboxRow): ChannelEvent[] {
  return [{ type: 'unknown', reason, raw: row.raw }]
}

function peerOf(header: KeptHeader, store: Reader, outgoing: boolean, destination: string | null): SeenIdentity | null {
  const { attrs } = header
  if (!outgoing) {
    const person = resolvePerson(store, attrs['from'], attrs['sender_lid'] ?? attrs['sender_pn'])
    return person && { ...person, name: attrs['notify']?.slice(0, 512) || null }
  }
  const told = personAddress(attrs['recipient']) ? attrs['recipient'] : (destination ?? undefined)
  const hints = ['peer_recipient_lid', 'recipient_lid', 'peer_recipient_pn', 'recipient_pn']
  const toLid = isLid(personAddress(told) ?? '')
  const hint = hints.find((name) => attrs[name] && name.endsWith('_pn') === toLid)
  const person = resolvePerson(store, told, hint && attrs[hint])
  return person && { ...person, name: null }
}

function translateMessage(row: InboxRow, header: KeptHeader, body: Uint8Array, store: Reader): ChannelEvent[] {
  const { attrs } = header
  const outgoing = isOwn(header, attrs['from'])
  const { content, destination } = readMessage(body, outgoing)
  if (content.type === 'internal') return []
  const peer = peerOf(header, store, outgoing, destination)
  if (!peer) return unknown('whatsapp: not a conversation with one person', row)
  if (content.type === 'other') return unknown(`whatsapp: ${content.name}`, row)
  const id = attrs['id']
  const author = outgoing ? ownAddress(header) : peer.address
  if (!id || id.length > 128 || !author) return unknown('whatsapp: message without an id', row)
  return [
    {
      type: 'message',
      peer,
      direction: outgoing ? 'out' : 'in',
      path: outgoing ? 'phone' : attrs['offline'] === undefined ? 'live' : 'offline',
      message: {
        channel: 'whatsapp',
        kind: 'text',
        author,
        providerId: id,
        time: stanzaTime(attrs['t']) ?? Math.floor(row.receivedAt / 1000) * 1000,
        text: content.text,
        entities: [],
        reply: content.reply,
        media: null,
      },
      clientId: outgoing ? id : null,
      raw: body,
    },
  ]
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
  return RECEIPT_STATES[type] ?? null
}

function translateReceipt(row: InboxRow, header: KeptHeader, store: Reader): ChannelEvent[] {
  const { attrs } = header
  const ids = [attrs['id'] ?? '', ...header.ids].filter((id) => id !== '' && id.length <= 128)
  const meaning = receiptMeaning(attrs)
  const time = stanzaTime(attrs['t'])
  const own = isOwn(header, attrs['participant'] ?? attrs['from'])
  if (meaning === null || ids.length === 0) return unknown('whatsapp: receipt without meaning', row)
  if (own || meaning === 'own-read') {
    // Another device of the owner has read a customer's messages; its delivery receipts say nothing about customers.
    if (meaning !== 'read' && meaning !== 'own-read') return []
    const peer = resolvePerson(store, attrs['recipient'] ?? attrs['from'], undefined)
    if (!peer || isOwn(header, peer.address)) return []
    return ids.map((id) => ({
      type: 'read-up-to',
      peerAddress: peer.address,
      direction: 'in',
      providerId: id,
      time,
    }))
  }
  return ids.map((id) => ({ type: 'state', clientId: id, providerId: id, state: meaning, time, error: null }))
}

function translateAck(header: KeptHeader): ChannelEvent[] {
  const { attrs } = header
  const id = attrs['id'] ?? ''
  const time = stanzaTime(attrs['t'])
  const error = attrs['error'] === undefined ? null : nackFault(attrs['error'])
  return [{ type: 'state', clientId: id, providerId: id, state: error ? 'failed' : 'sent', time, error }]
}

/** Throws RangeError or SyntaxError only for rows that this channel did not write. */
export function translateRow(row: InboxRow, store: Reader): ChannelEvent[] {
  const { header, body } = decodeKept(row.raw)
  switch (row.kind) {
    case 'message':
      try {
        return translateMessage(row, header, body, store)
      } catch (error) {
        if (error instanceof MalformedMessage) return unknown('whatsapp: malformed message', row)
        throw error
      }
    case 'receipt':
      return translateReceipt(row, header, store)
    case 'ack':
      return translateAck(header)
    default:
      return unknown(`whatsapp: ${row.kind}${header.note ? ` (${header.note.slice(0, 64)})` : ''}`, row)
  }
}
