/** Messages in their clustered order: record once, find the duplicate, move the state, read a page. */
import { nextSendState, type SendState } from '../../shared/domain/send-state.ts'
import type { ChannelFault } from '../channels/channel.ts'
import type { Reader, Writer } from './database.ts'

export interface MessageKey {
  conversation: number
  at: number
  n: number
}
export interface MessageRow extends MessageKey {
  opaque: string
  mine: number
  path: string
  kind: string
  providerId: string | null
  clientId: string | null
  state: string
  fault: string | null
  replyTo: string | null
  text: string
}
export type NewMessage = Omit<MessageRow, 'n' | 'fault'> & { account: string; peer: number }

const columns = 'conversation, at, n, opaque, mine, path, kind, providerId, clientId, state, fault, replyTo, text'

/** Writes a message that is known to be new. Times are set once; unread and the list's last line follow. */
export function recordMessage(writer: Writer, message: NewMessage): MessageKey {
  // Gives the arrival number as well: it is never given twice (AUTOINCREMENT).
  const n = writer.insert('INSERT INTO places (conversation, at) VALUES (?, ?)', [message.conversation, message.at])
  writer.run(`INSERT INTO messages (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)`, [
    message.conversation,
    message.at,
    n,
    message.opaque,
    message.mine,
    message.path,
    message.kind,
    message.providerId,
    message.clientId,
    message.state,
    message.replyTo,
    message.text,
  ])
  const key = { conversation: message.conversation, at: message.at, n }
  if (message.providerId !== null)
    recordRecent(writer, message.account, message.providerId, message.mine, message.peer, key)
  const { at, mine } = message
  writer.run(
    `UPDATE conversations SET
       lastText = CASE WHEN ? >= lastAt THEN ? ELSE lastText END,
       lastDirection = CASE WHEN ? >= lastAt THEN ? ELSE lastDirection END,
       lastAt = max(lastAt, ?), unread = unread + ?
     WHERE id = ?`,
    [at, message.text.slice(0, 160), at, mine, at, mine === 0 ? 1 : 0, message.conversation],
  )
  return key
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

/** The message that the provider calls so: first among the recent ones, then in the clustered order at its time. */
export function findByProviderId(
  reader: Reader,
  where: { account: string; providerId: string; mine: number; peer: number; conversation: number; at: number | null },
): MessageRow | undefined {
  const recent = reader.get<MessageKey>(
    'SELECT conversation, at, n FROM recent WHERE account = ? AND providerId = ? AND mine = ? AND peer = ?',
    [where.account, where.providerId, where.mine, where.peer],
  )
  if (recent) return findMessage(reader, recent)
  if (where.at === null) return undefined
  return reader.get<MessageRow>(
    `SELECT ${columns} FROM messages WHERE conversation = ? AND at = ? AND providerId = ? AND mine = ?`,
    [where.conversation, where.at, where.providerId, where.mine],
  )
}

export function findMessage(reader: Reader, key: MessageKey): MessageRow | undefined {
  return reader.get<MessageRow>(`SELECT ${columns} FROM messages WHERE conversation = ? AND at = ? AND n = ?`, [
    key.conversation,
    key.at,
    key.n,
  ])
}

export interface SendRow extends MessageKey {
  account: string
  clientId: string
  state: string
  attempts: number
  notBefore: number
  seq: number
}
const sendColumns = 'account, clientId, conversation, at, n, state, attempts, notBefore, seq'

export function recordSend(writer: Writer, send: Omit<SendRow, 'state' | 'attempts' | 'notBefore'>): void {
  writer.run('INSERT INTO sends (account, clientId, conversation, at, n, state, seq) VALUES (?, ?, ?, ?, ?, ?, ?)', [
    send.account,
    send.clientId,
    send.conversation,
    send.at,
    send.n,
    'queued',
    send.seq,
  ])
}

export function findSend(reader: Reader, account: string, clientId: string): SendRow | undefined {
  return reader.get<SendRow>(`SELECT ${sendColumns} FROM sends WHERE account = ? AND clientId = ?`, [account, clientId])
}

/** Sends that have not come to an end, in their order. */
export function listOpenSends(reader: Reader, account: string): SendRow[] {
  return reader.all<SendRow>(
    `SELECT ${sendColumns} FROM sends WHERE account = ? AND state IN ('queued', 'sending', 'unknown') ORDER BY n`,
    [account],
  )
}

/** An own message that the provider had shown before its intent came: it gets the intent's client id. */
export function adoptSend(writer: Writer, row: MessageRow & { account: string }, clientId: string): void {
  writer.run("UPDATE messages SET clientId = ?, path = 'workstation' WHERE conversation = ? AND at = ? AND n = ?", [
    clientId,
    row.conversation,
    row.at,
    row.n,
  ])
  writer.run(
    `INSERT INTO sends (account, clientId, conversation, at, n, state, seq) VALUES (?, ?, ?, ?, ?, ?, 0)
     ON CONFLICT (account, clientId) DO UPDATE SET
       conversation = excluded.conversation, at = excluded.at, n = excluded.n, state = excluded.state`,
    [row.account, clientId, row.conversation, row.at, row.n, row.state],
  )
}

/** Only for a message that stands here a second time. */
export function dropMessage(writer: Writer, key: MessageKey): void {
  writer.run('DELETE FROM messages WHERE conversation = ? AND at = ? AND n = ?', [key.conversation, key.at, key.n])
  writer.run('DELETE FROM search WHERE rowid = (SELECT n FROM places WHERE n = ?)', [key.n])
  writer.run('DELETE FROM places WHERE n = ?', [key.n])
}

/** Kept so that its state can be found by its client id; nothing executes it unless a person reopens it. */
export function parkSend(writer: Writer, account: string, clientId: string): void {
  writer.run("UPDATE sends SET state = 'foreign' WHERE account = ? AND clientId = ?", [account, clientId])
}

export function postponeSend(writer: Writer, account: string, clientId: string, notBefore: number): void {
  writer.run('UPDATE sends SET notBefore = ?, attempts = attempts + 1 WHERE account = ? AND clientId = ?', [
    notBefore,
    account,
    clientId,
  ])
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
  if (next === current) return null
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
        `SELECT ${columns} FROM messages WHERE conversation = ? AND (at, n) < (?, ?) ORDER BY at DESC, n DESC LIMIT ?`,
        [conversation, before.at, before.n, limit],
      )
    : reader.all<MessageRow>(
        `SELECT ${columns} FROM messages WHERE conversation = ? ORDER BY at DESC, n DESC LIMIT ?`,
        [conversation, limit],
      )
  return rows.reverse()
}

/** Own messages up to a time that the customer has not been known to read. */
export function listUnreadByPeer(reader: Reader, conversation: number, upTo: { at: number; n: number }): MessageRow[] {
  return reader.all<MessageRow>(
    `SELECT ${columns} FROM messages INDEXED BY messagesNotRead WHERE conversation = ? AND (at, n) <= (?, ?) AND mine = 1 AND state IN ('sent', 'delivered')
     ORDER BY at DESC, n DESC LIMIT 500`,
    [conversation, upTo.at, upTo.n],
  )
}

/** Provider ids of the newest received messages, newest last. */
export function listNewestReceived(reader: Reader, conversation: number, limit: number): string[] {
  return reader
    .all<{ providerId: string }>(
      `SELECT providerId FROM messages WHERE conversation = ? AND mine = 0 AND providerId IS NOT NULL ORDER BY at DESC, n DESC LIMIT ?`,
      [conversation, limit],
    )
    .map((row) => row.providerId)
    .reverse()
}

/** Drops duplicate-finding rows older than this (own sends stay). */
export function purgeRecent(writer: Writer, before: number): number {
  return writer.run('DELETE FROM recent WHERE mine = 0 AND at < ?', [before])
}
