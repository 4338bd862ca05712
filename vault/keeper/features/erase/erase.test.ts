/** Erasure: exactly one identity becomes unreadable, in the vault, in its index and in every copy of its database. */
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { databaseKey, readOrMakeKeyFile } from '../../../database/key-file.ts'
import { openStore } from '../../../database/open.ts'
import { keeperFeatures } from '../../features.ts'
import { createContent } from '../../content/content.ts'
import { openKeyring } from '../../keyring/keyring.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
afterEach(() => vault.stop())

async function twoCustomers(): Promise<{ account: string; erased: string; one: TestWorkstation }> {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.record(account, '1@lid', { id: 'A1', text: 'zanzibarconfidential', name: 'Zoe Quixote' })
  one.record(account, '2@lid', { id: 'B1', text: 'ordinarytext', name: 'Bo' })
  one.record(account, '1@lid', { id: 'A2', text: 'zanzibaragain' })
  await one.upload()
  await vault.keeper.search.catchUp()
  const identities = await vault.keeper.messages.identities('local', account)
  return { account, one, erased: identities.find((row) => row.address === '1@lid')!.id }
}

async function texts(account: string): Promise<unknown[]> {
  const { messages } = await vault.keeper.messages.export('local', account, 'a test', null)
  return messages.map((one) => (one.message === null ? one.marks : (JSON.parse(one.message) as { text: string }).text))
}

test('exactly this identity is unreadable afterwards, and found no more', async () => {
  const { account, erased, one } = await twoCustomers()
  expect(await texts(account)).toEqual(['zanzibarconfidential', 'ordinarytext', 'zanzibaragain'])
  await vault.keeper.erasure.eraseKey('local', erased)
  expect(await texts(account)).toEqual([['erased'], 'ordinarytext', ['erased']])
  expect(await vault.keeper.search.find('zanzibar', 10)).toEqual([])
  expect(await vault.keeper.search.find('ordinary', 10)).toHaveLength(1)
  expect((await one.journal(account)).entries.map((entry) => entry.position)).toEqual([2])
  expect(await vault.keeper.messages.identities('local', account)).toContainEqual({
    id: erased,
    address: null,
    name: null,
  })
})

test('in a copy of the database from before, opened with today’s keyring, it is unreadable too', async () => {
  const { erased } = await twoCustomers()
  const copy = join(vault.data, 'copy.db')
  for (const end of ['', '-wal']) cpSync(`${vault.folder.keeperDatabase}${end}`, `${copy}${end}`)
  await vault.keeper.erasure.eraseKey('local', erased)
  const master = readOrMakeKeyFile(vault.folder.masterKey)
  const store = await openStore(copy, databaseKey(master, 'keeper.db'), keeperFeatures)
  const keyring = await openKeyring(vault.folder.keyring, master)
  const rows = await store.all<{ ledger: string; seq: number; identity: string }>(
    'SELECT ledger, seq, identity FROM event',
  )
  const content = createContent(store, keyring)
  const readable = await Promise.all(
    rows.map(async (row) => [row.identity === erased, (await content.decoded(row.ledger, row.seq)) !== null]),
  )
  expect(readable).toEqual([
    [true, false],
    [false, true],
    [true, false],
  ])
  expect(await content.label(erased)).toBeNull()
  await keyring.close()
  await store.close()
})

test('the wrapped key is gone from the keyring, and its log holds nothing', async () => {
  const { erased } = await twoCustomers()
  await vault.keeper.erasure.eraseKey('local', erased)
  expect(readFileSync(`${vault.folder.keyring}-wal`)).toHaveLength(0)
  await vault.stopKeeper()
  const master = readOrMakeKeyFile(vault.folder.masterKey)
  const keyring = await openKeyring(vault.folder.keyring, master)
  expect(await keyring.identityKey(erased)).toBeNull()
  await keyring.close()
})

test('who writes again after an erasure is somebody new', async () => {
  const { account, erased, one } = await twoCustomers()
  await vault.keeper.erasure.eraseKey('local', erased)
  one.record(account, '1@lid', { id: 'A3', text: 'here again' })
  await one.upload()
  expect(await texts(account)).toEqual([['erased'], 'ordinarytext', ['erased'], 'here again'])
  const first = await vault.keeper.erasure.eraseKey('local', erased)
  vault.clock.time += 1000
  expect(await vault.keeper.erasure.eraseKey('local', erased)).toEqual(first)
  await expect(vault.keeper.erasure.eraseKey('local', 'nobody')).rejects.toMatchObject({ code: 'identity_unknown' })
})

test('a crash between the mark and the key is completed at the next start', async () => {
  const { account, erased } = await twoCustomers()
  await vault.stopKeeper()
  await vault.startKeeper({
    wrapKeyring: (keyring) => ({ ...keyring, destroyIdentityKey: () => Promise.reject(new Error('cut off here')) }),
  })
  await expect(vault.keeper.erasure.eraseKey('local', erased)).rejects.toThrow('cut off')
  await vault.stopKeeper()
  await vault.startKeeper()
  expect(await vault.keeper.keyring.identityKey(erased)).toBeNull()
  expect(await texts(account)).toEqual([['erased'], 'ordinarytext', ['erased']])
})

test('a crash between the key and the index is completed at the next start, and leaves no old page in the log', async () => {
  const { erased } = await twoCustomers()
  await vault.stopKeeper()
  await vault.startKeeper({
    wrapKeyring: (keyring) => ({
      ...keyring,
      destroyIdentityKey: async (identity) => {
        await keyring.destroyIdentityKey(identity)
        throw new Error('cut off here')
      },
    }),
  })
  await expect(vault.keeper.erasure.eraseKey('local', erased)).rejects.toThrow('cut off')
  expect(await vault.keeper.search.find('zanzibar', 10)).toHaveLength(2)
  await vault.stopKeeper()
  await vault.startKeeper()
  expect(await vault.keeper.search.find('zanzibar', 10)).toEqual([])
  for (const file of [vault.folder.keyring, vault.folder.index]) expect(readFileSync(`${file}-wal`)).toHaveLength(0)
})

test('an erasure waits for keys that are being made, and they for it', async () => {
  const { erased } = await twoCustomers()
  const { keyring, erasure } = vault.keeper
  const [gone, ...made] = await Promise.allSettled([
    erasure.eraseKey('local', erased),
    ...Array.from({ length: 200 }, async (_, n) => {
      for (let turn = 0; turn < n; turn++) await Promise.resolve()
      await keyring.makeIdentityKeys([`identity-${n}`])
    }),
  ])
  expect(gone.status).toBe('fulfilled')
  expect(made.filter((one) => one.status === 'rejected')).toEqual([])
})

test('no file of the keeper holds a name or a text in clear', async () => {
  await twoCustomers()
  const plants = ['zanzibarconfidential', 'Zoe Quixote', 'ordinarytext', 'Ana Sales', '1@lid']
  for (const name of readdirSync(vault.folder.keeper).filter((one) => /\.db(-wal)?$/.test(one))) {
    const bytes = readFileSync(join(vault.folder.keeper, name))
    for (const plant of plants) expect([name, plant, bytes.includes(plant)]).toEqual([name, plant, false])
  }
})
