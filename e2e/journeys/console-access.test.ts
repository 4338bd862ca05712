/** That everybody can use the console: the accessibility rules, zoom and keyboard on every screen, three languages, and errors that say what to do. */
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { violations } from '../harness/accessibility.ts'
import { consoleAreas, openConsoleBench, type ConsoleBench } from '../harness/console-bench.ts'
import { signIn } from '../harness/console.ts'

let bench: ConsoleBench
let page: Page

beforeAll(async () => {
  bench = await openConsoleBench()
  page = bench.page
  await signIn(page, bench.vault.made.login, bench.vault.clock.time)
})
afterAll(() => bench?.stop())

/** Area, what opens it, the dialog, what closes it. */
const dialogs = [
  ['employees', 'employee-add', 'employee-add-dialog', 'employee-add-cancel'],
  ['employees', 'enrol-', 'enrol-dialog', 'enrol-close'],
  ['workstations', 'revoke-', 'revoke-dialog', 'revoke-cancel'],
  ['accounts', 'account-add', 'account-add-dialog', 'account-add-cancel'],
  ['accounts', 'account-linked-', 'linked-dialog', 'linked-close'],
  ['accounts', 'assign-', 'assign-dialog', 'assign-close'],
  ['settings', 'policy-change', 'policy-dialog', 'policy-cancel'],
] as const

test('no screen has a serious violation of the accessibility rules, in light and dark', async () => {
  const found: string[] = []
  const check = async (what: string): Promise<void> => {
    found.push(...(await violations(page)).map((one) => `${what}: ${one}`))
  }
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const theme of ['light', 'dark']) {
    for (const area of consoleAreas) {
      await bench.go(area)
      await page.locator('h1').waitFor()
      await page.locator('.data-table, .reading-list li, .panel').first().waitFor()
      await check(`${theme} ${area}`)
    }
    await bench.go('conversations')
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
    for (const [area, opener, dialog, closer] of dialogs) {
      await bench.go(area)
      await page.locator(`[data-testid^="${opener}"]`).first().click()
      await page.getByTestId(dialog).waitFor()
      await check(`${theme} ${dialog}`)
      await page.getByTestId(closer).press('Enter')
      await page.getByTestId(dialog).waitFor({ state: 'hidden' })
    }
    await page.getByTestId('theme').click()
  }
  expect(found).toEqual([])
})

const languages = ['de', 'zh-CN', 'en'] as const
async function speak(language: (typeof languages)[number]): Promise<void> {
  await page.getByTestId('language').click()
  await page.locator(`.ant-select-dropdown [lang="${language}"]`).click()
  await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' })
}

/** Words that are cut: what is narrower than its text and does not scroll. */
function clipped(): Promise<string[]> {
  return page.evaluate(() => {
    const words = 'h1, h2, button, a, label, th, select, .figure-label, .figure-note, .share-label, .status, small'
    return [...document.querySelectorAll<HTMLElement>(words)]
      .filter((one) => !one.closest('.unseen') && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
      .map((one) => `${one.className} ${one.innerText}`)
  })
}

test('in every language no word is cut, and at 200 % zoom nothing leaves the page sideways', async () => {
  for (const language of languages) {
    await speak(language)
    for (const [width, height] of [
      [1280, 800],
      [680, 430],
    ] as const) {
      await page.setViewportSize({ width, height })
      for (const area of consoleAreas) {
        await bench.go(area)
        await page.locator(`[data-testid="nav-${area}"][aria-current="page"]`).waitFor()
        await page.locator('.data-table td, .reading-list li, .panel').first().waitFor()
        const over = await page.evaluate(() => {
          const content = document.getElementById('content')!
          return Math.max(content.scrollWidth - content.clientWidth, document.body.scrollWidth - window.innerWidth)
        })
        expect([language, width, area, over, await clipped()]).toEqual([language, width, area, 0, []])
      }
    }
    await page.setViewportSize({ width: 1360, height: 860 })
  }
})

test('the keyboard reaches the content first, orders a table, and opens and leaves a dialog', async () => {
  await bench.go('audit')
  await page.reload()
  await page.locator('.data-table td').first().waitFor()
  const focused = (): Promise<string | null | undefined> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('audit-export')
  await bench.go('workstations')
  await page.locator('[data-testid^="revoke-"]').first().waitFor()
  await page.getByTestId('sort-machine').press('Enter')
  await page.waitForURL(/sort=machine/)
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    await page.emulateMedia({ reducedMotion })
    await page.locator('[data-testid^="revoke-"]').first().press('Enter')
    await page.getByTestId('revoke-reason').waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'revoke-reason')
    await page.keyboard.press('Escape')
    await page.getByTestId('revoke-dialog').waitFor({ state: 'hidden' })
  }
})

test('a link to what the role does not open says so and shows the way on', async () => {
  const { login } = await bench.vault.keeper.people.add('local', { name: 'Max', role: 'manager', team: 'North' })
  const context = await bench.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' })
  const other = await context.newPage()
  await other.goto(`${bench.url}/#/audit?action=policy.sign`)
  await signIn(other, login!, bench.vault.clock.time)
  await other.getByTestId('refused').getByText('Ask an administrator').waitFor()
  expect(await other.getByTestId('nav-audit').count()).toBe(0)
  await other.getByTestId('refused').getByRole('link').click()
  await other.locator('[data-testid="figure-backlog"]').waitFor()
  await other.goto(`${bench.url}/#/employees`)
  await other.getByTestId('pager-range').waitFor()
  // His own team and nobody else's, without what he may not do.
  expect(await other.locator('[data-testid^="employee-"] td:nth-child(3)').allInnerTexts()).not.toContain('South')
  expect(await other.getByTestId('employee-add').count()).toBe(0)
  await context.close()
})

test('while the vault is away the screen says so, keeps what it has, and goes on by a click', async () => {
  await bench.go('employees')
  await page.locator('[data-testid^="employee-"] .cell-main').first().waitFor()
  await bench.vault.stopKeeper()
  await page.getByTestId('refresh').click()
  await page.getByTestId('error').getByText('The vault does not answer').waitFor()
  expect(await page.locator('[data-testid^="employee-"] .cell-main').count()).toBe(50)
  await bench.go('workstations')
  await page.getByTestId('error').getByText('Check the connection').waitFor()
  await bench.vault.startKeeper({ consoleFiles: bench.consoleFiles })
  await page.getByTestId('retry').click()
  await page.locator('[data-testid^="workstation-"] .cell-main').first().waitFor()
  expect(await page.getByTestId('error').count()).toBe(0)
})

test('while the gateway is away the list of workstations says that nobody knows who is connected', async () => {
  await bench.go('workstations')
  await page.locator('[data-testid^="workstation-"] .cell-main').first().waitFor()
  expect(await page.getByTestId('error').count()).toBe(0)
  await bench.vault.gateway!.stop()
  await page.getByTestId('refresh').click()
  await page.getByTestId('error').getByText('nobody knows now who is connected').waitFor()
  await bench.vault.startGateway()
  await page.getByTestId('error').waitFor({ state: 'detached' })
})

test('a session that has ended leads back to the sign-in and from there to the same place', async () => {
  await bench.go('employees?team=South')
  await page.getByTestId('pager-range').getByText('30').waitFor()
  bench.vault.clock.time += 31 * 60_000
  await page.getByTestId('refresh').click()
  await page.getByText('The session has ended. Please sign in again.').waitFor()
  expect(await page.locator('[data-testid^="employee-"]').count()).toBe(0)
  await signIn(page, bench.vault.made.login, bench.vault.clock.time)
  await page.getByTestId('pager-range').getByText('30').waitFor()
  expect(page.url()).toContain('team=South')
})
