/** overlay: what an open window with its mark costs while nobody does anything, against a bare window. */
import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { startWorkstation } from '../scripts/start-workstation.ts'
import type { Benchmark, BenchmarkSetting, Taken } from './benchmark.ts'
import { createWorld, type RunningWindow } from './filled-workstation.ts'
import { cpuMsOf } from './process-tree.ts'
import { interleave } from './rounds.ts'
import { settled } from './settled.ts'

const idleMs = 15_000
/** Points of one core that the goal allows on top. */
const allowed = 0.5
const tracedMs = 10_000
/** The mark's next minute, a clock's next minute. An animation makes six hundred in this time. */
const mostFrames = 10

const hello = fileURLToPath(new URL('./hello-window', import.meta.url))

/** Per cent of one core, all processes of the window together. */
async function idleShare(pid: number): Promise<number> {
  await settled(pid)
  const [before, startedAt] = [cpuMsOf(pid), performance.now()]
  await wait(idleMs)
  return ((cpuMsOf(pid) - before) / (performance.now() - startedAt)) * 100
}

/** Frames that the compositor drew while nobody did anything. */
async function countFrames(page: Page): Promise<number> {
  const line = await page.context().browser()!.newBrowserCDPSession()
  let drawn = 0
  line.on('Tracing.dataCollected', ({ value }) => {
    drawn += value.filter((event) => 'name' in event && event['name'] === 'DrawFrame').length
  })
  const category = 'disabled-by-default-devtools.timeline.frame'
  await line.send('Tracing.start', { traceConfig: { includedCategories: [category, 'devtools.timeline.frame'] } })
  await wait(tracedMs)
  const complete = new Promise<void>((resolve) => line.once('Tracing.tracingComplete', () => resolve()))
  await line.send('Tracing.end')
  await complete
  await line.detach()
  return drawn
}

const taken = (share: number): Taken => ({ samplesMs: [share], cpuMs: NaN })

async function measure(setting: BenchmarkSetting, ours: RunningWindow) {
  const bare = await startWorkstation({
    profile: join(setting.folder, 'hello'),
    appPath: hello,
    headless: true,
    screen: '1280x840',
    cdpPort: 0,
    say: setting.say,
  })
  try {
    return await interleave(setting, {
      ours: async () => taken(await idleShare(ours.pid)),
      control: async () => taken((await idleShare(bare.pid)) + allowed),
    })
  } finally {
    await bare.stop()
  }
}

export const overlay: Benchmark = {
  id: 'overlay',
  what: `idle processor share of an open window with its mark and a live account / a bare window + ${allowed} points; no animation frames`,
  async run(setting) {
    const world = await createWorld(setting, ['whatsapp'], 9)
    let ours: RunningWindow | null = null
    try {
      const account = world.accounts[0]!
      await world.fill([{ account, title: 'Somebody', messages: 500 }])
      ours = await world.start()
      await ours.page.locator('[data-title="Somebody"]').first().click()
      await ours.page.getByTestId('message').first().waitFor()
      // A caret in the composer blinks twice a second.
      await ours.page.evaluate('document.activeElement.blur()')
      const rounds = await measure(setting, ours)
      const drawn = await countFrames(ours.page)
      return {
        comparisons: [
          {
            name: 'idle share',
            goal: { at: 'most', ratio: 1 },
            rounds,
            perSample: null,
            unit: '%',
            cpuCounts: false,
          },
        ],
        checks: [
          { name: 'no animation frames', held: drawn <= mostFrames, detail: `${drawn} in ${tracedMs / 1000} s` },
        ],
      }
    } finally {
      await ours?.stop()
      await world.stop()
    }
  },
}
