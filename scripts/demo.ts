/** The demo company as `npm start` shows it and the screenshots picture it: simulators, a vault, one salesperson's window. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { createControl, type Control } from '../e2e/harness/control.ts'
import { provisionCompany, type DemoCompany } from '../e2e/harness/company.ts'
import { endpointEnv, writeEndpoints } from '../e2e/harness/endpoints.ts'
import { initVault, startVault, type Login, type VaultReady } from '../e2e/harness/vault.ts'
import { enrolWithPin, pairInWindow } from '../e2e/harness/window.ts'
import { startSimulators, type RunningSimulators } from '../e2e/simulators/index.ts'
import { ensureBundles } from './bundles.ts'
import { startWorkstation, type RunningWorkstation } from './start-workstation.ts'

export const demoPin = '246810'

export interface DemoOptions {
  /** Absolute folder; what an earlier demo left there is removed, for the simulated providers begin anew. */
  data: string
  headless: boolean
  /** Customers go on writing after their openings. */
  traffic: boolean
  say(text: string): void
}

export interface Demo {
  simulators: RunningSimulators
  control: Control
  vault: VaultReady
  admin: Login
  company: DemoCompany
  /** Folder of the workstation's profile. */
  profile: string
  /** Started with its enrolment code; nobody has chosen a PIN yet. */
  workstation: RunningWorkstation
  stop(): Promise<void>
}

/** The folder is ours if it is new, empty, or was made by an earlier demo; anything else is left alone. */
function prepareFolder(data: string): void {
  const mark = join(data, 'sealdesk-demo')
  if (existsSync(data) && existsSync(mark)) rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { recursive: true })
  // Gateway and keeper run as users of their own when started as root: they must be able to walk through.
  chmodSync(data, 0o711)
  writeFileSync(mark, 'Made by npm start; removed by the next one.\n')
}

/** Rejects when a part does not start; what was started before is stopped then. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { data, say } = options
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  prepareFolder(data)
  try {
    say('Building …')
    await ensureBundles(['desktop', 'console'], {}, say)
    const simulators = await startSimulators({
      whatsappPort: 0,
      telegramPort: 0,
      controlPort: 0,
      seed: 1,
      company: 'small',
      traffic: options.traffic,
    })
    stops.push(() => simulators.stop())
    const reached = writeEndpoints(simulators, data)
    const env = { ...endpointEnv(reached), SEALDESK_CLOCK_URL: `${reached.control}/clock` }
    const control = createControl(simulators.endpoints.control)
    const vaultData = join(data, 'vault')
    say('Starting the vault …')
    const { login: admin } = await initVault(vaultData, 'Meridian Trading')
    const vault = await startVault(vaultData, env)
    stops.push(() => vault.process.stop())
    const company = await provisionCompany(vaultData, await control.accounts())
    say('Opening the workstation …')
    const profile = join(data, 'workstation')
    const workstation = await startWorkstation({
      profile,
      enrol: company.code,
      headless: options.headless,
      env: { ...process.env, ...env },
      cdpPort: 0,
    })
    stops.push(() => workstation.stop())
    return { simulators, control, vault: vault.ready, admin, company, profile, workstation, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Pairs every account of the company in the window; the window shows all accounts then. */
export async function pairDemo(page: Page, demo: Demo, say: DemoOptions['say']): Promise<void> {
  for (const { id, simulated } of demo.company.accounts) {
    say(`Pairing ${simulated.name} …`)
    await pairInWindow(page, demo.control, id, simulated)
  }
  await page.getByTestId('rail-all').click()
}

/** Chooses the PIN and pairs every account. */
export async function openDemo(page: Page, demo: Demo, say: DemoOptions['say']): Promise<void> {
  say('Enrolling the workstation …')
  await enrolWithPin(page, demoPin)
  await pairDemo(page, demo, say)
}
