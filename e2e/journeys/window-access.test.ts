/** A newcomer's first hour: from the enrolment code to the first answer, counted; then every screen for everybody's eyes and hands. */
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeEnrolmentCode, encodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'
import { sidewaysOverflow, violations } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { addAccount } from '../harness/vault.ts'
import { unlockWithPin } from '../harness/window.ts'

const pin = '482915'
const waitMs = 20_000
const soon = { timeout: waitMs }

let desktop: Desktop
let page: Page
/** Of the WhatsApp account, which the manager assigns in the course of it. */
let account: string
let lina: string
const found: string[] = []

beforeAll(async () => {
  desktop = await Desktop.open({ seed: 31, salesperson: 'Mia Neu', pin, channels: [], upTo: 'set-up' })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
})
afterAll(() => desktop?.close())

const themes = ['light', 'dark'] as const

/** The rules over what stands there now, in both themes. */
async function check(what: string): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    found.push(...(await violations(page)).map((one) => `${theme} ${what}: ${one}`))
  }
}

/** As at 200 % in a window of 1280 by 800. */
async function twiceAsLarge(work: () => Promise<void>): Promise<void> {
  const line = await page.context().newCDPSession(page)
  const metrics = { width: 640, height: 400, deviceScaleFactor: 2, mobile: false }
  await line.send('Emulation.setDeviceMetricsOverride', metrics)
  await work()
  await line.send('Emulation.clearDeviceMetricsOverride')
  await line.detach()
}

async function typePins(text: string): Promise<void> {
  await page.getByTestId('unlock-pin').fill(text)
  await page.getByTestId('unlock-pin-again').fill(text)
}

test('set-up says which vault the code is for; a link with the code of another vault cannot take its place unseen', async () => {
  const own = decodeEnrolmentCode(desktop.company.code)
  const vault = page.getByTestId('enrol-vault')
  await vault.waitFor()
  expect(await vault.getAttribute('data-gateway')).toBe(new URL(own.gateway).host)
  expect(await vault.innerText()).toContain(own.root.slice(0, 16).replace(/(.{4})(?!$)/g, '$1 '))
  expect(await page.getByTestId('enrol-linked').count()).toBe(0)
  await check('set-up')

  await typePins(pin)
  const hostile = encodeEnrolmentCode({ ...own, gateway: 'https://vault.example:443', root: 'ab'.repeat(32) })
  await desktop.followLink(`sealdesk:enrol?code=${hostile}`)
  await page.getByTestId('enrol-linked').waitFor()
  expect(await vault.getAttribute('data-gateway')).toBe('vault.example')
  // What was typed was meant for the other vault.
  expect(await page.getByTestId('unlock-pin').inputValue()).toBe('')
  await check('set-up by link')
  await twiceAsLarge(async () => {
    expect(await sidewaysOverflow(page)).toEqual([])
    // Both ends of the card are reached by the wheel.
    await page.mouse.move(320, 200)
    for (const [part, way] of [
      [page.getByTestId('unlock-submit'), 2000],
      [page.locator('#unlock-title'), -2000],
    ] as const) {
      await page.mouse.wheel(0, way)
      const inSight = () =>
        part.evaluate((one) => {
          const { top, bottom } = one.getBoundingClientRect()
          return top >= 0 && bottom <= window.innerHeight
        })
      await expect.poll(inSight, soon).toBe(true)
    }
  })

  await page.getByTestId('enrol-other').click()
  await page.getByTestId('enrol-code').fill(desktop.company.code.slice(0, -2))
  await page.getByTestId('enrol-unreadable').waitFor()
  await typePins(pin)
  expect(await page.getByTestId('unlock-submit').isDisabled()).toBe(true)
  await check('set-up with a damaged code')
  await desktop.followLink(`sealdesk:enrol?code=${desktop.company.code}`)
  await page.locator(`[data-testid="enrol-vault"][data-gateway="${new URL(own.gateway).host}"]`).waitFor()
})

test('from the code to the first answer it takes few clicks, and each empty screen says what comes next', async () => {
  let clicks = 0
  const began = Date.now()
  const click = async (testId: string): Promise<void> => {
    clicks += 1
    await page.getByTestId(testId).click()
  }
  await typePins(pin)
  await click('unlock-submit')
  await page.locator('[data-testid="inbox-empty"][data-about="accounts"]').waitFor({ timeout: 60_000 })
  await check('no account')

  const simulated = await desktop.control.addAccount('whatsapp', 'Sales Hamburg')
  account = await addAccount(desktop.data, {
    channel: 'whatsapp',
    name: simulated.name,
    employee: desktop.company.employee,
    telegramApiFile: join(desktop.data, 'unused'),
  })
  await page.locator('[data-testid="inbox-empty"][data-about="links"]').waitFor()
  await check('not linked')
  await click(`empty-link-${account}`)
  await check('pairing')
  await click('pair-accept')
  await click('pair-start')
  const qr = page.getByTestId('pair-qr')
  await qr.waitFor()
  await check('pairing QR')
  await desktop.control.pair(simulated.id, (await qr.getAttribute('data-qr')) ?? '')
  await page.getByTestId('pair-done').waitFor()
  // A provider's address tells a person nothing.
  expect(await page.getByTestId('pair-done').innerText()).not.toContain('@')
  await click('pair-close')
  await page.locator('[data-testid="inbox-empty"][data-about="conversations"]').waitFor()

  lina = (await desktop.control.addCustomer('whatsapp', 'Lina Costa')).id
  await desktop.control.say(lina, simulated.id, 'Good morning, is the blue one available?')
  const row = page.getByTestId('conversation-list').locator('[data-title="Lina Costa"]')
  clicks += 1
  await row.click()
  await page.locator('[data-testid="conversation"][data-title="Lina Costa"]').waitFor()
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null), soon)
    .toBe('composer')
  await page.keyboard.type('Good morning, it is.')
  await page.keyboard.press('Enter')
  const texts = async () => (await desktop.control.received(lina)).map((one) => one.message.text)
  await expect.poll(texts, soon).toContain('Good morning, it is.')
  console.log(`from the PIN to the first answer: ${clicks} clicks, ${Math.round((Date.now() - began) / 1000)} s`)
  expect(clicks).toBeLessThanOrEqual(6)
})

test('closing the panel ends the pairing: its code is worth nothing any more', async () => {
  const simulated = await desktop.control.addAccount('telegram', 'Telegram Hamburg')
  const telegram = await addAccount(desktop.data, {
    channel: 'telegram',
    name: simulated.name,
    employee: desktop.company.employee,
    telegramApiFile: join(desktop.data, 'demo-telegram-api.json'),
  })
  await page.getByTestId(`rail-account-${telegram}`).click()
  await page.getByTestId('pair-open').click()
  await page.getByTestId('pair-accept').check()
  await page.getByTestId('pair-method-qr').check()
  await page.getByTestId('pair-start').click()
  const qr = page.getByTestId('pair-qr')
  await qr.waitFor()
  const shown = (await qr.getAttribute('data-qr')) ?? ''
  await page.getByTestId('pair-close').click()
  await page.locator(`[data-testid="rail-account-${telegram}"][data-state="unpaired"]`).waitFor()
  // The provider lets the phone accept it, but nobody is there to take the log-in.
  await desktop.control.pair(simulated.id, shown).catch(() => undefined)
  expect(await desktop.control.devices(simulated.id)).toEqual([])
  await page.getByTestId('rail-all').click()
})

test('the tour goes by keys, covers nothing, and does not come again once it is closed', async () => {
  await page.reload()
  const tour = page.getByTestId('tour')
  await tour.waitFor()
  const box = (await tour.boundingBox())!
  const list = (await page.locator('.inbox').boundingBox())!
  expect(box.x).toBeGreaterThanOrEqual(list.x + list.width)
  await page.getByTestId('tour-next').focus()
  const seen: (string | null)[] = []
  for (let step = 0; step < 5; step += 1) {
    seen.push(await tour.getAttribute('data-step'))
    await check(`tour ${seen.at(-1)}`)
    await page.keyboard.press(step < 4 ? 'ArrowRight' : 'Enter')
  }
  expect(seen).toEqual(['list', 'answer', 'states', 'status', 'keys'])
  await tour.waitFor({ state: 'detached' })
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('search')
  await page.reload()
  await page.locator('.conversation-none').waitFor()
  await page.getByTestId('conversation-list').waitFor()
  expect(await tour.count()).toBe(0)
})

/** Each screen once, with what it takes to get there and back. */
const screens: Record<string, { open(): Promise<void>; shut?(): Promise<void> }> = {
  inbox: { open: () => page.getByTestId('conversation-list').waitFor() },
  'empty filter': {
    async open() {
      await page.getByTestId('filter-groups').click()
      await page.locator('[data-testid="inbox-empty"][data-about="filter"]').waitFor()
    },
    async shut() {
      await page.getByTestId('empty-show-all').click()
    },
  },
  'empty search': {
    async open() {
      await page.getByTestId('search').fill('nothing of this kind')
      await page.locator('[data-testid="search-results"][data-searching="false"] .search-hint').waitFor()
    },
    shut: () => page.getByTestId('search-clear').click(),
  },
  search: {
    async open() {
      await page.getByTestId('search').fill('morning')
      await page.getByTestId('search-hit').first().waitFor()
    },
    shut: () => page.getByTestId('search-clear').click(),
  },
  'new conversation': {
    async open() {
      await page.getByTestId('new-conversation').click()
      await page.getByTestId('new-address').waitFor()
    },
    shut: () => page.getByTestId('new-conversation').click(),
  },
  'conversation menu': {
    async open() {
      await page.locator('[data-title="Lina Costa"]').first().click({ button: 'right' })
      await page.getByTestId('conversation-menu').waitFor()
    },
    shut: () => page.keyboard.press('Escape'),
  },
  conversation: {
    async open() {
      await page.getByTestId('conversation-list').locator('[data-title="Lina Costa"]').click()
      await page.getByTestId('message').first().waitFor()
    },
  },
  'customer file': {
    async open() {
      await page.getByTestId('customer-open').click()
      await page.getByTestId('customer-identity').first().waitFor()
    },
    shut: () => page.getByTestId('customer-close').click(),
  },
  'message menu': {
    async open() {
      await page.getByTestId('message-text').last().click({ button: 'right' })
      await page.getByTestId('message-menu').waitFor()
    },
    shut: () => page.keyboard.press('Escape'),
  },
  palette: {
    async open() {
      await page.keyboard.press('Control+k')
      await page.getByTestId('palette-entry').first().waitFor()
    },
    shut: () => page.keyboard.press('Escape'),
  },
  'key sheet': {
    async open() {
      await page.keyboard.press('Control+/')
      await page.getByTestId('shortcuts').waitFor()
    },
    shut: () => page.keyboard.press('Escape'),
  },
  menu: {
    async open() {
      await page.getByTestId('rail-menu').click()
      await page.getByTestId('menu').waitFor()
    },
    shut: () => page.keyboard.press('Escape'),
  },
  'account page': {
    async open() {
      await page.getByTestId(`rail-account-${account}`).click()
      await page.getByTestId('account-open').click()
      await page.getByTestId('device').first().waitFor()
    },
    async shut() {
      await page.getByTestId('account-page-close').click()
      await page.getByTestId('rail-all').click()
    },
  },
  lock: {
    async open() {
      await page.keyboard.press('Control+l')
      await page.getByTestId('unlock-pin').waitFor()
    },
    shut: () => unlockWithPin(page, pin),
  },
}

test('no screen has a serious violation of the accessibility rules, in light and dark', async () => {
  for (const [name, screen] of Object.entries(screens)) {
    await screen.open()
    await check(name)
    await screen.shut?.()
  }
  expect(found).toEqual([])
})

test('shown twice as large, nothing reaches out sideways', async () => {
  const over: string[] = []
  await twiceAsLarge(async () => {
    for (const [name, screen] of Object.entries(screens)) {
      await screen.open()
      over.push(...(await sidewaysOverflow(page)).map((one) => `${name}: ${one}`))
      await screen.shut?.()
    }
  })
  expect(over).toEqual([])
})

test('for somebody who wants no motion a message that was found stands out without moving', async () => {
  const sign = async (reducedMotion: 'reduce' | 'no-preference') => {
    await page.emulateMedia({ reducedMotion })
    await screens['search']!.open()
    await page.getByTestId('search-hit').last().click()
    const bubble = page.locator('[data-testid="message"][data-target="true"] .bubble')
    await bubble.waitFor()
    const style = await bubble.evaluate((one) => {
      const { animationName, outlineStyle } = getComputedStyle(one)
      return { animationName, outlineStyle }
    })
    await screens['search']!.shut!()
    return style
  }
  expect((await sign('no-preference')).animationName).toBe('found')
  expect(await sign('reduce')).toEqual({ animationName: 'none', outlineStyle: 'solid' })
})
