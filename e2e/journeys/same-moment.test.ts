/** Two workstations that ask for the same accounts at the same moment: one has each, the other one says who, the providers never see two. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountView, StatusView } from '../../shared/contracts/window.ts'
import type { EngineClient } from '../harness/engine.ts'
import { eventually } from '../harness/eventually.ts'
import { expectOneRunner } from '../harness/one-runner.ts'
import { pairAccount } from '../harness/pairing.ts'
import { readSeed } from '../harness/seed.ts'
import { SmallCompany, type CompanyAccount, type CompanyCustomer } from '../harness/small-company.ts'
import { exportMessages } from '../harness/vault.ts'

let company: SmallCompany
let profiles: string[]
let customers: CompanyCustomer[]
let desks: EngineClient[] = []

beforeAll(async () => {
  company = await SmallCompany.open(readSeed())
  customers = [
    await company.addCustomer('whatsapp', 'Ana Souza'),
    await company.addCustomer('telegram', 'Gerd Öttinger'),
  ]
  profiles = [company.profile, join(company.folder, 'second')]
  const second = await company.enrol(company.employee, profiles[1]!)
  await Promise.all([second, company.engine].map(({ process }) => process.stop()))
})
afterAll(async () => {
  await Promise.all(desks.map(({ process }) => process.kill()))
  await company?.close()
})

async function viewsOf(account: CompanyAccount): Promise<AccountView[]> {
  const all = await Promise.all(desks.map((desk) => desk.ask({ status: {} }) as unknown as Promise<StatusView>))
  return all.flatMap(({ accounts }) => accounts.filter(({ id }) => id === account.id))
}

/** The workstation that has the account, once the other one says so. */
async function runnerOf(account: CompanyAccount): Promise<EngineClient> {
  // Who has it comes with the directory, a moment after the refusal.
  const settled = ({ state, holder }: AccountView): boolean =>
    state === 'elsewhere' ? holder !== null : state === 'live' || state === 'unpaired'
  const views = await eventually(
    () => viewsOf(account),
    (both) => both.length === 2 && both.every(settled) && both.some(({ state }) => state === 'elsewhere'),
  )
  const running = views.findIndex(({ state }) => state !== 'elsewhere')
  expect(views.map(({ state }) => state === 'elsewhere')).toEqual([running === 1, running === 0])
  expect(views[1 - running]?.holder).toMatch(/^Jana Weiss \(.+\)$/)
  const runner = desks[running]!
  if (views[running]?.state === 'unpaired') await pairAccount(runner, company.control, account.id, account.simulated)
  return runner
}

test.each([1, 2, 3])('start number %i', async (round) => {
  desks = await Promise.all(profiles.map((profile) => company.runProfile(profile)))
  for (const account of company.accounts) {
    const runner = await runnerOf(account)
    const customer = customers.find(({ channel }) => channel === account.channel)!
    await company.control.say(customer.id, account.simulated.id, `question ${round}`)
    await runner.event('recorded', (line) => line['account'] === account.id && line['text'] === `question ${round}`)
    const text = `answer ${round}`
    const { message } = await runner.ask({ to: { account: account.id, address: customer.address, text } })
    await runner.event('state', (line) => line['message'] === message && line['state'] === 'sent')
  }
  await Promise.all(desks.map(({ process }) => process.stop()))
  await expectOneRunner(company)
  const details = (await company.control.wire()).map(({ detail = '' }) => detail)
  expect(details.filter((detail) => detail.includes('AUTH_KEY_DUPLICATED') || detail === 'replaced')).toEqual([])
  const wanted = Array.from({ length: round }, (_, n) => [`question ${n + 1}`, `answer ${n + 1}`]).flat()
  for (const { id } of company.accounts) {
    const texts = await eventually(
      async () => (await exportMessages(company.data, id)).map(({ message }) => JSON.parse(message ?? '{}') as object),
      ({ length }) => length >= wanted.length,
    )
    expect(texts).toMatchObject(wanted.map((text) => ({ text })))
  }
})
