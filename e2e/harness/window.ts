/** Operates the workstation's real window as a person does: clicks and keys over the window's debugging port, nothing else. */
import { chromium, type Browser, type Page } from '@playwright/test'
import type { SimulatedAccount } from '../simulators/provider.ts'
import type { Control } from './control.ts'
import { eventually } from './eventually.ts'

export interface OpenWindow {
  page: Page
  close(): Promise<void>
}

/** Attaches to the window at a `cdp` URL of the ready line. */
export async function attach(cdp: string): Promise<OpenWindow> {
  // A line that is opened while the page is being made sometimes waits for it for ever.
  await eventually(
    async () => ((await (await fetch(`${cdp}/json/list`)).json()) as { url: string }[]).map(({ url }) => url),
    (pages) => pages.some((url) => url.startsWith('app://')),
  )
  const browser: Browser = await chromium.connectOverCDP(cdp)
  const context = browser.contexts()[0]
  if (!context) throw new Error('the window has no page')
  const page = context.pages().find((one) => one.url().startsWith('app://')) ?? (await context.waitForEvent('page'))
  return { page, close: () => browser.close() }
}

/** Chooses the PIN of a workstation that was started with an enrolment code. */
export async function enrolWithPin(page: Page, pin: string): Promise<void> {
  await page.locator('[data-testid="lock-screen"][data-enrolled="false"]').waitFor({ timeout: 30_000 })
  await page.getByTestId('unlock-pin').fill(pin)
  await page.getByTestId('unlock-pin-again').fill(pin)
  await page.getByTestId('unlock-submit').click()
  await page.getByTestId('rail-all').waitFor({ timeout: 60_000 })
}

export async function unlockWithPin(page: Page, pin: string): Promise<void> {
  await page.getByTestId('unlock-pin').fill(pin)
  await page.getByTestId('unlock-submit').click()
  await page.getByTestId('rail-all').waitFor({ timeout: 60_000 })
}

/** Pairs one account through the window's dialog; the simulated phone scans the QR or tells its code. */
export async function pairInWindow(
  page: Page,
  control: Control,
  account: string,
  simulated: SimulatedAccount,
): Promise<void> {
  const row = page.getByTestId(`rail-account-${account}`)
  // `pairing`: an earlier try was left with its codes still running.
  await row.and(page.locator('[data-state="unpaired"], [data-state="pairing"]')).click({ timeout: 60_000 })
  await page.getByTestId('pair-open').click()
  await page.getByTestId('pair-accept').check()
  if (simulated.channel === 'whatsapp') {
    await page.getByTestId('pair-method-qr').check()
    await page.getByTestId('pair-start').click()
    const qr = page.getByTestId('pair-qr')
    await qr.waitFor()
    await control.pair(simulated.id, (await qr.getAttribute('data-qr')) ?? '')
  } else {
    await page.getByTestId('pair-method-phone').check()
    await page.getByTestId('pair-phone').fill(simulated.phone)
    await page.getByTestId('pair-start').click()
    await page.getByTestId('pair-code').waitFor()
    await page.getByTestId('pair-code').fill(await control.code(simulated.phone))
    await page.getByTestId('pair-code-submit').click()
  }
  await page.locator(`[data-testid="rail-account-${account}"][data-state="live"]`).waitFor({ timeout: 60_000 })
  await page.getByTestId('pair-close').click()
}

/** Types an answer into a conversation, by its title, with real keys. */
export async function answerInWindow(page: Page, title: string, text: string): Promise<void> {
  await page.locator(`[data-title="${title}"]`).first().click()
  await page.getByTestId('composer').click()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}
