/** The statements for accounts and assignments. */
import type { Channel } from '../../../../shared/contracts/neutral-message.ts'
import type { Assignment } from '../../../../shared/domain/people.ts'
import type { Reader, Writer } from '../../../database/open.ts'

export interface AccountRow {
  id: string
  channel: Channel
  name: string
  telegram_api: Buffer | null
  journal_head: number
}

export async function insertAccount(db: Writer, row: Omit<AccountRow, 'journal_head'> & { at: number }): Promise<void> {
  await db.run('INSERT INTO account (id, channel, name, telegram_api, made_at) VALUES (?, ?, ?, ?, ?)', [
    row.id,
    row.channel,
    row.name,
    row.telegram_api,
    row.at,
  ])
}

/** One that began and ended at the same moment goes on. */
export async function insertAssignment(db: Writer, one: Assignment): Promise<void> {
  const sql = `INSERT INTO assignment (employee, account, from_at, until_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (account, employee, from_at) DO UPDATE SET until_at = excluded.until_at`
  await db.run(sql, [one.employee, one.account, one.from, one.until])
}

/** Ends now what is open; false: nothing was. */
export async function endAssignments(
  db: Writer,
  of: { employee: string; account: string | null },
  at: number,
): Promise<boolean> {
  const sql = `UPDATE assignment SET until_at = ?2 WHERE employee = ?1 AND from_at <= ?2 AND (until_at IS NULL OR until_at > ?2)
    AND (?3 IS NULL OR account = ?3)`
  return (await db.run(sql, [of.employee, at, of.account])) > 0
}

export async function findAccount(db: Reader, id: string): Promise<AccountRow | undefined> {
  return db.get('SELECT id, channel, name, telegram_api, journal_head FROM account WHERE id = ?', [id])
}

export async function listAccounts(db: Reader): Promise<
  (AccountRow & {
    own_address: Buffer | null
    devices: Buffer | null
    conversations: number
    holder: string | null
    valid_until: number | null
  })[]
> {
  return db.all(
    `SELECT account.id, channel, name, telegram_api, own_address, devices, journal_head, lease.holder, lease.valid_until,
       (SELECT count(*) FROM conversation WHERE conversation.account = account.id) AS conversations
     FROM account LEFT JOIN lease ON lease.account = account.id ORDER BY name, account.id`,
  )
}

/** With the employee's team and name: a team sees the accounts of its members. */
export async function listAssignments(
  db: Reader,
  account: string | null,
): Promise<(Assignment & { team: string | null; name: string })[]> {
  const all = `SELECT assignment.employee, account, from_at AS "from", until_at AS "until", team, name
    FROM assignment JOIN employee ON employee.id = assignment.employee`
  return account === null ? db.all(all) : db.all(`${all} WHERE account = ?`, [account])
}
