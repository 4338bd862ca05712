/** `npm start`: the demo company with its simulators, vault, console and one workstation window, until it is stopped. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createControl, type Control } from '../../e2e/harness/control.ts'
import { provisionCompany, type DemoCompany } from '../../e2e/harness/company.ts'
import { endpointEnv, writeEndpoints } from '../../e2e/harness/endpoints.ts'
import { initVault, startVault, type Login, type VaultReady } from '../../e2e/harness/vault.ts'
import { attach, enrolWithPin, pairInWindow } from '../../e2e/harness/window.ts'
import { startSimulators, type RunningSimulators } from '../../e2e/simulators/index.ts'
import { root } from '../root.ts'
import { startWorkstation, type RunningWorkstation } from '../start-workstation.ts'
import { ensureBundles } from '../bundles.ts'

const help = `npm start -- [--headless] [--fresh] [--data DIR] [--company small] [--json]
  The demo company: simulators, vault, console, one workstation window, customers that write.
  --headless    the window opens on a display of its own (Xvfb)
  --data DIR    where the demo lives (default .data/demo in the checkout); simulated providers begin anew with every start,
                so what an earlier demo left there is removed
  --fresh       said for clearness: every start is a fresh one
  --json        one JSON line when everything runs`

const demoPin = '246810'
const say = (text: string): void => void process.stderr.write(`${text}\n`)

interface Demo {
  simulators: RunningSimulators
  vault: Awaited<ReturnType<typeof startVault>>['process']
  workstation: RunningWorkstation
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

async function openWorkstation(workstation: RunningWorkstation, company: DemoCompany, control: Control): Promise<void> {
  const window = await attach(workstation.cdp ?? '')
  say('Enrolling the workstation …')
  await enrolWithPin(window.page, demoPin)
  for (const { id, simulated } of company.accounts) {
    say(`Pairing ${simulated.name} …`)
    await pairInWindow(window.page, control, id, simulated)
  }
  await window.page.getByTestId('rail-all').click()
  await window.close()
}

function printReady(
  json: boolean,
  ready: { vault: VaultReady; admin: Login; company: DemoCompany; profile: string; demo: Demo },
): void {
  const { vault, admin, company, demo } = ready
  const line = {
    ready: true,
    console: vault.console,
    gateway: vault.gateway,
    logins: [
      { role: 'administrator', ...admin },
      { role: 'manager', ...company.manager },
    ],
    pin: demoPin,
    accounts: company.accounts.map(({ id, simulated }) => ({
      id,
      channel: simulated.channel,
      name: simulated.name,
      address: simulated.address,
      simulated: simulated.id,
    })),
    control: demo.simulators.endpoints.control,
    profile: ready.profile,
    display: demo.workstation.display,
    cdp: demo.workstation.cdp,
    pids: { start: process.pid, ...vault.pids, window: demo.workstation.pid },
  }
  if (json) return void process.stdout.write(`${JSON.stringify(line)}\n`)
  process.stdout.write(
    [
      '',
      'The demo company is running.',
      `  Console      ${vault.console}   (its certificate is the vault's own)`,
      ...line.logins.map(
        (login) => `  ${login.role.padEnd(13)}${login.name} / ${login.password}   TOTP secret ${login.totp}`,
      ),
      `  Workstation  PIN ${demoPin}`,
      `  Simulators   ${line.control}`,
      'Ctrl+C ends everything.',
      '',
    ].join('\n'),
  )
}

async function run(values: { headless: boolean; data: string; json: boolean }): Promise<Demo> {
  prepareFolder(values.data)
  say('Building …')
  await ensureBundles(['desktop', 'console'], {}, say)
  const simulators = await startSimulators({
    whatsappPort: 0,
    telegramPort: 0,
    controlPort: 0,
    seed: 1,
    company: 'small',
    traffic: true,
  })
  const reached = writeEndpoints(simulators, values.data)
  const env = { ...endpointEnv(reached), SEALDESK_CLOCK_URL: `${reached.control}/clock` }
  const control = createControl(simulators.endpoints.control)
  const data = join(values.data, 'vault')
  say('Starting the vault …')
  const { login: admin } = await initVault(data, 'Meridian Trading')
  const vault = await startVault(data, env)
  const company = await provisionCompany(data, await control.accounts())
  say('Opening the workstation …')
  const profile = join(values.data, 'workstation')
  const workstation = await startWorkstation({
    profile,
    enrol: company.code,
    headless: values.headless,
    env: { ...process.env, ...env },
    cdpPort: 0,
  })
  await openWorkstation(workstation, company, control)
  const demo = { simulators, vault: vault.process, workstation }
  printReady(values.json, { vault: vault.ready, admin, company, profile, demo })
  return demo
}

const { values } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    data: { type: 'string', default: join(root, '.data', 'demo') },
    company: { type: 'string', default: 'small' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  say(help)
  process.exit(0)
}
if (values.company !== 'small') {
  say('start: --company takes small in this version')
  process.exit(2)
}
const hasDisplay = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
if (!hasDisplay && !values.headless)
  say('There is no display here: the window opens on one of its own, as with --headless.')
let stopping = false
async function stop(demo: Demo | null, code: number): Promise<void> {
  if (stopping) return
  stopping = true
  await demo?.workstation.stop()
  await demo?.vault.stop()
  await demo?.simulators.stop()
  process.exit(code)
}
try {
  const demo = await run({ ...values, headless: values.headless || !hasDisplay, data: resolve(values.data) })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(demo, 0))
  void demo.workstation.exited.then(() => stop(demo, 0))
} catch (error) {
  say(`start: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
