/** Two workstations for the same accounts, a lost cache, the end of an offline lease, PINs and a service workstation: real parts only. */
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeHeader } from '../../shared/formats/event.ts'
import { stretchPin } from '../../shared/formats/pin.ts'
import { createEngine } from '../../engine/engine.ts'
import { fileHost } from '../../engine/headless/file-host.ts'
import { packHeld } from '../../engine/keys/held-keys.ts'
import { Profile } from '../../engine/profile.ts'
import { readTestEndpoints } from '../../engine/test-endpoints.ts'
import { EngineClient } from '../harness/engine.ts'
import { expectOneRunner } from '../harness/one-runner.ts'
import { openProfile } from '../harness/opened-profile.ts'
import { pairAccount } from '../harness/pairing.ts'
import { readSeed } from '../harness/seed.ts'
import { SmallCompany, type CompanyCustomer } from '../harness/small-company.ts'
import { admin, exportMessages } from '../harness/vault.ts'
import { pause } from '../kill/traffic.ts'
import type { WireEntry } from '../simulators/provider.ts'

const hourMs = 3_600_000
const pin = '482915'
let company: SmallCompany
let customers: CompanyCustomer[]
/** The workstation at which the salesperson sits now, and the other one. */
let desk: EngineClient
let other: EngineClient
let otherProfile: string
/** What every workstation must show in the end, per conversation. */
let history: History

beforeAll(async () => {
  company = await SmallCompany.open(readSeed())
  // From here on every process that is started lives in the simulated world's time, which nobody has moved yet.
  process.env['SEALDESK_CLOCK_URL'] = `${company.simulators.endpoints.control}/clock`
  customers = [
    await company.addCustomer('whatsapp', 'Ana Souza'),
    await company.addCustomer('telegram', 'Gerd Öttinger'),
  ]
  desk = company.engine
  otherProfile = join(company.folder, 'second')
})
afterAll(async () => {
  await Promise.all([desk?.process.kill(), other?.process.kill()])
  await company?.close()
})

interface Status {
  lock: string
  vault: { connected: boolean; waiting: number }
  accounts: { id: string; state: string; holder: string | null }[]
}
interface Conversation {
  id: string
  account: string
  title: string
}
interface Message {
  direction: string
  text: string
  state: string
}
type History = Record<string, string[]>

async function statusOf(engine: EngineClient): Promise<Status> {
  return (await engine.ask({ status: {} })) as unknown as Status
}

/** Asks until it fits; the last answer stands in the error. */
async function eventually<T>(look: () => Promise<T>, fits: (value: T) => boolean, deadlineMs = 20_000): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (fits(value)) return value
    if (Date.now() > end) throw new Error(`it stays ${JSON.stringify(value)?.slice(0, 1500)}`)
    await pause(50)
  }
}

const statusWhen = (engine: EngineClient, fits: (status: Status) => boolean): Promise<Status> =>
  eventually(() => statusOf(engine), fits)

async function listConversations(engine: EngineClient): Promise<Conversation[]> {
  return (await engine.ask({ conversations: {} }))['conversations'] as Conversation[]
}

async function historyOf(engine: EngineClient): Promise<History> {
  const found: History = {}
  for (const { id, title } of await listConversations(engine)) {
    const messages = (await engine.ask({ page: { conversation: id, limit: 200 } }))['messages'] as Message[]
    found[title] = messages.map(({ direction, text, state }) => `${direction} ${text} ${state}`)
  }
  return found
}

const textsOf = (of: History): string[] =>
  Object.values(of)
    .flat()
    .map((line) => line.replace(/^\S+ (.*) \S+$/, '$1'))

/** The engine's history once it is this one; the difference when it does not become it. */
async function historyWhen(engine: EngineClient, wanted: History): Promise<void> {
  const same = (found: History): boolean => JSON.stringify(sorted(found)) === JSON.stringify(sorted(wanted))
  const found = await eventually(() => historyOf(engine), same).catch(() => historyOf(engine))
  expect(found).toEqual(wanted)
}

const sorted = (of: History): [string, string[]][] => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))

/** A customer writes; resolves when this engine has recorded it. */
async function say(engine: EngineClient, customer: CompanyCustomer, text: string): Promise<void> {
  await company.control.say(customer.id, company.account(customer.channel).simulated.id, text)
  await engine.event('recorded', (line) => line['text'] === text)
}

/** The salesperson answers; resolves when the customer has got it and the engine knows that it is there. */
async function answer(engine: EngineClient, customer: CompanyCustomer, text: string): Promise<void> {
  const account = company.account(customer.channel).id
  const sent = await engine.ask({ to: { account, address: customer.address, text } })
  const arrived = customer.channel === 'whatsapp' ? 'delivered' : 'sent'
  await engine.event('state', (line) => line['message'] === sent['message'] && line['state'] === arrived)
  const texts = (await company.control.received(customer.id)).map((one) => one.message.text)
  expect(texts.filter((one) => one === text)).toHaveLength(1)
}

async function statesAre(engine: EngineClient, state: string, accounts = company.accounts): Promise<Status> {
  const of = (status: Status): (string | undefined)[] =>
    accounts.map(({ id }) => status.accounts.find((one) => one.id === id)?.state)
  return statusWhen(engine, (status) => of(status).every((one) => one === state))
}

async function pairAll(engine: EngineClient): Promise<void> {
  for (const { id, simulated } of company.accounts) await pairAccount(engine, company.control, id, simulated)
}

interface Held {
  text: string
  marks: string[]
}

async function heldByVault(): Promise<Held[]> {
  const rows = (await Promise.all(company.accounts.map(({ id }) => exportMessages(company.data, id)))).flat()
  return rows.map(({ message, marks }) => ({ text: (JSON.parse(message ?? '{"text":""}') as Held).text, marks }))
}

/** All accounts' entries of the providers' wire. */
const wire = async (): Promise<WireEntry[]> =>
  (await Promise.all(company.accounts.map(({ simulated }) => company.control.wire(simulated.id)))).flat()

const countSends = async (): Promise<number> => (await wire()).filter(({ event }) => event === 'send').length

/** Epochs under which a workstation has recorded messages, as its ledger in the vault says. */
async function epochsOf(engine: EngineClient): Promise<string[]> {
  const { file } = await admin(company.data, 'ledger', 'export', '--workstation', String(engine.ready['workstation']))
  const [, ...batches] = readFileSync(String(file), 'utf8').trim().split('\n')
  const headers = batches.flatMap((line) => (JSON.parse(line) as { batch: { headers: string[] } }).batch.headers)
  const recorded = headers.map((header) => decodeHeader(Buffer.from(header, 'base64url')))
  return [...new Set(recorded.filter(({ kind }) => kind === 'message.recorded/1').map(({ epoch }) => epoch))]
}

describe('two workstations for the same accounts', () => {
  test('one runs, the other one shows who does, and follows the journal: same texts, order and states', async () => {
    for (const customer of customers) {
      await say(desk, customer, `${customer.channel} first question`)
      await say(desk, customer, `${customer.channel} second question: 你好 🙂`)
      await answer(desk, customer, `${customer.channel} first answer`)
      await company.control.read(customer.id, company.account(customer.channel).simulated.id)
      await desk.event('state', (line) => line['state'] === 'read' && line['message'] !== undefined)
      await answer(desk, customer, `${customer.channel} second answer`)
    }
    other = await company.enrol(company.employee, otherProfile)
    const { accounts } = await statesAre(other, 'elsewhere')
    for (const { holder } of accounts) expect(holder).toMatch(/^Jana Weiss \(.+\)$/)
    history = await historyOf(desk)
    expect(Object.keys(history).sort()).toEqual(['Ana Souza', 'Gerd Öttinger'])
    await historyWhen(other, history)
  })

  test('what comes and goes at the first appears at the second, and what is written there leaves from the first', async () => {
    for (const customer of customers) {
      await say(desk, customer, `${customer.channel} third question`)
      await answer(desk, customer, `${customer.channel} third answer`)
    }
    history = await historyOf(desk)
    await historyWhen(other, history)
    for (const { channel, id } of customers) {
      const conversation = (await listConversations(other)).find((one) => one.account === company.account(channel).id)
      const text = `${channel} answer from the second`
      const { message } = await other.ask({ send: { conversation: conversation!.id, text } })
      const arrived = channel === 'whatsapp' ? 'delivered' : 'sent'
      await other.event('state', (line) => line['message'] === message && line['state'] === arrived)
      expect((await company.control.received(id)).filter((one) => one.message.text === text)).toHaveLength(1)
    }
    history = await historyOf(desk)
    await historyWhen(other, history)
    await expectOneRunner(company)
  })

  test('a clean stop hands over: the second takes the next epoch, pairs anew and goes on without doubles', async () => {
    await desk.process.stop()
    await pairAll(other)
    for (const customer of customers) {
      await say(other, customer, `${customer.channel} fourth question`)
      await answer(other, customer, `${customer.channel} fourth answer`)
    }
    const before = history
    history = await historyOf(other)
    for (const [title, lines] of Object.entries(history)) expect(lines.slice(0, -2)).toEqual(before[title])
    await statusWhen(other, ({ vault }) => vault.waiting === 0)
    const held = await eventually(heldByVault, (rows) => rows.length >= textsOf(history).length)
    expect(held.map(({ text }) => text).sort()).toEqual(textsOf(history).sort())
    expect(held.flatMap(({ marks }) => marks)).toEqual([])
    expect(await epochsOf(other)).toEqual(['1.2'])
    await expectOneRunner(company)
  })
})

describe('a lost cache', () => {
  const late: string[] = []
  let sends = 0

  test('is said, and no second beginning of the same ledger is made of it', async () => {
    await company.vault.process.stop()
    await statusWhen(other, ({ vault }) => !vault.connected)
    for (const customer of customers) {
      late.push(`${customer.channel} question without a vault`, `${customer.channel} answer without a vault`)
      await say(other, customer, late.at(-2)!)
      await answer(other, customer, late.at(-1)!)
    }
    // What is committed stands in the spool within a second.
    await pause(1000)
    await other.process.kill()
    await company.startVault()
    await company.control.advanceClock(13 * hourMs)
    sends = await countSends()
    for (const name of readdirSync(company.profile))
      if (/^(cache|keys)-/.test(name)) rmSync(join(company.profile, name))
    desk = await company.runProfile(company.profile)
    await desk.event('error', (line) => line['code'] === 'cache_lost')
    await desk.process.stop()
    expect(readdirSync(company.profile).filter((name) => name.startsWith('cache'))).toEqual([])
  })

  test('comes back out of the journal after a new enrolment; nothing is sent a second time', async () => {
    desk = await company.enrol(company.employee, company.profile)
    await historyWhen(desk, history)
    const hits = (await desk.ask({ search: { text: '你好' } }))['hits'] as { message: Message }[]
    expect(hits.map(({ message }) => message.text).sort()).toEqual(
      customers.map(({ channel }) => `${channel} second question: 你好 🙂`).sort(),
    )
    await statesAre(desk, 'unpaired')
  })

  test('what the holder of the old epoch still had is kept, marked late, shown, and not executed', async () => {
    other = await company.runProfile(otherProfile)
    await statesAre(other, 'elsewhere')
    await statusWhen(other, ({ vault }) => vault.waiting === 0)
    const rows = await eventually(heldByVault, (held) => late.every((text) => held.some((one) => one.text === text)))
    expect(
      rows
        .filter(({ marks }) => marks.includes('late'))
        .map(({ text }) => text)
        .sort(),
    ).toEqual(late.sort())
    history = await historyOf(other)
    expect(
      textsOf(history)
        .filter((text) => late.includes(text))
        .sort(),
    ).toEqual(late)
    await historyWhen(desk, history)
    await pairAll(desk)
    await historyWhen(desk, history)
    expect(await countSends()).toBe(sends)
    await expectOneRunner(company)
    await other.process.stop()
  })
})

describe('time', () => {
  /** Locked, every line to the providers closed; then the vault is there again and the PIN opens. */
  async function locksAndOpensAgain(moveMs: number): Promise<void> {
    await company.control.advanceClock(moveMs)
    await statusWhen(desk, ({ lock }) => lock === 'expired')
    for (const { simulated } of company.accounts)
      await eventually(
        () => company.control.wire(simulated.id),
        (entries) => entries.findLast(({ connection }) => connection > 0)?.event === 'close',
      )
    for (const customer of customers)
      await company.control.say(customer.id, company.account(customer.channel).simulated.id, `locked for ${moveMs}`)
    await expect(desk.ask({ unlock: { pin } })).rejects.toThrow('vault_away')
    await company.startVault()
    await statusWhen(desk, ({ vault }) => vault.connected)
    await desk.ask({ unlock: { pin } })
    await statesAre(desk, 'live')
    for (const { channel } of customers) {
      const account = company.account(channel).id
      await desk.event('recorded', (line) => line['account'] === account && line['text'] === `locked for ${moveMs}`)
    }
  }

  test('the screen lock opens in memory, without the vault', async () => {
    await company.vault.process.stop()
    await statusWhen(desk, ({ vault }) => !vault.connected)
    await desk.ask({ lock: 'screen' })
    await expect(desk.ask({ conversations: {} })).rejects.toThrow('locked')
    await expect(desk.ask({ unlock: { pin: '000000' } })).rejects.toThrow('pin_wrong: 4')
    await desk.ask({ unlock: { pin } })
    expect((await statusOf(desk)).lock).toBe('open')
  })

  test('past the offline hours everything stops and locks, until vault and PIN open it again with nothing lost', async () => {
    await locksAndOpensAgain(13 * hourMs)
  })

  test('a clock that is set back by more than five minutes locks until the vault answers', async () => {
    await company.vault.process.stop()
    await statusWhen(desk, ({ vault }) => !vault.connected)
    await locksAndOpensAgain(-10 * 60_000)
    await statusWhen(desk, ({ vault }) => vault.waiting === 0)
    const wanted = textsOf(await historyOf(desk)).sort()
    const held = await eventually(heldByVault, (rows) => rows.length >= wanted.length)
    expect(held.map(({ text }) => text).sort()).toEqual(wanted)
  })
})

describe('the PIN', () => {
  test('five wrong ones at the screen lock are a key lock, which only the vault opens', async () => {
    await desk.ask({ lock: 'screen' })
    for (const left of [4, 3, 2, 1])
      await expect(desk.ask({ unlock: { pin: '111111' } })).rejects.toThrow(`pin_wrong: ${left}`)
    await expect(desk.ask({ unlock: { pin: '111111' } })).rejects.toThrow('pin_blocked')
    expect((await statusOf(desk)).lock).toBe('key')
    await desk.ask({ unlock: { pin } })
    expect((await statusOf(desk)).lock).toBe('open')
  })

  test('a crash opens no locked screen: the next engine is given the key, and asks for the PIN all the same', async () => {
    await desk.ask({ lock: 'screen' })
    await desk.process.kill()
    const { secrets } = await openProfile(company.profile, pin)
    const [cacheKey, vaultShare] = ['cache key', 'vault share'].map(
      (name) => secrets.find((secret) => secret.name === name)!.bytes as Buffer,
    ) as [Buffer, Buffer]
    const profile = new Profile(company.profile)
    const salt = Buffer.from(profile.find('salt.json')!.salt, 'base64url')
    const { proof } = await stretchPin(pin, salt)
    const nothing = (): void => {}
    const { workstation, stop } = createEngine({
      profile,
      host: fileHost(profile),
      software: 'test',
      capture: 'marked-only',
      waitingCode: null,
      endpoints: readTestEndpoints(company.engineEnv),
      wallClock: { now: () => profile.find('time.json')!.highest },
      tell: nothing,
      error: nothing,
      log: nothing,
    })
    workstation.start(packHeld({ slot: 1, cacheKey, vaultShare, proof }))
    expect(workstation.lock).toBe('screen')
    await expect(workstation.unlock('111111')).rejects.toThrow('4')
    await workstation.unlock(pin)
    expect(workstation.lock).toBe('open')
    await stop()
  })

  test('wrong at the start is refused and counted by the vault; a restart gives nothing back', async () => {
    const start = async (): Promise<EngineClient> => {
      const engine = await EngineClient.start({ profile: otherProfile, env: company.engineEnv })
      await statusWhen(engine, ({ vault }) => vault.connected)
      return engine
    }
    other = await start()
    for (const left of [4, 3])
      await expect(other.ask({ unlock: { pin: '111111' } })).rejects.toThrow(`pin_wrong: ${left}`)
    await other.process.kill()
    other = await start()
    for (const left of [2, 1])
      await expect(other.ask({ unlock: { pin: '222222' } })).rejects.toThrow(`pin_wrong: ${left}`)
    await expect(other.ask({ unlock: { pin: '333333' } })).rejects.toThrow('pin_blocked')
    await other.process.kill()
    other = await start()
    await expect(other.ask({ unlock: { pin } })).rejects.toThrow('pin_blocked')
    expect((await statusOf(other)).lock).toBe('key')
    await company.control.advanceClock(hourMs)
    await other.ask({ unlock: { pin } })
    await other.process.stop()
  })
})

test('a service workstation opens by itself, also after a restart', async () => {
  const profile = join(company.folder, 'service')
  const { code } = await admin(company.data, 'service', 'add', '--name', 'Night desk')
  const service = await EngineClient.start({ profile, enrol: String(code), env: company.engineEnv })
  await statusWhen(service, ({ lock, vault }) => lock === 'open' && vault.connected)
  await service.process.stop()
  other = await EngineClient.start({ profile, env: company.engineEnv })
  await statusWhen(other, ({ lock }) => lock === 'open')
})
