/** The statements of the intake: marks, batches, identities, conversations and messages. */
import type { Reader, Writer } from '../../../database/open.ts'

export async function findMark(db: Reader): Promise<number> {
  return (await db.get<{ position: number }>('SELECT position FROM intake_mark'))?.position ?? 0
}

export async function putMark(db: Writer, position: number): Promise<void> {
  await db.run('UPDATE intake_mark SET position = ? WHERE position < ?1', [position])
}

export interface BatchRow {
  position: number
  ledger: string
  from_seq: number
  count: number
  sealed_hash: Buffer
  signature: Buffer
  received_at: number
}

export async function insertBatch(db: Writer, row: BatchRow): Promise<void> {
  await db.run(
    `INSERT INTO batch (position, ledger, from_seq, count, sealed_hash, signature, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [row.position, row.ledger, row.from_seq, row.count, row.sealed_hash, row.signature, row.received_at],
  )
}

export async function listBatches(
  db: Reader,
  ledger: string,
  afterPosition: number,
  limit: number,
): Promise<BatchRow[]> {
  return db.all(
    `SELECT position, ledger, from_seq, count, sealed_hash, signature, received_at FROM batch
     WHERE ledger = ? AND position > ? ORDER BY position LIMIT ?`,
    [ledger, afterPosition, limit],
  )
}

export async function insertQuarantine(
  db: Writer,
  row: { position: number; ledger: string | null; from: number | null; reason: string; at: number; batch: Uint8Array },
): Promise<void> {
  await db.run('INSERT INTO quarantine (position, ledger, from_seq, reason, at, batch) VALUES (?, ?, ?, ?, ?, ?)', [
    row.position,
    row.ledger,
    row.from,
    row.reason,
    row.at,
    row.batch,
  ])
}

/** Batches that its device signed and that contradict what stands in the ledger. */
export async function listForks(db: Reader, ledger: string): Promise<{ batch: Buffer }[]> {
  return db.all("SELECT batch FROM quarantine WHERE ledger = ? AND reason = 'fork' ORDER BY position", [ledger])
}

export async function countQuarantined(db: Reader): Promise<number> {
  return (await db.get<{ n: number }>('SELECT count(*) AS n FROM quarantine'))?.n ?? 0
}

export async function findLedgerState(
  db: Reader,
  ledger: string,
): Promise<{ closed_seq: number | null; has_unproven: number } | undefined> {
  return db.get('SELECT closed_seq, has_unproven FROM ledger_state WHERE ledger = ?', [ledger])
}

export async function putLedgerState(
  db: Writer,
  ledger: string,
  state: { closed_seq: number | null; has_unproven: number },
): Promise<void> {
  await db.run(
    `INSERT INTO ledger_state (ledger, closed_seq, has_unproven) VALUES (?, ?, ?) ON CONFLICT (ledger) DO UPDATE
     SET closed_seq = excluded.closed_seq, has_unproven = excluded.has_unproven`,
    [ledger, state.closed_seq, state.has_unproven],
  )
}

export async function clearMark(db: Writer, ledger: string, upTo: number, mark: number): Promise<void> {
  // By way of the ledger's own events: messages are not found by ledger, and there are millions of them.
  await db.run(
    `UPDATE message SET marks = marks & ~?1 WHERE marks & ?1 AND (account, position) IN
       (SELECT account, position FROM event WHERE ledger = ?2 AND seq <= ?3 AND position IS NOT NULL)`,
    [mark, ledger, upTo],
  )
}

/** The account's journal head where the workstation's employee has ever been assigned to it. */
export async function findWritableAccount(
  db: Reader,
  account: string,
  employee: string,
): Promise<{ head: number; channel: string; epoch: string | null; holder: string | null } | undefined> {
  return db.get(
    `SELECT journal_head AS head, channel, lease.generation || '.' || lease.n AS epoch, lease.holder
     FROM account LEFT JOIN lease ON lease.account = account.id
     WHERE account.id = ?1 AND EXISTS (SELECT 1 FROM assignment WHERE assignment.account = ?1 AND employee = ?2)`,
    [account, employee],
  )
}

export async function putJournalHead(db: Writer, account: string, head: number): Promise<void> {
  await db.run('UPDATE account SET journal_head = ? WHERE id = ?', [head, account])
}

export async function putOwnAddress(db: Writer, account: string, sealed: Uint8Array): Promise<void> {
  await db.run('UPDATE account SET own_address = ? WHERE id = ?', [sealed, account])
}

export async function putDevices(db: Writer, account: string, sealed: Uint8Array): Promise<void> {
  await db.run('UPDATE account SET devices = ? WHERE id = ?', [sealed, account])
}

export async function findAlias(db: Reader, account: string, lookup: Uint8Array): Promise<string | undefined> {
  const sql = 'SELECT identity FROM alias WHERE account = ? AND lookup = ?'
  return (await db.get<{ identity: string }>(sql, [account, lookup]))?.identity
}

/** True when the alias was new. */
export async function insertAlias(db: Writer, account: string, lookup: Uint8Array, identity: string): Promise<boolean> {
  const sql = 'INSERT INTO alias (account, lookup, identity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
  return (await db.run(sql, [account, lookup, identity])) > 0
}

export async function insertIdentity(
  db: Writer,
  row: { id: string; account: string; label: Uint8Array; at: number },
): Promise<void> {
  await db.run('INSERT INTO identity (id, account, label, made_at) VALUES (?, ?, ?, ?)', [
    row.id,
    row.account,
    row.label,
    row.at,
  ])
}

export async function updateLabel(db: Writer, identity: string, label: Uint8Array): Promise<void> {
  await db.run('UPDATE identity SET label = ? WHERE id = ? AND erased_at IS NULL', [label, identity])
}

export async function putWriterId(db: Writer, ledger: string, id: string, identity: string): Promise<void> {
  const sql = `INSERT INTO writer_id (ledger, id, identity) VALUES (?, ?, ?)
    ON CONFLICT (ledger, id) DO UPDATE SET identity = excluded.identity WHERE identity <> excluded.identity`
  await db.run(sql, [ledger, id, identity])
}

export async function findWriterId(db: Reader, ledger: string, id: string): Promise<string | undefined> {
  const sql = 'SELECT identity FROM writer_id WHERE ledger = ? AND id = ?'
  return (await db.get<{ identity: string }>(sql, [ledger, id]))?.identity
}

export interface ConversationRow {
  id: string
  identity: string
  last_at: number
  is_group: number
}

export async function findConversationOf(db: Reader, identity: string): Promise<ConversationRow | undefined> {
  return db.get('SELECT id, identity, last_at, is_group FROM conversation WHERE identity = ?', [identity])
}

export async function findConversation(db: Reader, id: string): Promise<ConversationRow | undefined> {
  return db.get('SELECT id, identity, last_at, is_group FROM conversation WHERE id = ?', [id])
}

export async function insertConversation(db: Writer, row: ConversationRow & { account: string }): Promise<void> {
  await db.run(
    'INSERT INTO conversation (id, account, identity, last_at, is_group, messages) VALUES (?, ?, ?, ?, ?, 0)',
    [row.id, row.account, row.identity, row.last_at, row.is_group],
  )
}

export async function markGroup(db: Writer, conversation: string): Promise<void> {
  await db.run('UPDATE conversation SET is_group = 1 WHERE id = ?', [conversation])
}

export interface MessageKey {
  conversation: string
  at: number
  ord: string
}
export interface MessageRow extends MessageKey {
  id: string
  account: string
  position: number
  kind: string
  direction: string
  path: string
  state: string
  marks: number
  ledger: string
  seq: number
  state_ledger: string | null
  state_seq: number | null
}

export const messageColumns =
  'conversation, at, ord, id, account, position, kind, direction, path, state, marks, ledger, seq, state_ledger, state_seq'

/** `owner`: identity whose content it is, and whose erasure takes it out of the index. */
export async function insertMessage(db: Writer, row: MessageRow, owner: string): Promise<void> {
  await db.run(`INSERT INTO message (${messageColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.conversation,
    row.at,
    row.ord,
    row.id,
    row.account,
    row.position,
    row.kind,
    row.direction,
    row.path,
    row.state,
    row.marks,
    row.ledger,
    row.seq,
    row.state_ledger,
    row.state_seq,
  ])
  await db.run('UPDATE conversation SET messages = messages + 1, last_at = max(last_at, ?) WHERE id = ?', [
    row.at,
    row.conversation,
  ])
  await db.run('INSERT INTO index_queue (identity, conversation, at, ord) VALUES (?, ?, ?, ?)', [
    owner,
    row.conversation,
    row.at,
    row.ord,
  ])
}

/** The index forgets it behind the intake. */
export async function deleteMessage(db: Writer, row: MessageRow): Promise<void> {
  const key = [row.conversation, row.at, row.ord]
  await db.run('DELETE FROM message WHERE conversation = ? AND at = ? AND ord = ?', key)
  await db.run('UPDATE conversation SET messages = messages - 1 WHERE id = ?', [row.conversation])
  await db.run(
    `INSERT INTO index_queue (identity, conversation, at, ord)
     SELECT identity, ?1, ?2, ?3 FROM conversation WHERE id = ?1`,
    key,
  )
}

/** Time of the newest message of the conversation that this ledger has told of; 0: none. Among the newest 500. */
export async function lastAtOf(db: Reader, conversation: string, ledger: string): Promise<number> {
  const row = await db.get<{ at: number }>(
    `SELECT at FROM (SELECT at, ledger FROM message WHERE conversation = ? ORDER BY at DESC, ord DESC LIMIT 500)
     WHERE ledger = ? LIMIT 1`,
    [conversation, ledger],
  )
  return row?.at ?? 0
}

export async function findMessage(db: Reader, key: MessageKey): Promise<MessageRow | undefined> {
  return db.get(`SELECT ${messageColumns} FROM message WHERE conversation = ? AND at = ? AND ord = ?`, [
    key.conversation,
    key.at,
    key.ord,
  ])
}

/** Writes what may change of a message after it was first recorded. */
export async function updateMessage(db: Writer, row: MessageRow): Promise<void> {
  await db.run(
    `UPDATE message SET state = ?, marks = ?, ledger = ?, seq = ?, state_ledger = ?, state_seq = ?
     WHERE conversation = ? AND at = ? AND ord = ?`,
    [row.state, row.marks, row.ledger, row.seq, row.state_ledger, row.state_seq, row.conversation, row.at, row.ord],
  )
}

export async function markReadUpTo(db: Writer, conversation: string, at: number): Promise<void> {
  await db.run(
    `UPDATE message INDEXED BY message_unread SET state = 'read' WHERE conversation = ? AND at <= ? AND direction = 'out'
     AND state IN ('sent', 'delivered')`,
    [conversation, at],
  )
}

export async function findRef(db: Reader, account: string, ref: Uint8Array): Promise<MessageKey | undefined> {
  return db.get('SELECT conversation, at, ord FROM message_ref WHERE account = ? AND ref = ?', [account, ref])
}

/** The reference leads here from now on. */
export async function putRef(db: Writer, account: string, ref: Uint8Array, key: MessageKey): Promise<void> {
  await db.run(
    `INSERT INTO message_ref (account, ref, conversation, at, ord) VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, ref)
     DO UPDATE SET conversation = excluded.conversation, at = excluded.at, ord = excluded.ord`,
    [account, ref, key.conversation, key.at, key.ord],
  )
}

/** The first message with a reference keeps it. */
export async function insertRef(db: Writer, account: string, ref: Uint8Array, key: MessageKey): Promise<void> {
  await db.run(
    'INSERT INTO message_ref (account, ref, conversation, at, ord) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    [account, ref, key.conversation, key.at, key.ord],
  )
}

/** The newest snapshot of a group is the one that its ledger wrote last. */
export async function putGroupSeen(
  db: Writer,
  row: { identity: string; ledger: string; seq: number; at: number },
): Promise<void> {
  await db.run(
    `INSERT INTO group_seen (identity, ledger, seq, at) VALUES (?, ?, ?, ?) ON CONFLICT (identity) DO UPDATE
     SET ledger = excluded.ledger, seq = excluded.seq, at = excluded.at WHERE excluded.at >= at`,
    [row.identity, row.ledger, row.seq, row.at],
  )
}
