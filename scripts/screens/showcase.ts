/** What the demo company's customers say for the pictures: every kind, in one conversation and one group per channel. */
import type { Control } from '../../e2e/harness/control.ts'
import type { SimulatedAccount } from '../../e2e/simulators/provider.ts'
import type { Channel } from '../../shared/contracts/neutral-message.ts'

/** Conversations by their titles. */
export const showcase = {
  'whatsapp-direct': 'Ana Souza',
  'whatsapp-group': 'Revendedores Brasil',
  'telegram-direct': 'Katharina Vogel',
  'telegram-group': 'Händlerrunde DACH',
} as const
export type ShowcaseName = keyof typeof showcase

/** The last word of every conversation above, to be waited for. */
export const lastWords = 'Thank you, that is all for today.'

interface Place {
  channel: Channel
  account: SimulatedAccount
  customer: string
  group: string | null
}

export async function sayShowcase(control: Control): Promise<void> {
  const [accounts, customers, groups] = await Promise.all([control.accounts(), control.customers(), control.groups()])
  for (const channel of ['whatsapp', 'telegram'] as const) {
    const customer = customers.find((one) => one.name === showcase[`${channel}-direct`])
    const group = groups.find((one) => one.subject === showcase[`${channel}-group`])
    const account = accounts.find((one) => group?.members.some((member) => member.id === one.id))
    if (!customer || !group || !account) throw new Error(`the demo company has no ${channel} showcase`)
    await sayAll(control, { channel, account, customer: customer.id, group: null })
    const member = group.members.find((one) => one.id !== account.id)
    await sayAll(control, { channel, account, customer: member?.id ?? customer.id, group: group.id })
  }
}

async function sayAll(control: Control, place: Place): Promise<void> {
  const { channel, account, customer, group } = place
  const where = group === null ? { customer, account: account.id } : { customer, group }
  const say = (body: Record<string, unknown>): Promise<string> => control.tell({ ...where, ...body })
  const first = await say({
    text: 'Good morning, we looked at the X200 again and have a few questions before we order.',
  })
  await control.change('react', { ...where, providerId: first, emoji: '👍' })
  await sayPictures(say, channel)
  await sayFiles(say)
  await say({ text: 'Yes, exactly this one.', reply: first })
  await say({ text: 'From our warehouse: two pallets are left.', details: { forwarded: true } })
  if (group === null) await say({ kind: 'call' })
  const edited = await say({ text: 'We need 40 pieces.' })
  await control.change('edit', { ...where, providerId: edited, text: 'We need 60 pieces.' })
  const deleted = await say({ text: 'Please forget that price.' })
  await control.change('delete', { ...where, providerId: deleted })
  await sayLooks(say, place)
  await say({ text: '👍' })
  await say({ text: lastWords })
}

type Say = (body: Record<string, unknown>) => Promise<string>

async function sayPictures(say: Say, channel: Channel): Promise<void> {
  await say({ kind: 'image', text: 'This is the shelf that we mean.' })
  if (channel === 'telegram') {
    for (const text of ['Three more views', '', '']) await say({ kind: 'image', text, details: { album: '4711' } })
  }
  await say({ kind: 'video', text: 'The door closes too slowly.' })
  await say({ kind: 'sticker' })
}

async function sayFiles(say: Say): Promise<void> {
  await say({ kind: 'voice' })
  await say({ kind: 'audio', text: 'The noise that it makes' })
  await say({ kind: 'document', text: 'Your last offer' })
  const name = 'Quotation for the whole of next year with all options, second version (final).xlsx'
  const mime = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  await say({ kind: 'document', details: { file: { name, mime } }, bytes: 200_000 })
  const place = { latitude: -23.55052, longitude: -46.633308, name: 'Praça da Sé', address: 'São Paulo', live: false }
  await say({ kind: 'location', details: { location: place } })
  await say({ kind: 'contact', details: { contacts: [{ name: 'Inês Prado', phones: ['+55 11 94002-8922'] }] } })
  const poll = { question: 'Which day suits?', options: ['Monday', 'Tuesday', 'Another one'], multiple: false }
  await say({ kind: 'poll', details: { poll } })
}

async function sayLooks(say: Say, { channel, account, group }: Place): Promise<void> {
  const url = 'https://example.com/catalogue/x200'
  const preview = { url, title: 'X200 – the new catalogue', description: 'Models, prices and delivery times.' }
  await say({ text: `It is in your catalogue: ${url}`, details: { preview } })
  if (channel === 'telegram') {
    const entities = [
      { type: 'bold', offset: 0, length: 6 },
      { type: 'italic', offset: 7, length: 7 },
      { type: 'code', offset: 15, length: 8 },
    ]
    await say({ text: 'Urgent please! X200-BLK', entities })
  } else await say({ text: '*Urgent* _please!_ ```X200-BLK```' })
  if (group !== null && channel === 'whatsapp') {
    const text = `@${account.address.replace(/@.*/, '')} can you confirm this?`
    await say({ text, details: { mentions: [account.address] } })
  }
}
