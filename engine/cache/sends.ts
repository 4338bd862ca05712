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
  /** Whose intent it is; null: ours, under our own lease. */
  ledger: string | null
  /** Its place in that ledger where it waits for the account's runner, else 0. */
  remote: number
  /** The epoch under which the vault has handed a remote one to this workstation. */
  taken: string | null
  /** 1: an earlier attempt may have arrived, and a person has had it sent again. */
  doubtful: number
}
const sendColumns =
  'account, clientId, conversation, at, n, state, attempts, notBefore, seq, target, origin, ledger, remote, taken, doubtful'
type NewSend = Omit<SendRow, 'state' | 'attempts' | 'notBefore' | 'origin' | 'ledger' | 'remote' | 'taken' | 'doubtful'>
/** Whose it is, where it is not ours under our own lease. */
export type SendFrom = Pick<SendRow, 'remote'> & { ledger: string }

/** `origin`: the message of this account that is forwarded. */
export function recordSend(
  writer: Writer,
  send: NewSend,
  more: { from?: SendFrom | null; origin?: MessageOrigin | null } = {},
): void {
  const { account, clientId, conversation, at, n, seq, target } = send
  const { from, origin = null } = more
  const row = [account, clientId, conversation, at, n, seq, target]
  writer.run(
    `INSERT INTO sends (account, clientId, conversation, at, n, state, seq, target, origin, ledger, remote)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
    [...row, origin && JSON.stringify(origin), from?.ledger ?? null, from?.remote ?? 0],
  )
}

export function readOrigin(send: SendRow): MessageOrigin | null {
  return send.origin === null ? null : (JSON.parse(send.origin) as MessageOrigin)
}

/** A person repeats it through the account's runner: another intent for the same message. */
export function repeatRemote(writer: Writer, send: Pick<SendRow, 'account' | 'clientId'>, from: SendFrom): void {
  writer.run(
    'UPDATE sends SET ledger = ?, remote = ?, taken = NULL, attempts = 0, notBefore = 0 WHERE account = ? AND clientId = ?',
    [from.ledger, from.remote, send.account, send.clientId],
  )
}

export function markDoubtful(writer: Writer, account: string, clientId: string): void {
  writer.run('UPDATE sends SET doubtful = 1 WHERE account = ? AND clientId = ?', [account, clientId])
}

export function putTaken(writer: Writer, send: Pick<SendRow, 'account' | 'clientId'>, epoch: string | null): void {
  writer.run('UPDATE sends SET taken = ? WHERE account = ? AND clientId = ?', [epoch, send.account, send.clientId])
}

/** Our own newest intent in this conversation under our own lease; 0: none. */
export function newestOwnSeq(reader: Reader, conversation: number): number {
  const sql = 'SELECT max(seq) AS seq FROM sends WHERE conversation = ? AND remote = 0 AND ledger IS NULL'
  return reader.get<{ seq: number | null }>(sql, [conversation])?.seq ?? 0
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
export function adoptSend(
  writer: Writer,
  row: MessageRow & { account: string },
  clientId: string,
  ledger: string | null,
): void {
  writer.run("UPDATE messages SET clientId = ?, path = 'workstation' WHERE conversation = ? AND at = ? AND n = ?", [
    clientId,
    row.conversation,
    row.at,
    row.n,
  ])
  putSend(writer, { ...row, target: null }, clientId, ledger)
}

/** The same for a change. */
export function adoptChangeSend(
  writer: Writer,
  row: MessageKey & { account: string; state: string; target: string },
  clientId: string,
  ledger: string,
): void {
  writer.run('UPDATE changes SET clientId = ? WHERE conversation = ? AND target = ? AND n = ?', [
    clientId,
    row.conversation,
    row.target,
    row.n,
  ])
  putSend(writer, row, clientId, ledger)
}

function putSend(
  writer: Writer,
  row: MessageKey & { account: string; state: string; target: string | null },
  clientId: string,
  ledger: string | null,
): void {
  writer.run(
    `INSERT INTO sends (account, clientId, conversation, at, n, state, seq, target, ledger) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
     ON CONFLICT (account, clientId) DO UPDATE SET conversation = excluded.conversation, at = excluded.at, n = excluded.n,
       state = excluded.state, target = excluded.target`,
    [row.account, clientId, row.conversation, row.at, row.n, row.state, row.target, ledger],
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

/** Not tried yet, only later. */
export function delaySend(writer: Writer, account: string, clientId: string, notBefore: number): void {
  writer.run('UPDATE sends SET notBefore = ? WHERE account = ? AND clientId = ?', [notBefore, account, clientId])
}
