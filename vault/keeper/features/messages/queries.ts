/** The statements that read conversations and messages. */
import type { Channel, MessageKind } from '../../../../shared/contracts/neutral-message.ts'
import type { Reader } from '../../../database/open.ts'

export interface ConversationView {
  id: string
  account: string
  account_name: string
  channel: Channel
  identity: string
  last_at: number
  is_group: number
  messages: number
  /** Who has taken the customer: the employee's name, or null. */
  claimed_by: string | null
}
export interface StoredMessage {
  conversation: string
  at: number
  ord: string
  id: string
  account: string
  position: number
  kind: MessageKind | 'raw'
  direction: 'in' | 'out'
  path: 'live' | 'offline' | 'phone' | 'workstation'
  state: 'received' | 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'
  marks: number
  ledger: string
  seq: number
  state_ledger: string | null
  state_seq: number | null
  /** Of the conversation. */
  identity: string
  is_group: number
  /** Identity whose content it is; null: its event stands under nobody's. */
  owner: string | null
  /** The employee whose workstation wrote it. */
  writer: string | null
}

const conversationColumns = `conversation.id, conversation.account, account.name AS account_name, channel, identity, last_at, is_group, messages,
  (SELECT employee.name FROM claim JOIN workstation ON workstation.ledger = claim.ledger
   JOIN employee ON employee.id = workstation.employee WHERE claim.conversation = conversation.id) AS claimed_by`
const messageColumns = `conversation, at, ord, message.id, message.account, message.position, message.kind, direction, path, state,
  marks, message.ledger, message.seq, state_ledger, state_seq, conversation.identity, is_group, event.identity AS owner,
  employee.name AS writer`
const messageTables = `message JOIN conversation ON conversation.id = message.conversation
  LEFT JOIN event ON event.ledger = message.ledger AND event.seq = message.seq
  LEFT JOIN workstation ON workstation.ledger = message.ledger LEFT JOIN employee ON employee.id = workstation.employee`

export async function listConversations(
  db: Reader,
  accounts: readonly string[],
  limit: number,
): Promise<ConversationView[]> {
  return db.all(
    `SELECT ${conversationColumns} FROM conversation JOIN account ON account.id = conversation.account
     WHERE conversation.account IN (SELECT value FROM json_each(?)) ORDER BY last_at DESC, conversation.id LIMIT ?`,
    [JSON.stringify(accounts), limit],
  )
}

export async function findConversation(db: Reader, id: string): Promise<ConversationView | undefined> {
  return db.get(
    `SELECT ${conversationColumns} FROM conversation JOIN account ON account.id = conversation.account
     WHERE conversation.id = ?`,
    [id],
  )
}

/** Newest first, before (at, ord). */
export async function pageMessages(
  db: Reader,
  conversation: string,
  before: { at: number; ord: string },
  limit: number,
): Promise<StoredMessage[]> {
  return db.all(
    `SELECT ${messageColumns} FROM ${messageTables}
     WHERE conversation = ? AND (at, ord) < (?, ?) ORDER BY at DESC, ord DESC LIMIT ?`,
    [conversation, before.at, before.ord, limit],
  )
}

export async function exportMessages(
  db: Reader,
  account: string,
  after: number,
  limit: number,
): Promise<StoredMessage[]> {
  return db.all(
    `SELECT ${messageColumns} FROM ${messageTables} WHERE message.account = ? AND message.position > ?
     ORDER BY message.position LIMIT ?`,
    [account, after, limit],
  )
}

export async function findOwnAddress(
  db: Reader,
  account: string,
): Promise<{ channel: Channel; own_address: Buffer | null } | undefined> {
  return db.get('SELECT channel, own_address FROM account WHERE id = ?', [account])
}

export async function listIdentities(db: Reader, account: string): Promise<{ id: string }[]> {
  return db.all('SELECT id FROM identity WHERE account = ? ORDER BY made_at, id', [account])
}

export async function countMessages(db: Reader): Promise<number> {
  return (await db.get<{ n: number | null }>('SELECT sum(messages) AS n FROM conversation'))?.n ?? 0
}

/** A message of a media kind in this conversation. */
export async function findFileMessage(
  db: Reader,
  conversation: string,
  id: string,
): Promise<StoredMessage | undefined> {
  return db.get(
    `SELECT ${messageColumns} FROM ${messageTables} WHERE conversation = ? AND message.id = ?
     AND message.kind IN ('image', 'video', 'voice', 'audio', 'document', 'sticker')`,
    [conversation, id],
  )
}

/** The event that holds the newest snapshot of a group. */
export async function findGroupSeen(
  db: Reader,
  identity: string,
): Promise<{ ledger: string; seq: number } | undefined> {
  return db.get('SELECT ledger, seq FROM group_seen WHERE identity = ?', [identity])
}

export async function findIdentityBehind(db: Reader, account: string, lookup: Uint8Array): Promise<string | undefined> {
  const sql = 'SELECT identity FROM alias WHERE account = ? AND lookup = ?'
  return (await db.get<{ identity: string }>(sql, [account, lookup]))?.identity
}
