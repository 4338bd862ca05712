/** memory: a window with five live accounts and 100,000 messages, against a bare window and what the goal allows on top of it. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ensureElectron } from '../scripts/electron-runtime.ts'
import { startWorkstation } from '../scripts/start-workstation.ts'
import type { Benchmark, BenchmarkSetting, Taken } from './benchmark.ts'
import { createTexts } from './corpus.ts'
import { createWorld, type Filling, type RunningWindow, type World } from './filled-workstation.ts'
import { weighLibraries } from './library-weight.ts'
import { memoryOf, totalMb, type ProcessMemory } from './process-tree.ts'
import { interleave } from './rounds.ts'
import { settled } from './settled.ts'

const channels = ['whatsapp', 'whatsapp', 'whatsapp', 'telegram', 'telegram'] as const
const messages = 100_000
const conversationsEach = 40
/** Over all accounts, in every round. */
const livePerRound = 1000
const customersEach = 2
/** The page gives back what it no longer needs half a minute after the last work, the engine sooner. */
const restMs = 40_000
/** A round takes a minute and a half. */
const rounds = 5
const ownMb = 80
const accountMb = 5

const hello = fileURLToPath(new URL('./hello-window', import.meta.url))

function fillings(world: World): Filling[] {
  return world.accounts.flatMap((account, i) =>
    Array.from({ length: conversationsEach }, (_, n) => ({
      account,
      title: `Customer ${i}-${n}`,
      messages: messages / channels.length / conversationsEach,
    })),
  )
}

interface Writer {
  id: string
  title: string
  account: string
}

async function addWriters(world: World): Promise<Writer[]> {
  const writers: Writer[] = []
  for (const { simulated } of world.accounts)
    for (let n = 0; n < customersEach; n++) {
      const title = `Writer ${simulated.id}-${n}`
      const { id } = await world.control.addCustomer(simulated.channel, title)
      writers.push({ id, title, account: simulated.id })
    }
  return writers
}

/** Every customer writes in turn; resolves when the window shows the last word of each. */
async function receive(world: World, window: RunningWindow, writers: Writer[], round: number): Promise<void> {
  const texts = createTexts(livePerRound, 50 + round)
  const each = livePerRound / writers.length
  await Promise.all(
    writers.map(async ({ id, account }, i) => {
      for (let n = 0; n < each; n++) {
        const last = n === each - 1
        await world.control.say(id, account, last ? `last of round ${round}` : texts[i * each + n]!)
      }
    }),
  )
  for (const { title } of writers)
    await window.page
      .locator(`[data-title="${title}"]`, { hasText: `last of round ${round}` })
      .first()
      .waitFor({ timeout: 120_000 })
}

/** A person looks at some conversations and scrolls back. */
async function look(window: RunningWindow, writers: Writer[]): Promise<void> {
  for (const { title } of writers.filter((_, i) => i % customersEach === 0)) {
    await window.page.locator(`[data-title="${title}"]`).first().click()
    const list = window.page.getByTestId('messages')
    await list.hover()
    for (let turn = 0; turn < 10; turn++) await window.page.mouse.wheel(0, -800)
  }
}

async function measureBare(setting: BenchmarkSetting): Promise<number> {
  const profile = join(setting.folder, 'hello')
  const running = await startWorkstation({
    profile,
    appPath: hello,
    headless: true,
    screen: '1280x840',
    cdpPort: 0,
    say: setting.say,
  })
  try {
    await settled(running.pid)
    return totalMb(memoryOf(running.pid))
  } finally {
    await running.stop()
  }
}

function describe(processes: ProcessMemory[]): string {
  const parts = processes.map(({ kind, pssMb }) => `${kind} ${Math.round(pssMb)}`).join(', ')
  return `${Math.round(totalMb(processes))} MB (${parts})`
}

const taken = (mb: number): Taken => ({ samplesMs: [mb], cpuMs: NaN })

async function measureOurs(setting: BenchmarkSetting, world: World, writers: Writer[], round: number): Promise<number> {
  const window = await world.start()
  try {
    const startedAt = performance.now()
    await receive(world, window, writers, round)
    const rate = Math.round((livePerRound * 1000) / (performance.now() - startedAt))
    await look(window, writers)
    await window.detach()
    await settled(window.pid)
    setting.say(`round ${round}: received ${rate} messages/s; right after the work ${describe(memoryOf(window.pid))}`)
    await wait(restMs)
    const processes = memoryOf(window.pid)
    setting.say(`round ${round}: at rest ${describe(processes)}`)
    return totalMb(processes)
  } finally {
    await window.stop()
  }
}

export const memory: Benchmark = {
  id: 'memory',
  what: `PSS at rest of a window with 5 live accounts and 100,000 messages / a bare window + ${ownMb} MB + the libraries once + ${accountMb} MB per account`,
  async run(setting) {
    await ensureElectron(setting.say)
    const world = await createWorld(setting, [...channels], 7)
    try {
      await world.fill(fillings(world))
      const writers = await addWriters(world)
      const taking = { ...setting, rounds }
      const measured = await interleave(taking, {
        ours: async (round) => taken(await measureOurs(setting, world, writers, round)),
        control: async () => {
          const [bare, libraries] = [await measureBare(setting), await weighLibraries()]
          setting.say(`bare window ${Math.round(bare)} MB, libraries ${Math.round(libraries)} MB`)
          return taken(bare + ownMb + libraries + accountMb * channels.length)
        },
      })
      return {
        comparisons: [
          {
            name: 'PSS',
            goal: { at: 'most', ratio: 1 },
            rounds: measured,
            perSample: null,
            unit: 'MB',
            cpuCounts: false,
          },
        ],
        checks: [],
      }
    } finally {
      await world.stop()
    }
  },
}
