/** Colleagues: the employees behind other ledgers, and who has taken which customer. */
import type { Reader, Writer } from './database.ts'

export interface WriterRow {
  ledger: string
  employee: string
  name: string
}

export function putWriter(writer: Writer, row: WriterRow): void {
  writer.run(
    `INSERT INTO writers (ledger, employee, name) VALUES (?, ?, ?) ON CONFLICT (ledger) DO UPDATE
     SET employee = excluded.employee, name = excluded.name WHERE employee != excluded.employee OR name != excluded.name`,
    [row.ledger, row.employee, row.name],
  )
}

function findWriter(reader: Reader, ledger: string): WriterRow | undefined {
  return reader.get<WriterRow>('SELECT ledger, employee, name FROM writers WHERE ledger = ?', [ledger])
}

/** The employee who sits at this workstation, as the vault last said. */
export function findOwnEmployee(reader: Reader): string | null {
  return (
    reader.get<{ employee: string }>(
      "SELECT employee FROM writers WHERE ledger = (SELECT value FROM meta WHERE key = 'ledger')",
    )?.employee ?? null
  )
}

/** Whose an own message is, by the id that was fixed before it left. `ledger` null: the person here, under this workstation's own lease. */
export interface SentBy {
  clientId: string
  remote: number
  employee: string | null
  name: string | null
}

export function listSentBy(reader: Reader, account: string, clientIds: string[]): SentBy[] {
  if (clientIds.length === 0) return []
  return reader.all<SentBy>(
    `SELECT s.clientId, s.remote, w.employee, w.name FROM json_each(?) j
     CROSS JOIN sends s ON s.account = ? AND s.clientId = j.value
     LEFT JOIN writers w ON w.ledger =
       CASE WHEN s.ledger IS NULL AND s.seq > 0 THEN (SELECT value FROM meta WHERE key = 'ledger') ELSE s.ledger END`,
    [JSON.stringify(clientIds), account],
  )
}

export interface Claim {
  ledger: string
  employee: string | null
  name: string | null
  at: number
}

export function findClaim(reader: Reader, conversation: number): Claim | null {
  return (
    reader.get<Claim>(
      `SELECT c.claimedBy AS ledger, w.employee, w.name, c.claimedAt AS at FROM conversations c
     LEFT JOIN writers w ON w.ledger = c.claimedBy WHERE c.id = ? AND c.claimedBy IS NOT NULL`,
      [conversation],
    ) ?? null
  )
}

/** A claim takes it from whoever has it; letting go counts only where the same person has it. */
export function applyClaim(
  writer: Writer,
  conversation: number,
  said: { ledger: string; claimed: boolean; at: number },
): void {
  if (said.claimed) {
    writer.run('UPDATE conversations SET claimedBy = ?, claimedAt = ? WHERE id = ?', [
      said.ledger,
      said.at,
      conversation,
    ])
    return
  }
  const claim = findClaim(writer, conversation)
  const mine = findWriter(writer, said.ledger)?.employee
  if (claim && (claim.ledger === said.ledger || (claim.employee !== null && claim.employee === mine)))
    writer.run('UPDATE conversations SET claimedBy = NULL WHERE id = ?', [conversation])
}
