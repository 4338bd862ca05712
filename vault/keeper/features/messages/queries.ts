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
  /** Since when the other side waits for an answer. */
  since: number | null
  /** Who has taken the customer: the employee's name, or null. */
  claimed_by: string | null
}
export interface ConversationFilter {
  accounts: readonly string[]
  group: boolean | null
  from: number | null
  until: number | null
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

const conversationColumns = `conversation.id, conversation.account, account.name AS account_name, channel, identity, last_at, is_group, messages, since,
  (SELECT employee.name FROM claim JOIN workstation ON workstation.ledger = claim.ledger
   JOIN employee ON employee.id = workstation.employee WHERE claim.conversation = conversation.id) AS claimed_by`
const conversationTables = `conversation JOIN account ON account.id = conversation.account
  LEFT JOIN waiting ON waiting.conversation = conversation.id`
const messageColumns = `conversation, at, ord, message.id, message.account, message.position, message.kind, direction, path, state,
  marks, message.ledger, message.seq, state_ledger, state_seq, conversation.identity, is_group, event.identity AS owner,
  employee.name AS writer`
const messageTables = `message JOIN conversation ON conversation.id = message.conversation
  LEFT JOIN event ON event.ledger = message.ledger AND event.seq = message.seq
  LEFT JOIN workstation ON workstation.ledger = message.ledger LEFT JOIN employee ON employee.id = workstation.employee`

export interface ConversationPage extends ConversationFilter {
  order: 'newest' | 'waiting'
  waiting: boolean
}

/** Of so many accounts each is read by its own index and the pages are merged; of more all conversations are walked through in order. */
const mostMerged = 20

/** Behind `after`; newest first, or (`waiting`) who waits longest first. */
export async function pageConversations(
  db: Reader,
  page: ConversationPage,
  after: { at: number; id: string } | null,
  limit: number,
): Promise<ConversationView[]> {
  const { accounts } = page
  if (accounts.length === 0) return []
  const sources =
    accounts.length > mostMerged
      ? [sourceOf(page, { one: false, of: JSON.stringify(accounts) }, after, limit)]
      : accounts.map((of) => sourceOf(page, { one: true, of }, after, limit))
  const order = page.order === 'waiting' ? 'found.at, found.id' : 'found.at DESC, found.id DESC'
  const found = sources.map(({ sql }) => `SELECT * FROM (${sql})`).join(' UNION ALL ')
  return db.all(
    `SELECT ${conversationColumns} FROM (SELECT * FROM (${found}) AS found ORDER BY ${order} LIMIT ?) AS found
     CROSS JOIN ${conversationTables} WHERE conversation.id = found.id ORDER BY ${order}`,
    [...sources.flatMap(({ values }) => values), limit],
  )
}

/** Ids and places of one page, read in order from an index: without it every conversation would be sorted for each page. */
function sourceOf(
  { order, waiting, group, from, until }: ConversationPage,
  accounts: { one: boolean; of: string },
  after: { at: number; id: string } | null,
  limit: number,
): { sql: string; values: (string | number)[] } {
  const byWaiting = order === 'waiting'
  const account = accounts.one ? '= ?' : 'IN (SELECT value FROM json_each(?))'
  const [id, at] = byWaiting ? ['waiting.conversation', 'since'] : ['conversation.id', 'last_at']
  const table = byWaiting
    ? `waiting INDEXED BY ${accounts.one ? 'waiting_of' : 'waiting_since'}`
    : `conversation INDEXED BY ${accounts.one ? 'conversation_of' : 'conversation_newest'}`
  const conditions = [`${byWaiting ? 'waiting' : 'conversation'}.account ${account}`]
  const values: (string | number)[] = [accounts.of]
  if (waiting && !byWaiting)
    conditions.push('EXISTS (SELECT 1 FROM waiting WHERE waiting.conversation = conversation.id)')
  // In a group nobody waits.
  if (group !== null) conditions.push(byWaiting ? (group ? '0' : '1') : `is_group = ${group ? 1 : 0}`)
  if (from !== null || until !== null) {
    conditions.push(
      `EXISTS (SELECT 1 FROM message WHERE message.conversation = ${id} AND message.at >= ? AND message.at < ?)`,
    )
    values.push(from ?? 0, until ?? Number.MAX_SAFE_INTEGER)
    // Whoever was silent before the time has nothing in it.
    if (from !== null && !byWaiting) {
      conditions.push('last_at >= ?')
      values.push(from)
    }
  }
  if (after) {
    conditions.push(byWaiting ? `(since, ${id}) > (?, ?)` : `(last_at, ${id}) < (?, ?)`)
    values.push(after.at, after.id)
  }
  const sorted = byWaiting ? `since, ${id}` : `last_at DESC, ${id} DESC`
  return {
    sql: `SELECT ${id} AS id, ${at} AS at FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${sorted} LIMIT ?`,
    values: [...values, limit],
  }
}

export async function findConversation(db: Reader, id: string): Promise<ConversationView | undefined> {
  return db.get(`SELECT ${conversationColumns} FROM ${conversationTables} WHERE conversation.id = ?`, [id])
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

/** Oldest first, after (at, ord). */
export async function pageMessagesAfter(
  db: Reader,
  conversation: string,
  after: { at: number; ord: string },
  limit: number,
): Promise<StoredMessage[]> {
  return db.all(
    `SELECT ${messageColumns} FROM ${messageTables}
     WHERE message.conversation = ? AND (message.at, message.ord) > (?, ?) ORDER BY message.at, message.ord LIMIT ?`,
    [conversation, after.at, after.ord, limit],
  )
}

export async function hasMessageBefore(
  db: Reader,
  conversation: string,
  before: { at: number; ord: string },
): Promise<boolean> {
  const sql = 'SELECT 1 FROM message WHERE conversation = ? AND (at, ord) < (?, ?) LIMIT 1'
  return (await db.get(sql, [conversation, before.at, before.ord])) !== undefined
}

export interface LookRow {
  id: string
  at: number
  who: string
  how: 'read' | 'file' | 'export' | 'workstation'
  seq: number | null
  bytes: Buffer | null
}

/** Looks in the console and exports (the audit log), and openings on workstations (their ledgers), newest first behind `after`. */
export async function pageLooks(
  db: Reader,
  of: { conversation: string; account: string; identity: string },
  after: { at: number; id: string },
  limit: number,
): Promise<LookRow[]> {
  return db.all(
    `SELECT * FROM (
       SELECT 'a' || printf('%012d', audit.seq) AS id, at, actor AS who,
         CASE action WHEN 'conversation.read' THEN 'read' WHEN 'media.read' THEN 'file' ELSE 'export' END AS how, audit.seq, bytes
       FROM audit LEFT JOIN audit_reason USING (seq)
       WHERE (action = 'conversation.read' AND subject = ?1) OR (action = 'messages.export' AND subject = ?2)
         OR (action = 'media.read' AND subject IN (SELECT id FROM message WHERE conversation = ?1
           AND kind IN ('image', 'video', 'voice', 'audio', 'document', 'sticker')))
       UNION ALL
       SELECT 'w' || event.ledger || printf('%012d', event.seq), json_extract(CAST(header AS TEXT), '$.at'), workstation.id, 'workstation',
         NULL, NULL
       FROM event JOIN workstation ON workstation.ledger = event.ledger
       WHERE event.kind = 'conversation.opened/1' AND event.identity = ?3)
     WHERE (at, id) < (?4, ?5) ORDER BY at DESC, id DESC LIMIT ?6`,
    [of.conversation, of.account, of.identity, after.at, after.id, limit],
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
