/** Customers who type, record and are online, in the real window: said within two seconds, gone when it ends, and nowhere afterwards. */
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { Desktop } from '../harness/desktop.ts'
import { eventually } from '../harness/eventually.ts'
import { exportMessages } from '../harness/vault.ts'

const waitMs = 15_000
const saidMs = 2_000
const channels = ['whatsapp', 'telegram'] as const
const names = { whatsapp: ['Ana Souza', 'Bo Lind', 'Li Wei'], telegram: ['Gerd Öttinger', 'Kai Holm', 'Ines Prado'] }
const groups = { whatsapp: 'Revendedores', telegram: 'Händlerrunde' }

let desktop: Desktop
let page: Page

beforeAll(async () => {
  desktop = await Desktop.open({ seed: 29, salesperson: 'Julia Berg', pin: '736251', channels })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
})
afterAll(() => desktop?.close())

const head = (): Locator => page.getByTestId('conversation').locator('header')
const row = (title: string): Locator => page.getByTestId('conversation-list').locator(`[data-title="${title}"]`)

/** How long it took until it stands there, ms. */
async function untilSaid(...places: Locator[]): Promise<number> {
  const startedAt = performance.now()
  for (const place of places) await place.waitFor()
  return performance.now() - startedAt
}

async function open(title: string): Promise<void> {
  await row(title).click()
  await page.locator(`[data-testid="conversation"][data-title="${title}"]`).waitFor()
}

/** Where all that must stay is; the title's box is as wide as the lines below it, its words are not. */
async function layout(title: string): Promise<unknown> {
  const places = [
    head(),
    row(title),
    page.getByTestId('messages'),
    page.getByTestId('composer'),
    head().getByTestId('claim'),
  ]
  const boxes = await Promise.all(places.map((place) => place.boundingBox()))
  const words = await head().locator('h1').boundingBox()
  return [...boxes, words?.x, words?.y, words?.height]
}

describe.each(channels)('on %s', (channel: Channel) => {
  const [title = '', ...others] = names[channel]
  const ids: string[] = []
  let account: { id: string; vault: string }
  let group: string

  const act = (doing: string, more: object = {}): Promise<void> =>
    desktop.control.act({ customer: ids[0], account: account.id, doing, ...more })
  const actInGroup = (member: number, doing: string): Promise<void> =>
    desktop.control.act({ customer: ids[member], group, doing })
  const say = (text: string, more: object = {}): Promise<string> =>
    desktop.control.tell({ customer: ids[0], account: account.id, text, ...more })

  beforeAll(async () => {
    const known = desktop.company.accounts.find(({ simulated }) => simulated.channel === channel)!
    account = { id: known.simulated.id, vault: known.id }
    for (const name of [title, ...others]) ids.push((await desktop.control.addCustomer(channel, name)).id)
    group = (await desktop.control.addGroup(channel, groups[channel], [account.id, ...ids])).id
    // Each says something there, so that the account knows their names.
    for (const customer of ids) await desktop.control.tell({ customer, group, text: `I am ${customer}` })
    await say('Do you have this one?')
    await row(title).waitFor()
    await row(groups[channel]).filter({ hasText: ids[2]! }).waitFor()
  })

  test('a row of the list says it in place of the newest message, and then the message again', async () => {
    await open(groups[channel])
    const doing = row(title).locator('[data-doing="typing"]')
    await act('typing')
    expect(await untilSaid(doing)).toBeLessThan(saidMs)
    expect(await row(title).innerText()).toContain('typing…')
    expect(await row(title).innerText()).not.toContain('Do you have')
    await act('stopped')
    await row(title).filter({ hasText: 'Do you have this one?' }).waitFor()
    expect(await doing.count()).toBe(0)
  })

  test('head and row of the open conversation say it, nothing moves, and the message ends it at once', async () => {
    await open(title)
    const before = await layout(title)
    await act('recording')
    const doing = page.locator('[data-doing="recording"]')
    expect(await untilSaid(head().locator(doing), row(title).locator(doing))).toBeLessThan(saidMs)
    expect(await head().innerText()).toContain('recording a voice message…')
    expect(await layout(title)).toEqual(before)
    // A screen reader is not told of each change.
    const live = await doing.evaluateAll((all) =>
      all.map((one) => one.closest('[aria-live], [role="status"], [role="alert"]')),
    )
    expect(live).toEqual([null, null])
    await say(`It was this ${channel}.`)
    await page
      .getByTestId('message')
      .filter({ hasText: `It was this ${channel}.` })
      .waitFor()
    expect(await page.locator('[data-doing]').count()).toBe(0)
  })

  test('a group says who, and how many', async () => {
    await open(groups[channel])
    await actInGroup(0, 'typing')
    const says = (words: string): Locator => head().getByTestId('doing').filter({ hasText: words })
    expect(await untilSaid(says(`${title} is typing…`))).toBeLessThan(saidMs)
    await actInGroup(1, 'typing')
    await says(`${title} and ${others[0]} are typing…`).waitFor()
    await actInGroup(2, 'typing')
    await says(`${title} and 2 others are typing…`).waitFor()
    for (const member of [0, 1, 2]) await actInGroup(member, 'stopped')
    await expect.poll(() => head().getByTestId('doing').count()).toBe(0)
  })

  test('the open conversation says how somebody is, as exactly as the channel tells it', async () => {
    const seenAt = new Date((await desktop.control.now()) - 60_000)
    const clock = [seenAt.getHours(), seenAt.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
    await act('offline', { seenAt: seenAt.getTime() })
    await open(title)
    const seen = new RegExp(`^last seen (yesterday, )?${clock}$`)
    await head().getByTestId('availability').filter({ hasText: seen }).waitFor()
    await act('online')
    await head()
      .getByTestId('availability')
      .filter({ hasText: /^online$/ })
      .waitFor()
    if (channel === 'telegram') {
      await act('within-week')
      await head().getByTestId('availability').filter({ hasText: 'within a week' }).waitFor()
    }
    await act('hidden')
    await expect.poll(() => head().getByTestId('availability').count()).toBe(0)
  })

  test('a locked window has nothing of it, and knows it again when it is opened', async () => {
    await open(title)
    await act('typing')
    await head().getByTestId('doing').waitFor()
    await page.keyboard.press('Control+l')
    await page.getByTestId('unlock-pin').waitFor()
    expect(await page.locator('[data-doing]').count()).toBe(0)
    await page.getByTestId('unlock-pin').fill('736251')
    await page.getByTestId('unlock-submit').click()
    await row(title).waitFor()
    await eventually(
      async () => {
        await act('typing')
        return row(title).locator('[data-doing="typing"]').count()
      },
      (count) => count === 1,
      { deadlineMs: waitMs },
    )
    await act('stopped')
  })

  test('the vault has what was said and nothing of this, and nobody saw the account type or be there', async () => {
    await say('the last word')
    const texts = async (): Promise<string[]> =>
      (await exportMessages(desktop.data, account.vault)).flatMap(({ message }) => {
        const { kind, text } = JSON.parse(message ?? '{}') as NeutralMessage
        return kind === 'text' ? [text] : [`(${kind})`]
      })
    const held = await eventually(texts, (all) => all.includes('the last word'))
    const said = [...ids.map((id) => `I am ${id}`), 'Do you have this one?', `It was this ${channel}.`, 'the last word']
    expect(held.filter((text) => text !== '(service)').sort()).toEqual(said.sort())
    const wire = await desktop.control.wire(account.id)
    const shown = wire.filter(({ detail }) => /presence available|chatstate|setTyping|updateStatus/.test(detail ?? ''))
    expect(shown).toEqual([])
  })
})

// WhatsApp's 25 s pass on a clock of their own in the engine's tests.
test('whoever goes away without a word is not typing for ever', async () => {
  const account = desktop.accounts.find(({ channel }) => channel === 'telegram')!.id
  const { id: customer } = await desktop.control.addCustomer('telegram', 'Uwe Brandt')
  await desktop.control.say(customer, account, 'hello')
  await open('Uwe Brandt')
  await desktop.control.act({ customer, account, doing: 'typing' })
  await head().getByTestId('doing').waitFor()
  const saidAt = performance.now()
  await head().getByTestId('doing').waitFor({ state: 'detached' })
  expect(performance.now() - saidAt).toBeGreaterThan(3_000)
})

test('a line that is cut takes with it what it said, and asks again once it is back', async () => {
  const account = desktop.accounts.find(({ channel }) => channel === 'whatsapp')!.id
  const { id: customer } = await desktop.control.addCustomer('whatsapp', 'Tom Berger')
  await desktop.control.say(customer, account, 'hello')
  await open('Tom Berger')
  // Twenty-five seconds of it, were the line there.
  await desktop.control.act({ customer, account, doing: 'typing' })
  await head().getByTestId('doing').waitFor()
  await desktop.control.fault({ kind: 'cut', account })
  await head().getByTestId('doing').waitFor({ state: 'detached' })
  await desktop.control.act({ customer, account, doing: 'online' })
  await head()
    .getByTestId('availability')
    .filter({ hasText: /^online$/ })
    .waitFor()
})
