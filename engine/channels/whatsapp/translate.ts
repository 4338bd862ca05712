/** Translates inbox rows into channel events, reading nothing but the row and the account's own state. */
import type { ChannelEvent, ChannelStore, InboxRow } from '../channel.ts'
import { personAddress } from './address.ts'
import { decodeKept } from './kept-event.ts'
import type { KeptHeader } from './kept-event.ts'
import { readMessage } from './message-content.ts'
import { isOwn, placeOf } from './places.ts'
import { MalformedMessage } from './protobuf.ts'
import { translateCall } from './translate-calls.ts'
import { translateGroup } from './translate-groups.ts'
import { messageEvent, unknownAt } from './translate-message.ts'
import { translateAck, translateReceipt } from './translate-receipts.ts'

export type TranslationStore = Pick<ChannelStore, 'getState' | 'findMessage'>

/** Stable reasons of what was never readable, by the kind of its row. */
function unreadableReason(kind: string, note: string): string {
  if (kind === 'undecrypted') return 'whatsapp_undecryptable'
  if (kind !== 'unavailable') return 'whatsapp_unknown_row'
  return note.includes('view_once') ? 'whatsapp_view_once' : 'whatsapp_unavailable'
}

function translateMessage(
  row: InboxRow,
  header: KeptHeader,
  body: Uint8Array,
  store: TranslationStore,
): ChannelEvent[] {
  const { attrs, me } = header
  try {
    const { content, destination } = readMessage(body, isOwn(me, attrs['participant'] ?? attrs['from']))
    const place = placeOf(header, store, destination)
    if (content.type === 'internal') return []
    if (!place) return unknownAt('whatsapp_no_conversation', row, header, null)
    return messageEvent({ row, header, body, place, store }, content)
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
    return unknownAt('whatsapp_malformed', row, header, placeOf(header, store, null))
  }
}

/** Throws RangeError or SyntaxError only for rows that this channel did not write. */
export function translateRow(row: InboxRow, store: TranslationStore): ChannelEvent[] {
  const { header, body } = decodeKept(row.raw)
  switch (row.kind) {
    case 'message':
      return translateMessage(row, header, body, store)
    case 'receipt':
      return translateReceipt(row, header, store)
    case 'ack':
      return translateAck(header)
    case 'group':
      return translateGroup(row, header, body, store)
    case 'call':
      return translateCall(row, header, body, store)
    default: {
      // A stub of the account's own devices among each other has no conversation.
      const place =
        personAddress(header.attrs['from']) || header.attrs['participant'] ? placeOf(header, store, null) : null
      return unknownAt(unreadableReason(row.kind, header.note), row, header, place)
    }
  }
}
