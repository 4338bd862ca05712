/** The outbox of sends: what this account said or did, by the id that was fixed before it left; messages and changes alike. */
import type { Reader, Writer } from './database.ts'
import type { MessageOrigin } from '../channels/channel.ts'
import type { MessageKey, MessageRow } from './messages.ts'

export interface SendRow extends MessageKey {
  account: string
  clientId: string
  state: string
  attempts: number
  notBefore: number
  seq: number
  /** The send is a change of this message: its row is (conversation, target, n) of changes. */
  target: string | null
  /** JSON of the message of this account that is forwarded, or null. */
  origin: string | null
}
const sendColumns = 'account, clientId, conversation, at, n, state, attempts, notBefore, seq, target, origin'

export function recordSend(
  writer: Writer,
  send: Omit<SendRow, 'state' | 'attempts' | 'notBefore' | 'origin'>,
  origin: MessageOrigin | null = null,
): void {
  const { account, clientId, conversation, at, n, seq, target } = send
  writer.run(
    'INSERT INTO sends (account, clientId, conversation, at, n, state, seq, target, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [account, clientId, conversation, at, n, 'queued', seq, target, origin && JSON.stringify(origin)],
  )
}

export function readOrigin(send: SendRow): MessageOrigin | null {
  return send.origin === null ? null : (JSON.parse(send.origin) as MessageOrigin)
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

/** The first ones that may leave. `unknown`: also those that may or may not have arrived. */
export function listNextSends(reader: Reader, account: string, unknown: boolean, limit: number): SendRow[] {
  return reader.all<SendRow>(
    `SELECT ${sendColumns} FROM sends INDEXED BY sendsOpen
     WHERE account = ? AND state IN ('queued', 'sending', 'unknown') AND (? OR state != 'unknown') ORDER BY n LIMIT ?`,
    [account, unknown ? 1 : 0, limit],
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
  putSend(writer, { ...row, target: null }, clientId)
}

/** The same for a change. */
export function adoptChangeSend(
  writer: Writer,
  row: MessageKey & { account: string; state: string; target: string },
  clientId: string,
): void {
  writer.run('UPDATE changes SET clientId = ? WHERE conversation = ? AND target = ? AND n = ?', [
    clientId,
    row.conversation,
    row.target,
    row.n,
  ])
  putSend(writer, row, clientId)
}

function putSend(
  writer: Writer,
  row: MessageKey & { account: string; state: string; target: string | null },
  clientId: string,
): void {
  writer.run(
    `INSERT INTO sends (account, clientId, conversation, at, n, state, seq, target) VALUES (?, ?, ?, ?, ?, ?, 0, ?)
     ON CONFLICT (account, clientId) DO UPDATE SET conversation = excluded.conversation, at = excluded.at, n = excluded.n,
       state = excluded.state, target = excluded.target`,
    [row.account, clientId, row.conversation, row.at, row.n, row.state, row.target],
  )
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
