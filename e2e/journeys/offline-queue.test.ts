/** Written without any network, sent with it: what the company's policy refuses by then stays here with its reason, everything else goes once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConversationView, MessageView, StatusView } from '../../shared/contracts/window.ts'
import { ConsoleClient } from '../harness/console-client.ts'
import { eventually } from '../harness/eventually.ts'
import { readSeed } from '../harness/seed.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { exportMessages } from '../harness/vault.ts'

let company: SmallCompany
/** Ana and Gerd have written; nobody has ever heard from the strangers. */
let ana: CompanyCustomer
let gerd: CompanyCustomer
let strangers: CompanyCustomer[]

beforeAll(async () => {
  company = await SmallCompany.open(readSeed(), { behindLink: true, vaultBehindLink: true })
  ana = await company.addCustomer('whatsapp', 'Ana Souza')
  gerd = await company.addCustomer('telegram', 'Gerd Öttinger')
  strangers = [await company.addCustomer('whatsapp', 'Ola Nordmann'), await company.addCustomer('whatsapp', 'Li Wei')]
  const asked = [ana, gerd].map(({ id, channel, name }) => ({ id, channel, text: `${name} asks` }))
  for (const { id, channel, text } of asked) await company.control.say(id, company.account(channel).simulated.id, text)
  await company.untilRecorded(asked.map(({ text }) => text))
})
afterAll(() => company?.close())

const status = async (): Promise<StatusView> => (await company.engine.ask({ status: {} })) as unknown as StatusView

async function conversation(title: string): Promise<string> {
  const { conversations } = (await company.engine.ask({ conversations: {} })) as { conversations?: ConversationView[] }
  return conversations!.find((one) => one.title === title)!.id
}

async function shown(message: string, of: string): Promise<MessageView> {
  const { messages } = (await company.engine.ask({ page: { conversation: of } })) as { messages?: MessageView[] }
  return messages!.find(({ id }) => id === message)!
}

/** The next policy, as an administrator signs it at the console. */
async function changePolicy(to: 'answers' | 'nobody'): Promise<number> {
  const client = await ConsoleClient.signIn(company.vault.ready.console, company.login)
  const { versions } = (await client.call('policy.list', { before: null })) as {
    versions: { number: number; fields: { send: object } }[]
  }
  const [newest] = versions
  const fields = { ...newest!.fields, send: { ...newest!.fields.send, to } }
  const change = { basedOn: newest!.number, fields, reason: 'cold contacts are stopped' }
  return Number((await client.call('policy.change', change))['number'])
}

test('of five messages written offline the two that the policy refuses by now stay with their reason, the others arrive once', async () => {
  company.link.down()
  await eventually(status, ({ vault, accounts }) => !vault.connected && accounts.every(({ state }) => state !== 'live'))
  // What is here can be read without any network.
  const answers: { message: string; conversation: string }[] = []
  const refused: { message: string; conversation: string }[] = []
  for (const [title, text] of [
    ['Ana Souza', 'first answer'],
    ['Gerd Öttinger', 'Guten Tag'],
    ['Ana Souza', 'second answer'],
  ] as const) {
    const id = await conversation(title)
    const sent = await company.engine.ask({ send: { conversation: id, text } })
    answers.push({ message: String(sent['message']), conversation: id })
  }
  for (const { phone } of strangers) {
    const to = { account: company.account('whatsapp').id, address: phone.replace('+', ''), text: 'cold offer' }
    const { message, conversation: id } = await company.engine.ask({ to })
    refused.push({ message: String(message), conversation: String(id) })
  }
  for (const one of [...answers, ...refused])
    expect((await shown(one.message, one.conversation)).state).toMatch(/queued|sending/)
  await changePolicy('answers')
  company.link.up()

  const state = async (one: { message: string; conversation: string }) => {
    const { state: now, fault } = await shown(one.message, one.conversation)
    return fault ? `${now} ${fault.code}` : now
  }
  const states = async (all: typeof answers) => Promise.all(all.map(state))
  await eventually(
    () => states(answers),
    (all) => all.every((one) => /^(sent|delivered|read)/.test(one)),
    { deadlineMs: 90_000 },
  )
  await eventually(
    () => states(refused),
    (all) => all.every((one) => one === 'failed policy_answers_only'),
  )

  const got = async ({ id }: CompanyCustomer) => (await company.control.received(id)).map(({ message }) => message.text)
  expect(await got(ana)).toEqual(['first answer', 'second answer'])
  expect(await got(gerd)).toEqual(['Guten Tag'])
  for (const one of strangers) expect(await got(one)).toEqual([])

  // The vault holds all five, each with what became of it.
  const held = await eventually(
    async () => {
      const rows = await Promise.all(company.accounts.map(({ id }) => exportMessages(company.data, id)))
      const own = rows.flat().filter(({ direction, message }) => direction === 'out' && message !== null)
      return own.map((row) => `${(JSON.parse(row.message!) as { text: string }).text}: ${row.state}`).sort()
    },
    (all) => all.filter((one) => one.endsWith('failed')).length === 2,
  )
  expect(held.filter((one) => one === 'cold offer: failed')).toHaveLength(2)
  expect(held.filter((one) => !one.startsWith('cold')).map((one) => one.split(':')[0])).toEqual(
    ['first answer', 'Guten Tag', 'second answer'].sort(),
  )
})

test('while the rule holds, a first word is refused before it is written down, and an answer goes', async () => {
  const [stranger] = strangers
  const to = { account: company.account('whatsapp').id, address: stranger!.phone.replace('+', ''), text: 'once more' }
  await expect(company.engine.ask({ to })).rejects.toThrow('policy_answers_only')
  await company.control.say(stranger!.id, company.account('whatsapp').simulated.id, 'I am interested')
  await company.untilRecorded(['I am interested'])
  await company.engine.ask({ to })
  await eventually(
    async () => (await company.control.received(stranger!.id)).map(({ message }) => message.text),
    (texts) => texts.includes('once more'),
  )
})
