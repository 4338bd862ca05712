/** SQL of the enrolled devices, their rotating secrets and their revocations. */
import type { CaptureStatus } from '../../../shared/contracts/host.ts'
import type { OutboxReport } from '../../../shared/contracts/outbox-report.ts'
import type { SignedDocument } from '../../../shared/contracts/signed-document.ts'
import type { Feature } from '../../database/migrate.ts'
import type { Reader, Writer } from '../../database/open.ts'

export const devicesFeature: Feature = {
  name: 'devices',
  steps: [
    `CREATE TABLE enrolment (
       ledger TEXT PRIMARY KEY,
       workstation TEXT NOT NULL,
       document TEXT NOT NULL
     ) STRICT;
     CREATE TABLE workstation (
       workstation TEXT PRIMARY KEY,
       ledger TEXT NOT NULL REFERENCES enrolment (ledger),
       secret BLOB NOT NULL,
       previous_secret BLOB,
       seen_at INTEGER,
       address TEXT,
       software TEXT
     ) STRICT;
     CREATE TABLE issued_secret (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       workstation TEXT NOT NULL,
       secret BLOB NOT NULL
     ) STRICT;
     CREATE INDEX issued_secret_lookup ON issued_secret (workstation, secret);
     CREATE INDEX issued_secret_order ON issued_secret (workstation, number);
     CREATE TABLE revocation (
       workstation TEXT PRIMARY KEY,
       document TEXT NOT NULL
     ) STRICT`,
    'ALTER TABLE workstation ADD COLUMN capture TEXT',
    `ALTER TABLE workstation ADD COLUMN told_at INTEGER;
     ALTER TABLE workstation ADD COLUMN told_head INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE workstation ADD COLUMN told_bytes INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE workstation ADD COLUMN told_files INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE workstation ADD COLUMN told_since INTEGER`,
  ],
}

export interface EnrolmentRow {
  ledger: string
  workstation: string
  document: string
}

export async function listEnrolments(reader: Reader): Promise<EnrolmentRow[]> {
  return reader.all<EnrolmentRow>('SELECT ledger, workstation, document FROM enrolment ORDER BY rowid')
}

export async function insertEnrolment(
  writer: Writer,
  ledger: string,
  workstation: string,
  document: SignedDocument,
  secretHash: Uint8Array,
): Promise<void> {
  await writer.run('INSERT INTO enrolment (ledger, workstation, document) VALUES (?, ?, ?)', [
    ledger,
    workstation,
    JSON.stringify(document),
  ])
  await writer.run(
    `INSERT INTO workstation (workstation, ledger, secret) VALUES (?, ?, ?)
     ON CONFLICT (workstation) DO UPDATE SET ledger = excluded.ledger, secret = excluded.secret, previous_secret = NULL,
       told_at = NULL`,
    [workstation, ledger, secretHash],
  )
  await rememberSecret(writer, workstation, secretHash)
}

export interface WorkstationRow {
  workstation: string
  ledger: string
  secret: Buffer
  previous_secret: Buffer | null
  seen_at: number | null
  address: string | null
  software: string | null
  capture: CaptureStatus | null
}

export async function findWorkstation(reader: Reader, workstation: string): Promise<WorkstationRow | undefined> {
  return reader.get<WorkstationRow>('SELECT * FROM workstation WHERE workstation = ?', [workstation])
}

/** What a workstation told of its outbox, and how much of that ledger the vault holds by now. */
export interface ToldRow {
  told_at: number | null
  told_head: number
  told_bytes: number
  told_files: number
  told_since: number | null
  held: number
}

export async function listWorkstations(reader: Reader): Promise<(WorkstationRow & ToldRow)[]> {
  return reader.all(
    `SELECT workstation.*, coalesce(ledger.head, 0) AS held
     FROM workstation LEFT JOIN ledger ON ledger.ledger = workstation.ledger`,
  )
}

export async function putTold(writer: Writer, workstation: string, at: number, told: OutboxReport): Promise<void> {
  await writer.run(
    'UPDATE workstation SET told_at = ?, told_head = ?, told_bytes = ?, told_files = ?, told_since = ? WHERE workstation = ?',
    [at, told.head, told.bytes, told.files, told.since, workstation],
  )
}

/** Secrets of one workstation that are remembered to tell an old one from one that never was. */
const rememberedSecrets = 4096

async function rememberSecret(writer: Writer, workstation: string, secretHash: Uint8Array): Promise<void> {
  await writer.run('INSERT INTO issued_secret (workstation, secret) VALUES (?, ?)', [workstation, secretHash])
  await writer.run(
    `DELETE FROM issued_secret WHERE workstation = ? AND number <=
       (SELECT number FROM issued_secret WHERE workstation = ? ORDER BY number DESC LIMIT 1 OFFSET ${rememberedSecrets})`,
    [workstation, workstation],
  )
}

export async function wasIssued(reader: Reader, workstation: string, secretHash: Uint8Array): Promise<boolean> {
  const row = await reader.get('SELECT 1 FROM issued_secret WHERE workstation = ? AND secret = ?', [
    workstation,
    secretHash,
  ])
  return row !== undefined
}

export async function rotateSecret(
  writer: Writer,
  workstation: string,
  secrets: { previous: Uint8Array; next: Uint8Array },
  seen: { at: number; address: string; software: string; capture: CaptureStatus | null },
): Promise<void> {
  await writer.run(
    `UPDATE workstation SET secret = ?, previous_secret = ?, seen_at = ?, address = ?, software = ?, capture = ? WHERE workstation = ?`,
    [secrets.next, secrets.previous, seen.at, seen.address, seen.software, seen.capture, workstation],
  )
  await rememberSecret(writer, workstation, secrets.next)
}

export async function markSeen(writer: Writer, workstation: string, at: number): Promise<void> {
  await writer.run('UPDATE workstation SET seen_at = ? WHERE workstation = ?', [at, workstation])
}

export async function listRevocations(reader: Reader): Promise<{ workstation: string; document: string }[]> {
  return reader.all('SELECT workstation, document FROM revocation')
}

/** The first revocation stays: what came after it is marked by it. */
export async function insertRevocation(writer: Writer, workstation: string, document: SignedDocument): Promise<void> {
  await writer.run('INSERT INTO revocation (workstation, document) VALUES (?, ?) ON CONFLICT DO NOTHING', [
    workstation,
    JSON.stringify(document),
  ])
}
