/** cold-start: from the start of the process to the first text on the screen, against a window that says hello. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBundles } from '../scripts/bundles.ts'
import { ensureElectron } from '../scripts/electron-runtime.ts'
import { root } from '../scripts/root.ts'
import { startWorkstation } from '../scripts/start-workstation.ts'
import type { Benchmark, Taken } from './benchmark.ts'
import { interleave } from './rounds.ts'
import { startWatchedDisplay } from './watched-display.ts'

const startsPerRound = 2
const hello = fileURLToPath(new URL('./hello-window', import.meta.url))

export const coldStart: Benchmark = {
  id: 'cold-start',
  what: 'start to first text on the screen / a hello-world window in the same Electron with the same switches',
  async run(setting) {
    await ensureBundles(['desktop'], {}, setting.say)
    await ensureElectron(setting.say)
    const screen = join(setting.folder, 'screen')
    mkdirSync(screen)
    const display = await startWatchedDisplay(screen)
    const start = async (name: string, appPath: string): Promise<Taken> => {
      const samplesMs: number[] = []
      for (let i = 0; i < startsPerRound; i++) {
        await display.empty()
        const profile = join(setting.folder, name)
        const startedAt = performance.now()
        const running = await startWorkstation({
          profile,
          appPath,
          env: { ...process.env, DISPLAY: display.name },
          say: setting.say,
        })
        const ended = running.exited.then((code) => {
          throw new Error(`${name} ended with ${code ?? 'a signal'} before it showed anything`)
        })
        ended.catch(() => {})
        try {
          samplesMs.push((await Promise.race([display.painted(), ended])) - startedAt)
        } finally {
          await running.stop()
        }
      }
      // Many processes share the work; only the time until the paint is compared.
      return { samplesMs, cpuMs: NaN }
    }
    try {
      const rounds = await interleave(setting, {
        ours: () => start('workstation', root),
        control: () => start('hello', hello),
      })
      return {
        comparisons: [
          { name: 'first paint', goal: { at: 'most', ratio: 1.5 }, rounds, perSample: null, cpuCounts: false },
        ],
        checks: [],
      }
    } finally {
      await display.stop()
    }
  },
}
