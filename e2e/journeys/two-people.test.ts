/** Two salespeople, one customer: the account runs at one workstation, the other sees the same and sends through it. Real parts only. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { ConsoleClient } from '../harness/console-client.ts'
import { EngineClient } from '../harness/engine.ts'
import { pairAccount } from '../harness/pairing.ts'
import { readSeed } from '../harness/seed.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { pause } from '../kill/traffic.ts'
import { addEmployee, admin, assignAccount, exportMessages } from '../harness/vault.ts'
import type { Line } from '../harness/line-log.ts'

const channels: Channel[] = ['whatsapp', 'telegram']
let company: SmallCompany
let customers: Record<Channel, CompanyCustomer>
/** Jana's workstation runs the accounts; Mara is assigned to them as well. */
let jana: EngineClient
let mara: EngineClient
let maraId: string
/** The console, as a compliance officer uses it. */
let client: ConsoleClient

beforeAll(async () => {
  company = await SmallCompany.open(readSeed())
  customers = {
    whatsapp: await company.addCustomer('whatsapp', 'Ana Souza'),
    telegram: await company.addCustomer('telegram', 'Gerd Öttinger'),
  }
  jana = company.engine
  maraId = (await addEmployee(company.data, 'Mara Okafor', 'salesperson', 'export')).employee
  for (const { id } of company.accounts) await assignAccount(company.data, id, maraId)
  mara = await company.enrol(maraId, join(company.folder, 'mara'))
  for (const { id } of company.accounts) await mara.accountState(id, 'elsewhere')
})
afterAll(async () => {
  await Promise.all([jana?.process.kill(), mara?.process.kill()])
  await company?.close()
})

interface Message {
  id: string
  text: string
  direction: string
  state: string
  fault: { code: string } | null
  writer: { name: string; self: boolean } | null
  waits: boolean
}

async function conversationOf(engine: EngineClient, channel: Channel): Promise<Line> {
  const listed = (await engine.ask({ conversations: { account: company.account(channel).id } }))[
    'conversations'
  ] as Line[]
  expect(listed).toHaveLength(1)
  return listed[0]!
}

async function idOf(engine: EngineClient, channel: Channel): Promise<string> {
  return String((await conversationOf(engine, channel))['id'])
}

async function messagesOf(engine: EngineClient, channel: Channel): Promise<Message[]> {
  const page = await engine.ask({ page: { conversation: await idOf(engine, channel), limit: 200 } })
  return page['messages'] as unknown as Message[]
}

const findText = async (engine: EngineClient, channel: Channel, text: string): Promise<Message | undefined> =>
  (await messagesOf(engine, channel)).find((one) => one.text === text)

/** The customer writes; resolves when this engine shows it. */
async function say(channel: Channel, text: string, ...engines: EngineClient[]): Promise<number> {
  const waits = engines.map((engine) => engine.event('recorded', (line) => line['text'] === text))
  await company.control.say(customers[channel].id, company.account(channel).simulated.id, text)
  const startedAt = performance.now()
  await Promise.all(waits)
  return performance.now() - startedAt
}

async function send(engine: EngineClient, channel: Channel, text: string, more: object = {}): Promise<string> {
  const sent = await engine.ask({ send: { conversation: await idOf(engine, channel), text, ...more } })
  return String(sent['message'])
}

function stateOf(engine: EngineClient, message: string, ...states: string[]): Promise<Line> {
  return engine.event('state', (line) => line['message'] === message && states.includes(String(line['state'])))
}

async function received(channel: Channel, text: string): Promise<number> {
  return (await company.control.received(customers[channel].id)).filter((one) => one.message.text === text).length
}

/** What the vault holds of this text. */
async function held(channel: Channel, text: string): Promise<string[]> {
  const rows = await exportMessages(company.data, company.account(channel).id)
  return rows
    .filter((row) => row.message !== null && (JSON.parse(row.message) as Message).text === text)
    .map((row) => row.state)
}

async function listAtConsole(): Promise<Line[]> {
  const everything = { account: null, employee: null, team: null, channel: null, from: null, until: null, group: null }
  const asked = { ...everything, waiting: false, text: '', order: 'newest', after: null, limit: 50 }
  return ((await client.call('conversations.list', asked)) as { conversations: Line[] }).conversations
}

/** Names of those who wrote this text, as the console shows it. */
async function authorsAtConsole(text: string): Promise<string[]> {
  const conversations = await listAtConsole()
  const found: string[] = []
  for (const { id } of conversations) {
    const read = { conversation: id, purpose: 'who has answered', before: null }
    const { messages } = (await client.call('conversations.read', read)) as { messages: Line[] }
    found.push(...messages.filter((one) => one['text'] === text).map((one) => String(one['author'])))
  }
  return found
}

/** Asks until this text stands there and fits. */
async function shown(
  engine: EngineClient,
  channel: Channel,
  text: string,
  fits: (message: Message) => boolean,
  deadlineMs = 30_000,
): Promise<Message> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const found = await findText(engine, channel, text)
    if (found && fits(found)) return found
    if (performance.now() > end) throw new Error(`it stays ${JSON.stringify(found)}`)
    await pause(30)
  }
}

const countSends = async (channel: Channel): Promise<number> =>
  (await company.control.wire(company.account(channel).simulated.id)).filter(({ event }) => event === 'send').length

const takenName = (line: Line): unknown => (line['claim'] as { name: string } | null)?.name ?? null

describe('the shared view', () => {
  test.each(channels)('%s: what the runner records stands at the second workstation within 2 s', async (channel) => {
    expect(await say(channel, `${channel} question`, jana, mara)).toBeLessThan(2000)
    const sent = await send(jana, channel, `${channel} answer of Jana`)
    await stateOf(jana, sent, 'sent', 'delivered')
    const at = performance.now()
    const found = await shown(mara, channel, `${channel} answer of Jana`, (one) => one.state !== 'unknown')
    expect(performance.now() - at).toBeLessThan(2000)
    expect(found).toMatchObject({
      direction: 'out',
      writer: { name: 'Jana Weiss', self: false },
      waits: false,
    })
    const status = await mara.ask({ status: {} })
    const account = (status['accounts'] as Line[]).find((one) => one['id'] === company.account(channel).id)
    expect(account).toMatchObject({ state: 'elsewhere', holder: expect.stringMatching(/^Jana Weiss \(/) as string })
  })
})

describe('sends through the runner', () => {
  test.each(channels)('%s: arrives once, stands once, and everybody knows who wrote it', async (channel) => {
    await say(channel, `${channel} second question`, jana, mara)
    const text = `${channel} answer of Mara`
    const message = await send(mara, channel, text)
    await stateOf(mara, message, channel === 'whatsapp' ? 'delivered' : 'sent')
    await company.control.read(customers[channel].id, company.account(channel).simulated.id)
    await stateOf(mara, message, 'read')
    expect(await received(channel, text)).toBe(1)
    expect(await held(channel, text)).toEqual(['read'])
    expect(await findText(mara, channel, text)).toMatchObject({ writer: { name: 'Mara Okafor', self: true } })
    expect(await findText(jana, channel, text)).toMatchObject({
      writer: { name: 'Mara Okafor', self: false },
      state: 'read',
    })
    const wire = await company.control.wire(company.account(channel).simulated.id)
    const sends = wire.filter(({ event }) => event === 'send')
    expect(sends).toHaveLength(2)
    expect(new Set(sends.map(({ connection }) => connection)).size).toBe(1)
  })

  test('the console shows the same author', async () => {
    client = await ConsoleClient.signIn(company.vault.ready.console, company.login)
    expect(await authorsAtConsole('whatsapp answer of Mara')).toEqual(['Mara Okafor'])
  })
})

describe('more than text through the runner', () => {
  test.each(channels)('%s: a file goes by way of the vault; an edit and a reaction arrive', async (channel) => {
    const file = join(company.folder, 'offer.pdf')
    writeFileSync(file, Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(40_000)]))
    const [conversation, text] = [await idOf(mara, channel), `${channel} the offer`]
    const sent = await mara.ask({ send: { conversation, text, file, anyway: true } })
    await stateOf(mara, String(sent['message']), 'sent', 'delivered')
    const rows = await company.control.received(customers[channel].id)
    expect(rows.filter((one) => one.message.text === text && one.message.media !== null)).toHaveLength(1)
    await mara.ask({ edit: { message: sent['message'], text: `${text}, corrected` } })
    const question = await findText(mara, channel, `${channel} question`)
    await mara.ask({ react: { message: question!.id, emoji: '👍' } })
    await eventually(
      async () => (await company.control.received(customers[channel].id)).map(({ message }) => message.kind),
      (kinds) => kinds.includes('edit') && kinds.includes('reaction'),
    )
  })
})

async function eventually<T>(look: () => Promise<T>, fits: (value: T) => boolean, deadlineMs = 30_000): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (fits(value)) return value
    if (performance.now() > end) throw new Error(`it stays ${JSON.stringify(value)?.slice(0, 1500)}`)
    await pause(30)
  }
}

/** Resolves with the milliseconds until this engine was told that somebody does this. */
async function toldOf(engine: EngineClient, name: string, doing: string, act: () => Promise<unknown>): Promise<number> {
  const from = engine.process.lines.length
  const at = performance.now()
  const fits = (line: Line): boolean =>
    line['event'] === 'colleagues' &&
    (line['people'] as Line[]).some((one) => one['name'] === name && one['doing'] === doing)
  await Promise.all([engine.process.wait(fits, 10_000, from), act()])
  return performance.now() - at
}

describe('two at the same customer', () => {
  test('viewing and typing are seen within 1 s, and a send meanwhile is warned, not sent', async () => {
    await say('whatsapp', 'third question', jana, mara)
    const conversation = await idOf(mara, 'whatsapp')
    const tell = (doing: string) => (): Promise<Line> => mara.ask({ presence: { conversation, doing } })
    expect(await toldOf(jana, 'Mara Okafor', 'viewing', tell('viewing'))).toBeLessThan(1000)
    expect(await toldOf(jana, 'Mara Okafor', 'typing', tell('typing'))).toBeLessThan(1000)
    const before = await countSends('whatsapp')
    const at = performance.now()
    await expect(send(jana, 'whatsapp', 'both at once')).rejects.toThrow('colleague_active: typing: Mara Okafor')
    expect(performance.now() - at).toBeLessThan(1000)
    expect(await countSends('whatsapp')).toBe(before)
    await mara.ask({ presence: { conversation, doing: 'none' } })
  })

  test('the second answer is warned within 1 s of the first, from both sides; `anyway` sends it', async () => {
    await send(mara, 'whatsapp', 'Mara was first')
    const at = performance.now()
    const { id } = await shown(jana, 'whatsapp', 'Mara was first', () => true)
    await expect(send(jana, 'whatsapp', 'Jana was second')).rejects.toThrow('colleague_active: answered: Mara Okafor')
    expect(performance.now() - at).toBeLessThan(1000)
    const { warnings } = await jana.ask({ colleagues: { conversation: await idOf(jana, 'whatsapp') } })
    expect(warnings).toMatchObject([{ kind: 'answered', name: 'Mara Okafor' }])
    await stateOf(jana, id, 'delivered')
    await send(jana, 'whatsapp', 'Jana all the same', { anyway: true })
    await shown(mara, 'whatsapp', 'Jana all the same', () => true)
    await expect(send(mara, 'whatsapp', 'Mara once more')).rejects.toThrow('colleague_active: answered: Jana Weiss')
  })

  test('a customer is taken, seen by all, not taken away unasked, and let go', async () => {
    const claimAt = async (engine: EngineClient): Promise<unknown> =>
      takenName(await conversationOf(engine, 'telegram'))
    const claim = async (engine: EngineClient, more: object = {}): Promise<Line> =>
      engine.ask({ claim: { conversation: await idOf(engine, 'telegram'), ...more } })
    await claim(mara)
    await eventually(
      () => claimAt(jana),
      (name) => name === 'Mara Okafor',
    )
    const conversations = await listAtConsole()
    expect(new Set(conversations.map((one) => one['claimedBy']))).toEqual(new Set(['Mara Okafor', null]))
    await expect(claim(jana)).rejects.toThrow('claimed_by_other: Mara Okafor')
    await say('telegram', 'a question for Mara', jana, mara)
    await expect(send(jana, 'telegram', 'not mine')).rejects.toThrow('colleague_active: claimed: Mara Okafor')
    await claim(jana, { takeOver: true })
    await eventually(
      () => claimAt(mara),
      (name) => name === 'Jana Weiss',
    )
    await claim(jana, { claimed: false })
    await eventually(
      () => claimAt(mara),
      (name) => name === null,
    )
  })

  test('who could not see the answer of the other does not send a second one: the vault refuses it, one resend sends it', async () => {
    await say('whatsapp', 'fourth question', jana, mara)
    // The gateway stands still: nobody learns anything of the other, whoever's words it takes first afterwards.
    const { gateway } = company.vault.ready.pids
    process.kill(gateway, 'SIGSTOP')
    let second: string
    try {
      const first = await send(jana, 'whatsapp', 'Jana unseen')
      await stateOf(jana, first, 'delivered')
      second = await send(mara, 'whatsapp', 'Mara unseen')
      expect(await findText(mara, 'whatsapp', 'Mara unseen')).toMatchObject({ state: 'queued', waits: true })
    } finally {
      process.kill(gateway, 'SIGCONT')
    }
    const failed = await stateOf(mara, second, 'failed')
    expect(failed['fault']).toBe('answered_meanwhile')
    expect(await received('whatsapp', 'Mara unseen')).toBe(0)
    await mara.ask({ resend: { message: second } })
    await stateOf(mara, second, 'delivered')
    expect(await received('whatsapp', 'Mara unseen')).toBe(1)
    expect(await held('whatsapp', 'Mara unseen')).toEqual(['delivered'])
  })
})

/** The provider takes the next message and never says so; the runner is killed while it waits for the answer. */
async function killInTheMiddle(channel: Channel, text: string): Promise<string> {
  const account = company.account(channel).simulated.id
  await company.control.fault({ kind: 'drop-ack', account })
  const message = await send(mara, channel, text, { anyway: true })
  await eventually(
    () => received(channel, text),
    (count) => count === 1,
  )
  return message
}

async function revoke(engine: EngineClient): Promise<void> {
  await admin(company.data, 'workstation', 'revoke', '--workstation', String(engine.ready['workstation']))
}

describe('the runner goes away', () => {
  test('killed in the middle of a send and started again: nothing arrives twice, and what was intended meanwhile leaves once', async () => {
    const messages = await Promise.all(channels.map((channel) => killInTheMiddle(channel, `${channel} cut off`)))
    await jana.process.kill()
    const waiting = await send(mara, 'telegram', 'while nobody runs it', { anyway: true })
    expect(await findText(mara, 'telegram', 'while nobody runs it')).toMatchObject({ state: 'queued', waits: true })
    const sends = await countSends('whatsapp')
    jana = await company.runProfile(company.profile)
    // WhatsApp: nobody sends it again; the customer's receipt may still tell that it has arrived.
    await stateOf(mara, messages[0]!, 'unknown', 'sent', 'delivered')
    await stateOf(mara, messages[1]!, 'sent')
    await stateOf(mara, waiting, 'sent')
    for (const channel of channels) expect(await received(channel, `${channel} cut off`)).toBe(1)
    expect(await received('telegram', 'while nobody runs it')).toBe(1)
    expect(await countSends('whatsapp')).toBe(sends)
    expect(await held('telegram', 'telegram cut off')).toEqual(['sent'])
  })

  test('killed in the middle and taken away: the next runner doubles nothing', async () => {
    await Promise.all(company.accounts.map(({ id }) => jana.accountState(id, 'live')))
    const messages = await Promise.all(channels.map((channel) => killInTheMiddle(channel, `${channel} left behind`)))
    await jana.process.kill()
    const [sends, repeated] = await Promise.all(channels.map(countSends))
    await revoke(jana)
    for (const { id, simulated } of company.accounts) await pairAccount(mara, company.control, id, simulated)
    await stateOf(mara, messages[0]!, 'unknown', 'delivered')
    await stateOf(mara, messages[1]!, 'sent')
    for (const channel of channels) expect(await received(channel, `${channel} left behind`)).toBe(1)
    expect(await countSends('whatsapp')).toBe(sends)
    // Telegram: the next runner did repeat it, under the same id.
    expect(await countSends('telegram')).toBe(repeated! + 1)
  })

  test('what a workstation intended that has been taken away meanwhile is not executed', async () => {
    jana = await company.enrol(company.employee, join(company.folder, 'jana-anew'))
    for (const { id } of company.accounts) await jana.accountState(id, 'elsewhere')
    await mara.process.kill()
    const sends = await countSends('telegram')
    await send(jana, 'telegram', 'too late', { anyway: true })
    await eventually(
      () => jana.ask({ status: {} }),
      (status) => (status['vault'] as { waiting: number }).waiting === 0,
    )
    await revoke(jana)
    mara = await company.runProfile(join(company.folder, 'mara'))
    await mara.accountState(company.account('telegram').id, 'live')
    const failed = await shown(mara, 'telegram', 'too late', (one) => one.state === 'failed')
    expect(failed).toMatchObject({ fault: { code: 'revoked' }, writer: { name: 'Jana Weiss', self: false } })
    expect(await countSends('telegram')).toBe(sends)
    await eventually(
      () => held('telegram', 'too late'),
      ([state]) => state === 'failed',
    )
  })
})
