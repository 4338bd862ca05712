/** The console in a browser, as a manager has it: links, lists, history, who looked, people, policy; and that everybody can use it. */
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestVault } from '../../vault/keeper/test-vault.ts'
import { TestWorkstation } from '../../vault/keeper/test-workstation.ts'
import { violations } from '../harness/accessibility.ts'
import { openConsole, signIn } from '../harness/console.ts'

const areas = ['overview', 'conversations', 'employees', 'workstations', 'accounts', 'audit', 'settings'] as const
const dayMs = 86_400_000

let vault: TestVault
let browser: Browser
let page: Page
let url: string
let seat: TestWorkstation

beforeAll(async () => {
  vault = await TestVault.init()
  // The browser has the machine's time, and the charts are of the last days.
  vault.clock.time = Date.now()
  await vault.startGateway()
  await vault.startKeeper({ consoleFiles: join(import.meta.dirname, '../../dist/console') })
  url = vault.running!.consoleUrl!
  await fill()
  ;({ browser, page } = await openConsole(url))
})
afterAll(async () => {
  await browser?.close()
  await vault.stop()
})

/** Sixty employees, two accounts, a long conversation, one that waits, a group, and an alert. */
async function fill(): Promise<void> {
  const { people, accounts } = vault.keeper
  for (let n = 1; n <= 60; n++)
    await people.add('local', { name: `Person ${n}`, role: 'salesperson', team: n % 2 ? 'North' : 'South' })
  const { id: ana } = await people.add('local', { name: 'Ana Sales', role: 'salesperson', team: 'North' })
  const brazil = await accounts.add('local', {
    channel: 'whatsapp',
    name: 'Brazil 1',
    employee: ana,
    telegramApi: null,
  })
  await accounts.add('local', { channel: 'telegram', name: 'Asia 1', employee: ana, telegramApi: null })
  seat = await TestWorkstation.enrol(vault, ana)
  const now = vault.clock.time
  for (let n = 0; n < 260; n++) {
    const said = { providerId: `L${n}`, text: `line ${n}`, time: now - 10 * dayMs + n * 3_300_000 }
    seat.say(brazil, { address: '1@lid', name: 'Li Wei' }, { ...said, direction: n % 3 === 2 ? 'out' : 'in' })
  }
  seat.say(brazil, { address: '2@lid', name: 'Pia Waits' }, { providerId: 'W1', text: 'hello?', time: now - 7_200_000 })
  const member = { address: '3@lid', aliases: [], name: 'Member' }
  const group = { address: '123@g.us', name: 'Resellers' }
  seat.say(brazil, group, { providerId: 'G1', text: 'in the group', time: now - dayMs, as: member })
  await seat.upload()
  await vault.keeper.store.transaction((db) => vault.keeper.alerts.raise(db, 'pin_blocked', null))
}

const go = (place: string): Promise<void> => page.evaluate((hash) => void (location.hash = hash), `#/${place}`)

test('a shared link asks for the sign-in first and then lands where it points', async () => {
  await page.goto(`${url}/#/employees?team=South&sort=name&order=down`)
  await signIn(page, vault.made.login, vault.clock.time)
  await page.getByTestId('pager-range').getByText('30').waitFor()
  expect(await page.locator('[data-testid^="employee-"] .cell-main').first().innerText()).toBe('Person 60')
  await expectState('filter-team', 'South')
})

async function expectState(testId: string, value: string): Promise<void> {
  expect(await page.getByTestId(testId).inputValue()).toBe(value)
}

test('a list is paged, ordered and narrowed by the keeper, and going back comes back', async () => {
  await go('employees')
  const names = page.locator('tbody .cell-main')
  await page.getByTestId('pager-range').getByText('1–50').waitFor()
  expect(await names.count()).toBe(50)
  await page.getByTestId('pager-next').click()
  await page.getByTestId('pager-range').getByText('51–62').waitFor()
  const second = page.url()
  await page.getByTestId('pager-back').click()
  await page.getByTestId('pager-range').getByText('1–50').waitFor()
  await page.goto(second)
  await page.getByTestId('pager-range').getByText('51–62').waitFor()
  await page.getByTestId('filter').fill('person 7')
  await page.waitForURL(/text=person/)
  await names.filter({ hasText: 'Person 7' }).waitFor()
  await page.waitForFunction(() => document.querySelectorAll('tbody .cell-main').length === 1)
  await page.getByTestId('filters-clear').click()
  await page.getByTestId('pager-range').getByText('1–50').waitFor()
})

test('a manager’s first look shows who waits, two weeks of traffic, and how complete each account is', async () => {
  await go('overview')
  await page.locator('[data-testid="figure-backlog"][data-value="2"]').waitFor()
  expect(await page.locator('.chart rect.bar-in').count()).toBe(14)
  await page.getByText('As a table').click()
  const counted = await page.locator('.chart-table tbody td:nth-child(2)').allInnerTexts()
  expect(counted.reduce((sum, text) => sum + Number(text), 0)).toBe(176)
  await page.getByTestId('figure-backlog').click()
  await page.waitForURL(/order=waiting/)
  await page.getByTestId('conversation-waits').first().waitFor()
  expect(await page.getByTestId('conversation-title').allInnerTexts()).toEqual(['Li Wei', 'Pia Waits'])
})

test('a conversation opens only with a purpose, is read both ways from any day, and tells who looked', async () => {
  await go('conversations')
  await page.getByTestId('conversation-title').filter({ hasText: 'Li Wei' }).click()
  await page.getByTestId('purpose-submit').click()
  await page.getByText('Please give a purpose').waitFor()
  expect(await page.getByTestId('thread').count()).toBe(0)
  await page.getByTestId('purpose').fill('complaint 4711')
  await page.getByTestId('purpose-submit').click()
  await page.getByTestId('message-text').filter({ hasText: 'line 259' }).waitFor()
  const day = new Date(vault.clock.time - 9 * dayMs)
  const typed = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'))
  await page.getByTestId('thread-jump').fill(typed.join('-'))
  await page.getByTestId('load-later').waitFor()
  const begins = Number((await page.getByTestId('message-text').first().innerText()).replace('line ', ''))
  await page.getByTestId('load-earlier').click()
  await page
    .getByTestId('message-text')
    .filter({ hasText: /^line 0$/ })
    .waitFor()
  await page.getByTestId('load-later').click()
  await page
    .getByTestId('message-text')
    .filter({ hasText: `line ${begins + 150}` })
    .waitFor()
  const shown = (await page.getByTestId('message-text').allInnerTexts()).map((text) =>
    Number(text.replace('line ', '')),
  )
  expect(shown).toEqual(shown.map((_, index) => index))
  await page.getByTestId('thread-looks').click()
  await page.getByTestId('looks').getByText('complaint 4711').first().waitFor()
  const link = page.url()
  await page.getByTestId('thread-close').click()
  await page.goto(link)
  await page.getByTestId('purpose-dialog').getByText('Li Wei').waitFor()
  await page.getByTestId('purpose-cancel').click()
})

test('a new manager’s login is shown once, and a second employee is assigned to an account', async () => {
  await go('employees')
  await page.getByTestId('employee-add').click()
  await page.getByTestId('employee-name').fill('Mona Manager')
  await page.getByTestId('employee-role').click()
  await page.locator('.ant-select-item-option').filter({ hasText: 'Manager' }).click()
  await page.getByTestId('employee-add-submit').click()
  const shown = page.getByTestId('login-dialog')
  await shown.waitFor()
  expect(await page.getByTestId('login-name').innerText()).toBe('mona manager')
  expect((await page.getByTestId('login-password').innerText()).length).toBeGreaterThan(12)
  // By key: the dialog still grows out of the place that was clicked, and a press of the mouse may begin and end on two things.
  await page.getByTestId('login-close').press('Enter')
  await shown.waitFor({ state: 'detached' })
  await go('accounts')
  await page.locator('[data-testid^="assign-"]').first().click()
  await page.getByTestId('assign-employee').selectOption({ label: 'Person 1 · North' })
  await page.getByTestId('assign-submit').click()
  await page.locator('.assignments').getByText('Person 1').waitFor()
  await page.getByTestId('assign-close').click()
})

test('a policy is changed with a reason and its history tells what changed; the audit log says it in a sentence', async () => {
  await go('settings')
  await page.getByTestId('policy-change').click()
  await page.getByTestId('policy-hours').fill('4')
  await page.getByTestId('policy-reason').fill('shorter in the field')
  await page.getByTestId('policy-submit').click()
  await page.locator('[data-testid="policy-current"][data-number="2"]').waitFor()
  expect(await page.getByTestId('policy-2').innerText()).toMatch(/shorter in the field[^]*12\s*4/)
  await go('audit?action=policy.sign')
  await page.getByText('admin signed policy no. 2').waitFor()
  const download = page.waitForEvent('download')
  await page.getByTestId('audit-export').click()
  expect((await download).suggestedFilename()).toMatch(/^sealdesk-audit-.*\.jsonl$/)
})

test('no screen has a serious violation of the accessibility rules, in light and dark', async () => {
  const found: string[] = []
  const check = async (what: string): Promise<void> => {
    found.push(...(await violations(page)).map((one) => `${what}: ${one}`))
  }
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const theme of ['light', 'dark']) {
    for (const area of areas) {
      await go(area)
      await page.locator('h1').waitFor()
      await page.locator('.data-table, .reading-list li, .panel').first().waitFor()
      await check(`${theme} ${area}`)
    }
    await go('conversations')
    await page.getByTestId('conversation-title').filter({ hasText: 'Li Wei' }).click()
    await page.getByTestId('purpose').waitFor()
    await check(`${theme} purpose`)
    await page.getByTestId('purpose').fill('looking at the screen')
    await page.getByTestId('purpose-submit').click()
    await page.getByTestId('message-text').first().waitFor()
    await page.getByTestId('thread-looks').click()
    await page.getByTestId('looks').locator('td').first().waitFor()
    await check(`${theme} thread`)
    await page.getByTestId('thread-close').click()
    await go('employees')
    await page.getByTestId('employee-add').click()
    await page.getByTestId('employee-name').waitFor()
    await check(`${theme} employee-add`)
    await page.getByTestId('employee-add-cancel').click()
    await page.getByTestId('employee-add-dialog').waitFor({ state: 'detached' })
    await page.getByTestId('theme').click()
  }
  expect(found).toEqual([])
})

test('at 200 % zoom nothing is cut off sideways, and the keyboard reaches the content first', async () => {
  await page.setViewportSize({ width: 680, height: 430 })
  for (const area of areas) {
    await go(area)
    await page.locator('.data-table, .reading-list li, .panel').first().waitFor()
    const over = await page.evaluate(() => {
      const content = document.getElementById('content')!
      return Math.max(content.scrollWidth - content.clientWidth, document.body.scrollWidth - window.innerWidth)
    })
    expect([area, over]).toEqual([area, 0])
  }
  await page.setViewportSize({ width: 1360, height: 860 })
  await go('audit')
  await page.reload()
  await page.locator('.data-table td').first().waitFor()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('audit-export')
})
