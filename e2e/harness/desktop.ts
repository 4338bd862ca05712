/** One real window with what it needs: a simulated WhatsApp account, a vault, an enrolled workstation under an ordinary user. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBundles } from '../../scripts/bundles.ts'
import { ensureElectron } from '../../scripts/electron-runtime.ts'
import { root } from '../../scripts/root.ts'
import { endProcess, startVirtualDisplay, type VirtualDisplay } from '../../scripts/virtual-display.ts'
import { startSimulators, type RunningSimulators } from '../simulators/index.ts'
import type { SimulatedAccount } from '../simulators/provider.ts'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { provisionCompany, type DemoCompany } from './company.ts'
import { endpointEnv, writeEndpoints } from './endpoints.ts'
import { createControl, type Control } from './control.ts'
import { NotificationServer } from './notification-server.ts'
import type { JsonProcess } from './process.ts'
import { initVault, startVault } from './vault.ts'
import { attach, enrolWithPin, pairInWindow, type OpenWindow } from './window.ts'

/** Belongs to nobody on a usual machine. */
const ordinaryUser = 61_500
const cdpMs = 40_000

/** Whose process the window is. `sandboxed` false: the reason why Chromium's sandbox could not be had. */
export type RunBy = { sandboxed: true; uid: number } | { sandboxed: false; reason: string }

export interface Descendant {
  pid: number
  command: string
}

export interface DesktopOptions {
  seed: number
  salesperson: string
  pin: string
  /** One account each, linked in this order; default: WhatsApp alone. */
  channels?: readonly Channel[]
  /** `set-up`: the window is left at its first card, for a test that is about the beginning. */
  upTo?: 'set-up' | 'live'
  /** A desktop that shows notifications. */
  notifications?: boolean
  /** Chromium's switches for this window, of which a packaged build refuses the dangerous ones. */
  switches?: readonly string[]
}

/** Starts the program once more with the same profile and one more argument. */
type Launch = (last: string) => ChildProcess

type DesktopParts = Pick<
  Desktop,
  'simulators' | 'control' | 'window' | 'runBy' | 'display' | 'accounts' | 'company' | 'data' | 'notifications'
> & { launch: Launch }

export class Desktop {
  readonly simulators: RunningSimulators
  readonly control: Control
  window: OpenWindow
  readonly runBy: RunBy
  /** For DISPLAY. */
  readonly display: string
  readonly accounts: readonly SimulatedAccount[]
  readonly company: DemoCompany
  /** Folder of the vault. */
  readonly data: string
  /** Null: this desktop has no server for them. */
  readonly notifications: NotificationServer | null
  readonly #launch: Launch
  readonly #cdp: string
  readonly #child: ChildProcess
  readonly #release: () => Promise<void>

  private constructor(made: DesktopParts, cdp: string, child: ChildProcess, release: () => Promise<void>) {
    this.#cdp = cdp
    this.simulators = made.simulators
    this.control = made.control
    this.window = made.window
    this.runBy = made.runBy
    this.display = made.display
    this.accounts = made.accounts
    this.company = made.company
    this.data = made.data
    this.notifications = made.notifications
    this.#launch = made.launch
    this.#child = child
    this.#release = release
  }

  /** Unless `upTo` says otherwise: enrolled, open and with the account live when this resolves. */
  static async open(options: DesktopOptions): Promise<Desktop> {
    const folder = mkdtempSync(join(tmpdir(), 'sd-window-'))
    const closers: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
    const release = async (): Promise<void> => {
      for (const close of closers.splice(0).reverse()) await close()
    }
    try {
      return await build(folder, options, closers, (made, cdp, child) => new Desktop(made, cdp, child, release))
    } catch (error) {
      await release()
      throw error
    }
  }

  /** Of the first account. */
  get simulated(): SimulatedAccount {
    return this.accounts[0]!
  }

  /** Every process that the window's process has started, and theirs. */
  descendants(): Descendant[] {
    const parents = new Map<number, number>()
    for (const name of readdirSync('/proc')) {
      const parent = /^\d+$/.test(name) ? readProc(name, 'stat').replace(/^.*\) \S+ (\d+) .*$/s, '$1') : ''
      if (parent !== '') parents.set(Number(name), Number(parent))
    }
    const isBelow = (pid: number | undefined): boolean =>
      pid !== undefined && (pid === this.#child.pid || isBelow(parents.get(pid)))
    return [...parents.keys()]
      .filter((pid) => pid !== this.#child.pid && isBelow(pid))
      .map((pid) => ({ pid, command: readProc(String(pid), 'cmdline').replaceAll('\0', ' ') }))
  }

  /** The engine's utility process; throws when there is none at this moment. */
  enginePid(): number {
    const found = this.descendants().find(({ command }) => command.includes('node.mojom.NodeService'))
    if (!found) throw new Error('there is no engine')
    return found.pid
  }

  /** As the system does it with a link: a second start hands its argument to the open window and ends. */
  async followLink(link: string): Promise<void> {
    const second = this.#launch(link)
    await new Promise<void>((resolve, reject) => second.once('exit', () => resolve()).once('error', reject))
  }

  /** Of the window itself, as the task bar shows it. */
  titles(): string[] {
    const { stdout } = spawnSync('xwininfo', ['-display', this.display, '-root', '-tree'], { encoding: 'utf8' })
    return [...stdout.matchAll(/^\s+0x[0-9a-f]+ "(.*)": \(/gm)].map((one) => one[1] ?? '')
  }

  /** A new line to the same page: after a navigation that was refused the old one waits for its end for ever. */
  async attachAnew(): Promise<OpenWindow> {
    await this.window.close()
    this.window = await attach(this.#cdp)
    return this.window
  }

  async close(): Promise<void> {
    try {
      await this.window.close()
    } finally {
      await this.#release()
    }
  }
}

/** A process that has just ended has no text. */
export function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

async function build(
  folder: string,
  options: DesktopOptions,
  closers: (() => Promise<unknown>)[],
  make: (made: DesktopParts, cdp: string, child: ChildProcess) => Desktop,
): Promise<Desktop> {
  chmodSync(folder, 0o711)
  const simulators = await startSimulators({
    whatsappPort: 0,
    telegramPort: 0,
    controlPort: 0,
    seed: options.seed,
    company: null,
  })
  closers.push(() => simulators.stop())
  const control = createControl(simulators.endpoints.control)
  const simulated: SimulatedAccount[] = []
  for (const channel of options.channels ?? (['whatsapp'] as const)) {
    simulated.push(await control.addAccount(channel, `${channel} sales`))
  }
  await ensureBundles(['desktop'], {}, () => {})
  const company = await startCompany(folder, simulated, options.salesperson, closers)
  const display: VirtualDisplay = await startVirtualDisplay('1280x800')
  closers.push(() => display.stop())
  const notifications = options.notifications === true ? await NotificationServer.start(folder) : null
  if (notifications) closers.push(() => notifications.stop())
  const env = {
    DISPLAY: display.name,
    ...(notifications && { DBUS_SESSION_BUS_ADDRESS: notifications.address }),
    ...endpointEnv(writeEndpoints(simulators, folder)),
  }
  const { child, cdp, runBy, launch } = await startWindow(folder, company.code, env, options.switches ?? [])
  closers.push(() => endProcess(child, 15_000))
  const address = await cdp
  const window = await attach(address)
  if (options.upTo !== 'set-up') {
    await enrolWithPin(window.page, options.pin)
    for (const account of company.accounts) await pairInWindow(window.page, control, account.id, account.simulated)
    await window.page.getByTestId('rail-all').click()
  }
  const data = join(folder, 'vault')
  const world = { simulators, control, accounts: simulated, company, data, display: display.name, notifications }
  return make({ ...world, window, runBy, launch }, address, child)
}

async function startCompany(
  folder: string,
  simulated: SimulatedAccount[],
  salesperson: string,
  closers: (() => Promise<unknown>)[],
): Promise<DemoCompany> {
  const data = join(folder, 'vault')
  await initVault(data, 'Nordlicht Handels GmbH')
  const vault: { process: JsonProcess } = await startVault(data)
  closers.push(() => vault.process.stop())
  return provisionCompany(data, simulated, salesperson)
}

/** Not through start-workstation: the window's user is another one than ours when we are root, for whom there is no sandbox. */
async function startWindow(
  folder: string,
  code: string,
  extraEnv: Record<string, string>,
  switches: readonly string[],
): Promise<{ child: ChildProcess; cdp: Promise<string>; runBy: RunBy; launch: Launch }> {
  const runtime = await ensureElectron(() => {})
  const asRoot = process.getuid?.() === 0
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  let executable = runtime.executable
  let runBy: RunBy = { sandboxed: true, uid: process.getuid?.() ?? 0 }
  if (asRoot) {
    const reason = whyNotOrdinary()
    runBy = reason === null ? { sandboxed: true, uid: ordinaryUser } : { sandboxed: false, reason }
    if (runBy.sandboxed) {
      chownSync(home, ordinaryUser, ordinaryUser)
      executable = lendRuntime(runtime.executable, join(folder, 'runtime'))
    }
  }
  const args = [...runtime.args(root), '--remote-debugging-port=0', `--profile=${join(home, 'profile')}`, ...switches]
  if (!runBy.sandboxed) args.push('--no-sandbox')
  const launch = (last: string): ChildProcess =>
    spawn(executable, [...args, last], {
      cwd: home,
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', HOME: home, TMPDIR: home, ...extraEnv },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(asRoot && runBy.sandboxed ? { uid: ordinaryUser, gid: ordinaryUser } : {}),
    })
  const child = launch(`--enrol=${code}`)
  // Nobody else would end it when this process ends in the middle of a test.
  process.once('exit', () => child.kill('SIGKILL'))
  return { child, cdp: cdpAddress(child), runBy, launch }
}

/** Null: an ordinary user can read the checkout and make a sandbox. */
function whyNotOrdinary(): string | null {
  const can = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, { uid: ordinaryUser, gid: ordinaryUser, cwd: '/', stdio: 'ignore' }).status === 0
  if (!can('test', '-r', join(root, 'package.json'))) return 'the checkout is not readable for an ordinary user'
  return can('unshare', '--user', '--map-root-user', 'true') ? null : 'user namespaces are not allowed here'
}

/** The runtime may lie in a home that is closed to others: links, where they can be made, else a copy. */
function lendRuntime(executable: string, to: string): string {
  const linked = spawnSync('cp', ['-al', dirname(executable), to], { stdio: 'ignore' }).status === 0
  if (!linked) {
    rmSync(to, { recursive: true, force: true })
    cpSync(dirname(executable), to, { recursive: true })
  }
  chmodSync(to, 0o755)
  return join(to, executable.slice(dirname(executable).length + 1))
}

function cdpAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`the window does not answer: ${said}`)), cdpMs)
    const listen = (line: string): void => {
      said = `${said}\n${line}`.slice(-2000)
      if (process.env['SEALDESK_SHOW']) process.stderr.write(`${line}\n`)
      const address = /^DevTools listening on ws:\/\/([^/]+)\//.exec(line)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(`http://${address}`)
    }
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', listen)
    child.once('error', reject)
    child.once('exit', (status) => reject(new Error(`the window ended at once (${status ?? 'signal'}): ${said}`)))
  })
}
