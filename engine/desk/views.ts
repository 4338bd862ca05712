/** What the window sees of conversations, and how messages are named and paged. */
import { isGroupAddress } from '../../shared/contracts/neutral-message.ts'
import type { ConversationView } from '../../shared/contracts/window.ts'
import { CodedError } from '../../shared/contracts/contract.ts'
import { maskNumber } from '../../shared/domain/phone-number.ts'
import { findOwnEmployee } from '../cache/colleagues.ts'
import type { Reader } from '../cache/database.ts'
import { findMessage, type MessageRow } from '../cache/messages.ts'
import { listCalled, showMentions, withNames } from './mentions.ts'
import { nameOf } from './people-views.ts'

/** A conversation and whom it is with, as its line in the list and its messages need it. */
export interface ConversationJoin {
  id: number
  opaque: string
  peer: number
  peerOpaque: string
  account: string
  channel: 'whatsapp' | 'telegram'
  name: string | null
  address: string
  phone: string | null
  lastText: string
  lastKind: string
  lastDirection: number
  lastAt: number
  unread: number
  pinnedAt: number | null
  archived: number
  muted: number
  markedUnread: number
  authorName: string | null
  authorAddress: string | null
  authorPhone: string | null
  claimedBy: string | null
  claimedAt: number
  claimName: string | null
  claimEmployee: string | null
}

const phoneOf = (identity: string): string =>
  `(SELECT d.address FROM addresses d WHERE d.identity = ${identity} AND d.address LIKE '%@s.whatsapp.net' LIMIT 1)`
const columns = `SELECT c.id, c.opaque, i.id AS peer, i.opaque AS peerOpaque, c.account, a.channel, i.name, i.address, c.lastText, c.lastKind, c.lastDirection, c.lastAt, c.unread,
    c.pinnedAt, c.archived, c.muted, c.markedUnread,
    ${phoneOf('i.id')} AS phone, w.name AS authorName, w.address AS authorAddress, ${phoneOf('w.id')} AS authorPhone,
    c.claimedBy, c.claimedAt, k.name AS claimName, k.employee AS claimEmployee`
const selectFrom = (conversations: string): string => `${columns}
  FROM ${conversations} JOIN identities i ON i.id = c.identity JOIN accounts a ON a.id = c.account
  LEFT JOIN identities w ON w.id = c.lastAuthor LEFT JOIN writers k ON k.ledger = c.claimedBy`
const select = selectFrom('conversations c')
/** By who has taken the customer: what one person has taken is few, however many conversations there are. */
const selectTaken = selectFrom('conversations c INDEXED BY conversationsTaken')

/** Digits of persons whom this account knows show as their names; the text does not say who was mentioned. */
export function withKnownNames(
  reader: Reader,
  { account, channel, text }: Pick<ConversationJoin, 'account' | 'channel'> & { text: string },
): string {
  const digits = channel === 'whatsapp' ? [...text.matchAll(/@(\d{5,20})(?!\d)/g)].map((one) => one[1]) : []
  if (digits.length === 0) return text
  const addresses = digits.flatMap((one) => [`${one}@lid`, `${one}@s.whatsapp.net`])
  const called = listCalled(reader, account, addresses)
  const nobody = { name: '', digits: [] }
  return withNames(
    text,
    showMentions(text, [...called.keys()], (address) => called.get(address) ?? nobody),
  )
}

function toView(reader: Reader, row: ConversationJoin): ConversationView {
  const group = isGroupAddress(row.address)
  const number = row.phone === null ? null : maskNumber(row.phone)
  return {
    id: row.opaque,
    account: row.account,
    channel: row.channel,
    title: nameOf(row),
    subtitle: row.name === null || group ? null : number,
    group,
    lastText: withKnownNames(reader, { ...row, text: row.lastText }),
    lastKind: row.lastKind as ConversationView['lastKind'],
    lastDirection: row.lastDirection === 1 ? 'out' : 'in',
    lastAuthor:
      row.authorAddress === null
        ? null
        : nameOf({ name: row.authorName, address: row.authorAddress, phone: row.authorPhone }),
    lastAt: row.lastAt,
    unread: row.unread,
    pinnedAt: row.pinnedAt,
    archived: row.archived === 1,
    muted: row.muted === 1,
    markedUnread: row.markedUnread === 1,
    claim: row.claimedBy === null ? null : toClaim(reader, row),
  }
}

/** Who is not known any more is nobody's self. */
function toClaim(reader: Reader, row: ConversationJoin): ConversationView['claim'] {
  const self = row.claimEmployee !== null && row.claimEmployee === findOwnEmployee(reader)
  return { name: row.claimName ?? '', self, at: row.claimedAt }
}

export interface ListFilter {
  account: string | null
  unread: boolean
  mine: boolean
  before?: string | null | undefined
  limit: number
}

/** `before`: where the next page goes on. Throws CodedError('cursor_malformed'). */
export function listConversationViews(
  reader: Reader,
  { account, unread, mine, before, limit }: ListFilter,
): { conversations: ConversationView[]; before: string | null } {
  const place = before ? fromCursor(before) : null
  const where: [string, ...(string | number)[]][] = []
  if (mine) where.push([takenByOwn])
  if (account !== null) where.push(['c.account = ?', account])
  if (unread) where.push(['c.unread > 0'])
  if (place) where.push(['(c.lastAt, c.id) < (?, ?)', place.at, place.n])
  const conditions = where.map(([condition]) => condition).join(' AND ')
  const rows = reader.all<ConversationJoin>(
    `${mine ? selectTaken : select} ${conditions && `WHERE ${conditions}`} ORDER BY c.lastAt DESC, c.id DESC LIMIT ?`,
    [...where.flatMap(([, ...values]) => values), limit],
  )
  const last = rows.length === limit ? rows.at(-1) : undefined
  return {
    conversations: rows.map((row) => toView(reader, row)),
    before: last ? `${last.lastAt}.${last.id}` : null,
  }
}

/** Also by an earlier enrolment of the same person. */
const takenByOwn = `c.claimedBy IN (SELECT ledger FROM writers WHERE employee =
  (SELECT employee FROM writers WHERE ledger = (SELECT value FROM meta WHERE key = 'ledger')))`

/** What opens a conversation asks for it twice: by one statement, which is made once. */
export function findJoined(reader: Reader, id: number): ConversationJoin | undefined {
  return reader.get<ConversationJoin>(`${select} WHERE c.id = ?`, [id])
}

/** Throws CodedError('conversation_unknown'). */
export function getConversationView(reader: Reader, { id }: { id: number }): ConversationView {
  const row = findJoined(reader, id)
  if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
  return toView(reader, row)
}

/** Throws CodedError('message_unknown'). */
export function getMessageByRef(reader: Reader, ref: string): MessageRow {
  const match = /^(\d{1,12})\.(\d{1,15})\.(\d{1,15})$/.exec(ref)
  const key = match ? { conversation: Number(match[1]), at: Number(match[2]), n: Number(match[3]) } : null
  const row = key ? findMessage(reader, key) : undefined
  if (!row) throw new CodedError('message_unknown', 'there is no such message')
  return row
}

export function toCursor(row: MessageRow | undefined): string | null {
  return row ? `${row.at}.${row.n}` : null
}

/** Also takes the name of a message, for what stands before it. Throws CodedError('cursor_malformed'). */
export function fromCursor(text: string): { at: number; n: number } {
  const match = /^(?:\d{1,12}\.)?(\d{1,15})\.(\d{1,15})$/.exec(text)
  if (!match) throw new CodedError('cursor_malformed', 'this is no cursor of a page')
  return { at: Number(match[1]), n: Number(match[2]) }
}
