/** Beyond plain text: a recorded voice, a file dropped, a picture pasted, a member mentioned, all in the real window as hands do it. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { root } from '../../scripts/root.ts'
import { endProcess } from '../../scripts/virtual-display.ts'
import { Desktop } from '../harness/desktop.ts'

const waitMs = 20_000
const soon = { timeout: waitMs }
const channels = ['whatsapp', 'telegram'] as const
/** Any picture that stands on the disk for everybody. */
const picture = join(root, 'resources', 'icons', '64.png')

let desktop: Desktop
let page: Page

beforeAll(async () => {
  // A microphone that beeps; a packaged build refuses this switch.
  const switches = ['--use-fake-device-for-media-stream']
  desktop = await Desktop.open({ seed: 29, salesperson: 'Julia Berg', pin: '736251', channels, switches })
  page = desktop.window.page
  page.setDefaultTimeout(waitMs)
})
afterAll(() => desktop?.close())

function bubble(text: string): Locator {
  return page.getByTestId('message').filter({ hasText: text }).last()
}

/** What another program has copied: it holds the X server's clipboard until another one takes it. */
async function withClipboard(file: string, type: string, work: () => Promise<void>): Promise<void> {
  const holder = spawn('xclip', ['-selection', 'clipboard', '-t', type, '-i', file, '-quiet'], {
    env: { ...process.env, DISPLAY: desktop.display },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    // It speaks once the clipboard is its own.
    await new Promise<void>((resolve, reject) => {
      holder.stderr.once('data', () => resolve())
      holder.once('error', () => reject(new Error('xclip is missing: apt-get install xclip')))
      holder.once('exit', () => reject(new Error('xclip did not hold the clipboard')))
    })
    await work()
  } finally {
    await endProcess(holder, 2_000)
  }
}

/** As a file manager does it: the system's own drag, over the pane and let go. */
async function dropFile(file: string, over: Locator): Promise<void> {
  const box = (await over.boundingBox())!
  const line = await page.context().newCDPSession(page)
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  const data = { items: [], files: [file], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver'] as const)
    await line.send('Input.dispatchDragEvent', { type, ...at, data })
  await page.locator('.drop-here').waitFor()
  await line.send('Input.dispatchDragEvent', { type: 'drop', ...at, data })
  await line.detach()
}

describe.each(channels)('on %s', (channel: Channel) => {
  const title = { whatsapp: 'Ana Souza', telegram: 'Gerd Öttinger' }[channel]
  let customer: string
  let account: string

  const got = async (kind: string, fits: (message: NeutralMessage) => boolean): Promise<NeutralMessage> => {
    const look = async () =>
      (await desktop.control.received(customer))
        .map((one) => one.message)
        .findLast((one) => one.kind === kind && fits(one))
    await expect.poll(look, soon).toBeDefined()
    return (await look())!
  }

  beforeAll(async () => {
    account = desktop.accounts.find((one) => one.channel === channel)!.id
    customer = (await desktop.control.addCustomer(channel, title)).id
    await desktop.control.say(customer, account, `Hello from ${channel}`)
    await page.getByTestId('conversation-list').locator(`[data-title="${title}"]`).click()
    await bubble(`Hello from ${channel}`).waitFor()
  })

  test('a recorded voice arrives as a voice note with its wave, and plays here', async () => {
    await page.getByTestId('record').click()
    const recording = page.getByTestId('recording')
    await recording.waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)
    await expect.poll(focused, soon).toBe('record-send')
    await recording.locator('time', { hasText: '0:02' }).waitFor()
    await page.getByTestId('record-send').click()
    await recording.waitFor({ state: 'detached' })
    await expect.poll(focused, soon).toBe('composer')

    const voice = await got('voice', () => true)
    const file = voice.details!.file!
    expect(file.mime).toContain('audio/ogg')
    expect(file.durationS).toBeGreaterThanOrEqual(2)
    expect(file.durationS).toBeLessThan(30)
    expect(voice.media).toMatch(/^[0-9a-f]{64}$/)
    const wave = [...Buffer.from(file.waveform ?? '', 'base64')]
    expect(wave.length).toBeGreaterThanOrEqual(32)
    // The microphone beeps and is silent in between.
    expect(Math.max(...wave) - Math.min(...wave)).toBeGreaterThan(20)

    const sound = page.getByTestId('sound').last()
    await sound.getByTestId('sound-play').click()
    await page.locator('[data-testid="sound"][data-playing="true"]').waitFor()
    await page.locator('[data-testid="sound"][data-playing="true"]').waitFor({ state: 'detached' })
  })

  test('a recording that is thrown away goes nowhere, by Escape as well', async () => {
    await page.getByTestId('record').click()
    await page.locator('[data-testid="record-send"]:not([disabled])').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('composer').waitFor()
    await page.getByTestId('composer').fill(`after the recording on ${channel}`)
    await page.keyboard.press('Enter')
    await got('text', (one) => one.text === `after the recording on ${channel}`)
    const voices = (await desktop.control.received(customer)).filter((one) => one.message.kind === 'voice')
    expect(voices).toHaveLength(1)
  })

  test('a file dropped on the conversation stands in the strip and arrives byte for byte', async () => {
    await dropFile(picture, page.getByTestId('messages'))
    await page.locator('[data-testid="strip-file"][data-kind="image"]').waitFor()
    await page.getByTestId('composer').fill(`dropped on ${channel}`)
    await page.keyboard.press('Enter')
    const arrived = await got('image', (one) => one.text === `dropped on ${channel}`)
    expect(arrived.media).toBe(createHash('sha256').update(readFileSync(picture)).digest('hex'))
    await bubble(`dropped on ${channel}`).locator('[data-testid="picture"][data-shown="true"]').waitFor()
  })

  test('a picture that another program copied is pasted by the keys', async () => {
    await withClipboard(picture, 'image/png', async () => {
      await page.getByTestId('composer').click()
      await page.keyboard.press('Control+v')
      await page.locator('[data-testid="strip-file"][data-kind="image"]').waitFor()
    })
    await page.getByTestId('composer').fill(`pasted on ${channel}`)
    await page.keyboard.press('Enter')
    const arrived = await got('image', (one) => one.text === `pasted on ${channel}`)
    expect(arrived.details?.file).toMatchObject({ width: 64, height: 64 })
  })

  test('a member is mentioned by @, chosen by the keys, and really mentioned', async () => {
    const others = ['Ana Prado', 'Anabel Cruz']
    const members = await Promise.all(others.map((name) => desktop.control.addCustomer(channel, name)))
    const subject = `Resellers ${channel}`
    const ids = [account, customer, ...members.map((one) => one.id)]
    const group = await desktop.control.addGroup(channel, subject, ids)
    // Their names are known once they have written.
    for (const member of members)
      await desktop.control.tell({ customer: member.id, group: group.id, text: 'Hello all' })
    await page.getByTestId('conversation-list').locator(`[data-title="${subject}"]`).click()
    await page.locator(`[data-testid="conversation"][data-title="${subject}"]`).waitFor()
    await expect.poll(() => page.getByTestId('message').filter({ hasText: 'Hello all' }).count(), soon).toBe(2)

    await page.getByTestId('composer').click()
    await page.keyboard.type('Please ask @ana')
    await expect
      .poll(() => page.getByTestId('mention').allInnerTexts(), soon)
      .toHaveLength(channel === 'whatsapp' ? 3 : 2)
    const names = (await page.getByTestId('mention').allInnerTexts()).map((one) => one.split('\n').at(-1))
    const at = names.indexOf('Anabel Cruz')
    expect(at).toBeGreaterThan(0)
    for (let step = 0; step < at; step += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByTestId('mentions').waitFor({ state: 'detached' })
    await page.keyboard.type('about it')
    await page.keyboard.press('Enter')

    const anabel = members[1]!
    const arrived = await got('text', (one) => one.text.endsWith('about it'))
    expect(arrived.details?.mentions).toEqual([anabel.address])
    expect(arrived.text).toBe(
      channel === 'whatsapp'
        ? `Please ask @${anabel.address.split('@')[0]} about it`
        : 'Please ask @Anabel Cruz about it',
    )
    expect(await bubble('about it').getByTestId('message-text').innerText()).toContain('@Anabel Cruz')
  })
})
