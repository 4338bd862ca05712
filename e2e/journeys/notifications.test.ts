/** The desktop calls a salesperson: a real notification server on a session bus says what was shown, and clicks on it. */
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Desktop } from '../harness/desktop.ts'
import type { NotificationServer } from '../harness/notification-server.ts'
import { unlockWithPin } from '../harness/window.ts'

const pin = '517283'
const waitMs = 20_000
const soon = { timeout: waitMs }
const flood = 400

let desktop: Desktop
let page: Page
let shown: NotificationServer
let ana: string
let ben: string
let account: string

beforeAll(async () => {
  desktop = await Desktop.open({ seed: 41, salesperson: 'Nora Blum', pin, notifications: true })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
  shown = desktop.notifications!
  account = desktop.simulated.id
  ana = (await desktop.control.addCustomer('whatsapp', 'Ana Souza')).id
  ben = (await desktop.control.addCustomer('whatsapp', 'Ben Okafor')).id
})
afterAll(() => desktop?.close())

const say = (customer: string, text: string): Promise<string> => desktop.control.say(customer, account, text)
const row = (title: string) => page.getByTestId('conversation-list').locator(`[data-title="${title}"]`)

async function openConversation(title: string): Promise<void> {
  await row(title).click()
  await page.locator(`[data-testid="conversation"][data-title="${title}"]`).waitFor()
}

async function setLevel(level: string): Promise<void> {
  await page.getByTestId('rail-menu').click()
  await page.getByTestId(`notifications-${level}`).check()
  await page.keyboard.press('Escape')
  await page.getByTestId('menu').waitFor({ state: 'detached' })
}

/** Everything that stands on the desktop goes, as when a person has seen it. */
async function dismissAll(): Promise<void> {
  for (const one of shown.shown) shown.dismiss(one)
  await shown.until((all) => all.length === 0)
}

test('a message shows who wrote and what; a click opens the conversation, and what is read is taken away', async () => {
  await say(ana, 'Is the blue one available?')
  const [first] = await shown.until((all) => all.length === 1)
  expect(first).toMatchObject({ title: 'Ana Souza', body: 'Is the blue one available?' })
  await expect.poll(() => desktop.titles(), soon).toContain('(1) Sealdesk')
  shown.click(first!)
  await page.locator('[data-testid="conversation"][data-title="Ana Souza"]').waitFor()
  await expect.poll(() => desktop.titles(), soon).toContain('Sealdesk')

  await say(ben, 'Good morning')
  await shown.until((all) => all.length === 1)
  await openConversation('Ben Okafor')
  expect(await shown.until((all) => all.length === 0)).toEqual([])
})

test('the conversation before the eyes calls nobody; another one does', async () => {
  await openConversation('Ana Souza')
  const before = shown.count
  await say(ana, 'I am looking at you')
  await page.getByTestId('message').filter({ hasText: 'I am looking at you' }).waitFor()
  // Whatever the desktop was told of Ana would stand before what it is told of Ben.
  await say(ben, 'And I am not')
  const all = await shown.until((standing) => standing.length > 0)
  expect(all.map(({ title }) => title)).toEqual(['Ben Okafor'])
  expect(shown.count).toBe(before + 1)
  await dismissAll()
})

test('what is muted calls nobody', async () => {
  await row('Ben Okafor').click({ button: 'right' })
  await page.getByTestId('mark-mute').click()
  await page.locator('[data-title="Ben Okafor"][data-muted="true"]').waitFor()
  const before = shown.count
  await say(ben, 'muted')
  await page.locator('[data-title="Ben Okafor"]').filter({ hasText: 'muted' }).waitFor()
  const carl = (await desktop.control.addCustomer('whatsapp', 'Carl Weiss')).id
  await say(carl, 'Hello')
  expect((await shown.until((all) => all.length > 0)).map(({ title }) => title)).toEqual(['Carl Weiss'])
  expect(shown.count).toBe(before + 1)
  await dismissAll()
  await row('Ben Okafor').click({ button: 'right' })
  await page.getByTestId('mark-mute').click()
  await page.locator('[data-title="Ben Okafor"][data-muted="false"]').waitFor()
})

test('a hostile name and text act on nothing and end in time', async () => {
  const hostile = '<a href="https://pay.example">\u202eBank</a>'
  const mallory = (await desktop.control.addCustomer('whatsapp', hostile)).id
  await say(mallory, `${hostile}\u0000\u0007\nline two <img src="https://x.example/p.png"> & ${'W'.repeat(5_000)}`)
  const [one] = await shown.until((all) => all.length === 1)
  expect(one!.title).toBe('<a href="https://pay.example">Bank</a>')
  expect(one!.body).toMatch(
    /^&lt;a href="https:\/\/pay\.example"&gt;Bank&lt;\/a&gt; line two &lt;img src="https:\/\/x\.example\/p\.png"&gt; &amp; W+$/,
  )
  expect(one!.body.length).toBeLessThan(260)
  await dismissAll()
})

test('a lock takes content away, shows a number alone, and a click leads through the lock to the conversation', async () => {
  await openConversation('Ana Souza')
  await say(ben, 'before the lock')
  await shown.until((all) => all.some(({ body }) => body.includes('before the lock')))
  await page.keyboard.press('Control+l')
  await page.getByTestId('unlock-pin').waitFor()
  await shown.until((all) => all.length === 0)

  await say(ben, 'a secret of Ben')
  const [plain] = await shown.until((all) => all.length === 1)
  expect(plain).toMatchObject({ title: 'Sealdesk', body: 'New message' })
  await say(ana, 'a secret of Ana')
  const [both] = await shown.until((all) => all[0]?.body === '2 new messages')
  expect(both?.title).toBe('Sealdesk')
  expect(shown.shown).toHaveLength(1)
  // The number is no content.
  await expect.poll(() => desktop.titles().some((title) => /^\(\d+\) Sealdesk$/.test(title)), soon).toBe(true)

  shown.click(both!)
  await page.getByTestId('unlock-pin').waitFor()
  await unlockWithPin(page, pin)
  // The newest of what was told.
  await page.locator('[data-testid="conversation"][data-title="Ana Souza"]').waitFor()
  await page.getByTestId('message').filter({ hasText: 'a secret of Ana' }).waitFor()
})

test('a person has them without content, or not at all, in the language of the window', async () => {
  await openConversation('Ana Souza')
  await setLevel('plain')
  await page.getByTestId('rail-menu').click()
  await page.getByTestId('language-de').check()
  await page.keyboard.press('Escape')
  await say(ben, 'not to be seen')
  const [plain] = await shown.until((all) => all.length === 1)
  expect(plain).toMatchObject({ title: 'Sealdesk', body: 'Neue Nachricht' })
  await dismissAll()

  await setLevel('off')
  const before = shown.count
  await say(ben, 'not to be heard')
  await row('Ben Okafor').filter({ hasText: 'not to be heard' }).waitFor()
  await setLevel('content')
  await say(ben, 'to be heard')
  const [one] = await shown.until((all) => all.length === 1)
  expect(one!.body.split('\n')[0]).toBe('to be heard')
  expect(shown.count).toBe(before + 1)
  await dismissAll()
  await page.getByTestId('rail-menu').click()
  await page.getByTestId('language-en').check()
  await page.keyboard.press('Escape')
})

test('a flood of messages are few notifications, and the last one says how many', async () => {
  await openConversation('Ana Souza')
  await openConversation('Ben Okafor')
  await openConversation('Ana Souza')
  await dismissAll()
  const before = shown.count
  const began = Date.now()
  for (let n = 1; n <= flood; n += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => say(ben, `flood ${n + at}`)))
  await shown.until((all) => all.length === 1 && all[0]!.body.endsWith(`\n${flood} new messages`), 60_000)
  const took = Date.now() - began
  const shows = shown.count - before
  console.log(`${flood} messages in ${took} ms: ${shows} notifications`)
  expect(shown.shown[0]?.title).toBe('Ben Okafor')
  expect(shows).toBeLessThanOrEqual(Math.ceil(took / 2_000) + 2)
  await dismissAll()
})
