/** The console in Debian's Chromium, operated as a manager does. */
import { chromium, type Browser, type Page } from '@playwright/test'
import { totp } from './totp.ts'
import type { Login } from './vault.ts'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openConsole(url: string): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
  // The console's certificate comes from the vault's own authority, which this browser does not know.
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1360, height: 860 },
    locale: 'en-GB',
  })
  const page = await context.newPage()
  await page.goto(url)
  return { browser, page }
}

export async function signIn(page: Page, login: Login, now: number): Promise<void> {
  await page.getByTestId('sign-in-name').fill(login.name)
  await page.getByTestId('sign-in-password').fill(login.password)
  await page.getByTestId('sign-in-totp').fill(totp(login.totp, now))
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId('nav-overview').waitFor({ timeout: 20_000 })
}

/** Opens a conversation by its title with a purpose; the texts of its messages. */
export async function readConversation(page: Page, title: string, purpose: string): Promise<string[]> {
  await page.getByTestId('nav-conversations').click()
  await page.getByTestId('filter').fill(title)
  await page.getByTestId('conversation-title').filter({ hasText: title }).first().click()
  await page.getByTestId('purpose').fill(purpose)
  await page.getByTestId('purpose-submit').click()
  await page.getByTestId('thread').waitFor()
  await page.getByTestId('message').first().waitFor()
  return page.getByTestId('message-text').allInnerTexts()
}
