/** The first day: `npm start` brings the company up, customers write, the salesperson answers, the manager reads and revokes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConsole, readConversation, signIn } from '../harness/console.ts'
import { createControl, type Control } from '../harness/control.ts'
import { JsonProcess } from '../harness/process.ts'
import type { Login } from '../harness/vault.ts'
import { answerInWindow, attach, unlockWithPin, type OpenWindow } from '../harness/window.ts'

interface Ready {
  console: string
  logins: (Login & { role: string })[]
  pin: string
  accounts: { id: string; channel: 'whatsapp' | 'telegram'; name: string; simulated: string }[]
  control: string
  profile: string
  cdp: string
  pids: { gateway: number; keeper: number; window: number }
}

let folder: string
let demo: JsonProcess
let ready: Ready
let control: Control
let window: OpenWindow
let browser: Browser
let page: Page

const run = Math.random().toString(36).slice(2, 8)
const whatsapp = {
  name: `Zoë Brandão ${run}`,
  text: `Olá, quero 17 caixas ${run} 你好 🙂`,
  answer: `17 caixas, sim (${run})`,
}
const telegram = {
  name: `Gerd Öttinger ${run}`,
  text: `Liefern Sie bis Freitag? ${run}`,
  answer: `Ja, bis Freitag (${run})`,
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-demo-'))
  const started = await JsonProcess.start({
    command: 'start',
    args: ['--headless', '--json', '--data', folder],
    deadlineMs: 220_000,
  })
  demo = started.process
  ready = started.ready as unknown as Ready
  control = createControl(ready.control)
  window = await attach(ready.cdp)
})
afterAll(async () => {
  await browser?.close()
  await window?.close()
  await demo?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function account(channel: 'whatsapp' | 'telegram'): Ready['accounts'][number] {
  return ready.accounts.find((one) => one.channel === channel)!
}

for (const [channel, customer] of [
  ['whatsapp', whatsapp],
  ['telegram', telegram],
] as const) {
  test(`a new ${channel} customer's text is on the screen within ten seconds, and the typed answer reaches the customer`, async () => {
    const { id } = await control.addCustomer(channel, customer.name)
    await control.say(id, account(channel).simulated, customer.text)
    await window.page.locator(`[data-title="${customer.name}"]`).waitFor({ timeout: 10_000 })
    await window.page.locator(`[data-title="${customer.name}"]`).click()
    await window.page.getByTestId('message').filter({ hasText: customer.text }).waitFor({ timeout: 10_000 })
    await answerInWindow(window.page, customer.name, customer.answer)
    await expect
      .poll(async () => (await control.received(id)).map((one) => one.message.text), { timeout: 20_000 })
      .toEqual([customer.answer])
    await control.read(id, account(channel).simulated)
    await window.page
      .locator('[data-testid="message"][data-state="read"]')
      .filter({ hasText: customer.answer })
      .waitFor({ timeout: 20_000 })
  })
}

test('the search finds a word of a text and opens its conversation', async () => {
  await window.page.getByTestId('search').click()
  await window.page.keyboard.type('你好')
  await window.page.getByTestId('search-hit').filter({ hasText: run }).first().waitFor({ timeout: 10_000 })
  await window.page.keyboard.press('Escape')
})

test('the lock shows nothing, and the PIN opens it again', async () => {
  await window.page.getByTestId('rail-menu').click()
  await window.page.getByTestId('lock-now').click()
  await window.page.getByTestId('unlock-pin').waitFor()
  expect(await window.page.content()).not.toContain(run)
  await unlockWithPin(window.page, ready.pin)
  await window.page.locator(`[data-title="${telegram.name}"]`).waitFor()
})

test('the manager reads both conversations out of the vault, with a purpose that the audit log keeps', async () => {
  ;({ browser, page } = await openConsole(ready.console))
  const manager = ready.logins.find((login) => login.role === 'manager')!
  await signIn(page, manager, Date.now())
  for (const customer of [whatsapp, telegram]) {
    const texts = await readConversation(page, customer.name, `Quality check ${run}`)
    expect(texts).toEqual([customer.text, customer.answer])
    await page.getByTestId('thread-close').click()
  }
})

test('gateway and keeper are two processes, under two users when started as root', () => {
  const user = (pid: number): string => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!
  expect(ready.pids.gateway).not.toBe(ready.pids.keeper)
  if (process.getuid?.() === 0) expect(user(ready.pids.gateway)).not.toBe(user(ready.pids.keeper))
})

test('a workstation revoked in the console is locked within a second and stays locked', async () => {
  const administrator = ready.logins.find((login) => login.role === 'administrator')!
  await page.getByTestId('sign-out').click()
  await signIn(page, administrator, Date.now())
  await page.getByTestId('nav-workstations').click()
  const revoke = page.locator('[data-testid^="revoke-"]').first()
  await revoke.click()
  await page.getByTestId('revoke-reason').fill('left the company')
  const locked = window.page
    .locator('[data-testid="lock-screen"][data-lock="revoked"]')
    .waitFor({ timeout: 5_000 })
    .then(() => Date.now())
  await page.getByTestId('revoke-submit').click()
  const clickedAt = Date.now()
  expect((await locked) - clickedAt).toBeLessThan(1000)
  expect(await window.page.content()).not.toContain(run)
})
