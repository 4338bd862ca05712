/** The workstation without network for half an hour while customers go on writing: afterwards nothing is missing, doubled or reordered. */
import type { ConversationView, MessageView, StatusView } from '../../shared/contracts/window.ts'
import { eventually } from '../harness/eventually.ts'
import { createRandom } from '../harness/seed.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { settle } from '../kill/evidence.ts'
import { Traffic } from '../kill/traffic.ts'

interface Page {
  messages: MessageView[]
  before: string | null
}

const minutes = 30
const customersPerChannel = 4

/** `restMs`: how long both sides may take to agree once the network is back. Differences in words, and how many messages the vault has. */
export async function loseNetwork(options: { seed: number; messages: number; restMs: number }) {
  const { seed, messages, restMs } = options
  const company = await SmallCompany.open(seed, { simulatedTime: true, behindLink: true })
  try {
    const traffic = await Traffic.open(company, createRandom(seed), customersPerChannel)
    await company.untilRecorded([...traffic.saidDuring.keys()])
    company.link.down()
    await company.vault.process.stop()
    await eventually(
      async () => (await company.engine.ask({ status: {} })) as unknown as StatusView,
      ({ vault, accounts }) => !vault.connected && accounts.every(({ state }) => state !== 'live'),
    )
    for (let said = 1; said <= messages; said++) {
      await traffic.say()
      if (said % Math.ceil(messages / minutes) === 0) await company.control.advanceClock(60_000)
    }
    for (const customer of traffic.customers) await traffic.send(customer)
    await company.startVault()
    company.link.up()
    const { evidence, differences } = await settle(company, traffic, restMs)
    differences.push(...(await misplaced(company, evidence)))
    const held = evidence.flatMap(({ vault }) => vault.filter(({ direction }) => direction === 'in'))
    const missed = new Set([...traffic.saidDuring.keys()].slice(traffic.customers.length))
    return {
      differences: differences.map((one) => `seed ${seed}: ${one}`),
      offline: held.filter(({ message, path }) => path === 'offline' && missed.has(textOf(message))).length,
    }
  } finally {
    await company.close()
  }
}

const textOf = (message: string | null): string => (JSON.parse(message ?? '{"text":""}') as { text: string }).text

/** Conversations that the screen shows in another order than their provider has. */
async function misplaced(company: SmallCompany, evidence: Awaited<ReturnType<typeof settle>>['evidence']) {
  const found: string[] = []
  const { conversations } = (await company.engine.ask({ conversations: { limit: 100 } })) as {
    conversations?: ConversationView[]
  }
  for (const { id, title } of conversations ?? []) {
    const customer = (await company.control.customers()).find(({ name }) => name === title)
    const sent = evidence.flatMap((one) => one.sent.filter((row) => row.customer === customer?.id))
    const shown = await everythingIn(company, id)
    const wanted = sent.map(({ message }) => message.text)
    if (JSON.stringify(shown) !== JSON.stringify(wanted))
      found.push(`${title}: ${shown.length} shown for ${wanted.length}, or in another order`)
  }
  return (conversations ?? []).length === 2 * customersPerChannel ? found : [...found, 'a conversation is missing']
}

/** The texts that came in, oldest first. */
async function everythingIn(company: SmallCompany, conversation: string): Promise<string[]> {
  const texts: string[] = []
  for (let before: string | null = null; ;) {
    const from: { before?: string } = before === null ? {} : { before }
    const page = (await company.engine.ask({ page: { conversation, limit: 200, ...from } })) as unknown as Page
    texts.unshift(...page.messages.filter(({ direction }) => direction === 'in').map(({ text }) => text))
    if (page.before === null) return texts
    before = page.before
  }
}
