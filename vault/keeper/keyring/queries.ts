/** The keyring's statements. */
import type { Reader, Writer } from '../../database/open.ts'

export interface CertifiedRow {
  purpose: string
  number: number
  public_key: Buffer
  wrapped: Buffer
}

export async function findSetting(db: Reader, name: string): Promise<string | null> {
  return (await db.get<{ value: string }>('SELECT value FROM setting WHERE name = ?', [name]))?.value ?? null
}

export async function putSetting(db: Writer, name: string, value: string): Promise<void> {
  const sql = 'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'
  await db.run(sql, [name, value])
}

export async function findSecret(db: Reader, name: string): Promise<Buffer | null> {
  return (await db.get<{ wrapped: Buffer }>('SELECT wrapped FROM secret WHERE name = ?', [name]))?.wrapped ?? null
}

export async function insertSecret(db: Writer, name: string, wrapped: Uint8Array): Promise<void> {
  await db.run('INSERT INTO secret (name, wrapped) VALUES (?, ?)', [name, wrapped])
}

export async function listCertified(db: Reader): Promise<CertifiedRow[]> {
  return db.all('SELECT purpose, number, public_key, wrapped FROM certified_key ORDER BY number DESC')
}

export async function insertCertified(db: Writer, row: CertifiedRow): Promise<void> {
  await db.run('INSERT INTO certified_key (purpose, number, public_key, wrapped) VALUES (?, ?, ?, ?)', [
    row.purpose,
    row.number,
    row.public_key,
    row.wrapped,
  ])
}

export async function findIdentityKey(db: Reader, identity: string): Promise<Buffer | null> {
  const row = await db.get<{ wrapped: Buffer }>('SELECT wrapped FROM identity_key WHERE identity = ?', [identity])
  return row?.wrapped ?? null
}

export async function listIdentityKeys(
  db: Reader,
  identities: readonly string[],
): Promise<{ identity: string; wrapped: Buffer }[]> {
  return db.all('SELECT identity, wrapped FROM identity_key WHERE identity IN (SELECT value FROM json_each(?))', [
    JSON.stringify(identities),
  ])
}

export async function insertIdentityKeys(db: Writer, rows: [string, Buffer][]): Promise<void> {
  await db.runMany('INSERT INTO identity_key (identity, wrapped) VALUES (?, ?)', rows)
}

/** Overwritten before it is deleted: the page is written with zeros in place of the key either way. */
export async function destroyIdentityKey(db: Writer, identity: string): Promise<boolean> {
  await db.run('UPDATE identity_key SET wrapped = zeroblob(length(wrapped)) WHERE identity = ?', [identity])
  return (await db.run('DELETE FROM identity_key WHERE identity = ?', [identity])) > 0
}
