/** A file that its first runner never stored: the successor fetches it with what the ledger carries, or says why it cannot. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { MessageView } from '../../shared/contracts/window.ts'
import { eventually } from '../harness/eventually.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { admin, exportMessages } from '../harness/vault.ts'
import type { FaultRequest } from '../simulators/provider.ts'

const channels = ['whatsapp', 'telegram'] as const
let company: SmallCompany
const customers = {} as Record<Channel, CompanyCustomer>
/** By channel: a message whose file was cut off each time. */
const late = {} as Record<Channel, string>
/** The same, but deleted at the provider before anybody could fetch it. */
let gone: string

beforeAll(async () => {
  company = await SmallCompany.open(93)
  for (const channel of channels) {
    customers[channel] = await company.addCustomer(channel, 'Ana Souza')
    await fault(channel, { kind: 'cut-media', count: 10_000 })
    late[channel] = await sayFile(channel)
  }
  gone = await sayFile('telegram')
  const all: [Channel, string][] = [...channels.map((one): [Channel, string] => [one, late[one]]), ['telegram', gone]]
  for (const [channel, providerId] of all)
    await eventually(
      () => heldAs(channel, providerId),
      (message) => message !== null,
    )
  await admin(company.data, 'workstation', 'revoke', '--workstation', String(company.engine.ready['workstation']))
  await company.engine.event('account', (line) => line['state'] === 'stopped')
  for (const channel of channels) await fault(channel, { kind: 'cut-media', count: 0 })
})
afterAll(() => company?.close())

async function fault(channel: Channel, request: Omit<FaultRequest, 'account'>): Promise<void> {
  await company.control.fault({ ...request, account: company.account(channel).simulated.id })
}

async function sayFile(channel: Channel): Promise<string> {
  const account = company.account(channel)
  const to = { customer: customers[channel].id, account: account.simulated.id }
  const providerId = await company.control.tell({ ...to, kind: 'document', bytes: 200_000 })
  await company.engine.event('recorded', (line) => line['account'] === account.id && line['providerId'] === providerId)
  return providerId
}

/** The message as the vault exports it. */
async function heldAs(channel: Channel, providerId: string): Promise<NeutralMessage | null> {
  const rows = await exportMessages(company.data, company.account(channel).id)
  const messages = rows.flatMap(({ message }) => (message === null ? [] : [JSON.parse(message) as NeutralMessage]))
  return messages.find((one) => one.providerId === providerId) ?? null
}

test('what nobody has stored, the successor has stored, or says why it cannot', async () => {
  for (const channel of channels) expect(await heldAs(channel, late[channel])).toMatchObject({ media: null })
  const { id: customer } = customers.telegram
  await company.control.change('delete', {
    customer,
    account: company.account('telegram').simulated.id,
    providerId: gone,
  })
  await company.changeWorkstation()
  for (const channel of channels) {
    const sent = (await company.control.sent()).find((row) => row.providerId === late[channel])
    const held = await eventually(
      () => heldAs(channel, late[channel]),
      (message) => message?.media !== null,
      { deadlineMs: 30_000, everyMs: 300 },
    )
    expect(held?.media).toBe(sent?.message.media)
  }
  const missing = await company.engine.event('media', (line) => line['state'] === 'missing')
  const { conversations } = await company.engine.ask({ conversations: { account: company.account('telegram').id } })
  const [{ id: conversation }] = conversations as [{ id: string }]
  const { messages } = await company.engine.ask({ page: { conversation } })
  expect((messages as MessageView[]).find(({ id }) => id === missing['message'])).toMatchObject({
    kind: 'document',
    media: { state: 'missing', fault: { code: 'media_expired' } },
  })
  // Telegram's references hold for the authorization that got them: each was asked for anew first.
  const calls = (await company.control.wire(company.account('telegram').simulated.id)).map(({ detail }) => detail ?? '')
  const login = calls.lastIndexOf('auth.signIn')
  const asked = calls.findIndex((call, n) => n > login && call.startsWith('messages.getMessages'))
  const fetched = calls.findIndex((call, n) => n > login && call.startsWith('upload.getFile'))
  expect(asked).toBeGreaterThan(login)
  expect(fetched).toBeGreaterThan(asked)
})
