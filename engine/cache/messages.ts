/** Messages in their clustered order: record once, find the duplicate, move the state, read a page. */
import type { Details, Entity, MessageContent, MessageKind } from '../../shared/contracts/neutral-message.ts'
import { nextSendState, type SendState } from '../../shared/domain/send-state.ts'
import type { ChannelFault } from '../channels/channel.ts'
import type { Reader, Writer } from './database.ts'
import { addLine, putLine, type Lines } from './lines.ts'

export interface MessageKey {
  conversation: number
  at: number
  n: number
}
export interface MessageRow extends MessageKey {
  opaque: string
  mine: number
  path: string
  /** A kind of the neutral form, or raw: the text is the reason's code. */
  kind: string
  providerId: string | null
  clientId: string | null
  state: string
  fault: string | null
  replyTo: string | null
  /** In groups: identity of who wrote it, where it was not the account. */
  author: number | null
  /** JSON, null for none. */
  entities: string | null
  details: string | null
  target: string | null
  text: string
}
export type NewMessage = Omit<MessageRow, 'n' | 'fault'> & {
  account: string
  peer: number
  /** Somebody else's word that nobody here has read yet. */
  unread: boolean
}

export const messageColumns =
  'conversation, at, n, opaque, mine, path, kind, providerId, clientId, state, fault, replyTo, author, entities, details, target, text'

/** What the columns hold: JSON, or null where there is nothing. */
export function packContent(content: { entities: Entity[]; details: Details | null }): {
  entities: string | null
  details: string | null
} {
  return {
    entities: content.entities.length > 0 ? JSON.stringify(content.entities) : null,
    details: content.details === null ? null : JSON.stringify(content.details),
  }
}

export function readEntities(json: string | null): Entity[] {
  return json === null ? [] : (JSON.parse(json) as Entity[])
}

export function readDetails(json: string | null): Details | null {
  return json === null ? null : (JSON.parse(json) as Details)
}

export function contentOf(
  row: Pick<MessageRow, 'kind' | 'text' | 'entities' | 'details' | 'target'> & { replyTo: string | null },
): MessageContent {
  return {
    kind: row.kind === 'raw' ? 'text' : (row.kind as MessageKind),
    text: row.text,
    entities: readEntities(row.entities),
    reply: row.replyTo,
    target: row.target,
    details: readDetails(row.details),
  }
}

/** An arrival number: never given twice (AUTOINCREMENT). */
export function takeNumber(writer: Writer, conversation: number, at: number): number {
  return writer.insert('INSERT INTO places (conversation, at) VALUES (?, ?)', [conversation, at])
}

const insertMessage = `INSERT INTO messages (${messageColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, ?)`

/** Writes a message that is known to be new. Times are set once; unread and the list's last line follow, or wait in `lines`. */
export function recordMessage(writer: Writer, message: NewMessage, lines?: Lines): MessageKey {
  const { conversation, at, mine } = message
  const n = takeNumber(writer, conversation, at)
  writer.run(insertMessage, [
    conversation,
    at,
    n,
    message.opaque,
    mine,
    message.path,
    message.kind,
    message.providerId,
    message.clientId,
    message.state,
    message.replyTo,
    message.author,
    message.entities,
    message.details,
    message.target,
    message.text,
  ])
  const key = { conversation, at, n }
  if (message.providerId !== null) recordRecent(writer, message.account, message.providerId, mine, message.peer, key)
  const line = {
    at,
    text: message.text.slice(0, 160),
    kind: message.kind,
    mine,
    author: message.author,
    unread: message.unread ? 1 : 0,
  }
  if (lines) addLine(lines, conversation, line)
  else putLine(writer, conversation, line)
  return key
}

/** Of a conversation; null when it is empty. */
export function findOldestAt(reader: Reader, conversation: number): number | null {
  return (
    reader.get<{ at: number }>('SELECT at FROM messages WHERE conversation = ? ORDER BY at, n LIMIT 1', [conversation])
      ?.at ?? null
  )
}

/** Whether the other side has ever written in a conversation. */
export function hasWritten(reader: Reader, conversation: number): boolean {
  const sql =
    "SELECT 1 FROM messages WHERE conversation = ? AND mine = 0 AND kind NOT IN ('service', 'call') ORDER BY at DESC, n DESC LIMIT 1"
  return reader.get(sql, [conversation]) !== undefined
}

/** What had been kept without being understood, or was still ringing, is told anew: same place, same name, new content. */
export function replaceContent(
  writer: Writer,
  key: MessageKey,
  content: Pick<MessageRow, 'kind' | 'replyTo' | 'author' | 'entities' | 'details' | 'target' | 'text'>,
): void {
  writer.run(
    `UPDATE messages SET kind = ?, replyTo = ?, author = ?, entities = ?, details = ?, target = ?, text = ?
     WHERE conversation = ? AND at = ? AND n = ?`,
    [
      content.kind,
      content.replyTo,
      content.author,
      content.entities,
      content.details,
      content.target,
      content.text,
      key.conversation,
      key.at,
      key.n,
    ],
  )
  writer.run('UPDATE conversations SET lastText = ?, lastKind = ?, lastAuthor = ? WHERE id = ? AND lastAt = ?', [
    content.text.slice(0, 160),
    content.kind,
    content.author,
    key.conversation,
    key.at,
  ])
}

/** Telegram numbers messages per mailbox, WhatsApp per sender: the peer belongs to the key. */
export function recordRecent(
  writer: Writer,
  account: string,
  providerId: string,
  mine: number,
  peer: number,
  key: MessageKey,
): void {
  writer.run(
    'INSERT INTO recent (account, providerId, mine, peer, conversation, at, n) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    [account, providerId, mine, peer, key.conversation, key.at, key.n],
  )
}

/**
 * The message that the provider calls so: first among the recent ones, then in the clustered order at its time. `author`: in groups the
 * names of two writers' messages may be equal (one of them has chosen it); undefined: whoever wrote it.
 */
export function findByProviderId(
  reader: Reader,
  where: {
    account: string
    providerId: string
    mine: number
    peer: number
    conversation: number
    at: number | null
    author?: number | null
  },
): MessageRow | undefined {
  const recent = reader.get<MessageKey>(
    'SELECT conversation, at, n FROM recent WHERE account = ? AND providerId = ? AND mine = ? AND peer = ?',
    [where.account, where.providerId, where.mine, where.peer],
  )
  const found = recent && findMessage(reader, recent)
  const isIt = (row: MessageRow): boolean => where.author === undefined || row.author === where.author
  if (found && isIt(found)) return found
  if (where.at === null) return undefined
  return reader
    .all<MessageRow>(
      `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND at = ? AND providerId = ? AND mine = ?`,
      [where.conversation, where.at, where.providerId, where.mine],
    )
    .find(isIt)
}

/** A message of a conversation by the provider's id alone, as a change or a reply names it. */
export function findTarget(
  reader: Reader,
  account: string,
  conversation: { id: number; identity: number },
  providerId: string,
): MessageRow | undefined {
  const keys = reader.all<MessageKey>(
    'SELECT conversation, at, n FROM recent WHERE account = ? AND providerId = ? AND mine IN (0, 1) AND peer = ?',
    [account, providerId, conversation.identity],
  )
  const key = keys.find((one) => one.conversation === conversation.id)
  return key && findMessage(reader, key)
}

// Built once: the statement is found by its text, and hashing a new text costs as much as the question.
const selectMessage = `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND at = ? AND n = ?`

export function findMessage(reader: Reader, key: MessageKey): MessageRow | undefined {
  return reader.get<MessageRow>(selectMessage, [key.conversation, key.at, key.n])
}

/** Only for a message that stands here a second time. */
export function dropMessage(writer: Writer, key: MessageKey): void {
  writer.run('DELETE FROM messages WHERE conversation = ? AND at = ? AND n = ?', [key.conversation, key.at, key.n])
  writer.run('DELETE FROM search WHERE rowid = (SELECT n FROM places WHERE n = ?)', [key.n])
  writer.run('DELETE FROM places WHERE n = ?', [key.n])
}

/**
 * Moves a message's state forward by the rule of shared/domain/send-state. Returns the state, or null when nothing moved.
 * `back` allows a not-sent message to be queued again.
 */
export function applyState(
  writer: Writer,
  row: MessageRow & { account: string },
  reported: SendState,
  fault: ChannelFault | null,
  back = false,
): SendState | null {
  const current = row.state as SendState
  const next = back ? reported : nextSendState(current, reported)
  if (next === current && !tellsEnd(row, next, fault)) return null
  writer.run('UPDATE messages SET state = ?, fault = ? WHERE conversation = ? AND at = ? AND n = ?', [
    next,
    fault === null ? null : JSON.stringify(fault),
    row.conversation,
    row.at,
    row.n,
  ])
  if (row.clientId !== null)
    writer.run('UPDATE sends SET state = ? WHERE account = ? AND clientId = ?', [next, row.account, row.clientId])
  return next
}

/** The refusal came first, until when it holds was asked for afterwards. */
export function tellsEnd(row: { fault: string | null }, state: SendState, fault: ChannelFault | null): boolean {
  if (state !== 'failed' || fault === null || fault.until === null) return false
  const known = row.fault === null ? null : (JSON.parse(row.fault) as ChannelFault)
  return known?.code === fault.code && known.until === null
}

/** Tells an own message the provider's id once it is known. */
export function applyProviderId(
  writer: Writer,
  row: MessageRow & { account: string; peer: number },
  providerId: string,
): void {
  if (row.providerId === providerId) return
  writer.run('UPDATE messages SET providerId = ? WHERE conversation = ? AND at = ? AND n = ?', [
    providerId,
    row.conversation,
    row.at,
    row.n,
  ])
  recordRecent(writer, row.account, providerId, row.mine, row.peer, row)
}

/** Up to `limit` messages before a key (null: the newest), ascending. */
export function pageMessages(
  reader: Reader,
  conversation: number,
  before: { at: number; n: number } | null,
  limit: number,
): MessageRow[] {
  const rows = before
    ? reader.all<MessageRow>(
        `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND (at, n) < (?, ?) ORDER BY at DESC, n DESC LIMIT ?`,
        [conversation, before.at, before.n, limit],
      )
    : reader.all<MessageRow>(
        `SELECT ${messageColumns} FROM messages WHERE conversation = ? ORDER BY at DESC, n DESC LIMIT ?`,
        [conversation, limit],
      )
  return rows.reverse()
}

/** Up to `limit` messages from a place on, ascending. */
export function pageLaterMessages(
  reader: Reader,
  conversation: number,
  from: { at: number; n: number },
  limit: number,
): MessageRow[] {
  return reader.all<MessageRow>(
    `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND (at, n) >= (?, ?) ORDER BY at, n LIMIT ?`,
    [conversation, from.at, from.n, limit],
  )
}

/** Own messages up to a time that the customer has not been known to read. */
export function listUnreadByPeer(reader: Reader, conversation: number, upTo: { at: number; n: number }): MessageRow[] {
  return reader.all<MessageRow>(
    `SELECT ${messageColumns} FROM messages INDEXED BY messagesNotRead
     WHERE conversation = ? AND (at, n) <= (?, ?) AND mine = 1 AND state IN ('sent', 'delivered')
     ORDER BY at DESC, n DESC LIMIT 500`,
    [conversation, upTo.at, upTo.n],
  )
}

/** The newest received messages with who wrote each in a group, newest last. What the provider tells of itself is not read to anybody. */
export function listNewestReceived(
  reader: Reader,
  conversation: number,
  limit: number,
): { providerId: string; author: string | null }[] {
  return reader
    .all<{ providerId: string; author: string | null }>(
      `SELECT m.providerId, i.address AS author FROM messages m LEFT JOIN identities i ON i.id = m.author
       WHERE m.conversation = ? AND m.mine = 0 AND m.providerId IS NOT NULL AND m.kind NOT IN ('service', 'call')
       ORDER BY m.at DESC, m.n DESC LIMIT ?`,
      [conversation, limit],
    )
    .reverse()
}

/** Drops duplicate-finding rows older than this. Own sends stay, and all of Telegram: its deletions name no conversation. */
export function purgeRecent(writer: Writer, before: number): number {
  return writer.run(
    "DELETE FROM recent WHERE mine = 0 AND at < ? AND account NOT IN (SELECT id FROM accounts WHERE channel = 'telegram')",
    [before],
  )
}
