/** A real workstation window with live accounts and a full cache: vault, simulators, an enrolled profile that is filled while it is closed. */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { provisionCompany } from '../e2e/harness/company.ts'
import { createControl, type Control } from '../e2e/harness/control.ts'
import { endpointEnv, writeEndpoints } from '../e2e/harness/endpoints.ts'
import { unlockProfile } from '../e2e/harness/opened-profile.ts'
import { initVault, startVault } from '../e2e/harness/vault.ts'
import { attach, enrolWithPin, pairInWindow, unlockWithPin, type OpenWindow } from '../e2e/harness/window.ts'
import { startSimulators } from '../e2e/simulators/index.ts'
import type { SimulatedAccount } from '../e2e/simulators/provider.ts'
import { Cache } from '../engine/cache/database.ts'
import { putLines, type Lines } from '../engine/cache/lines.ts'
import { completeIndex } from '../engine/cache/search.ts'
import { applyChannelEvent } from '../engine/recorder/apply.ts'
import { newTouched } from '../engine/recorder/context.ts'
import { ensureBundles } from '../scripts/bundles.ts'
import { startWorkstation } from '../scripts/start-workstation.ts'
import type { BenchmarkSetting } from './benchmark.ts'
import { createMessageEvents, type MessageEvent } from './corpus.ts'

export interface WorldAccount {
  /** The vault's id. */
  id: string
  simulated: SimulatedAccount
}
/** So many messages in one conversation of an account. */
export interface Filling {
  account: WorldAccount
  /** Name of the other side. */
  title: string
  messages: number
}
export interface RunningWindow {
  pid: number
  page: Page
  /** Takes the line to the page away, so that nobody but the person's own window is there. */
  detach(): Promise<void>
  stop(): Promise<void>
}
export interface World {
  control: Control
  accounts: WorldAccount[]
  fill(fillings: Filling[]): Promise<void>
  /** Starts and unlocks; every account is live when this resolves. */
  start(): Promise<RunningWindow>
  stop(): Promise<void>
}

const pin = '482915'
const screen = '1280x840'
const commit = 1000

export async function createWorld(
  setting: BenchmarkSetting,
  channels: ('whatsapp' | 'telegram')[],
  seed: number,
): Promise<World> {
  // Gateway and keeper are users of their own when this runs as root: they pass through.
  chmodSync(setting.folder, 0o711)
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    await ensureBundles(['desktop', 'vault'], {}, setting.say)
    const simulators = await startSimulators({ whatsappPort: 0, telegramPort: 0, controlPort: 0, seed, company: null })
    stops.push(() => simulators.stop())
    const control = createControl(simulators.endpoints.control)
    const simulated: SimulatedAccount[] = []
    for (const [i, channel] of channels.entries())
      simulated.push(await control.addAccount(channel, `${channel} ${i + 1}`))
    const data = join(setting.folder, 'vault')
    await initVault(data, 'Nordlicht Handels GmbH')
    const vault = await startVault(data)
    stops.push(() => vault.process.stop())
    const { code, accounts } = await provisionCompany(data, simulated)
    const ends = join(setting.folder, 'endpoints')
    mkdirSync(ends)
    const env = { ...process.env, ...endpointEnv(writeEndpoints(simulators, ends)) }
    const profile = join(setting.folder, 'workstation')
    const run = (enrol: string | null): Promise<RunningWindow> => open({ profile, env, enrol, say: setting.say })

    setting.say(`enrolling a workstation with ${accounts.length} accounts`)
    const first = await run(code)
    try {
      await enrolWithPin(first.page, pin)
      for (const account of accounts) await pairInWindow(first.page, control, account.id, account.simulated)
    } finally {
      await first.stop()
    }
    return {
      control,
      accounts,
      fill: (fillings) => fill(profile, fillings, setting.say),
      start: () => startLive(run, accounts),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startLive(
  run: (enrol: null) => Promise<RunningWindow>,
  accounts: WorldAccount[],
): Promise<RunningWindow> {
  const window = await run(null)
  try {
    await unlockWithPin(window.page, pin)
    for (const { id } of accounts)
      await window.page.locator(`[data-testid="rail-account-${id}"][data-state="live"]`).waitFor({ timeout: 60_000 })
    return window
  } catch (error) {
    await window.stop()
    throw error
  }
}

async function open(options: {
  profile: string
  env: Record<string, string | undefined>
  enrol: string | null
  say(line: string): void
}): Promise<RunningWindow> {
  const running = await startWorkstation({ ...options, headless: true, screen, cdpPort: 0, language: 'en' })
  let line: OpenWindow
  try {
    line = await attach(running.cdp ?? '')
  } catch (error) {
    await running.stop()
    throw error
  }
  return {
    pid: running.pid,
    page: line.page,
    detach: () => line.close(),
    async stop() {
      await line.close().catch(() => undefined)
      await running.stop()
    },
  }
}

/** Through the recorder's own functions, as what comes down from the vault: no ledger event of its own. */
async function fill(profile: string, fillings: Filling[], say: (line: string) => void): Promise<void> {
  const { file, cacheKey } = await unlockProfile(profile, pin)
  const cache = new Cache(file, cacheKey)
  try {
    for (const [i, filling] of fillings.entries()) {
      fillOne(cache, filling, i)
      // The simulators live in this process.
      await nextTurn()
    }
    completeIndex(cache)
    const held = cache.get<{ n: number }>('SELECT count(*) AS n FROM messages')?.n
    say(`the cache holds ${held} messages in ${fillings.length} conversations`)
  } finally {
    cache.close()
  }
}

function fillOne(cache: Cache, { account, title, messages }: Filling, index: number): void {
  const { channel } = account.simulated
  const address = channel === 'whatsapp' ? `${700_000_000_000 + index}@lid` : `user:${7_000_000 + index}`
  const events = createMessageEvents(messages, 1000 + index).map((event) => of(event, channel, address, title))
  for (let from = 0; from < events.length; from += commit) {
    const touched = newTouched()
    const lines: Lines = new Map()
    const places = new Map()
    cache.transaction((writer) => {
      for (const event of events.slice(from, from + commit)) {
        const context = { account: account.id, epoch: '0.0', now: Date.now(), touched, places, lines, foreign: true }
        applyChannelEvent(writer, { ...context, append: () => {} }, event)
      }
      putLines(writer, lines)
    })
  }
}

function of(event: MessageEvent, channel: 'whatsapp' | 'telegram', address: string, title: string): MessageEvent {
  const isOwn = event.message.text.length % 3 === 0
  return {
    ...event,
    direction: isOwn ? 'out' : 'in',
    path: isOwn ? 'phone' : 'live',
    peer: { address, aliases: [], name: title },
    message: { ...event.message, channel, chat: address, author: isOwn ? 'own' : address },
  }
}
