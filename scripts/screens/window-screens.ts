/** Walks through every screen of the salesperson's window, in the order in which a new one sees them. */
import type { Locator, Page } from '@playwright/test'
import type { Demo } from '../demo.ts'
import type { Camera } from './camera.ts'
import { lastWords, showcase, type ShowcaseName } from './showcase.ts'

const waitMs = 20_000

/** Before anybody is known: with a code of its own to be typed, or with one that it was started with. */
export async function takeSetUp(camera: Camera, name: 'enrolment' | 'pin-set-up'): Promise<void> {
  await camera.page.locator('[data-testid="lock-screen"][data-enrolled="false"]').waitFor({ timeout: waitMs })
  await camera.take(`window-${name}`)
}

/** Enrolled, no account linked yet: the empty inbox with the tour, and each way of linking. */
export async function takeLinking(camera: Camera, demo: Demo): Promise<void> {
  const { page } = camera
  await page.locator('[data-testid^="rail-account-"][data-state="unpaired"]').first().waitFor({ timeout: waitMs })
  await page.getByTestId('rail-all').click()
  await camera.take('window-inbox-empty')
  await takeTour(camera)
  for (const channel of ['whatsapp', 'telegram'] as const) {
    const account = demo.company.accounts.find((one) => one.simulated.channel === channel)
    await page.getByTestId(`rail-account-${account?.id}`).click({ timeout: waitMs })
    await page.getByTestId('pair-open').click()
    await camera.take(`window-linking-${channel}`)
    await page.getByTestId('pair-accept').check()
    await page.getByTestId('pair-method-qr').check()
    await page.getByTestId('pair-start').click()
    await page.getByTestId('pair-qr').waitFor({ timeout: waitMs })
    await camera.take(`window-linking-${channel}-qr`)
    await page.getByTestId('pair-close').click()
  }
  await page.getByTestId('rail-all').click()
}

/** Left open: the next language has it too. */
async function takeTour({ page, take }: Camera): Promise<void> {
  const tour = page.getByTestId('tour')
  const last = page.locator('[data-testid="tour"][data-step="keys"]')
  while (!(await last.isVisible())) {
    await page.getByTestId('tour-next').click()
    await take(`window-tour-${await tour.getAttribute('data-step')}`)
  }
}

/** With everything that the showcase says on the screen. */
export async function takeWork(camera: Camera, demo: Demo, pin: string): Promise<void> {
  const { page } = camera
  if (await page.getByTestId('tour').isVisible()) await page.getByTestId('tour-close').click()
  await takeConversations(camera)
  await takeMessage(camera)
  await takeAround(camera)
  await takeComposer(camera)
  await takeActivity(camera, demo)
  await takeInbox(camera, demo)
  await takeWaiting(camera, demo)
  await page.keyboard.press('Control+l')
  await page.getByTestId('unlock-pin').waitFor({ timeout: waitMs })
  await camera.take('window-lock')
  await page.getByTestId('unlock-pin').fill(pin)
  await page.getByTestId('unlock-submit').click()
  await page.getByTestId('rail-all').waitFor({ timeout: waitMs })
}

async function open(page: Page, name: ShowcaseName): Promise<void> {
  await page.getByTestId('conversation-list').locator(`[data-title="${showcase[name]}"]`).click()
  await page.locator(`[data-testid="conversation"][data-title="${showcase[name]}"]`).waitFor({ timeout: waitMs })
  await message(page, lastWords).waitFor({ timeout: waitMs })
}

/** Only the rows around the reader's place are in the document. */
function message(page: Page, text: string): Locator {
  return page.getByTestId('message').filter({ hasText: text }).last()
}

async function openMenu(page: Page): Promise<void> {
  await message(page, lastWords).getByTestId('message-text').click({ button: 'right' })
  await page.getByTestId('message-menu').waitFor()
}

/** One screen further back; false: that was the beginning. */
function back(page: Page): Promise<boolean> {
  return page.getByTestId('messages').evaluate((list) => {
    if (list.scrollTop < 2) return false
    list.scrollTop -= list.clientHeight * 0.85
    return true
  })
}

async function backTo(page: Page, wanted: Locator): Promise<void> {
  while (!(await wanted.isVisible()) && (await back(page)))
    await page.evaluate(() => new Promise(requestAnimationFrame))
  await wanted.scrollIntoViewIfNeeded()
}

async function takeConversations(camera: Camera): Promise<void> {
  const { page } = camera
  await page.getByTestId('conversation-list').waitFor()
  await camera.take('window-inbox')
  for (const name of Object.keys(showcase) as ShowcaseName[]) {
    await open(page, name)
    for (let screen = 1; screen <= 6; screen += 1) {
      await camera.take(`window-${name}-${screen}`)
      if (!(await back(page))) break
    }
    if (!name.endsWith('group')) continue
    await page.getByTestId('group-open').click()
    await page.getByTestId('group-member').first().waitFor({ timeout: waitMs })
    await camera.take(`window-${name}-panel`)
    await page.getByTestId('member-menu-open').first().click()
    await camera.take(`window-${name}-member-menu`)
    await page.keyboard.press('Escape')
    await page.getByTestId('group-close').click()
  }
}

/** What can be done with one message. */
async function takeMessage(camera: Camera): Promise<void> {
  const { page } = camera
  await open(page, 'whatsapp-direct')
  const edited = message(page, 'We need 60 pieces.')
  await edited.getByTestId('edited').click()
  await camera.take('window-message-versions')
  await openMenu(page)
  await camera.take('window-message-menu')
  await page.getByTestId('react-more').click()
  await camera.take('window-reaction-picker')
  await page.keyboard.press('Escape')
  await openMenu(page)
  await page.getByTestId('menu-forward').click()
  await camera.take('window-forward')
  await page.keyboard.press('Escape')
  await page.getByTestId('text-link').last().click()
  await camera.take('window-link')
  await page.keyboard.press('Escape')
  const offer = page.getByTestId('message').filter({ hasText: 'Your last offer' }).getByTestId('document-open')
  await backTo(page, offer)
  await offer.click()
  await page.locator('[data-testid="pdf-page"][data-state="drawn"]').first().waitFor({ timeout: waitMs })
  await camera.take('window-viewer-pdf')
  await page.getByTestId('viewer-close').click()
  const picture = page.locator('[data-testid="picture"][data-shown="true"]').first()
  await backTo(page, picture)
  await picture.getByTestId('picture-open').click()
  await page.getByTestId('viewer-image').waitFor({ timeout: waitMs })
  await camera.take('window-viewer')
  await page.getByTestId('viewer-close').click()
}

/** What stands beside, above and over a conversation. */
async function takeAround(camera: Camera): Promise<void> {
  const { page } = camera
  await open(page, 'telegram-direct')
  await page.getByTestId('customer-open').click()
  await page.getByTestId('customer-identity').first().waitFor({ timeout: waitMs })
  await camera.take('window-customer')
  await page.getByTestId('customer-close').click()
  await page.getByTestId('find-open').click()
  await page.getByTestId('find-field').fill('X200')
  await page.keyboard.press('Enter')
  await page.getByTestId('find-count').filter({ hasText: /\d/ }).waitFor({ timeout: waitMs })
  await camera.take('window-find')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+g')
  await page.getByTestId('date').waitFor({ timeout: waitMs })
  await camera.take('window-date')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByTestId('palette-field').fill('an')
  await camera.take('window-palette')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+/')
  await page.getByTestId('shortcuts').waitFor()
  await camera.take('window-shortcuts')
  await page.keyboard.press('Escape')
}

async function takeComposer(camera: Camera): Promise<void> {
  const { page } = camera
  await open(page, 'telegram-direct')
  await openMenu(page)
  await page.getByTestId('menu-reply').click()
  await page.getByTestId('composer').fill('With pleasure.')
  await camera.take('window-reply')
  await page.getByTestId('subject-stop').click()
  await page.getByTestId('composer').fill('')
  await page.getByTestId('attach').click()
  await camera.take('window-attach')
  await page.getByTestId('attach-poll').click()
  await camera.take('window-new-poll')
  await page.keyboard.press('Escape')
  await page.getByTestId('emoji-open').click()
  await camera.take('window-emoji')
  await page.keyboard.press('Escape')
  const offer = { name: 'offer.txt', mimeType: 'text/plain', buffer: Buffer.from('60 pieces at 41.50') }
  await page.getByTestId('attach-files').setInputFiles([offer])
  await page.getByTestId('strip-file').waitFor()
  await camera.take('window-files')
  await page.getByTestId('strip-remove').click()
}

/** Customers who type, record or were online: in the head of the open conversation, and in the rows of the others. */
async function takeActivity(camera: Camera, demo: Demo): Promise<void> {
  const { page } = camera
  const { control } = demo
  const [customers, groups] = await Promise.all([control.customers(), control.groups()])
  for (const channel of ['whatsapp', 'telegram'] as const) {
    const group = groups.find((one) => one.subject === showcase[`${channel}-group`])
    const person = customers.find((one) => one.name === showcase[`${channel}-direct`])
    const isMember = (id: string): boolean => group?.members.some((member) => member.id === id) === true
    const members = customers.filter(({ id }) => isMember(id))
    const account = (await control.accounts()).find(({ id }) => isMember(id))
    const here = { customer: person?.id, account: account?.id }
    await open(page, `${channel}-direct`)
    await control.act({ ...here, doing: 'offline', seenAt: (await control.now()) - 3_600_000 })
    await page.getByTestId('availability').waitFor({ timeout: waitMs })
    await camera.take(`window-${channel}-last-seen`)
    for (const member of members) await control.act({ customer: member.id, group: group?.id, doing: 'typing' })
    await control.act({ ...here, doing: 'recording' })
    await page.locator('[data-doing="recording"]').nth(1).waitFor({ timeout: waitMs })
    await camera.take(`window-${channel}-recording`)
    await open(page, `${channel}-group`)
    for (const member of members) await control.act({ customer: member.id, group: group?.id, doing: 'typing' })
    await page.locator('header [data-doing="typing"]').waitFor({ timeout: waitMs })
    await camera.take(`window-${channel}-group-typing`)
    // The next picture is about something else.
    for (const member of members) await control.act({ customer: member.id, group: group?.id, doing: 'stopped' })
    await control.act({ ...here, doing: 'hidden' })
    await control.act({ ...here, doing: 'stopped' })
  }
}

async function takeInbox(camera: Camera, demo: Demo): Promise<void> {
  const { page } = camera
  await page.getByTestId('search').fill('X200')
  await page.getByTestId('search-hit').first().waitFor({ timeout: waitMs })
  await camera.take('window-search')
  await page.getByTestId('search').fill('报价')
  await page.getByTestId('search-hit').filter({ hasText: '报价' }).first().waitFor({ timeout: waitMs })
  await camera.take('window-search-chinese')
  await page.getByTestId('search').fill('nothing of this kind')
  await page.locator('[data-testid="search-results"][data-searching="false"]').waitFor({ timeout: waitMs })
  await camera.take('window-search-nothing')
  await page.getByTestId('search-clear').click()
  await page.getByTestId('new-conversation').click()
  await camera.take('window-new-conversation')
  await page.getByTestId('new-conversation').click()
  const row = page.getByTestId('conversation-list').locator(`[data-title="${showcase['whatsapp-group']}"]`)
  await row.click({ button: 'right' })
  await page.getByTestId('conversation-menu').waitFor()
  await camera.take('window-conversation-menu')
  await page.keyboard.press('Escape')
  await page.getByTestId('filter-unread').click()
  await camera.take('window-unread')
  await page.getByTestId('filter-mine').click()
  await page.getByTestId('inbox-empty').waitFor({ timeout: waitMs })
  await camera.take('window-mine-empty')
  await page.getByTestId('filter-all').click()
  for (const channel of ['whatsapp', 'telegram'] as const) {
    const account = demo.company.accounts.find((one) => one.simulated.channel === channel)
    await page.getByTestId(`rail-account-${account?.id}`).click()
    await page.getByTestId('account-open').click()
    await page.getByTestId('device').first().waitFor({ timeout: waitMs })
    await camera.take(`window-account-${channel}`)
    await page.getByTestId('account-page-close').click()
  }
  await page.getByTestId('rail-all').click()
  await page.getByTestId('rail-menu').click()
  await camera.take('window-menu')
  await page.keyboard.press('Escape')
}

/** What the provider makes wait, how it is held back, and what is said of it then. */
async function takeWaiting(camera: Camera, demo: Demo): Promise<void> {
  const { page } = camera
  const account = demo.company.accounts.find((one) => one.simulated.channel === 'telegram')
  await open(page, 'telegram-direct')
  // Longer than all pictures take: the next language waits as well.
  await demo.control.fault({ kind: 'flood', account: account?.simulated.id ?? '', value: 3600 })
  await page.getByTestId('composer').fill('Thank you for the order.')
  await page.keyboard.press('Enter')
  const own = page.locator('[data-testid="message"][data-direction="out"]').last()
  await own.and(page.locator('[data-state="queued"]')).waitFor({ timeout: waitMs })
  await own.hover()
  await own.getByTestId('message-menu-open').click()
  await page.getByTestId('menu-withdraw').waitFor()
  await camera.take('window-waiting')
  await page.getByTestId('menu-withdraw').click()
  await own.and(page.locator('[data-state="failed"]')).waitFor({ timeout: waitMs })
  await camera.take('window-stopped')
}
