/** What a salesperson does with single messages, by clicks and keys in the real window; the customer's side tells what came of it. */
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { violations } from '../harness/accessibility.ts'
import { Desktop } from '../harness/desktop.ts'
import { lockedSheet, twoSheets } from '../harness/sample-pdf.ts'
import { sampleFile } from '../simulators/control/sample-files.ts'

const waitMs = 15_000
const channels = ['whatsapp', 'telegram'] as const
const customers = { whatsapp: 'Ana Souza', telegram: 'Gerd Öttinger' } as const

let desktop: Desktop
let page: Page

beforeAll(async () => {
  desktop = await Desktop.open({ seed: 23, salesperson: 'Julia Berg', pin: '736251', channels })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
})
afterAll(() => desktop?.close())

/** The bubble with a text; only rows near the reader's place are in the document. */
function bubble(text: string): Locator {
  return page.getByTestId('message').filter({ hasText: text }).last()
}

async function choose(text: string, item: string): Promise<void> {
  await bubble(text).getByTestId('message-text').click({ button: 'right' })
  await page.getByTestId(item).click()
}

describe.each(channels)('in a conversation on %s', (channel: Channel) => {
  const title = customers[channel]
  let customer: string

  const say = (body: Record<string, unknown>): Promise<string> => {
    const account = desktop.accounts.find((one) => one.channel === channel)!
    return desktop.control.tell({ customer, account: account.id, ...body })
  }
  /** The newest of a kind that the customer has got, once it fits. */
  const got = async (kind: string, fits: (message: NeutralMessage) => boolean): Promise<NeutralMessage> => {
    const look = async () =>
      (await desktop.control.received(customer))
        .map((one) => one.message)
        .findLast((one) => one.kind === kind && fits(one))
    await expect.poll(look, { timeout: waitMs }).toBeDefined()
    return (await look())!
  }

  beforeAll(async () => {
    customer = (await desktop.control.addCustomer(channel, title)).id
    await say({ text: 'Do you have this one?' })
    await page.getByTestId('conversation-list').locator(`[data-title="${title}"]`).click()
    await bubble('Do you have this one?').waitFor()
  })

  test('a picture opens in the viewer, whole, and Escape closes it', async () => {
    await say({ kind: 'image', text: 'the shelf' })
    const picture = bubble('the shelf').locator('[data-testid="picture"][data-shown="true"]')
    await picture.getByTestId('picture-open').click()
    const image = page.getByTestId('viewer-image')
    await image.waitFor()
    const size = () => image.evaluate((one) => (one instanceof HTMLImageElement ? one.naturalWidth : 0))
    await expect.poll(size, { timeout: waitMs }).toBe(sampleFile('image', 'any').details.width)
    await page.keyboard.press('Escape')
    await page.getByTestId('viewer').waitFor({ state: 'detached' })
  })

  test('a voice note plays to its end', async () => {
    await say({ kind: 'voice' })
    const sound = page.getByTestId('sound').last()
    await sound.getByTestId('sound-play').click()
    await page.locator('[data-testid="sound"][data-playing="true"]').waitFor()
    await page.locator('[data-testid="sound"][data-playing="true"]').waitFor({ state: 'detached' })
  })

  test('a vote in a poll reaches the customer and is counted here', async () => {
    const question = 'Which day suits?'
    await say({ kind: 'poll', details: { poll: { question, options: ['Monday', 'Tuesday'], multiple: false } } })
    const option = bubble(question).getByTestId('poll-option').filter({ hasText: 'Tuesday' })
    await option.click()
    await got('vote', (one) => one.details?.vote?.join() === 'Tuesday')
    await expect.poll(() => option.innerText(), { timeout: waitMs }).toMatch(/Tuesday\s+1/)
    expect(await option.getAttribute('aria-checked')).toBe('true')
  })

  test('a picture from the clipboard or the file picker arrives with its caption', async () => {
    const { bytes } = sampleFile('image', `own on ${channel}`)
    if (channel === 'whatsapp') {
      await page.getByTestId('composer').evaluate((field, data) => {
        const clipboardData = new DataTransfer()
        const content = Uint8Array.from(atob(data), (one) => one.charCodeAt(0))
        clipboardData.items.add(new File([content], 'image.jpg', { type: 'image/jpeg' }))
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
      }, bytes.toString('base64'))
    } else {
      const chooser = page.waitForEvent('filechooser')
      await page.getByTestId('attach').click()
      await page.getByTestId('attach-photo').click()
      await (await chooser).setFiles([{ name: 'shelf.jpg', mimeType: 'image/jpeg', buffer: bytes }])
    }
    await page.locator('[data-testid="strip-file"][data-kind="image"]').waitFor()
    await page.getByTestId('composer').fill('like this?')
    await page.keyboard.press('Enter')
    const arrived = await got('image', (one) => one.text === 'like this?')
    expect(arrived.media).toMatch(/^[0-9a-f]{64}$/)
    await bubble('like this?').locator('[data-testid="picture"][data-shown="true"]').waitFor()
    expect(await page.getByTestId('strip-file').count()).toBe(0)
  })

  test('an answer names its question, and the quote leads back to it', async () => {
    await choose('Do you have this one?', 'menu-reply')
    expect(await page.getByTestId('subject').getAttribute('data-kind')).toBe('reply')
    await page.keyboard.type('Yes, forty of them.')
    await page.keyboard.press('Enter')
    const answer = await got('text', (one) => one.text === 'Yes, forty of them.')
    const question = (await desktop.control.sent()).find((one) => one.customer === customer)!
    expect(answer.reply).toBe(question.providerId)
    await bubble('Yes, forty of them.').getByTestId('quote').click()
    await page.locator('[data-testid="message"][data-target="true"]').filter({ hasText: 'Do you have' }).waitFor()
  })

  test('an edited text is edited for the customer, and the earlier one stays to be read here', async () => {
    await choose('Yes, forty of them.', 'menu-edit')
    await page.getByTestId('composer').fill('Yes, sixty of them.')
    await page.keyboard.press('Enter')
    await got('edit', (one) => one.text === 'Yes, sixty of them.')
    await bubble('Yes, sixty of them.').getByTestId('edited').click()
    expect(await bubble('Yes, sixty of them.').getByTestId('versions').innerText()).toContain('Yes, forty of them.')
  })

  test('a reaction goes out and is taken back', async () => {
    const on = bubble('the shelf')
    await choose('the shelf', 'react-👍')
    await got('reaction', (one) => one.details?.emoji === '👍')
    await on.locator('[data-testid="reaction"][data-emoji="👍"]').click()
    await got('reaction', (one) => one.details?.emoji === null)
    await on.getByTestId('reaction').waitFor({ state: 'detached' })
  })

  test('what is deleted for all is gone for the customer and stays readable here', async () => {
    await choose('Yes, sixty of them.', 'menu-delete')
    await page.getByTestId('delete-confirm-yes').click()
    await got('delete', () => true)
    await page
      .locator('[data-testid="message"][data-deleted="true"]')
      .filter({ hasText: 'Yes, sixty of them.' })
      .waitFor()
  })

  test('a draft waits in its conversation while another one is open', async () => {
    await page.getByTestId('composer').fill('half a sent')
    await page.getByTestId('conversation-list').focus()
    const other = (await desktop.control.addCustomer(channel, `Other ${channel}`)).id
    await say({ customer: other, text: 'Hello' })
    await page.getByTestId('conversation-list').locator(`[data-title="Other ${channel}"]`).click()
    await bubble('Hello').waitFor()
    expect(await page.getByTestId('composer').inputValue()).toBe('')
    await page.getByTestId('conversation-list').locator(`[data-title="${title}"]`).click()
    await expect.poll(() => page.getByTestId('composer').inputValue(), { timeout: waitMs }).toBe('half a sent')
    await page.getByTestId('composer').fill('')
  })
})

describe('a PDF', () => {
  const title = 'Lea Blum'
  let customer: string

  /** Opens the newest document once it is here. */
  const open = async (name: string, mime: string, file: Buffer): Promise<void> => {
    const details = { file: { name, mime } }
    const account = desktop.simulated.id
    await desktop.control.tell({
      customer,
      account,
      kind: 'document',
      text: name,
      details,
      file: file.toString('base64'),
    })
    await bubble(name).locator('[data-testid="document-open"]:enabled').click()
  }
  const sheet = (number: number): Locator => page.locator(`[data-testid="pdf-page"][data-page="${number}"]`)
  /** Red, green and blue in the middle of a drawn sheet. */
  const middle = (number: number): Promise<number[]> =>
    sheet(number)
      .locator('canvas')
      .evaluate((one) => {
        const canvas = one as HTMLCanvasElement
        const at = canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1)
        return [...(at?.data ?? [])].slice(0, 3)
      })
  const width = (number: number): Promise<number> => sheet(number).evaluate((one) => one.clientWidth)

  beforeAll(async () => {
    customer = (await desktop.control.addCustomer('whatsapp', title)).id
    await desktop.control.tell({ customer, account: desktop.simulated.id, text: 'Here is the contract.' })
    await page.getByTestId('conversation-list').locator(`[data-title="${title}"]`).click()
    await bubble('Here is the contract.').waitFor()
  })

  test('is read page by page, in Chinese as well, larger and smaller, by keys alone', async () => {
    await open('contract.pdf', 'application/octet-stream', twoSheets('Contract 4711', '采购合同'))
    await sheet(1).and(page.locator('[data-state="drawn"]')).waitFor()
    expect(await middle(1)).toEqual([0, 0, 255])
    await expect.poll(() => sheet(1).innerText()).toContain('Contract 4711')
    expect(await violations(page)).toEqual([])
    expect(page.workers()).toHaveLength(2)

    const fitted = await width(1)
    await page.keyboard.press('Control+=')
    await expect.poll(() => width(1)).toBe(Math.round(fitted * 1.25))
    await page.keyboard.press('Control+0')
    await expect.poll(() => width(1)).toBe(fitted)

    const number = page.getByTestId('pdf-number')
    expect(await number.innerText()).toContain('1 / 2')
    await page.keyboard.press('End')
    await expect.poll(() => number.innerText()).toContain('2 / 2')
    await sheet(2).and(page.locator('[data-state="drawn"]')).waitFor()
    expect(await middle(2)).toEqual([255, 0, 0])
    await expect.poll(() => sheet(2).innerText()).toContain('采购合同')
    await page.keyboard.press('Escape')
    await page.getByTestId('viewer').waitFor({ state: 'detached' })
    // What read and drew it is gone with it.
    await expect.poll(() => page.workers().length).toBe(0)
  })

  test.each([
    ['with a password', 'locked.pdf', lockedSheet(), 'This PDF has a password. It cannot be shown here.'],
    ['that is damaged', 'torn.pdf', Buffer.from('%PDF-1.7\n1 0 obj<<'), 'This PDF is damaged and cannot be shown.'],
    [
      'that is none',
      'trap.pdf',
      Buffer.from('<script>alert(1)</script>'),
      'This file is called a PDF, but it is none.',
    ],
  ])('%s: one sentence in its place', async (_what, name, file, words) => {
    await open(name, 'application/pdf', file)
    const note = page.getByTestId('viewer-nothing')
    await note.waitFor()
    expect(await note.innerText()).toContain(words)
    await page.getByTestId('viewer-close').click()
  })
})
