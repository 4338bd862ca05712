/** Workstations and accounts in the console over real HTTPS: what the vault lacks, and the phone that an account hangs on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestConsole } from '../test-console.ts'
import { TestVault } from '../test-vault.ts'
import { TestWorkstation } from '../test-workstation.ts'

const anySeat = {
  text: '',
  status: null,
  connected: null,
  waiting: null,
  team: null,
  after: null,
  limit: 9,
  sort: { by: 'waiting', descending: true },
} as const
const anyAccount = {
  text: '',
  channel: null,
  state: null,
  team: null,
  after: null,
  limit: 9,
  sort: { by: 'name', descending: false },
} as const

let vault: TestVault
let account: string
let seat: TestWorkstation
let admin: TestConsole

beforeAll(async () => {
  vault = await TestVault.start()
  ;[seat, account] = await TestWorkstation.ready(vault)
  admin = await TestConsole.signIn(vault, vault.made.login)
})
afterAll(() => vault.stop())

test('what a workstation still holds stands in its row, in the filter, in the order and in the overview', async () => {
  const { id: other } = await vault.keeper.people.add('local', { name: 'Bo', role: 'salesperson', team: null })
  await TestWorkstation.enrol(vault, other)
  const rows = async (query: { waiting?: boolean } = {}) =>
    (await admin.call('workstations.list', { ...anySeat, ...query })).workstations
  expect((await rows()).map((one) => one.waiting)).toEqual([null, null])
  seat.record(account, '1@lid', { id: 'W1', text: 'one' })
  seat.record(account, '1@lid', { id: 'W2', text: 'two' })
  const link = await seat.tell({ head: 2, bytes: 512, files: 1, since: 1_799_999_000_000 })
  expect((await rows()).map((one) => [one.employee, one.waiting?.events, one.connected])).toEqual([
    ['Ana Sales', 2, true],
    ['Bo', undefined, false],
  ])
  expect((await rows({ waiting: true })).map((one) => one.employee)).toEqual(['Ana Sales'])
  expect((await rows({ waiting: false })).map((one) => one.employee)).toEqual(['Bo'])
  expect((await admin.call('overview.get', {})).workstations).toMatchObject({
    holding: 1,
    waiting: 2,
    waitingSince: 1_799_999_000_000,
  })
  await seat.upload()
  expect((await rows({ waiting: true }))[0]?.waiting).toMatchObject({ events: 0, bytes: 0, files: 1, since: null })
  link.socket.terminate()
  await link.closed
})

test('an account’s number is masked until somebody asks for it, which the audit log tells', async () => {
  const first = async (text = '') => (await admin.call('accounts.list', { ...anyAccount, text })).accounts[0]
  expect(await first()).toMatchObject({ paired: false, phone: null, linked: null })
  await expect(admin.call('accounts.phone', { account })).rejects.toMatchObject({ code: 'number_unknown' })
  seat.write('account.seen/1', { address: '77@lid' }, { account })
  await seat.upload()
  expect(await first()).toMatchObject({ paired: true, phone: null })
  const devices = [
    { name: null, platform: 'phone', current: false, activeAt: null },
    { name: null, platform: null, current: true, activeAt: null },
  ]
  seat.write('account.devices/1', { phone: '5511940028922', devices }, { account, at: 1_800_000_000_500 })
  await seat.upload()
  expect(await first()).toMatchObject({ phone: '+551 … 8922', linked: { at: 1_800_000_000_500, devices } })
  // A few digits find nothing, or the list would tell the number digit by digit.
  expect([await first('8922'), (await first('+55 11 94002-8922'))?.id]).toEqual([undefined, account])
  expect(await admin.call('accounts.phone', { account })).toEqual({ phone: '+5511940028922' })
  const about = { actor: null, action: 'account.phone', subject: account, from: null, until: null, before: null }
  expect((await admin.call('audit.list', about)).entries.map((one) => one.actorName)).toEqual(['admin'])
  const south = await TestConsole.as(vault, 'manager', 'south')
  await expect(south.call('accounts.phone', { account })).rejects.toMatchObject({ code: 'not_allowed' })
})
