/** The statements that read conversations and messages. */
import type { Channel } from '../../../../shared/contracts/neutral-message.ts'
import type { Reader } from '../../../database/open.ts'

export interface ConversationView {
  id: string
  account: string
  account_name: string
  channel: Channel
  identity: string
  last_at: number
  messages: number
}
export interface StoredMessage {
  conversation: string
  at: number
  ord: string
  id: string
  account: string
  position: number
  direction: 'in' | 'out'
  path: 'live' | 'offline' | 'phone' | 'workstation'
  state: 'received' | 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'
  marks: number
  ledger: string
  seq: number
  state_ledger: string | null
  state_seq: number | null
  identity: string
  /** The employee whose workstation wrote it. */
  writer: string | null
}

const conversationColumns =
  'conversation.id, conversation.account, account.name AS account_name, channel, identity, last_at, messages'
const messageColumns = `conversation, at, ord, message.id, message.account, position, direction, path, state, marks,
  message.ledger, message.seq, state_ledger, state_seq, conversation.identity, employee.name AS writer`
const messageTables = `message JOIN conversation ON conversation.id = message.conversation
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
    `SELECT ${messageColumns} FROM ${messageTables} WHERE message.account = ? AND position > ? ORDER BY position LIMIT ?`,
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
