import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { databaseKey, readOrMakeKeyFile } from './key-file.ts'
import { openStore, type Store } from './open.ts'

let folder: string
let file: string
const key = randomBytes(32)
const notes = { name: 'notes', steps: ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'] }
const stores: Store[] = []

const open = async (features = [notes], withKey: Uint8Array = key): Promise<Store> => {
  const store = await openStore(file, withKey, features)
  stores.push(store)
  return store
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-store-'))
  file = join(folder, 'one.db')
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('rows survive a reopening, and the file shows neither text nor the SQLite header', async () => {
  const store = await open()
  await store.transaction((writer) => writer.run('INSERT INTO note (text) VALUES (?)', ['a very plain sentence']))
  await store.close()
  const again = await open()
  expect(await again.all('SELECT text FROM note')).toEqual([{ text: 'a very plain sentence' }])
  await again.close()
  const bytes = readFileSync(file).toString('latin1')
  expect(bytes).not.toContain('SQLite format')
  expect(bytes).not.toContain('plain sentence')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('another key is refused with a code', async () => {
  await (await open()).close()
  await expect(open([notes], randomBytes(32))).rejects.toMatchObject({ code: 'database_key_wrong' })
})

test('a transaction that throws leaves nothing, and readers never see what is not committed', async () => {
  const store = await open()
  const failing = store.transaction(async (writer) => {
    await writer.run('INSERT INTO note (text) VALUES (?)', ['one'])
    expect(await store.all('SELECT * FROM note')).toEqual([])
    expect(await writer.all('SELECT * FROM note')).toHaveLength(1)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await store.all('SELECT * FROM note')).toEqual([])
})

test('transactions started together run one after the other, and one inside another is a bug', async () => {
  const store = await open()
  const bump = (): Promise<number> =>
    store.transaction(async (writer) => {
      const row = await writer.get<{ n: number }>('SELECT count(*) AS n FROM note')
      await new Promise((resolve) => setImmediate(resolve))
      await writer.run('INSERT INTO note (text) VALUES (?)', [`note ${row!.n}`])
      return row!.n
    })
  expect(await Promise.all([bump(), bump(), bump()])).toEqual([0, 1, 2])
  await expect(store.transaction(() => store.transaction(async () => 1))).rejects.toThrow('inside')
})

test('a new step is applied once to an older database, and an older program refuses a newer one', async () => {
  await (await open()).close()
  const grown = { name: 'notes', steps: [...notes.steps, 'ALTER TABLE note ADD COLUMN at INTEGER'] }
  await (await open([grown])).close()
  const store = await open([grown])
  await store.transaction((writer) => writer.run('INSERT INTO note (text, at) VALUES (?, ?)', ['x', 5]))
  await store.close()
  await expect(open([notes])).rejects.toMatchObject({ code: 'database_newer' })
  await expect(open([])).rejects.toMatchObject({ code: 'database_newer' })
})

test('a step that fails leaves the database at the step before', async () => {
  await (await open()).close()
  const broken = { name: 'notes', steps: [...notes.steps, 'CREATE TABLE half (id INTEGER) STRICT; SELECT nonsense'] }
  await expect(open([broken])).rejects.toThrow('nonsense')
  const store = await open()
  expect(await store.all("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([])
})

test('a database that has reached its size limit refuses with storage_full and goes on afterwards', async () => {
  const store = await open()
  const pages = await store.transaction((writer) => writer.get<{ page_count: number }>('PRAGMA page_count'))
  await store.transaction((writer) => writer.get(`PRAGMA max_page_count = ${pages!.page_count + 4}`))
  const big = store.transaction((writer) => writer.run('INSERT INTO note (text) VALUES (?)', ['x'.repeat(100_000)]))
  await expect(big).rejects.toMatchObject({ code: 'storage_full' })
  await store.transaction((writer) => writer.run('INSERT INTO note (text) VALUES (?)', ['small']))
  expect(await store.all('SELECT text FROM note')).toEqual([{ text: 'small' }])
})

test('numbered parameters may be used several times', async () => {
  const store = await open()
  await store.transaction((writer) => writer.run('INSERT INTO note (id, text) VALUES (?2, ?1 || ?1)', ['ab', 7]))
  expect(await store.get('SELECT id, text FROM note WHERE id = ?1 AND ?1 = 7', [7])).toEqual({ id: 7, text: 'abab' })
  await expect(store.all('SELECT ?2', [1])).rejects.toThrow()
})

test('a master key file is made once, kept, and gives different keys to different databases', () => {
  const path = join(folder, 'master.key')
  const first = readOrMakeKeyFile(path)
  expect(readOrMakeKeyFile(path)).toEqual(first)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(databaseKey(first, 'a.db')).not.toEqual(databaseKey(first, 'b.db'))
})
