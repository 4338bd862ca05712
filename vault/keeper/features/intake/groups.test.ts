/** Groups: one conversation, many writers, and each writer's words under a key of his own. */
import { afterEach, expect, test } from 'vitest'
import { TestVault } from '../../test-vault.ts'
import { TestWorkstation } from '../../test-workstation.ts'

let vault: TestVault
afterEach(() => vault.stop())

const group = { address: '1203@g.us', name: 'Resellers' }
const ana = { address: '1@lid', aliases: ['491@s.whatsapp.net'], name: 'Ana' }
const bo = { address: '2@lid', aliases: [], name: 'Bo' }

async function talk(): Promise<{ one: TestWorkstation; account: string }> {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const at = (n: number) => ({ time: 1_800_000_000_000 + n * 1000 })
  const of = (identity: string) => ({ conversation: 'g', identity })
  one.say(account, group, { providerId: 'A1', text: 'anaword', as: ana, ...at(1) }, of('a'))
  one.say(account, group, { providerId: 'B1', text: 'boword', as: bo, ...at(2) }, of('b'))
  one.say(account, group, { providerId: 'C1', text: 'ourword', direction: 'out', ...at(3) }, of('g-identity'))
  const event = { event: 'added' as const, members: ['1@lid', '9@lid'], text: null, seconds: null }
  const notice = { kind: 'service' as const, details: { service: event } }
  one.say(account, group, { providerId: 'S1', as: bo, ...notice, ...at(4) }, of('b'))
  one.say(account, group, { providerId: 'A2', text: 'anaagain', as: ana, reply: 'B1', ...at(5) }, of('a'))
  one.say(
    account,
    { address: '1@lid', name: 'Ana' },
    { providerId: 'P1', text: 'anaprivate', ...at(6) },
    { conversation: 'p' },
  )
  one.write('raw.kept/1', { reason: 'unknown', raw: 'AAAA' }, { account, conversation: 'g', identity: 'a' })
  await one.upload()
  await vault.keeper.search.catchUp()
  return { one, account }
}
async function identity(account: string, address: string): Promise<string> {
  const all = await vault.keeper.messages.identities('local', account)
  return all.find((row) => row.address === address)!.id
}
async function conversations(account: string) {
  return vault.conversations(account)
}
async function thread(account: string, isGroup = 1) {
  const one = (await conversations(account)).find((row) => row.is_group === isGroup)!
  return vault.keeper.messages.read('local', one, 'a test')
}
const texts = (page: Awaited<ReturnType<typeof thread>>) =>
  page.messages.map((row) => (row.kind === 'raw' && row.text ? 'raw' : row.kind === 'service' ? row.kind : row.text))

test('a group is one conversation with its writers by name, in the console and down the journal', async () => {
  const { one, account } = await talk()
  expect((await conversations(account)).map((row) => [row.title, row.is_group, row.messages])).toEqual([
    ['Ana', 0, 1],
    ['Resellers', 1, 6],
  ])
  const page = await thread(account)
  expect(page.messages.map((row) => row.author)).toEqual(['Ana', 'Bo', 'One', 'Bo', 'Ana', 'Ana'])
  expect(page.messages[4]!.reply).toBe(page.messages[1]!.id)
  expect(page.names).toEqual({ '1@lid': 'Ana' })
  expect(new Set(page.messages.map((row) => row.person)).size).toBe(4)
  const journal = await one.journal(account)
  expect(journal.entries.map((entry) => entry.peer)).toEqual(
    [1, 1, 1, 1, 1, 0, 1].map((isGroup) => (isGroup ? group.address : ana.address)),
  )
})

test('erasing a member takes exactly this person’s messages, in the group and alone, and from the index', async () => {
  const { one, account } = await talk()
  await vault.keeper.erasure.eraseKey('local', await identity(account, ana.address))
  expect(texts(await thread(account))).toEqual([null, 'boword', 'ourword', 'service', null, null])
  expect(texts(await thread(account, 0))).toEqual([null])
  const found = async (word: string) => (await vault.keeper.search.find(word, 10)).length
  expect(await Promise.all(['anaword', 'anaagain', 'anaprivate', 'boword', 'ourword'].map(found))).toEqual([
    0, 0, 0, 1, 1,
  ])
  expect((await one.journal(account)).entries).toHaveLength(3)
  one.say(account, group, { providerId: 'A3', text: 'somebody new', as: ana }, { conversation: 'g', identity: 'a' })
  await one.upload()
  expect((await thread(account)).messages.filter((row) => row.text === 'somebody new')).toHaveLength(1)
})

test('erasing the group takes the rest: the company’s words and the notices', async () => {
  const { account } = await talk()
  await vault.keeper.erasure.eraseKey('local', await identity(account, group.address))
  const page = await thread(account)
  expect(page.title).toBe('')
  expect(page.messages.map((row) => row.text)).toEqual(['anaword', 'boword', null, null, 'anaagain', 'unknown'])
  expect(await vault.keeper.search.find('ourword', 10)).toEqual([])
  expect(await vault.keeper.search.find('anaword', 10)).toHaveLength(1)
})

test('nobody takes another member’s message away by using its id first', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  one.say(account, group, { providerId: 'X', text: 'from bo', as: bo })
  one.say(account, group, { providerId: 'X', text: 'from ana', as: ana })
  one.say(account, group, { providerId: 'X', text: 'from ana, again', as: { ...ana, address: '491@s.whatsapp.net' } })
  await one.upload()
  expect(texts(await thread(account))).toEqual(['from bo', 'from ana'])
})

test('reports about own messages stay with the group, whoever wrote last', async () => {
  const { one, account } = await talk()
  const place = { account, conversation: 'g', message: 'm9' }
  const peer = { address: group.address, aliases: [], name: null }
  one.write('message.intended/1', { peer, clientId: 'I1', text: 'intended', replyTo: null }, place)
  one.say(account, group, { providerId: 'A9', text: 'between', as: ana }, { conversation: 'g', identity: 'a' })
  const report = { state: 'sent', clientId: 'I1', providerId: 'I1', time: 1_800_000_060_000, error: null } as const
  one.write('message.state/1', report, place)
  await one.upload()
  await vault.keeper.erasure.eraseKey('local', await identity(account, ana.address))
  const { messages } = await vault.keeper.messages.export('local', account, 'a test', null)
  const sent = messages.find((row) => row.clientId === 'I1')!
  expect(JSON.parse(sent.message!)).toMatchObject({ chat: group.address, text: 'intended', time: 1_800_000_060_000 })
})

test('the newest snapshot of a group names its members and the group', async () => {
  vault = await TestVault.start()
  const [one, account] = await TestWorkstation.ready(vault)
  const member = (address: string, name: string) => ({ address, aliases: [], name, role: 'member' as const })
  const seen = { address: group.address, description: null, announce: false, inviteLink: null }
  const snapshot = (subject: string, name: string, at: number) =>
    one.write(
      'group.seen/1',
      { group: { ...seen, subject, members: [member('9@lid', name)] } },
      { account, at, conversation: 'g' },
    )
  snapshot('Old', 'Nine', 1000)
  snapshot('New', 'Nina', 3000)
  snapshot('Older', 'Nobody', 2000)
  const service = { event: 'joined' as const, members: ['9@lid'], text: null, seconds: null }
  one.say(account, { address: group.address, name: 'New' }, { providerId: 'S', kind: 'service', details: { service } })
  await one.upload()
  const page = await thread(account)
  expect([page.title, page.names]).toEqual(['New', { '9@lid': 'Nina' }])
})
