/** The statements about intents that wait for a runner. */
import { bubbleKinds } from '../../../../shared/contracts/neutral-message.ts'
import type { Reader, Writer } from '../../../database/open.ts'

export interface WaitingSend {
  ledger: string
  seq: number
  account: string
  /** Of its message, by the client id. */
  ref: Buffer
  position: number
  /** Journal position that the author had; null: whatever stands in between. */
  seen: number | null
  /** Epoch that it was handed to, or null. */
  taken: string | null
  /** 1: more than one epoch has had it, so it may have left already. */
  again: number
}

const columns = 'ledger, seq, account, ref, position, seen, taken, again'

export async function insertWaiting(db: Writer, row: Omit<WaitingSend, 'taken' | 'again'>): Promise<void> {
  await db.run('INSERT INTO waiting_send (ledger, seq, account, ref, position, seen) VALUES (?, ?, ?, ?, ?, ?)', [
    row.ledger,
    row.seq,
    row.account,
    row.ref,
    row.position,
    row.seen,
  ])
}

export async function findWaiting(db: Reader, ledger: string, seq: number): Promise<WaitingSend | undefined> {
  return db.get(`SELECT ${columns} FROM waiting_send WHERE ledger = ? AND seq = ?`, [ledger, seq])
}

export async function putTaken(
  db: Writer,
  row: Pick<WaitingSend, 'ledger' | 'seq' | 'taken' | 'again'>,
): Promise<void> {
  const sql = 'UPDATE waiting_send SET taken = ?, again = ? WHERE ledger = ? AND seq = ?'
  await db.run(sql, [row.taken, row.again, row.ledger, row.seq])
}

/** Its message as it stands now. */
export async function findIntended(
  db: Reader,
  { account, ref }: Pick<WaitingSend, 'account' | 'ref'>,
): Promise<{ conversation: string; state: string; erased_at: number | null } | undefined> {
  return db.get(
    `SELECT message.conversation, message.state, identity.erased_at FROM message_ref JOIN message USING (conversation, at, ord)
     JOIN conversation ON conversation.id = message.conversation JOIN identity ON identity.id = conversation.identity
     WHERE message_ref.account = ? AND ref = ?`,
    [account, ref],
  )
}

/**
 * Whether somebody else has spoken to the customer behind what the author had seen. Of two that wait, the earlier one goes first; what has
 * left already, or leaves by itself because its author runs the account, counts wherever it stands.
 */
export async function isAnswered(
  db: Reader,
  one: Pick<WaitingSend, 'account' | 'position'> & { seen: number; conversation: string; employee: string },
): Promise<boolean> {
  const row = await db.get(
    `SELECT 1 FROM message INDEXED BY message_position LEFT JOIN workstation ON workstation.ledger = message.ledger
     WHERE message.account = ?1 AND message.position > ?2 AND message.conversation = ?3 AND message.position <> ?4
       AND direction = 'out' AND kind IN (SELECT value FROM json_each(?6)) AND state <> 'failed'
       AND (message.position < ?4 OR state IN ('sent', 'delivered', 'read') OR NOT EXISTS
         (SELECT 1 FROM waiting_send w WHERE w.ledger = message.ledger AND w.seq = message.seq))
       AND (path <> 'workstation' OR workstation.employee IS NOT ?5) LIMIT 1`,
    [one.account, one.seen, one.conversation, one.position, one.employee, JSON.stringify(bubbleKinds)],
  )
  return row !== undefined
}

export async function isKnown(db: Reader, ledger: string, seq: number): Promise<boolean> {
  return (await db.get('SELECT 1 FROM event WHERE ledger = ? AND seq = ?', [ledger, seq])) !== undefined
}

export async function isActive(db: Reader, ledger: string): Promise<boolean> {
  return (await db.get('SELECT 1 FROM workstation WHERE ledger = ? AND revoked_at IS NULL', [ledger])) !== undefined
}
