/** A vault that is down, a copied profile, a revocation: each with a real vault, a real engine and customers who go on writing. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConsoleClient } from '../harness/console-client.ts'
import type { EngineClient } from '../harness/engine.ts'
import { createRandom, readSeed } from '../harness/seed.ts'
import { SmallCompany } from '../harness/small-company.ts'
import { addEmployee, admin, exportMessages } from '../harness/vault.ts'
import { settle } from '../kill/evidence.ts'
import { pause, Traffic } from '../kill/traffic.ts'

const seed = readSeed()
let company: SmallCompany
let traffic: Traffic

beforeAll(async () => {
  company = await SmallCompany.open(seed)
  traffic = await Traffic.open(company, createRandom(seed))
})
afterAll(() => company?.close())

interface Status {
  lock: string
  vault: { connected: boolean; waiting: number }
  accounts: { state: string }[]
}

async function statusOf(engine: EngineClient): Promise<Status> {
  return (await engine.ask({ status: {} })) as unknown as Status
}

/** Asks every few milliseconds until it fits; the last answer stands in the error. */
async function statusWhen(engine: EngineClient, fits: (status: Status) => boolean, deadlineMs = 15_000) {
  const end = Date.now() + deadlineMs
  for (;;) {
    const status = await statusOf(engine)
    if (fits(status)) return status
    if (Date.now() > end) throw new Error(`the status stays ${JSON.stringify(status).slice(0, 600)}`)
    await pause(10)
  }
}

/** Each customer writes once; resolves when the engine has recorded all of it. */
async function everybodyWrites(): Promise<string[]> {
  const { process: engine } = company.engine
  const before = engine.lines.length
  for (const customer of traffic.customers) await traffic.say(customer)
  const texts = [...traffic.saidDuring.keys()].slice(-traffic.customers.length)
  for (const text of texts)
    await engine.wait((line) => line['event'] === 'recorded' && line['text'] === text, 10_000, before)
  return texts
}

interface Held {
  text: string
  marks: string[]
}

async function heldByVault(): Promise<Held[]> {
  const rows = await Promise.all(company.accounts.map(({ id }) => exportMessages(company.data, id)))
  return rows.flat().map(({ message, marks }) => ({ text: textOf(message), marks }))
}

function textOf(message: string | null): string {
  return (JSON.parse(message ?? '{"text":""}') as { text: string }).text
}

/** Resolves with these texts' rows, in the order asked for, when each stands there; rejects when one stands there twice. */
async function rowsInVault(texts: string[], deadlineMs = 10_000): Promise<Held[]> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const held = await heldByVault()
    const rows = texts.map((text) => held.filter((one) => one.text === text))
    const doubled = rows.find(({ length }) => length > 1)
    if (doubled) throw new Error(`seed ${seed}: twice in the vault: ${doubled[0]?.text.slice(0, 60)}`)
    const missing = texts.filter((_, index) => rows[index]?.length === 0)
    if (missing.length === 0) return rows.flat()
    if (Date.now() > end) throw new Error(`seed ${seed}: not in the vault: ${JSON.stringify(missing).slice(0, 600)}`)
    await pause(200)
  }
}

/** When the account's last connection to its provider ended, epoch ms; waits for it. */
async function lineClosedAt(account: string): Promise<number> {
  const end = Date.now() + 5000
  for (;;) {
    const wire = await company.control.wire(account)
    const last = wire.findLast(({ event }) => event === 'login')?.connection
    const closed = wire.find(({ event, connection }) => event === 'close' && connection === last)
    if (closed) return closed.at
    if (Date.now() > end) throw new Error(`the line of ${account} stays open`)
    await pause(50)
  }
}

async function revoke(workstation: unknown): Promise<void> {
  await admin(company.data, 'workstation', 'revoke', '--workstation', String(workstation))
}

describe('a vault that is down', () => {
  test('both directions go on, the status says what waits, afterwards both sides hold each message once and in order', async () => {
    await company.vault.process.stop()
    await statusWhen(company.engine, ({ vault }) => !vault.connected)
    await everybodyWrites()
    for (const customer of traffic.customers) await traffic.send(customer)
    expect(traffic.sends.map(({ outcome }) => outcome)).toEqual(traffic.customers.map(() => 'ok'))
    const { vault } = await statusOf(company.engine)
    expect(vault.waiting).toBeGreaterThanOrEqual(2 * traffic.customers.length)
    await company.startVault()
    const { differences } = await settle(company, traffic, 20_000)
    expect(differences.map((one) => `seed ${seed}: ${one}`)).toEqual([])
    expect((await statusOf(company.engine)).vault).toMatchObject({ connected: true, waiting: 0 })
  })
})

describe('a copied profile', () => {
  test('is noticed when its second holder and the first one both come', async () => {
    const { employee } = await addEmployee(company.data, 'Piet Ameln', 'salesperson', 'export')
    const [profile, copy] = [join(company.folder, 'second'), join(company.folder, 'copy')]
    const first = await company.enrol(employee, profile)
    await statusWhen(first, ({ lock, vault }) => lock === 'open' && vault.connected)
    await first.process.stop()
    cpSync(profile, copy, { recursive: true })
    const holders = await Promise.all([company.runProfile(profile), company.runProfile(copy)])
    try {
      const console = await ConsoleClient.signIn(company.vault.ready.console, company.login)
      const end = Date.now() + 20_000
      let codes: string[] = []
      while (!codes.some((code) => code === 'copied_profile' || code === 'ledger_fork') && Date.now() < end) {
        await pause(200)
        codes = await console.alerts()
      }
      expect(codes.some((code) => code === 'copied_profile' || code === 'ledger_fork')).toBe(true)
    } finally {
      await Promise.all(holders.map((holder) => holder.process.kill()))
    }
  })
})

describe('a revoked workstation', () => {
  test('locks within a second of the answer, keeps what it had taken in for the vault, and is refused afterwards', async () => {
    const { engine } = company
    const { workstation } = engine.ready
    traffic.start()
    await pause(1500)
    const before = engine.process.lines.length
    const asked = revoke(workstation).then(() => Date.now())
    const locked = engine.process
      .wait((line) => line['event'] === 'account' && line['state'] === 'stopped', 15_000, before)
      .then(() => Date.now())
    const [answeredAt, lockedAt] = await Promise.all([asked, locked])
    await traffic.stop()
    expect(lockedAt - answeredAt).toBeLessThan(1000)
    for (const { simulated } of company.accounts)
      expect(await lineClosedAt(simulated.id)).toBeLessThan(answeredAt + 1000)
    expect((await statusOf(engine)).lock).toBe('revoked')
    await statusWhen(engine, ({ vault }) => vault.waiting === 0 && !vault.connected)
    const recorded = engine.process.lines.filter((line) => line['event'] === 'recorded')
    // The signed closing event proves that all of it was taken in before the lock; the vault may take it in after what it proves.
    const unproven = async (): Promise<string[]> => {
      const rows = await rowsInVault(recorded.map((line) => String(line['text'])))
      return rows.filter(({ marks }) => marks.includes('unproven')).map(({ text }) => text.slice(0, 60))
    }
    await expect.poll(unproven, { timeout: 10_000 }).toEqual([])
    await expect(engine.ask({ unlock: { pin: '482915' } })).rejects.toThrow('revoked')
    await engine.process.stop()
    await company.startEngine()
    await statusWhen(company.engine, ({ lock }) => lock === 'revoked')
    expect((await statusOf(company.engine)).vault.connected).toBe(false)
  })
  test('that was away and crashed: its spool comes in all the same, marked as unproven', async () => {
    await company.changeWorkstation()
    const { workstation } = company.engine.ready
    await company.vault.process.stop()
    await statusWhen(company.engine, ({ vault }) => !vault.connected)
    const written = await everybodyWrites()
    const intended = traffic.sends.length
    for (const customer of traffic.customers) await traffic.send(customer)
    // What is committed stands in the spool within a second; only that second can be lost with the key.
    await pause(1000)
    await company.engine.process.kill()
    await company.startVault()
    await revoke(workstation)
    await company.startEngine()
    await statusWhen(company.engine, ({ lock, vault }) => lock === 'revoked' && vault.waiting === 0)
    const sends = traffic.sends.slice(intended)
    expect(sends.map(({ outcome }) => outcome)).toEqual(sends.map(() => 'ok'))
    const rows = await rowsInVault([...written, ...sends.map(({ text }) => text)])
    expect(rows.filter(({ marks }) => !marks.includes('unproven'))).toEqual([])
  })
})
