/** scroll: the frames while a conversation of 100,000 messages is scrolled in the real window, against a bare virtual list. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { attach } from '../e2e/harness/window.ts'
import { startWorkstation } from '../scripts/start-workstation.ts'
import { median, type Benchmark, type BenchmarkSetting, type Round } from './benchmark.ts'
import { createWorld, type RunningWindow } from './filled-workstation.ts'
import { interleave } from './rounds.ts'
import { settled } from './settled.ts'

const messages = 100_000
const frames = 240
/** A quick turn of the wheel: a screen in a fifth of a second. */
const stepPx = 60
/** Two frames of 60 Hz, and what a clock rounds. */
const longestMs = 33.4
const [big, other] = ['Everything', 'Somebody else']

const source = fileURLToPath(new URL('./bare-list', import.meta.url))

/** Times between frames, ms, while the list is moved by a step in each. */
async function scrollUp(page: Page): Promise<number[]> {
  const times = await page.evaluate<number[]>(`new Promise((done) => {
    const list = document.querySelector('[data-testid="messages"]')
    const times = []
    const next = (at) => {
      times.push(at)
      if (times.length > ${frames}) return done(times)
      list.scrollTop -= ${stepPx}
      requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })`)
  return times.slice(1).map((at, i) => at - times[i]!)
}

async function startBare(setting: BenchmarkSetting): Promise<RunningWindow> {
  const folder = join(setting.folder, 'bare-list')
  await build({
    root: source,
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: { outDir: folder, emptyOutDir: true, target: 'chrome130', modulePreload: false },
  })
  copyFileSync(join(source, 'main.js'), join(folder, 'main.js'))
  const description = { name: 'bare-list', version: '1.0.0', type: 'module', main: 'main.js' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  const running = await startWorkstation({
    profile: join(setting.folder, 'bare'),
    appPath: folder,
    headless: true,
    screen: '1280x840',
    cdpPort: 0,
    say: setting.say,
  })
  const line = await attach(running.cdp ?? '')
  await line.page.getByTestId('messages').waitFor()
  return { pid: running.pid, page: line.page, detach: () => line.close(), stop: () => running.stop() }
}

async function openBig({ page, pid }: RunningWindow): Promise<void> {
  for (const title of [other, big]) {
    await page.locator(`[data-title="${title}"]`).first().click()
    await page.locator('[data-testid="conversation"]').filter({ hasText: title }).waitFor()
    await page.getByTestId('message').first().waitFor()
  }
  await settled(pid)
}

async function measure(setting: BenchmarkSetting, ours: RunningWindow, bare: RunningWindow): Promise<Round[]> {
  return interleave(setting, {
    ours: async (round) => {
      await openBig(ours)
      const samplesMs = await scrollUp(ours.page)
      setting.say(`round ${round}: ${describe(samplesMs)}`)
      return { samplesMs, cpuMs: NaN }
    },
    control: async (round) => {
      await bare.page.evaluate('document.querySelector("[data-testid=messages]").scrollTop = 1e9')
      await settled(bare.pid)
      const samplesMs = await scrollUp(bare.page)
      setting.say(`round ${round}, bare list: ${describe(samplesMs)}`)
      return { samplesMs, cpuMs: NaN }
    },
  })
}

function describe(samplesMs: number[]): string {
  const long = samplesMs.filter((ms) => ms > longestMs).length
  return `longest frame ${Math.round(Math.max(...samplesMs))} ms, ${long} of ${samplesMs.length} too long`
}

export const scroll: Benchmark = {
  id: 'scroll',
  what: `${frames} frames of scrolling in a conversation of 100,000 messages / a bare TanStack list; no frame over 33 ms`,
  async run(setting) {
    const world = await createWorld(setting, ['whatsapp'], 8)
    const windows: RunningWindow[] = []
    try {
      const account = world.accounts[0]!
      await world.fill([
        { account, title: big, messages },
        { account, title: other, messages: 60 },
      ])
      const ours = await world.start()
      windows.push(ours)
      const bare = await startBare(setting)
      windows.push(bare)
      const rounds = await measure(setting, ours, bare)
      // Where the bare list stutters as well, in most rounds, it is the machine.
      const disturbed = median(rounds.map(({ control }) => Math.max(...control.samplesMs))) > longestMs
      const longest = rounds.map(({ ours: taken }) => ({
        ours: { samplesMs: [Math.max(...taken.samplesMs)], cpuMs: NaN },
        control: { samplesMs: [longestMs], cpuMs: NaN },
      }))
      const shared = { perSample: null, cpuCounts: false }
      return {
        comparisons: [
          { ...shared, name: 'frame', goal: { at: 'most', ratio: 1.5 }, rounds },
          { ...shared, name: 'longest frame by 33 ms', goal: { at: 'most', ratio: 1 }, rounds: longest, disturbed },
        ],
        checks: [],
      }
    } finally {
      for (const window of windows) await window.stop()
      await world.stop()
    }
  },
}
