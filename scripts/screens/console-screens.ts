/** Walks through every screen of the console, as the administrator sees them. */
import type { Page } from '@playwright/test'
import type { Camera } from './camera.ts'
import { showcase } from './showcase.ts'

const waitMs = 20_000

export async function takeSignIn(camera: Camera): Promise<void> {
  await camera.page.getByTestId('sign-in-name').waitFor({ timeout: waitMs })
  await camera.take('console-sign-in')
}

/** Signed in as somebody who may everything. */
export async function takeConsole(camera: Camera): Promise<void> {
  const { page } = camera
  await area(page, 'overview')
  await page.locator('.chart svg').first().waitFor({ timeout: waitMs })
  await camera.take('console-overview')
  await takePeople(camera)
  await takeMachines(camera)
  await takeReading(camera)
  await area(page, 'audit')
  await page.locator('[data-testid^="audit-"] [data-action]').first().waitFor({ timeout: waitMs })
  await camera.take('console-audit')
  await area(page, 'settings')
  await page.getByTestId('policy-current').waitFor({ timeout: waitMs })
  await camera.take('console-settings')
  await page.getByTestId('policy-change').click()
  await dialog(camera, 'console-policy', 'policy-dialog', 'policy-cancel')
}

async function area(page: Page, id: string): Promise<void> {
  await page.getByTestId(`nav-${id}`).click()
  await page.locator('.ant-spin-spinning').waitFor({ state: 'detached', timeout: waitMs })
}

/** A dialog is on the screen while it comes and still while it goes. */
async function dialog(camera: Camera, name: string, testId: string, close: string): Promise<void> {
  const { page } = camera
  const box = page.getByTestId(testId)
  await box.waitFor({ timeout: waitMs })
  await page.locator('.ant-modal.ant-zoom-enter, .ant-modal.ant-zoom-appear').waitFor({ state: 'detached' })
  await camera.take(name)
  await page.getByTestId(close).click()
  await box.waitFor({ state: 'hidden', timeout: waitMs })
}

async function takePeople(camera: Camera): Promise<void> {
  const { page } = camera
  await area(page, 'employees')
  await camera.take('console-employees')
  await page.getByTestId('employee-add').click()
  await dialog(camera, 'console-employee-add', 'employee-add-dialog', 'employee-add-cancel')
  await page.locator('[data-testid^="enrol-"]').first().click()
  await dialog(camera, 'console-enrol', 'enrol-dialog', 'enrol-close')
}

async function takeMachines(camera: Camera): Promise<void> {
  const { page } = camera
  await area(page, 'workstations')
  await camera.take('console-workstations')
  await page.locator('[data-testid^="revoke-"]').first().click()
  await dialog(camera, 'console-revoke', 'revoke-dialog', 'revoke-cancel')
  await area(page, 'accounts')
  await camera.take('console-accounts')
  // The runner asks its provider for the devices some time after the log-in.
  const linked = page.locator('[data-testid^="account-linked-"]').first()
  await linked.waitFor({ timeout: 60_000 })
  await linked.click()
  await dialog(camera, 'console-linked', 'linked-dialog', 'linked-close')
  await page.getByTestId('account-add').click()
  await dialog(camera, 'console-account-add', 'account-add-dialog', 'account-add-cancel')
}

async function takeReading(camera: Camera): Promise<void> {
  const { page } = camera
  await area(page, 'conversations')
  await camera.take('console-conversations')
  for (const title of [showcase['whatsapp-direct'], showcase['telegram-group']]) {
    await page.getByTestId('filter').fill(title)
    await page.getByTestId('conversation-title').filter({ hasText: title }).first().click()
    await page.getByTestId('purpose').fill('Quality check')
    if (title === showcase['whatsapp-direct']) await camera.take('console-purpose')
    await page.getByTestId('purpose-submit').click()
    await page.getByTestId('message').first().waitFor({ timeout: waitMs })
    await camera.take(title === showcase['whatsapp-direct'] ? 'console-conversation' : 'console-group')
    await page.getByTestId('thread-close').click()
  }
}
