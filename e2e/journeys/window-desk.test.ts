/** The salesperson's desk in the real window: the own customers, going to a date, a colleague in the way of new and forwarded messages, the tour again. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Desktop } from '../harness/desktop.ts'
import { endpointEnv, writeEndpoints } from '../harness/endpoints.ts'
import { EngineClient } from '../harness/engine.ts'
import { addEmployee, assignAccount, enrolmentCode } from '../harness/vault.ts'

const waitMs = 15_000
const soon = { timeout: waitMs }
const dayMs = 86_400_000
/** Ana has written twice a day, but on one day nothing. */
const days = 150
const silentDay = 60

let desktop: Desktop
let page: Page
let mara: EngineClient
let folder: string
/** The day of Ana's first message, at its noon. */
let firstNoon: number
let boris: { id: string; phone: string }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sd-desk-'))
  desktop = await Desktop.open({
    seed: 31,
    salesperson: 'Julia Berg',
    pin: '736251',
    channels: ['whatsapp', 'telegram'],
  })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
  await writeHistory()
  boris = await desktop.control.addCustomer('whatsapp', 'Boris Petrov')
  await desktop.control.say(boris.id, desktop.simulated.id, 'Price for 200?')
  await row('Boris Petrov').waitFor()
  mara = await enrolMara()
})
afterAll(async () => {
  await mara?.process.kill()
  await desktop?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The provider's clock goes back to the beginning, and through all the days to now. */
async function writeHistory(): Promise<void> {
  const { control, simulated } = desktop
  const ana = await control.addCustomer('whatsapp', 'Ana Souza')
  const now = await control.now()
  firstNoon = new Date(now - days * dayMs).setHours(12, 0, 0, 0)
  await control.advanceClock(firstNoon - now)
  for (let day = 0; day < days; day += 1) {
    // By the calendar: a day on which clocks are changed has another length.
    await control.advanceClock(noonOf(day) - (await control.now()))
    if (day === silentDay) continue
    for (const part of ['a', 'b']) await control.say(ana.id, simulated.id, `day ${day}${part}`)
  }
  await control.advanceClock(now - (await control.now()))
  await row('Ana Souza').waitFor({ timeout: 60_000 })
  await row('Ana Souza')
    .filter({ hasText: `day ${days - 1}b` })
    .waitFor({ timeout: 60_000 })
}

function noonOf(day: number): number {
  const first = new Date(firstNoon)
  return new Date(first.getFullYear(), first.getMonth(), first.getDate() + day, 12).getTime()
}

/** A colleague at another workstation, who sees the same account. */
async function enrolMara(): Promise<EngineClient> {
  const { employee } = await addEmployee(desktop.data, 'Mara Okafor', 'salesperson', 'Sales')
  const account = desktop.company.accounts[0]!.id
  await assignAccount(desktop.data, account, employee)
  chmodSync(folder, 0o711)
  const pinFile = join(folder, 'pin')
  writeFileSync(pinFile, '482915\n', { mode: 0o600 })
  const env = endpointEnv(writeEndpoints(desktop.simulators, folder))
  const enrol = await enrolmentCode(desktop.data, employee)
  const engine = await EngineClient.start({ profile: join(folder, 'mara'), enrol, pinFile, env })
  await engine.accountState(account, 'elsewhere')
  return engine
}

function row(title: string): Locator {
  return page.getByTestId('conversation-list').locator(`[data-title="${title}"]`)
}

async function open(title: string): Promise<void> {
  await row(title).click()
  await page.locator(`[data-testid="conversation"][data-title="${title}"]`).waitFor()
}

const bubble = (text: string): Locator => page.getByTestId('message').filter({ hasText: text })

function isInSight(text: string): Promise<boolean> {
  return bubble(text).evaluateAll((all) => {
    const frame = document.querySelector('.messages')!.getBoundingClientRect()
    return all.some((one) => {
      const { top, bottom } = one.getBoundingClientRect()
      return top >= frame.top && bottom <= frame.bottom
    })
  })
}

async function palette(words: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByTestId('palette-field').fill(words)
  await page.keyboard.press('Enter')
}

function dayButton(at: number): Locator {
  const date = new Date(at)
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  return page.getByTestId(`date-${parts.map((part) => String(part).padStart(2, '0')).join('-')}`)
}

/** From the choice of a date that is open, by its buttons. */
async function choose(at: number): Promise<void> {
  while ((await dayButton(at).count()) === 0) await page.getByTestId('date-left').click()
  await dayButton(at).click()
  await page.getByTestId('date').waitFor({ state: 'detached' })
}

/** Mara's engine takes the conversation with this title, or lets go. */
async function maraClaims(title: string, claimed: boolean, takeOver = false): Promise<void> {
  const find = async (): Promise<string | undefined> => {
    const listed = (await mara.ask({ conversations: {} }))['conversations'] as { id: string; title: string }[]
    return listed.find((one) => one.title === title)?.id
  }
  await expect.poll(find, soon).toBeDefined()
  await mara.ask({ claim: { conversation: (await find())!, claimed, takeOver } })
}

test('what I take stands under “Mine” until I give it back, by button and by palette', async () => {
  await page.getByTestId('filter-mine').click()
  await page.locator('[data-testid="inbox-empty"][data-about="filter"]').waitFor()
  await page.getByTestId('empty-show-all').click()
  await open('Boris Petrov')
  await page.getByTestId('filter-mine').click()
  await row('Boris Petrov').waitFor({ state: 'detached' })
  await palette('Take this customer')
  await row('Boris Petrov').waitFor()
  expect(await page.getByTestId('conversation-list').getByRole('option').count()).toBe(1)
  await palette('Give this customer back')
  await page.getByTestId('inbox-empty').waitFor()
  await page.getByTestId('claim').click()
  await row('Boris Petrov').waitFor()
  // Taken over by a colleague at another workstation, it leaves by itself.
  await maraClaims('Boris Petrov', true, true)
  await page.getByTestId('inbox-empty').waitFor()
  await palette('Filter: All')
  await maraClaims('Boris Petrov', false)
  await expect.poll(() => row('Boris Petrov').getByTestId('row-claim').count(), soon).toBe(0)
})

test('a day far before what is loaded is reached by the day mark, and the newest by reading on and at once', async () => {
  await open('Ana Souza')
  await bubble(`day ${days - 1}b`).waitFor()
  await page.getByTestId('day-mark').last().click()
  await choose(noonOf(20))
  await expect.poll(() => isInSight('day 20a'), soon).toBe(true)
  // On a day without messages the next one after it is shown.
  await page.keyboard.press('Control+g')
  await page.getByTestId('date').waitFor()
  while ((await dayButton(noonOf(silentDay)).count()) === 0) await page.getByTestId('date-right').click()
  await dayButton(noonOf(silentDay)).click()
  await expect.poll(() => isInSight(`day ${silentDay + 1}a`), soon).toBe(true)
  // Reading on brings later pages in order, and does not jump to their end.
  const seen = new Set<number>()
  for (let turn = 0; turn < 200 && !(await isInSight(`day ${days - 1}b`)); turn += 1) {
    for (const text of await page.getByTestId('message-text').allInnerTexts())
      seen.add(Number(/^day (\d+)/.exec(text)?.[1]))
    await page.getByTestId('messages').hover()
    await page.mouse.wheel(0, 500)
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
  const whole = Array.from({ length: days - silentDay - 1 }, (_unused, i) => silentDay + 1 + i)
  expect(whole.filter((day) => !seen.has(day))).toEqual([])
  await page.getByTestId('to-newest').waitFor({ state: 'detached' })
  // And back at once from the very first message.
  await row('Ana Souza').click({ button: 'right' })
  await page.getByTestId('menu-date').click()
  await page.getByTestId('date-first').click()
  await expect.poll(() => isInSight('day 0a'), soon).toBe(true)
  await page.getByTestId('to-newest').click()
  await expect.poll(() => isInSight(`day ${days - 1}b`), soon).toBe(true)
})

test('the choice of a date goes by keys alone, and ends at the first message and today', async () => {
  await palette('Go to a date')
  await page.getByTestId('date').waitFor()
  const focusedDay = (): Promise<string | null> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)
  const nameOf = (at: number): Promise<string | null> => dayButton(at).getAttribute('data-testid')
  await expect.poll(focusedDay).toBe(await nameOf(noonOf(days - 1)))
  await page.keyboard.press('ArrowLeft')
  await expect.poll(focusedDay).toBe(await nameOf(noonOf(days - 2)))
  for (let month = 0; month < 12; month += 1) await page.keyboard.press('PageUp')
  await expect.poll(focusedDay).toBe(await nameOf(noonOf(0)))
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => isInSight('day 7a'), soon).toBe(true)
  await page.keyboard.press('Control+g')
  await page.getByTestId('date').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('date').waitFor({ state: 'detached' })
})

test('what I write while reading far back is shown at once', async () => {
  await page.getByTestId('composer').click()
  await page.keyboard.type('Seen all of it')
  await page.keyboard.press('Enter')
  await expect.poll(() => isInSight('Seen all of it'), soon).toBe(true)
})

test('a colleague in the way: forwarding and a new conversation say so, and go all the same when that is wanted', async () => {
  await maraClaims('Boris Petrov', true)
  await row('Boris Petrov').getByTestId('row-claim').waitFor()
  await bubble('Seen all of it').hover()
  await bubble('Seen all of it').locator('..').getByTestId('message-menu-open').click()
  await page.getByTestId('menu-forward').click()
  await page.locator('[data-testid="forward-target"][data-title="Boris Petrov"]').click()
  await page.getByTestId('forward-warning').filter({ hasText: 'Mara Okafor' }).waitFor()
  const texts = async (): Promise<string[]> =>
    (await desktop.control.received(boris.id)).map(({ message }) => message.text)
  expect(await texts()).toEqual([])
  await page.getByTestId('forward-anyway').click()
  await expect.poll(texts, soon).toEqual(['Seen all of it'])

  await page.getByTestId('new-conversation').click()
  await page.getByTestId('new-address').fill(`+${boris.phone}`)
  await page.getByTestId('new-text').fill('Hello Boris')
  await page.getByTestId('new-send').click()
  await page.getByTestId('new-warning').filter({ hasText: 'Mara Okafor' }).waitFor()
  expect(await texts()).toHaveLength(1)
  await page.getByTestId('new-anyway').click()
  await expect.poll(texts, soon).toEqual(['Seen all of it', 'Hello Boris'])
})

/** Made in the page: so large a file does not go over the debugging port. */
async function chooseFile(bytes: number): Promise<void> {
  await page.getByTestId('attach-files').evaluate((field: HTMLInputElement, size) => {
    const all = new DataTransfer()
    all.items.add(new File([new Uint8Array(size)], 'catalogue.bin', { type: 'application/octet-stream' }))
    field.files = all.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }, bytes)
  await page.getByTestId('strip-file').waitFor()
}

test.each([
  ['whatsapp', 30],
  // Parts of half a megabyte, each answered before the next one.
  ['telegram', 10],
] as const)('a large file on its way to %s (%i MB) tells how much of it has gone', async (channel, megabytes) => {
  const account = desktop.accounts.find((one) => one.channel === channel)!
  const { id } = await desktop.control.addCustomer(channel, `Files ${channel}`)
  await desktop.control.say(id, account.id, 'The whole catalogue, please')
  await row(`Files ${channel}`).waitFor()
  await open(`Files ${channel}`)
  // Every state that the bubble comes to show.
  await page.evaluate(() => {
    const seen: string[] = []
    Object.assign(window, { uploads: seen })
    const look = (): void => {
      const upload = document.querySelector<HTMLElement>('[data-testid="upload"]')
      const words = upload ? `${upload.dataset['sent']} of ${upload.dataset['bytes']}: ${upload.innerText}` : 'none'
      if (seen.at(-1) !== words) seen.push(words)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
  })
  const bytes = megabytes * 1_000_000
  await chooseFile(bytes)
  await page.getByTestId('send').click()
  const arrived = async (): Promise<string[]> =>
    (await desktop.control.received(id)).map(({ message }) => message.details?.file?.name ?? '')
  await expect.poll(arrived, { timeout: 60_000 }).toEqual(['catalogue.bin'])
  await page.getByTestId('upload').waitFor({ state: 'detached' })
  const seen = await page.evaluate(() => (window as unknown as { uploads: string[] }).uploads)
  const parts = seen.flatMap((words) => (/^(\d+) of/.exec(words) ? [Number(words.split(' ')[0])] : []))
  expect(parts.length).toBeGreaterThan(1)
  expect(parts).toEqual([...parts].sort((a, b) => a - b))
  expect([parts[0]! < bytes, seen.at(-1)]).toEqual([true, 'none'])
  expect(seen.find((words) => words.includes('sent'))).toContain(` of ${megabytes} MB sent`)
})

test.each([
  ['whatsapp', 30],
  ['telegram', 10],
] as const)('a large file on its way to %s (%i MB) is stopped, and does not arrive', async (channel, megabytes) => {
  const account = desktop.accounts.find((one) => one.channel === channel)!
  const { id } = await desktop.control.addCustomer(channel, `Stops ${channel}`)
  await desktop.control.say(id, account.id, 'Only the price, please')
  await row(`Stops ${channel}`).waitFor()
  await open(`Stops ${channel}`)
  // As fast as anybody could press it.
  await page.evaluate(() => {
    const watch = new MutationObserver(() => {
      const button = document.querySelector<HTMLElement>('[data-testid="upload-stop"]')
      button?.click()
      if (button) watch.disconnect()
    })
    watch.observe(document.body, { subtree: true, childList: true })
  })
  await chooseFile(megabytes * 1_000_000)
  await page.getByTestId('send').click()
  const own = page.locator('[data-testid="message"][data-direction="out"]')
  await own.and(page.locator('[data-state="failed"]')).waitFor({ timeout: 60_000 })
  expect(await own.innerText()).toContain('Sending was stopped.')
  await page.getByTestId('composer').fill('The price is 4')
  await page.keyboard.press('Enter')
  const arrived = async (): Promise<string[]> =>
    (await desktop.control.received(id)).map(({ message }) => `${message.kind} ${message.text}`)
  await expect.poll(arrived, { timeout: 30_000 }).toEqual(['text The price is 4'])
})

test('the tour can be seen again, from the menu and from the palette', async () => {
  await page.getByTestId('rail-menu').click()
  await page.getByTestId('open-tour').click()
  await page.getByTestId('tour').waitFor()
  await page.getByTestId('tour-close').click()
  await page.getByTestId('tour').waitFor({ state: 'detached' })
  await open('Boris Petrov')
  await palette('Show the tour')
  await page.getByTestId('tour').waitFor()
  await open('Boris Petrov')
  await page.getByTestId('tour').waitFor({ state: 'detached' })
})

test('what waits for the provider is taken back from its menu, and said to be so', async () => {
  const account = desktop.accounts.find((one) => one.channel === 'telegram')!
  const { id } = await desktop.control.addCustomer('telegram', 'Gerd Waits')
  await desktop.control.say(id, account.id, 'And?')
  await row('Gerd Waits').waitFor()
  await open('Gerd Waits')
  // Longer than this test: nothing leaves in it.
  await desktop.control.fault({ kind: 'flood', account: account.id, value: 900 })
  for (const text of ['the wrong price', 'the right price']) {
    await page.getByTestId('composer').fill(text)
    await page.keyboard.press('Enter')
  }
  const wrong = page.locator('[data-testid="message"]').filter({ hasText: 'the wrong price' })
  await wrong.and(page.locator('[data-state="queued"]')).waitFor()
  await wrong.hover()
  await wrong.getByTestId('message-menu-open').click()
  await page.getByTestId('menu-withdraw').click()
  await wrong.and(page.locator('[data-state="failed"]')).waitFor()
  expect(await wrong.innerText()).toContain('Sending was stopped.')
  const right = page.locator('[data-testid="message"]').filter({ hasText: 'the right price' })
  expect(await right.getAttribute('data-state')).toBe('queued')
  expect(await desktop.control.received(id)).toEqual([])
})
