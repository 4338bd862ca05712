/** What the window sees of conversations and messages. */
import type { ConversationView, MessageView } from '../../shared/contracts/window.ts'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { Reader } from '../cache/database.ts'
import { findMessage, type MessageKey, type MessageRow } from '../cache/messages.ts'

/** Longer texts are clipped in views; the rest is fetched on request. */
export const clipChars = 16_384

interface ConversationJoin {
  opaque: string
  account: string
  channel: 'whatsapp' | 'telegram'
  identity: number
  name: string | null
  address: string
  phone: string | null
  lastText: string
  lastDirection: number
  lastAt: number
  unread: number
}

const select = `SELECT c.opaque, c.account, a.channel, c.identity, i.name, i.address, c.lastText, c.lastDirection, c.lastAt, c.unread,
    (SELECT d.address FROM addresses d WHERE d.identity = i.id AND d.address LIKE '%@s.whatsapp.net' LIMIT 1) AS phone
  FROM conversations c JOIN identities i ON i.id = c.identity JOIN accounts a ON a.id = c.account`

/** A phone number shows its first three and last four digits; a LID is no phone number and shows nothing. */
export function maskNumber(address: string): string {
  const digits = address.replace(/\D/g, '')
  return digits.length < 8 ? '…' : `+${digits.slice(0, 3)} … ${digits.slice(-4)}`
}

function toView(row: ConversationJoin): ConversationView {
  const number = row.phone === null ? null : maskNumber(row.phone)
  return {
    id: row.opaque,
    account: row.account,
    channel: row.channel,
    title:
      row.name ?? number ?? (row.channel === 'telegram' ? `Telegram ${row.address.replace('user:', '')}` : 'WhatsApp'),
    subtitle: row.name === null ? null : number,
    lastText: row.lastText,
    lastDirection: row.lastDirection === 1 ? 'out' : 'in',
    lastAt: row.lastAt,
    unread: row.unread,
  }
}

export function listConversationViews(
  reader: Reader,
  filter: { account: string | null; unread: boolean; limit: number },
): ConversationView[] {
  const where = [...(filter.account === null ? [] : ['c.account = ?']), ...(filter.unread ? ['c.unread > 0'] : [])]
  const sql = `${select} ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY c.lastAt DESC, c.id DESC LIMIT ?`
  return reader
    .all<ConversationJoin>(sql, [...(filter.account === null ? [] : [filter.account]), filter.limit])
    .map(toView)
}

/** Throws CodedError('conversation_unknown'). */
export function getConversationView(reader: Reader, where: { opaque: string } | { id: number }): ConversationView {
  const row =
    'opaque' in where
      ? reader.get<ConversationJoin>(`${select} WHERE c.opaque = ?`, [where.opaque])
      : reader.get<ConversationJoin>(`${select} WHERE c.id = ?`, [where.id])
  if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
  return toView(row)
}

/** A message is named by its place in the cache; the name means nothing elsewhere. */
export function messageRef(key: MessageKey): string {
  return `${key.conversation}.${key.at}.${key.n}`
}

/** Throws CodedError('message_unknown'). */
export function getMessageByRef(reader: Reader, ref: string): MessageRow {
  const match = /^(\d{1,12})\.(\d{1,15})\.(\d{1,15})$/.exec(ref)
  const key = match ? { conversation: Number(match[1]), at: Number(match[2]), n: Number(match[3]) } : null
  const row = key ? findMessage(reader, key) : undefined
  if (!row) throw new CodedError('message_unknown', 'there is no such message')
  return row
}

export function toMessageView(row: MessageRow, conversation: string): MessageView {
  const clipped = row.text.length > clipChars
  return {
    id: messageRef(row),
    conversation,
    direction: row.mine === 1 ? 'out' : 'in',
    path: row.path as MessageView['path'],
    text: clipped ? row.text.slice(0, clipChars).toWellFormed() : row.text,
    clipped,
    kind: row.kind === 'text' ? 'text' : 'raw',
    at: row.at,
    order: String(row.n).padStart(15, '0'),
    state: row.state as MessageView['state'],
    fault: row.fault === null ? null : (JSON.parse(row.fault) as MessageView['fault']),
  }
}

export function toCursor(row: MessageRow | undefined): string | null {
  return row ? `${row.at}.${row.n}` : null
}

/** Throws CodedError('cursor_malformed'). */
export function fromCursor(text: string): { at: number; n: number } {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text)
  if (!match) throw new CodedError('cursor_malformed', 'this is no cursor of a page')
  return { at: Number(match[1]), n: Number(match[2]) }
}
