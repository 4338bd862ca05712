/** Every panel and dialog of the window beyond the first screens: the accessibility rules in light and dark, where the keys go, where Escape leads. */
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { violations } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { eventually } from '../harness/eventually.ts'
import { addAccount } from '../harness/vault.ts'

const waitMs = 20_000
const soon = { timeout: waitMs }
const group = 'Resellers'

let desktop: Desktop
let page: Page

beforeAll(async () => {
  const switches = ['--use-fake-device-for-media-stream']
  desktop = await Desktop.open({ seed: 37, salesperson: 'Mia Neu', pin: '482915', switches })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
  const { control, simulated } = desktop
  const lina = (await control.addCustomer('whatsapp', 'Lina Costa')).id
  await control.say(lina, simulated.id, 'Good morning')
  await control.tell({ customer: lina, account: simulated.id, kind: 'image', text: 'the shelf' })
  // The account owns it and may change what there is to change.
  const { id } = await control.addGroup('whatsapp', group, [simulated.id, lina])
  await control.tell({ customer: lina, group: id, text: 'Hello all' })
  await page.getByTestId('conversation-list').locator(`[data-title="${group}"]`).waitFor()
  await openConversation('Lina Costa')
  await picture().waitFor()
})
afterAll(() => desktop?.close())

const picture = (): Locator =>
  page.locator('[data-testid="picture"][data-shown="true"]').last().getByTestId('picture-open')

async function openConversation(title: string): Promise<void> {
  await page.getByTestId('conversation-list').locator(`[data-title="${title}"]`).click()
  await page.locator(`[data-testid="conversation"][data-title="${title}"]`).waitFor()
  await eventually(focused, (at) => at === 'composer')
}

function focused(): Promise<string | null> {
  return page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)
}

/** The rules over what stands there now, in both themes. */
async function checked(): Promise<void> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    found.push(...(await violations(page)).map((one) => `${colorScheme}: ${one}`))
  }
  expect(found).toEqual([])
}

/** Tab goes round inside and never out of it; returns what it reached. */
async function walk(within: string): Promise<string[]> {
  const reached: string[] = []
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate((id) => {
      const one = document.activeElement
      // From the last element the browser may pass its own frame, of which the page sees its body.
      if (one === null || one === document.body) return ''
      if (one.closest(`[data-testid="${id}"]`) === null) return `outside: ${one.outerHTML.slice(0, 120)}`
      return one.getAttribute('data-testid') ?? one.getAttribute('aria-label') ?? one.tagName
    }, within)
    if (at !== '') reached.push(at)
  }
  expect(reached.filter((one) => one.startsWith('outside'))).toEqual([])
  return reached
}

async function isInside(testId: string): Promise<void> {
  const inside = () => page.evaluate((id) => document.activeElement?.closest(`[data-testid="${id}"]`) !== null, testId)
  await expect.poll(inside, soon).toBe(true)
}

/** The keyboard goes in, the rules hold, Escape leads back to where it was. */
async function dialog(testId: string, back: string, { modal = true }: { modal?: boolean } = {}): Promise<string[]> {
  await page.getByTestId(testId).waitFor()
  await isInside(testId)
  await checked()
  const reached = modal ? await walk(testId) : []
  await page.keyboard.press('Escape')
  await page.getByTestId(testId).waitFor({ state: 'detached' })
  await expect.poll(focused, soon).toBe(back)
  return reached
}

async function chooseInMenu(text: string, item: string): Promise<void> {
  await page
    .getByTestId('message')
    .filter({ hasText: text })
    .last()
    .getByTestId('message-text')
    .click({ button: 'right' })
  await page.getByTestId(item).click()
}

test('the viewer', async () => {
  await picture().focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('viewer-image').waitFor()
  await dialog('viewer', 'picture-open')
})

test('choosing where to forward to', async () => {
  await chooseInMenu('Good morning', 'menu-forward')
  const reached = await dialog('forward', 'message')
  expect(reached).toContain('forward-target')
})

test('the emoji of the composer and of a reaction', async () => {
  await page.getByTestId('emoji-open').click()
  await dialog('emoji-popup', 'emoji-open', { modal: false })
  await page.getByTestId('composer').focus()
  await chooseInMenu('Good morning', 'react-more')
  await dialog('reaction-picker', 'message', { modal: false })
})

test.each(['attach-quick', 'attach-location', 'attach-contact', 'attach-poll'])('%s', async (item) => {
  const panels: Record<string, string> = {
    'attach-quick': 'quick',
    'attach-location': 'say-location',
    'attach-contact': 'say-contact',
    'attach-poll': 'say-poll',
  }
  await page.getByTestId('attach').click()
  await page.getByTestId(item).click()
  await dialog(panels[item]!, 'attach')
})

test('the recording bar', async () => {
  await page.getByTestId('record').click()
  await expect.poll(focused, soon).toBe('record-send')
  await dialog('recording', 'composer', { modal: false })
})

test('the group, a member’s menu, and the question before leaving', async () => {
  await openConversation(group)
  await page.getByTestId('group-open').click()
  await page.getByTestId('group-member').first().waitFor()
  await checked()
  await page.getByTestId('member-menu-open').first().click()
  await dialog('member-menu', 'member-menu-open', { modal: false })
  await page.getByTestId('group-leave').click()
  await dialog('group-leave-confirm', 'group-leave')
  await page.getByTestId('group-close').click()
  await openConversation('Lina Costa')
})

test('the settings with the notifications, all by keys', async () => {
  await page.getByTestId('rail-menu').focus()
  await page.keyboard.press('Enter')
  await isInside('menu')
  await page.getByTestId('notifications-content').focus()
  await page.keyboard.press('ArrowRight')
  expect(await page.getByTestId('notifications-plain').isChecked()).toBe(true)
  await page.keyboard.press('ArrowLeft')
  expect(await page.getByTestId('notifications-content').isChecked()).toBe(true)
  await dialog('menu', 'rail-menu', { modal: false })
})

/** An account that nobody has linked yet; the panel is open with the risk accepted. */
async function beginPairing(channel: Channel) {
  const simulated = await desktop.control.addAccount(channel, `${channel} Hamburg`)
  const account = await addAccount(desktop.data, {
    channel,
    name: simulated.name,
    employee: desktop.company.employee,
    telegramApiFile: join(desktop.data, 'demo-telegram-api.json'),
  })
  await page.locator(`[data-testid="rail-account-${account}"][data-state="unpaired"]`).click()
  await page.getByTestId('pair-open').click()
  await isInside('pairing')
  await page.getByTestId('pair-accept').check()
  return { simulated, account }
}

test('linking WhatsApp with a code that is typed on the phone', async () => {
  const { simulated } = await beginPairing('whatsapp')
  await page.getByTestId('pair-method-code').check()
  await page.getByTestId('pair-phone').fill(simulated.phone)
  await checked()
  await page.getByTestId('pair-start').click()
  await page.getByTestId('pair-code-shown').waitFor()
  await isInside('pairing')
  await dialog('pairing', 'pair-open')
})

test('linking Telegram with number, code and password', async () => {
  const { simulated, account } = await beginPairing('telegram')
  await desktop.control.setPassword(simulated.id, 'Blaue Stunde 7')
  await page.getByTestId('pair-method-phone').check()
  await page.getByTestId('pair-phone').fill(simulated.phone)
  await checked()
  await page.keyboard.press('Enter')
  await expect.poll(focused, soon).toBe('pair-code')
  await checked()
  await page.keyboard.type('00000')
  await page.keyboard.press('Enter')
  await page.getByTestId('pair-refused').waitFor()
  await expect.poll(focused, soon).toBe('pair-again')
  await checked()
  await page.keyboard.press('Enter')
  await page.getByTestId('pair-method-phone').check()
  await page.getByTestId('pair-phone').fill(simulated.phone)
  await page.getByTestId('pair-accept').check()
  await page.getByTestId('pair-start').click()
  await expect.poll(focused, soon).toBe('pair-code')
  await page.keyboard.type(await desktop.control.code(simulated.phone))
  await page.keyboard.press('Enter')
  await expect.poll(focused, soon).toBe('pair-password')
  await checked()
  await page.keyboard.type('Blaue Stunde 7')
  await page.keyboard.press('Enter')
  await expect.poll(focused, soon).toBe('pair-finish')
  await checked()
  await page.keyboard.press('Enter')
  await page.getByTestId('pairing').waitFor({ state: 'detached' })
  await page.locator(`[data-testid="rail-account-${account}"][data-state="live"]`).waitFor()
})
