/** `npm run screenshots`: every screen of window and console in three languages and two themes, from the running demo company. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { openConsole, signIn } from '../../e2e/harness/console.ts'
import { eventually } from '../../e2e/harness/eventually.ts'
import { attach, enrolWithPin } from '../../e2e/harness/window.ts'
import { isNotice } from '../../shared/contracts/neutral-message.ts'
import { demoPin, pairDemo, startDemo, type Demo } from '../demo.ts'
import { root } from '../root.ts'
import {
  createCamera,
  pictureLanguages,
  pictureThemes,
  type Camera,
  type PictureLanguage,
  type PictureTheme,
} from '../screens/camera.ts'
import { takeConsole, takeSignIn } from '../screens/console-screens.ts'
import { lastWords, sayShowcase, showcase } from '../screens/showcase.ts'
import { takeLinking, takeSetUp, takeWork } from '../screens/window-screens.ts'
import { startWorkstation } from '../start-workstation.ts'

const help = `npm run screenshots -- [--out DIR] [--lang LANG] [--theme light|dark] [--size WxH] [--zoom N] [--json]
  Every screen of the workstation's window and of the console, as <language>/<theme>/<screen>.png.
  --out DIR     where they go (default .data/screenshots in the checkout, which git ignores)
  --lang LANG   en, de or zh-CN only
  --theme NAME  light or dark only
  --size WxH    of the window's content (default 1280x800)
  --zoom N      how much larger everything is shown, for example 2
  --part NAME   window or console only
  --json        one line per picture`

const say = (text: string): void => void process.stderr.write(`${text}\n`)

interface Wanted {
  out: string
  languages: readonly PictureLanguage[]
  themes: readonly PictureTheme[]
  size: { width: number; height: number }
  zoom: number
  window: boolean
  console: boolean
  taken(file: string): void
}

function only<Value extends string>(
  all: readonly Value[],
  wished: string | undefined,
  option: string,
): readonly Value[] {
  if (wished === undefined) return all
  const found = all.find((one) => one === wished)
  if (found === undefined) throw new Error(`${option} takes ${all.join(', ')}`)
  return [found]
}

interface Stage {
  camera(language: PictureLanguage): Promise<Camera>
  realSize(): Promise<void>
}

/** Electron's page: its theme follows the system, which is what is changed here; its language is stored. */
async function openStage(page: Page, wanted: Wanted): Promise<Stage> {
  // What one session overrides no other takes back.
  const line = await page.context().newCDPSession(page)
  const { size, zoom } = wanted
  const [width, height] = [Math.round(size.width / zoom), Math.round(size.height / zoom)]
  const toTheme = (colorScheme: PictureTheme): Promise<void> => page.emulateMedia({ colorScheme })
  return {
    async camera(language) {
      const metrics = { width, height, deviceScaleFactor: zoom, mobile: false }
      await line.send('Emulation.setDeviceMetricsOverride', metrics)
      await page.evaluate((name) => localStorage.setItem('language', name), language)
      await page.reload()
      await page.locator('[data-testid="lock-screen"], [data-testid="workplace"]').waitFor({ timeout: 30_000 })
      await page.waitForFunction((wide) => window.innerWidth === wide, width)
      return createCamera({ ...wanted, page, language, toTheme })
    },
    realSize: () => line.send('Emulation.clearDeviceMetricsOverride').then(() => undefined),
  }
}

/** A console that stays signed in: language and theme are chosen as people choose them, before the walk begins. */
async function consoleCamera(
  page: Page,
  wanted: Wanted,
  language: PictureLanguage,
  theme: PictureTheme,
): Promise<Camera> {
  await page.getByTestId('language').click()
  await page.locator(`.ant-select-dropdown [lang="${language}"]`).click()
  await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' })
  const present = await page.evaluate(() => localStorage.getItem('sealdesk.theme') ?? 'light')
  if (present !== theme) await page.getByTestId('theme').click()
  return createCamera({ ...wanted, page, language, themes: [theme], toTheme: async () => undefined })
}

/** A machine that was started without a code, before anybody has enrolled it. */
async function takeEnrolment(wanted: Wanted, data: string): Promise<void> {
  const other = await startWorkstation({ profile: join(data, 'not-enrolled'), headless: true, cdpPort: 0, say })
  try {
    const window = await attach(other.cdp ?? '')
    const stage = await openStage(window.page, wanted)
    for (const language of wanted.languages) await takeSetUp(await stage.camera(language), 'enrolment')
    await window.close()
  } finally {
    await other.stop()
  }
}

async function takeWindow(demo: Demo, wanted: Wanted, data: string): Promise<void> {
  const window = await attach(demo.workstation.cdp ?? '')
  const { page } = window
  const stage = await openStage(page, wanted)
  if (wanted.window) {
    await takeEnrolment(wanted, data)
    for (const language of wanted.languages) await takeSetUp(await stage.camera(language), 'pin-set-up')
  }
  await enrolWithPin(page, demoPin)
  if (wanted.window) {
    for (const language of wanted.languages) await takeLinking(await stage.camera(language), demo)
  }
  await pairDemo(page, demo, say)
  await stage.realSize()
  await eventually(
    async () => (await demo.control.sent()).filter((one) => !isNotice(one.message.kind)).length,
    (said) => said >= demo.simulators.openings,
  )
  await sayShowcase(demo.control)
  for (const title of Object.values(showcase)) {
    const row = page.getByTestId('conversation-list').locator(`[data-title="${title}"]`)
    await row.filter({ hasText: lastWords }).waitFor({ timeout: 60_000 })
  }
  if (wanted.window) {
    for (const language of wanted.languages) await takeWork(await stage.camera(language), demo, demoPin)
  }
  await window.close()
}

async function takeConsolePart(demo: Demo, wanted: Wanted): Promise<void> {
  const { browser, page } = await openConsole(demo.vault.console)
  try {
    await page.setViewportSize(wanted.size)
    const each = async (take: (camera: Camera) => Promise<void>): Promise<void> => {
      for (const language of wanted.languages) {
        for (const theme of wanted.themes) await take(await consoleCamera(page, wanted, language, theme))
      }
    }
    await each(takeSignIn)
    await signIn(page, demo.admin, Date.now())
    await each(takeConsole)
  } finally {
    await browser.close()
  }
}

async function run(wanted: Wanted): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'sealdesk-screenshots-'))
  let demo: Demo | null = null
  const end = async (): Promise<void> => {
    await demo?.stop()
    rmSync(data, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void end().then(() => process.exit(1)))
  try {
    demo = await startDemo({ data, headless: true, traffic: false, say })
    await takeWindow(demo, wanted, data)
    if (wanted.console) await takeConsolePart(demo, wanted)
  } finally {
    await end()
  }
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, '.data', 'screenshots') },
    lang: { type: 'string' },
    theme: { type: 'string' },
    size: { type: 'string', default: '1280x800' },
    zoom: { type: 'string', default: '1' },
    part: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  say(help)
  process.exit(0)
}
let last = 'the start'
try {
  const [, width, height] = /^(\d{3,4})x(\d{3,4})$/.exec(values.size) ?? []
  if (!width || !height) throw new Error('--size takes for example 1280x800')
  const zoom = Number(values.zoom)
  if (!(zoom >= 1 && zoom <= 4)) throw new Error('--zoom takes 1 to 4')
  const parts = only(['window', 'console'], values.part, '--part')
  let count = 0
  await run({
    out: resolve(values.out),
    languages: only(pictureLanguages, values.lang, '--lang'),
    themes: only(pictureThemes, values.theme, '--theme'),
    size: { width: Number(width), height: Number(height) },
    zoom,
    window: parts.includes('window'),
    console: parts.includes('console'),
    taken(file) {
      count += 1
      last = file
      if (values.json) process.stdout.write(`${JSON.stringify({ picture: file })}\n`)
    },
  })
  if (!values.json) process.stdout.write(`${count} pictures in ${resolve(values.out)}\n`)
  process.exit(0)
} catch (error) {
  const words = error instanceof Error ? error.message.split('\n') : [String(error)]
  // What Playwright waited for stands further down.
  const waited = words.find((line) => line.includes('waiting for')) ?? ''
  say(`screenshots: ${words[0]} ${waited.trim()} after ${last}`)
  process.exit(1)
}
