/** SQL of the copies of the keeper's documents. */
import type { SignedDocument } from '../../../shared/contracts/signed-document.ts'
import type { Feature } from '../../database/migrate.ts'
import type { Reader, Writer } from '../../database/open.ts'

export const copiesFeature: Feature = {
  name: 'copies',
  steps: [
    `CREATE TABLE copy (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
     CREATE TABLE lease (
       account TEXT PRIMARY KEY,
       workstation TEXT NOT NULL,
       epoch TEXT NOT NULL,
       document TEXT NOT NULL
     ) STRICT`,
  ],
}

export type CopyName = 'trust' | 'policy'

export async function findCopy(reader: Reader, name: CopyName): Promise<unknown> {
  const row = await reader.get<{ json: string }>('SELECT json FROM copy WHERE name = ?', [name])
  return row ? JSON.parse(row.json) : null
}

export async function putCopy(writer: Writer, name: CopyName, value: unknown): Promise<void> {
  await writer.run(
    'INSERT INTO copy (name, json) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET json = excluded.json',
    [name, JSON.stringify(value)],
  )
}

export interface LeaseRow {
  account: string
  workstation: string
  epoch: string
}

export async function listLeases(reader: Reader): Promise<LeaseRow[]> {
  return reader.all<LeaseRow>('SELECT account, workstation, epoch FROM lease')
}

export async function putLease(writer: Writer, lease: LeaseRow, document: SignedDocument): Promise<void> {
  await writer.run(
    `INSERT INTO lease (account, workstation, epoch, document) VALUES (?, ?, ?, ?)
     ON CONFLICT (account) DO UPDATE SET workstation = excluded.workstation, epoch = excluded.epoch, document = excluded.document`,
    [lease.account, lease.workstation, lease.epoch, JSON.stringify(document)],
  )
}
