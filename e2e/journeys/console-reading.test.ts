/** Conversations in the console: a purpose first, the whole history both ways, files inside the page, and who looked. */
import type { Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayMs, openConsoleBench, type ConsoleBench } from '../harness/console-bench.ts'
import { signIn } from '../harness/console.ts'

let bench: ConsoleBench
let page: Page

beforeAll(async () => {
  bench = await openConsoleBench()
  page = bench.page
  await signIn(page, bench.vault.made.login, bench.vault.clock.time)
})
afterAll(() => bench?.stop())

test('a conversation opens only with a purpose, is read both ways from any day, and tells who looked', async () => {
  await bench.go('conversations')
  await page.getByTestId('conversation-title').filter({ hasText: 'Li Wei' }).click()
  await page.getByTestId('purpose-submit').click()
  await page.getByText('Please give a purpose').waitFor()
  expect(await page.getByTestId('thread').count()).toBe(0)
  await page.getByTestId('purpose').fill('complaint 4711')
  await page.getByTestId('purpose-submit').click()
  await page.getByTestId('message-text').filter({ hasText: 'line 259' }).waitFor()
  const day = new Date(bench.vault.clock.time - 9 * dayMs)
  const typed = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'))
  await page.getByTestId('thread-jump').fill(typed.join('-'))
  await page.getByTestId('load-later').waitFor()
  const begins = Number((await page.getByTestId('message-text').first().innerText()).replace('line ', ''))
  await page.getByTestId('load-earlier').click()
  await page
    .getByTestId('message-text')
    .filter({ hasText: /^line 0$/ })
    .waitFor()
  await page.getByTestId('load-later').click()
  await page
    .getByTestId('message-text')
    .filter({ hasText: `line ${begins + 150}` })
    .waitFor()
  const shown = (await page.getByTestId('message-text').allInnerTexts()).map((text) =>
    Number(text.replace('line ', '')),
  )
  expect(shown).toEqual(shown.map((_, index) => index))
  await page.getByTestId('thread-looks').click()
  await page.getByTestId('looks').getByText('complaint 4711').first().waitFor()
  const link = page.url()
  await page.getByTestId('thread-close').click()
  await page.goto(link)
  await page.getByTestId('purpose-dialog').getByText('Li Wei').waitFor()
  await page.getByTestId('purpose-cancel').click()
})

test('pictures, videos, voice notes, documents and texts are shown inside the page, and each look at a file is written down', async () => {
  await bench.go('conversations')
  await page.getByTestId('conversation-title').filter({ hasText: 'Files Only' }).click()
  await page.getByTestId('purpose').fill('look at the offer')
  await page.getByTestId('purpose-submit').click()
  await page.locator('[data-testid="message-file"][data-media="held"]').nth(4).waitFor()
  const shows = page.getByTestId('file-show')
  while ((await shows.count()) > 0) {
    const left = await shows.count()
    await shows.first().click()
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid="file-show"]').length < n, left)
  }
  await page.waitForFunction(
    () => (document.querySelector('[data-testid="file-picture"]') as HTMLImageElement | null)?.naturalWidth,
  )
  await page.waitForFunction(
    () => ((document.querySelector('[data-testid="file-sound"]') as HTMLAudioElement | null)?.duration ?? 0) > 1,
  )
  expect(await page.getByTestId('file-text').innerText()).toContain('X200;40')
  // The simulator's videos have only the outer form: the page says that it cannot show one.
  await page.getByTestId('file-video').or(page.getByText('This file cannot be shown here')).first().waitFor()
  const frame = await (await page.getByTestId('file-pages').elementHandle())!.contentFrame()
  expect(frame?.url()).toMatch(/^blob:https:/)
  await bench.go('audit?action=media.read')
  await page.locator('[data-testid^="audit-"]').nth(4).waitFor()
  expect(await page.locator('tbody tr').count()).toBe(5)
})

test('the list is narrowed by who, where and when, and a link shows the same list', async () => {
  const titles = (): Promise<string[]> => page.getByTestId('conversation-title').allInnerTexts()
  await bench.go('conversations')
  await page.getByTestId('filter-group').selectOption('yes')
  await page.waitForURL(/group=yes/)
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="conversation-title"]').length === 1)
  expect(await titles()).toEqual(['Resellers'])
  await page.reload()
  await page.getByTestId('conversation-title').first().waitFor()
  expect(await titles()).toEqual(['Resellers'])
  await page.getByTestId('filters-clear').click()
  await page.getByTestId('filter-account').selectOption(bench.asia)
  await page.getByText('No conversation matches').waitFor()
  await page.getByTestId('filters-clear').click()
  await page.getByTestId('filter').fill('files')
  await page.getByTestId('conversation-title').filter({ hasText: 'Files Only' }).waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="conversation-title"]').length === 1)
})
