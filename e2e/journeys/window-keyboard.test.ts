/** A salesperson's twelve tasks in the real window without a mouse, and the marks of the list; keys only, outcomes from the customers' side. */
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { Desktop } from '../harness/desktop.ts'

const waitMs = 15_000
const soon = { timeout: waitMs }

let desktop: Desktop
let page: Page
let ana: string
let gerd: string

beforeAll(async () => {
  desktop = await Desktop.open({
    seed: 29,
    salesperson: 'Julia Berg',
    pin: '736251',
    channels: ['whatsapp', 'telegram'],
  })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
  ana = (await desktop.control.addCustomer('whatsapp', 'Ana Souza')).id
  gerd = (await desktop.control.addCustomer('telegram', 'Gerd Öttinger')).id
  await say(ana, 'whatsapp', '你好，请把报价单发给我')
  await say(ana, 'whatsapp', 'Do you have the X200?')
  await say(gerd, 'telegram', 'Liefern Sie bis Freitag?')
  for (const title of ['Ana Souza', 'Gerd Öttinger']) await row(title).waitFor()
})
afterAll(() => desktop?.close())

async function say(customer: string, channel: 'whatsapp' | 'telegram', text: string): Promise<void> {
  const account = desktop.accounts.find((one) => one.channel === channel)!
  await desktop.control.tell({ customer, account: account.id, text })
}

function row(title: string): Locator {
  return page.getByTestId('conversation-list').locator(`[data-title="${title}"]`)
}

/** By its own words: a reply quotes those of another. */
function bubble(text: string): Locator {
  const words = page.getByTestId('message-text').filter({ hasText: text })
  return page.getByTestId('message').filter({ has: words }).last()
}

const open = (title: string): Promise<void> =>
  page.locator(`[data-testid="conversation"][data-title="${title}"]`).waitFor()

async function got(customer: string, fits: (message: NeutralMessage) => boolean): Promise<NeutralMessage> {
  const look = async () => (await desktop.control.received(customer)).map((one) => one.message).findLast(fits)
  await expect.poll(look, soon).toBeDefined()
  return (await look())!
}

const focused = (): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)

/** With a message in the focus: opens its menu and goes down to an item. */
async function menuOf(text: string, item: string): Promise<void> {
  await expect.poll(focused, soon).toBe('composer')
  await page.keyboard.press('Control+ArrowUp')
  const wanted = bubble(text)
  for (let step = 0; step < 20 && !(await wanted.evaluate((one) => one === document.activeElement)); step += 1)
    await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.getByTestId('message-menu').waitFor()
  await expect.poll(focused, soon).toMatch(/^(react|menu)-/)
  for (let step = 0; step < 20 && (await focused()) !== item; step += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}

test('a conversation is found and opened', async () => {
  await page.keyboard.press('Control+k')
  await page.getByTestId('palette-field').waitFor()
  await page.keyboard.type('ana')
  await page.locator('[data-testid="palette-entry"][aria-selected="true"][data-label="Ana Souza"]').waitFor()
  await page.keyboard.press('Enter')
  await open('Ana Souza')
})

test('it is answered', async () => {
  await expect.poll(focused, soon).toBe('composer')
  await page.keyboard.type('Yes, sixty of them.')
  await page.keyboard.press('Enter')
  await got(ana, (one) => one.text === 'Yes, sixty of them.')
})

test('one message is replied to', async () => {
  await menuOf('Do you have the X200?', 'menu-reply')
  await page.getByTestId('subject').waitFor()
  await expect.poll(focused, soon).toBe('composer')
  await page.keyboard.type('In black and in white.')
  await page.keyboard.press('Enter')
  expect((await got(ana, (one) => one.text === 'In black and in white.')).reply).not.toBeNull()
})

test('it gets a reaction', async () => {
  await menuOf('Do you have the X200?', 'react-❤️')
  await got(ana, (one) => one.kind === 'reaction' && one.details?.emoji?.startsWith('❤') === true)
  await page.keyboard.press('Escape')
})

test('an own message is edited', async () => {
  await menuOf('In black and in white.', 'menu-edit')
  await expect.poll(focused, soon).toBe('composer')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('In black only.')
  await page.keyboard.press('Enter')
  await got(ana, (one) => one.kind === 'edit' && one.text === 'In black only.')
})

test('and deleted for all', async () => {
  await menuOf('In black only.', 'menu-delete')
  await page.getByTestId('delete-confirm').waitFor()
  await page.keyboard.press('Shift+Tab')
  await expect.poll(focused, soon).toBe('delete-confirm-yes')
  await page.keyboard.press('Enter')
  await got(ana, (one) => one.kind === 'delete')
  await page.keyboard.press('Escape')
})

test('a file is attached', async () => {
  const chooser = page.waitForEvent('filechooser')
  await page.keyboard.press('Control+o')
  await expect.poll(focused, soon).toBe('attach-photo')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const content = Buffer.from('60 pieces at 41.50')
  await (await chooser).setFiles([{ name: 'offer.txt', mimeType: 'text/plain', buffer: content }])
  await page.getByTestId('strip-file').waitFor()
  await page.getByTestId('composer').focus()
  await page.keyboard.press('Enter')
  await got(ana, (one) => one.kind === 'document' && one.details?.file?.name === 'offer.txt')
})

test('the conversation is searched', async () => {
  await page.keyboard.press('Control+f')
  await expect.poll(focused, soon).toBe('find-field')
  await page.keyboard.type('报价')
  await page.keyboard.press('Enter')
  await page.locator('[data-testid="message"][data-target="true"]').filter({ hasText: '报价单' }).waitFor()
  expect(await page.getByTestId('find-count').innerText()).toMatch(/1\D+1/)
  await page.keyboard.press('Escape')
  await page.getByTestId('find').waitFor({ state: 'detached' })
})

test('the customer file is opened, with the number masked', async () => {
  await page.keyboard.press('Control+i')
  const identity = page.getByTestId('customer-identity').first()
  await identity.waitFor()
  expect(await page.getByTestId('customer-name').innerText()).toBe('Ana Souza')
  expect(await identity.innerText()).toMatch(/\+\d{3} … \d{4}/)
  await page.keyboard.press('Control+i')
  await page.getByTestId('customer-panel').waitFor({ state: 'detached' })
})

test('a message is forwarded to another customer on another channel', async () => {
  await page.getByTestId('composer').focus()
  await menuOf('Yes, sixty of them.', 'menu-forward')
  await expect.poll(focused, soon).toBe('forward-search')
  await page.keyboard.type('Gerd')
  await page.locator('[data-testid="forward-target"][data-title="Gerd Öttinger"]').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await got(gerd, (one) => one.text === 'Yes, sixty of them.')
  await open('Gerd Öttinger')
})

test('the next unread conversation is reached', async () => {
  await say(ana, 'whatsapp', 'One more question')
  await page.locator('[data-title="Ana Souza"][data-unread="true"]').waitFor()
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await open('Ana Souza')
})

test('another account is chosen, and all of them again', async () => {
  const pressed = (): Promise<string | null> => page.locator('.rail [aria-pressed="true"]').getAttribute('data-testid')
  await page.keyboard.press('Control+2')
  await expect.poll(pressed, soon).toMatch(/^rail-account-/)
  await page.keyboard.press('Control+0')
  await expect.poll(pressed, soon).toBe('rail-all')
})

test('a pinned conversation stands first, an archived one apart until its customer writes again', async () => {
  const titles = () =>
    page
      .getByTestId('conversation-list')
      .locator('[role="option"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-title')))
  const mark = async (title: string, item: string): Promise<void> => {
    await row(title).click({ button: 'right' })
    await page.getByTestId(item).click()
  }
  await mark('Gerd Öttinger', 'mark-pin')
  await expect.poll(titles, soon).toEqual(['Gerd Öttinger', 'Ana Souza'])
  await mark('Ana Souza', 'mark-archive')
  await expect.poll(titles, soon).toEqual(['Gerd Öttinger'])
  await page.getByTestId('filter-archived').click()
  await expect.poll(titles, soon).toEqual(['Ana Souza'])
  await page.getByTestId('filter-all').click()
  await say(ana, 'whatsapp', 'Are you still there?')
  await expect.poll(titles, soon).toEqual(['Gerd Öttinger', 'Ana Souza'])
  await mark('Ana Souza', 'mark-mute')
  await page.locator('[data-title="Ana Souza"][data-muted="true"]').waitFor()
})

test('a sentence that is kept once is typed with a few letters, in the name of the customer', async () => {
  await page.keyboard.press('Alt+ArrowDown')
  await page.getByTestId('composer').focus()
  await page.keyboard.press('Control+o')
  await expect.poll(focused, soon).toBe('attach-photo')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect.poll(focused, soon).toBe('quick-name')
  await page.keyboard.type('thanks')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Thank you, {name}!')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByTestId('quick-name').inputValue(), soon).toBe('')
  await page.keyboard.press('Escape')
  await page.getByTestId('quick').waitFor({ state: 'detached' })
  await page.getByTestId('composer').focus()
  await page.keyboard.type('/th')
  await page.locator('[data-testid="quick-reply"][data-name="thanks"]').waitFor()
  await page.keyboard.press('Enter')
  const title = await page.getByTestId('conversation').getAttribute('data-title')
  await expect.poll(() => page.getByTestId('composer').inputValue(), soon).toBe(`Thank you, ${title}!`)
  await page.keyboard.press('Enter')
  await got(title === 'Ana Souza' ? ana : gerd, (one) => one.text === `Thank you, ${title}!`)
})

test('the sheet tells the keys, and Escape closes it', async () => {
  await page.keyboard.press('Control+/')
  await page.getByTestId('shortcuts').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('shortcuts').waitFor({ state: 'detached' })
})
