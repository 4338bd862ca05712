/** Files from a workstation through the gateway into the keeper: checked, kept once, wrapped per identity, erased with the last one. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import type { NeutralMessage } from '../../../../shared/contracts/neutral-message.ts'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'
import { openFiles } from './files.ts'

let vault: TestVault
afterEach(() => vault.stop())

const li = '1@lid'
const bo = '2@lid'
const picture = randomBytes(150_000)
const hex = (bytes: Uint8Array) => sha256(bytes).toString('hex')

const kept = () => readdirSync(vault.folder.blobs).filter((name) => name !== 'incoming')
const atGateway = () => readdirSync(join(vault.data, 'gateway', 'blobs'))
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
async function exported(account: string) {
  const { messages } = await vault.keeper.messages.export('local', account, 'a test', null)
  return messages.map((row) => JSON.parse(row.message!) as NeutralMessage)
}
async function states(account: string) {
  const rows = []
  for (const one of await vault.conversations(account))
    rows.push(...(await vault.keeper.messages.read('local', one, 'a test')).messages)
  return rows.map((row) => row.media)
}
async function identityOf(account: string, address: string): Promise<string> {
  return (await vault.keeper.messages.identities('local', account)).find((row) => row.address === address)!.id
}
const settled = () => until(() => atGateway().length === 0)

async function ready(): Promise<[TestWorkstation, string]> {
  vault = await TestVault.start()
  return TestWorkstation.ready(vault)
}

test('a file is held once its message, its event and its bytes are there, in whatever order they come', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'image' })
  one.say(account, { address: li }, { providerId: 'A2', kind: 'image' })
  await one.upload()
  expect(await states(account)).toEqual([
    { state: 'waiting', sha256: null },
    { state: 'waiting', sha256: null },
  ])
  const first = one.store(account, li, picture, { providerId: 'A1' })
  await one.upload()
  expect((await exported(account)).map((message) => message.media)).toEqual([null, null])
  await one.putFile(first)
  const empty = one.store(account, li, Buffer.alloc(0), { providerId: 'A2' })
  await one.putFile(empty)
  await one.upload()
  await settled()
  expect((await exported(account)).map((message) => message.media)).toEqual([hex(picture), hex(Buffer.alloc(0))])
  expect(kept()).toHaveLength(2)
  expect(kept().every((name) => !name.includes(hex(picture)))).toBe(true)
  for (const name of kept())
    expect(readFileSync(join(vault.folder.blobs, name)).includes(picture.subarray(0, 32))).toBe(false)
})

test('a keeper that was away fetches what has come meanwhile, and a crash half-way costs nothing', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'video' })
  const file = one.store(account, li, picture, { providerId: 'A1' })
  await one.upload()
  await vault.stopKeeper()
  await one.putFile(file)
  expect(atGateway()).toHaveLength(1)
  await vault.startKeeper()
  await settled()
  expect(await states(account)).toEqual([{ state: 'held', sha256: hex(picture) }])
})

test.each([
  ['another content', { sha256: hex(Buffer.from('x')) }],
  ['another size', { bytes: picture.length - 1 }],
  ['another key', { key: randomBytes(32).toString('base64url') }],
])('a file of %s is alerted, and its row says that there is none', async (_name, change) => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'document' })
  await one.putFile(one.store(account, li, picture, { providerId: 'A1' }, change))
  await one.upload()
  await settled()
  expect(await states(account)).toEqual([{ state: 'missing', sha256: null }])
  const [alert] = await vault.keeper.alerts.newest(5)
  expect([alert?.code, alert?.subject]).toEqual(['media_damaged', one.enrolment.workstation])
  expect(kept()).toEqual([])
  expect(readdirSync(join(vault.folder.blobs, 'incoming'))).toEqual([])
  const [row] = await vault.keeper.store.all<{ state: string }>('SELECT state FROM attachment')
  expect(row?.state).toBe('damaged')
})

test('what cannot be had is missing until it comes after all', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'voice' })
  const peer = { address: li, aliases: [], name: null }
  const error = { code: 'expired', text: '', until: null }
  const of = { peer, author: null, direction: 'in', providerId: 'A1', clientId: null } as const
  one.write('media.missing/1', { ...of, error, retries: true }, { account })
  await one.upload()
  expect(await states(account)).toEqual([{ state: 'missing', sha256: null }])
  await one.putFile(one.store(account, li, picture, { providerId: 'A1' }))
  await one.upload()
  await settled()
  expect(await states(account)).toEqual([{ state: 'held', sha256: hex(picture) }])
})

test('the same content of two identities is one file with two wraps; the last wrap takes the file along', async () => {
  const [one, account] = await ready()
  for (const [address, providerId] of [
    [li, 'A1'],
    [bo, 'B1'],
  ] as const) {
    one.say(account, { address }, { providerId, kind: 'image', time: providerId === 'A1' ? 2000 : 1000 })
    await one.putFile(one.store(account, address, picture, { providerId }))
  }
  await one.upload()
  await settled()
  expect(kept()).toHaveLength(1)
  expect((await states(account)).map((media) => media?.state)).toEqual(['held', 'held'])
  await vault.keeper.erasure.eraseKey('local', await identityOf(account, li))
  expect(kept()).toHaveLength(1)
  expect((await states(account)).map((media) => media?.state)).toEqual([undefined, 'held'])
  const read = await vault.keeper.media.pull(await one.row(), { account, sha256: hex(picture), offset: 0, length: 100 })
  expect(one.open(read.sealed, 'media').equals(picture.subarray(0, 100))).toBe(true)
  await vault.keeper.erasure.eraseKey('local', await identityOf(account, bo))
  expect(kept()).toEqual([])
})

test('a file of an erased identity is not taken in any more', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'image' })
  const file = one.store(account, li, picture, { providerId: 'A1' })
  await one.upload()
  await vault.keeper.erasure.eraseKey('local', await identityOf(account, li))
  await one.putFile(file)
  // Nobody waits for it any more: the next look at everything lets it go.
  await until(() => {
    vault.keeper.media.told([file.blob])
    return atGateway().length === 0
  })
  expect(kept()).toEqual([])
})

test('a crash between the destroyed key and the file is completed at the next start', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'image' })
  await one.putFile(one.store(account, li, picture, { providerId: 'A1' }))
  await one.upload()
  await settled()
  const identity = await identityOf(account, li)
  await vault.stopKeeper()
  await vault.startKeeper({
    wrapKeyring: (keyring) => ({
      ...keyring,
      destroyIdentityKey: async (of) => {
        await keyring.destroyIdentityKey(of)
        throw new Error('cut off here')
      },
    }),
  })
  await expect(vault.keeper.erasure.eraseKey('local', identity)).rejects.toThrow('cut off')
  expect(kept()).toHaveLength(1)
  await vault.stopKeeper()
  await vault.startKeeper()
  expect(kept()).toEqual([])
})

test('in a group the file of a member goes with the member', async () => {
  const [one, account] = await ready()
  const group = '1203@g.us'
  const ana = { address: li, aliases: [], name: 'Ana' }
  one.say(account, { address: group }, { providerId: 'G1', kind: 'image', as: ana })
  await one.putFile(one.store(account, group, picture, { providerId: 'G1', as: ana }))
  one.say(account, { address: group }, { providerId: 'G2', kind: 'image', direction: 'out' })
  const ours = randomBytes(100)
  await one.putFile(one.store(account, group, ours, { providerId: 'G2', direction: 'out' }))
  await one.upload()
  await settled()
  expect(kept()).toHaveLength(2)
  await vault.keeper.erasure.eraseKey('local', await identityOf(account, li))
  expect(kept()).toHaveLength(1)
  expect((await states(account)).map((media) => media?.sha256)).toEqual([undefined, hex(ours)])
})

test('an own message’s file is found by its client id before the provider has named it, and after', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault, 'telegram')
  const peer = { address: 'user:5', aliases: [], name: null }
  const clientId = '123456789012'
  const place = { account, conversation: 'c', message: 'm1' }
  one.write('message.intended/1', { peer, clientId, text: 'look', replyTo: null, kind: 'image' }, place)
  await one.putFile(one.store(account, 'user:5', picture, { providerId: null, clientId, direction: 'out' }))
  await one.upload()
  await settled()
  expect((await exported(account)).map((message) => message.media)).toEqual([hex(picture)])
  const report = { state: 'sent', clientId, providerId: '77', time: 1_800_000_001_000, error: null } as const
  one.write('message.state/1', report, place)
  await one.upload()
  expect((await exported(account))[0]).toMatchObject({ providerId: '77', media: hex(picture) })
})

test('a workstation pulls pieces of what its account holds, with assignment and PIN proof, and nothing else', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'image' })
  await one.putFile(one.store(account, li, picture, { providerId: 'A1' }))
  await one.upload()
  await settled()
  const row = await one.row()
  const ask = { account, sha256: hex(picture), offset: 65_000, length: 70_000 }
  const piece = await vault.keeper.media.pull(row, ask)
  expect(piece.bytes).toBe(picture.length)
  expect(one.open(piece.sealed, 'media').equals(picture.subarray(65_000, 135_000))).toBe(true)
  const end = await vault.keeper.media.pull(row, { ...ask, offset: picture.length, length: 10 })
  expect(one.open(end.sealed, 'media')).toHaveLength(0)
  const [other, theirs] = await TestWorkstation.ready(vault)
  await expect(vault.keeper.media.pull(await other.row(), ask)).rejects.toMatchObject({ code: 'not_assigned' })
  const elsewhere = { ...ask, account: theirs }
  await expect(vault.keeper.media.pull(await other.row(), elsewhere)).rejects.toMatchObject({ code: 'media_unknown' })
  for (const hash of [hex(Buffer.from('x')), 'z'.repeat(64)])
    await expect(vault.keeper.media.pull(row, { ...ask, sha256: hash })).rejects.toMatchObject({
      code: 'media_unknown',
    })
})

test('knowing a hash gives nobody the file: without its bytes or its key it stays waiting', async () => {
  const [one, account] = await ready()
  one.say(account, { address: li }, { providerId: 'A1', kind: 'image' })
  const file = one.store(account, li, picture, { providerId: 'A1' })
  await one.putFile(file)
  await one.upload()
  await settled()
  const [other, theirs] = await TestWorkstation.ready(vault)
  other.say(theirs, { address: bo }, { providerId: 'B1', kind: 'image' })
  const claimed = other.store(
    theirs,
    bo,
    Buffer.alloc(1),
    { providerId: 'B1' },
    { sha256: hex(picture), bytes: picture.length },
  )
  await other.upload()
  expect(await states(theirs)).toEqual([{ state: 'waiting', sha256: null }])
  await other.putFile(claimed)
  await settled()
  expect(await states(theirs)).toEqual([{ state: 'missing', sha256: null }])
})

test('a full disk is told as such and leaves nothing behind', async () => {
  const [one, account] = await ready()
  await one.upload().catch(() => undefined)
  const folder = join(vault.data, 'full')
  const files = openFiles(folder)
  symlinkSync('/dev/full', join(folder, 'incoming', 'x'))
  const expected = { key: randomBytes(32), sha256: hex(picture), bytes: picture.length }
  const sealed = one.store(account, li, picture, { providerId: 'A1' }, { key: expected.key.toString('base64url') })
  async function* pieces() {
    yield sealed.sealed.subarray(0, 10)
  }
  await expect(files.write('x', expected, pieces())).rejects.toMatchObject({ code: 'storage_full' })
  expect(readdirSync(join(folder, 'incoming'))).toEqual([])
  rmSync(folder, { recursive: true })
})
