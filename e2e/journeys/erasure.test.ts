/** Destroying one identity's key leaves exactly that identity's content unreadable, also in a copy of the database made before. */
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { plant, type Planted } from '../harness/planted.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { admin, adminLines, exportMessages, type ExportedMessage } from '../harness/vault.ts'

let company: SmallCompany
let planted: Planted
let before: ExportedMessage[]
let erased: Planted['customers'][number]

beforeAll(async () => {
  company = await SmallCompany.open(31_117)
  planted = await plant(company, true)
  await company.engine.process.stop()
  before = await exportAll()
  erased = planted.customers[1]!
  await company.vault.process.stop()
  // Everything is applied: the copies hold no sealed intake, and no file is the index.
  for (const name of ['keeper.db', 'keyring.db']) copyFileSync(keeperFile(name), join(company.folder, name))
  await company.startVault()
})

afterAll(() => company?.close())

const keeperFile = (name: string): string => join(company.data, 'keeper', name)

async function exportAll(): Promise<ExportedMessage[]> {
  const all: ExportedMessage[] = []
  for (const { id } of company.accounts) all.push(...(await exportMessages(company.data, id)))
  return all
}

interface ListedIdentity {
  id: string
  name: string | null
  address: string | null
}

async function listIdentities(): Promise<ListedIdentity[]> {
  const account = company.account(erased.channel).id
  return (await adminLines(company.data, 'identity', 'list', `--account=${account}`)) as unknown as ListedIdentity[]
}

const textOf = ({ message }: ExportedMessage): string | null =>
  message === null ? null : (JSON.parse(message) as { text: string }).text

const isErased = (message: ExportedMessage): boolean => [...erased.says, erased.answer].includes(textOf(message) ?? '')

/** What must be found once the key is gone: the erased ones without content and marked, all others as they were. */
function withoutContent(message: ExportedMessage): unknown {
  return isErased(message)
    ? { ...message, message: null, raw: null, clientId: null, marks: [...message.marks, 'erased'] }
    : message
}

/** Stops the vault, puts copies in the place of its files and starts it again. */
async function putBack(...names: string[]): Promise<void> {
  await company.vault.process.stop()
  for (const name of names) {
    for (const ending of ['-wal', '-shm']) rmSync(`${keeperFile(name)}${ending}`, { force: true })
    copyFileSync(join(company.folder, name), keeperFile(name))
  }
  await company.startVault()
}

test('before the erasure everything is readable', () => {
  expect(before.map((one) => textOf(one) ?? '').toSorted()).toEqual(planted.texts.toSorted())
  expect(before.filter(isErased)).toHaveLength(3)
})

test('after it exactly the content of this identity is gone', async () => {
  const listed = await listIdentities()
  const identity = listed.find(({ name }) => name === erased.name)!
  await admin(company.data, 'erase-key', `--identity=${identity.id}`)
  expect(await exportAll()).toEqual(before.map(withoutContent))
  expect(await listIdentities()).toEqual(
    listed.map((one) => (one.id === identity.id ? { ...one, name: null, address: null } : one)),
  )
})

test('a copy of the database made before does not bring it back: today’s keyring has no key for it', async () => {
  await putBack('keeper.db')
  expect(await exportAll()).toEqual(before.map(withoutContent))
})

test('only the old keyring would: it was the key that kept it readable', async () => {
  await putBack('keeper.db', 'keyring.db')
  expect(await exportAll()).toEqual(before)
})

test('the vault keeps no other copy of the keyring', () => {
  const files = readdirSync(company.data, { recursive: true, encoding: 'utf8' })
  expect(files.filter((name) => /keyring/.test(name) && !/keeper\/keyring\.db(-wal|-shm)?$/.test(name))).toEqual([])
  expect(existsSync(keeperFile('keyring.db'))).toBe(true)
})
