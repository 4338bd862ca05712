/** What changes or answers a message: edits, deletions, reactions and votes, beside the message that they are about. */
import { nextSendState, type SendState } from '../../shared/domain/send-state.ts'
import type { ChannelFault } from '../channels/channel.ts'
import type { Reader, Writer } from './database.ts'
import { takeNumber, tellsEnd } from './messages.ts'

export interface ChangeKey {
  conversation: number
  /** Provider id of the message that it is about, which may come later or never. */
  target: string
  n: number
}
export interface ChangeRow extends ChangeKey {
  opaque: string
  kind: string
  /** Identity of who did it in a group, 0: not in a group, or the account. */
  author: number
  mine: number
  at: number
  text: string
  entities: string | null
  details: string | null
  providerId: string | null
  clientId: string | null
  state: string
  fault: string | null
}

const columns =
  'conversation, target, n, opaque, kind, author, mine, at, text, entities, details, providerId, clientId, state, fault'

export function recordChange(writer: Writer, change: Omit<ChangeRow, 'n' | 'fault'>): ChangeKey {
  const { conversation, target, at } = change
  const n = takeNumber(writer, conversation, at)
  writer.run(`INSERT INTO changes (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`, [
    conversation,
    target,
    n,
    change.opaque,
    change.kind,
    change.author,
    change.mine,
    at,
    change.text,
    change.entities,
    change.details,
    change.providerId,
    change.clientId,
    change.state,
  ])
  return { conversation, target, n }
}

export function findChange(reader: Reader, key: ChangeKey): ChangeRow | undefined {
  return reader.get<ChangeRow>(`SELECT ${columns} FROM changes WHERE conversation = ? AND target = ? AND n = ?`, [
    key.conversation,
    key.target,
    key.n,
  ])
}

export function listChangesById(reader: Reader, conversation: number, providerId: string): ChangeRow[] {
  return reader.all<ChangeRow>(`SELECT ${columns} FROM changes WHERE conversation = ? AND providerId = ?`, [
    conversation,
    providerId,
  ])
}

/** Changes of these messages, oldest first. */
export function listChanges(reader: Reader, conversation: number, targets: string[]): ChangeRow[] {
  if (targets.length === 0) return []
  return reader.all<ChangeRow>(
    `SELECT ${columns} FROM json_each(?) t CROSS JOIN changes c ON c.conversation = ? AND c.target = t.value ORDER BY c.n`,
    [JSON.stringify(targets), conversation],
  )
}

/** Own changes of a message that the provider has given no name yet. */
export function listNamelessOwn(reader: Reader, conversation: number, target: string, kind: string): ChangeRow[] {
  return reader.all<ChangeRow>(
    `SELECT ${columns} FROM changes WHERE conversation = ? AND target = ? AND mine = 1 AND kind = ? AND providerId IS NULL
     ORDER BY n`,
    [conversation, target, kind],
  )
}

/** Where the provider names a reaction or a vote by its author alone, the newest one stands under that name. */
export function replaceChange(
  writer: Writer,
  key: ChangeKey,
  change: Pick<ChangeRow, 'at' | 'text' | 'entities' | 'details'>,
): void {
  writer.run(
    `UPDATE changes SET at = ?, text = ?, entities = ?, details = ? WHERE conversation = ? AND target = ? AND n = ?`,
    [change.at, change.text, change.entities, change.details, key.conversation, key.target, key.n],
  )
}

export function dropChange(writer: Writer, key: ChangeKey): void {
  writer.run('DELETE FROM changes WHERE conversation = ? AND target = ? AND n = ?', [
    key.conversation,
    key.target,
    key.n,
  ])
}

/** As applyState of a message. */
export function applyChangeState(
  writer: Writer,
  row: ChangeRow & { account: string },
  reported: SendState,
  fault: ChannelFault | null,
  back = false,
): SendState | null {
  const current = row.state as SendState
  const next = back ? reported : nextSendState(current, reported)
  if (next === current && !tellsEnd(row, next, fault)) return null
  writer.run('UPDATE changes SET state = ?, fault = ? WHERE conversation = ? AND target = ? AND n = ?', [
    next,
    fault === null ? null : JSON.stringify(fault),
    row.conversation,
    row.target,
    row.n,
  ])
  if (row.clientId !== null)
    writer.run('UPDATE sends SET state = ? WHERE account = ? AND clientId = ?', [next, row.account, row.clientId])
  return next
}

/** Gives an own change the provider's name. One that stands here under that name already (its echo came first) is the same one. */
export function nameChange(writer: Writer, row: ChangeRow, providerId: string): void {
  for (const other of listChangesById(writer, row.conversation, providerId))
    if (other.n !== row.n && other.mine === row.mine && other.author === row.author) dropChange(writer, other)
  writer.run('UPDATE changes SET providerId = ? WHERE conversation = ? AND target = ? AND n = ?', [
    providerId,
    row.conversation,
    row.target,
    row.n,
  ])
}
