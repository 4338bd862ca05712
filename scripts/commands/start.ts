/** `npm start`: the demo company with its simulators, vault, console and one workstation window, until it is stopped. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { attach } from '../../e2e/harness/window.ts'
import { demoPin, openDemo, startDemo, type Demo } from '../demo.ts'
import { root } from '../root.ts'

const help = `npm start -- [--headless] [--fresh] [--data DIR] [--company small] [--json]
  The demo company: simulators, vault, console, one workstation window, customers that write.
  --headless    the window opens on a display of its own (Xvfb)
  --data DIR    where the demo lives (default .data/demo in the checkout); simulated providers begin anew with every start,
                so what an earlier demo left there is removed
  --fresh       said for clearness: every start is a fresh one
  --json        one JSON line when everything runs`

const say = (text: string): void => void process.stderr.write(`${text}\n`)

function printReady(json: boolean, demo: Demo): void {
  const { vault, admin, company, workstation } = demo
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
    profile: demo.profile,
    display: workstation.display,
    cdp: workstation.cdp,
    pids: { start: process.pid, ...vault.pids, window: workstation.pid },
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
  const demo = await startDemo({ data: values.data, headless: values.headless, traffic: true, say })
  try {
    const window = await attach(demo.workstation.cdp ?? '')
    await openDemo(window.page, demo, say)
    await window.close()
  } catch (error) {
    await demo.stop()
    throw error
  }
  printReady(values.json, demo)
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
async function stop(demo: Demo, code: number): Promise<void> {
  if (stopping) return
  stopping = true
  await demo.stop()
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
