/** The accounts that the vault has assigned to this workstation, kept in the cache so that they show without the vault. */
import { directorySchema, type Directory } from '../../shared/contracts/device.ts'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { putWriter } from '../cache/colleagues.ts'
import type { Cache, Reader } from '../cache/database.ts'
import { findText, putValue } from '../cache/meta.ts'

export interface ListedAccount {
  id: string
  channel: Channel
  name: string
  telegramApi: { id: number; hash: string } | null
  journalPosition: number
}

/** `ledger`: this workstation's own. */
export function applyDirectory(cache: Cache, ledger: string, directory: Directory): void {
  const { id: employee, name } = directory.employee
  cache.transaction((writer) => {
    putWriter(writer, { ledger, employee, name })
    putValue(writer, 'directory', JSON.stringify(directory))
    writer.run('UPDATE accounts SET listed = 0')
    for (const account of directory.accounts) {
      writer.run(
        `INSERT INTO accounts (id, channel, name, telegramApi) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, telegramApi = excluded.telegramApi, listed = 1`,
        [
          account.id,
          account.channel,
          account.name,
          account.telegramApi === null ? null : JSON.stringify(account.telegramApi),
        ],
      )
    }
  })
}

export function findDirectory(reader: Reader): Directory | null {
  const stored = findText(reader, 'directory')
  return stored === null ? null : directorySchema.parse(JSON.parse(stored))
}

/** `all`: also those that were taken away; their last rows must still be understood. */
export function listAccounts(reader: Reader, all = false): ListedAccount[] {
  const rows = reader.all<{
    id: string
    channel: Channel
    name: string
    telegramApi: string | null
    journalPosition: number
  }>(
    'SELECT id, channel, name, telegramApi, journalPosition FROM accounts WHERE listed >= ? ORDER BY channel DESC, name',
    [all ? 0 : 1],
  )
  return rows.map((row) => ({
    ...row,
    telegramApi: row.telegramApi === null ? null : (JSON.parse(row.telegramApi) as { id: number; hash: string }),
  }))
}
