/** SQL of the files on their way: whose they are, how much is durable, and which ones the keeper has already. */
import type { Feature } from '../../database/migrate.ts'
import type { Reader, Writer } from '../../database/open.ts'

export const blobsFeature: Feature = {
  name: 'blobs',
  steps: [
    `CREATE TABLE blob (
       blob TEXT PRIMARY KEY,
       ledger TEXT NOT NULL,
       bytes INTEGER NOT NULL,
       sha256 TEXT NOT NULL,
       -- Durable from the beginning of the file.
       held INTEGER NOT NULL,
       -- partial, complete, or dropped: the keeper has it, and a late question is still answered as complete.
       state TEXT NOT NULL,
       -- Of the last progress.
       at INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX blob_partial ON blob (at) WHERE state = 'partial'`,
  ],
}

export interface BlobRow {
  blob: string
  ledger: string
  bytes: number
  sha256: string
  held: number
  state: 'partial' | 'complete' | 'dropped'
}

export async function findBlob(reader: Reader, blob: string): Promise<BlobRow | undefined> {
  return reader.get<BlobRow>('SELECT blob, ledger, bytes, sha256, held, state FROM blob WHERE blob = ?', [blob])
}

export async function putBlob(writer: Writer, row: BlobRow, at: number): Promise<void> {
  await writer.run(
    `INSERT INTO blob (blob, ledger, bytes, sha256, held, state, at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (blob) DO UPDATE SET held = excluded.held, state = excluded.state, at = excluded.at`,
    [row.blob, row.ledger, row.bytes, row.sha256, row.held, row.state, at],
  )
}

export async function deleteBlob(writer: Writer, blob: string): Promise<void> {
  await writer.run('DELETE FROM blob WHERE blob = ?', [blob])
}

/** Incomplete ones without progress since `before`. */
export async function listAbandoned(reader: Reader, before: number): Promise<{ blob: string }[]> {
  return reader.all<{ blob: string }>("SELECT blob FROM blob WHERE state = 'partial' AND at < ? LIMIT 1000", [before])
}
