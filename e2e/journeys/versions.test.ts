/** What becomes of a message that its writer changes and takes back, and what the owner says on the phone: the vault has all of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { HeldMessages, recordOf } from '../harness/comparison.ts'
import { eventually } from '../harness/eventually.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { exportMessages, type ExportedMessage } from '../harness/vault.ts'

const channels = ['whatsapp', 'telegram'] as const
let company: SmallCompany
const customers = {} as Record<(typeof channels)[number], CompanyCustomer>

beforeAll(async () => {
  company = await SmallCompany.open(72)
  for (const channel of channels) customers[channel] = await company.addCustomer(channel, 'Ana Souza')
})
afterAll(() => company?.close())

interface Row extends ExportedMessage {
  neutral: NeutralMessage
}

async function rowsOf(account: string): Promise<Row[]> {
  const rows = await exportMessages(company.data, account)
  return rows.map((row) => ({ ...row, neutral: JSON.parse(row.message ?? '{}') as NeutralMessage }))
}

describe.each(channels)('%s', (channel) => {
  test('edited twice and deleted: three versions in the vault, the original as it was, and the screen says who deleted', async () => {
    const { id, simulated } = company.account(channel)
    const place = { customer: customers[channel].id, account: simulated.id }
    const providerId = await company.control.tell({ ...place, text: 'the price is 10' })
    await company.control.change('edit', { ...place, providerId, text: 'the price is 12' })
    await company.control.change('edit', { ...place, providerId, text: 'the price is 15' })
    await company.control.change('delete', { ...place, providerId })
    const about = await eventually(
      async () => (await rowsOf(id)).filter(({ neutral }) => [neutral.providerId, neutral.target].includes(providerId)),
      (rows) => rows.length >= 4,
    )
    expect(about.map(({ neutral }) => [neutral.kind, neutral.text])).toEqual([
      ['text', 'the price is 10'],
      ['edit', 'the price is 12'],
      ['edit', 'the price is 15'],
      ['delete', ''],
    ])
    const { sent } = await recordOf(company.control, channel, simulated.id)
    expect(new HeldMessages(about).compare(sent, 'in')).toEqual([])

    const recorded = await company.engine.event(
      'recorded',
      (line) => line['account'] === id && line['providerId'] === providerId,
    )
    const { conversation, message } = recorded
    const shown = await eventually(
      async () => {
        const page = (await company.engine.ask({ page: { conversation } }))['messages'] as Record<string, unknown>[]
        return page.find((one) => one['id'] === message)
      },
      (one) => one?.['deleted'] !== null,
    )
    expect(shown).toMatchObject({
      text: 'the price is 15',
      versions: [{ text: 'the price is 10' }, { text: 'the price is 12' }],
      deleted: { by: channel === 'telegram' ? 'unknown' : 'customer' },
    })
  })

  test('what the owner says on the phone is the account’s own, and its path is the phone', async () => {
    const { id, simulated } = company.account(channel)
    const place = { customer: customers[channel].id, account: simulated.id, fromPhone: true }
    const providerId = await company.control.tell({ ...place, text: 'said on the phone' })
    await company.control.tell({ ...place, kind: 'image', text: 'shown on the phone' })
    await company.control.change('edit', { ...place, providerId, text: 'said better on the phone' })
    const { received } = await recordOf(company.control, channel, simulated.id)
    expect(received).toHaveLength(3)
    const look = async () => {
      const rows = await rowsOf(id)
      return { rows, differences: new HeldMessages(rows).compare(received, 'out') }
    }
    const { rows } = await eventually(look, ({ differences }) => differences.length === 0)
    const own = rows.filter(({ direction }) => direction === 'out')
    expect(own.map(({ path, neutral }) => [path, neutral.kind])).toEqual([
      ['phone', 'text'],
      ['phone', 'image'],
      ['phone', 'edit'],
    ])
  })
})
