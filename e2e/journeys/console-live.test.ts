/** What a real workstation tells the console of itself: what the vault lacks of it, and the phones and devices of the accounts that it runs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consoleContract } from '../../shared/contracts/console.ts'
import { maskNumber } from '../../shared/domain/phone-number.ts'
import { ConsoleClient } from '../harness/console-client.ts'
import { eventually } from '../harness/eventually.ts'
import { SmallCompany } from '../harness/small-company.ts'

const patience = { deadlineMs: 60_000, everyMs: 500 }
const page = { text: '', team: null, after: null, limit: 9 }
let company: SmallCompany
let client: ConsoleClient

beforeAll(async () => {
  company = await SmallCompany.open(97)
  client = await ConsoleClient.signIn(company.vault.ready.console, company.login)
})
afterAll(() => company?.close())

async function seat() {
  const sort = { by: 'waiting', descending: true }
  const asked = { ...page, sort, status: null, connected: null, waiting: null }
  const found = consoleContract['workstations.list'].output.parse(await client.call('workstations.list', asked))
  return found.workstations[0]
}

test('the console shows the number, masked, and the devices that the provider lists', async () => {
  const asked = { ...page, channel: null, state: null, sort: { by: 'channel', descending: true } }
  const list = async () =>
    consoleContract['accounts.list'].output.parse(await client.call('accounts.list', asked)).accounts
  const accounts = await eventually(list, (rows) => rows.every((row) => row.linked !== null), patience)
  const [whatsapp, telegram] = accounts
  const { phone } = company.account('whatsapp').simulated
  expect([whatsapp?.phone, whatsapp?.state]).toEqual([maskNumber(phone), 'running'])
  // The phone, and the workstation.
  expect(whatsapp?.linked?.devices.map((one) => [one.platform, one.current])).toEqual([
    ['phone', false],
    [null, true],
  ])
  expect(telegram?.linked?.devices.filter((one) => one.current)).toHaveLength(1)
  expect(await client.call('accounts.phone', { account: whatsapp?.id })).toEqual({
    phone: `+${phone.replace(/\D/g, '')}`,
  })
})

test('what was recorded without the vault is told and goes up once it is back', async () => {
  const before = await eventually(seat, (row) => row?.waiting !== null && row?.connected === true, patience)
  const { id: customer } = await company.addCustomer('whatsapp', 'Ana Souza')
  await company.vault.process.stop()
  const texts = Array.from({ length: 30 }, (_, n) => `without the vault ${n}`)
  for (const text of texts)
    await company.control.tell({ customer, account: company.account('whatsapp').simulated.id, text })
  await company.untilRecorded(texts)
  await company.startVault()
  const toldAt = before?.waiting?.toldAt ?? 0
  const after = await eventually(
    seat,
    (row) => row?.connected === true && row.waiting?.events === 0 && row.waiting.toldAt > toldAt,
    patience,
  )
  expect(after?.waiting).toMatchObject({ events: 0, bytes: 0, since: null })
})
