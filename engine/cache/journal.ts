/** How far the vault's journal of each account has been followed. */
import type { Reader, Writer } from './database.ts'

/** undefined: this account is not known here. */
export function journalPositionOf(reader: Reader, account: string): number | undefined {
  const sql = 'SELECT journalPosition FROM accounts WHERE id = ?'
  return reader.get<{ journalPosition: number }>(sql, [account])?.journalPosition
}

export function putJournalPosition(writer: Writer, account: string, upTo: number): void {
  writer.run('UPDATE accounts SET journalPosition = max(journalPosition, ?) WHERE id = ?', [upTo, account])
}
