/** Starts the Electron workstation from this checkout: builds what is stale, finds a runtime, and an X server where none is wanted to be seen. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ensureBundles } from './bundles.ts'
import { ensureElectron, type ElectronRuntime } from './electron-runtime.ts'
import { root } from './root.ts'
import { endProcess, startVirtualDisplay } from './virtual-display.ts'

export interface WorkstationOptions {
  profile: string
  enrol?: string | null
  /** Under an own Xvfb; otherwise on the DISPLAY of `env`. */
  headless?: boolean
  /** Default: this process's environment. */
  env?: Record<string, string | undefined>
  /** Port of Chromium's remote debugging, 0: any; null: off. Unpackaged builds only. */
  cdpPort?: number | null
  theme?: 'light' | 'dark'
  language?: string
  /** Size of the virtual screen in pixels. */
  screen?: string
  /** Folder with package.json whose main is to be run; default: this checkout, after making sure that it is built. */
  appPath?: string
  say?: (line: string) => void
}

export interface RunningWorkstation {
  pid: number
  /** For DISPLAY; null where it was not ours to know. */
  display: string | null
  /** `http://127.0.0.1:PORT`, null when it is off. */
  cdp: string | null
  /** Exit code; 128 + n after a signal is not computed: null then. */
  exited: Promise<number | null>
  /** Lets the engine drain (up to 15 s), then ends window and X server. */
  stop(): Promise<void>
}

const stopMs = 15_000
const cdpMs = 30_000

/** Resolves when the process runs and, with `cdpPort`, when it can be driven. Rejects when it ends before. */
export async function startWorkstation(options: WorkstationOptions): Promise<RunningWorkstation> {
  const say = options.say ?? ((line: string) => console.error(line))
  if (options.appPath === undefined) await ensureBundles(['desktop'], {}, say)
  const runtime = await ensureElectron(say)
  const env = { ...(options.env ?? process.env) }
  const virtual = options.headless ? await startVirtualDisplay(options.screen) : null
  if (virtual) {
    env['DISPLAY'] = virtual.name
    delete env['WAYLAND_DISPLAY']
  }
  const child = spawn(runtime.executable, electronArguments(runtime, options), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      resolve(code)
      void virtual?.stop()
    })
  })
  const stop = async (): Promise<void> => {
    await endProcess(child, stopMs)
    await virtual?.stop()
  }
  try {
    const listening = relayOutput(child)
    await started(child)
    const cdp = typeof options.cdpPort === 'number' ? await cdpAddress(listening, exited) : null
    return { pid: child.pid ?? 0, display: env['DISPLAY'] ?? null, cdp, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function electronArguments(runtime: ElectronRuntime, options: WorkstationOptions): string[] {
  const args = [...runtime.args(options.appPath ?? root)]
  // Chromium's sandbox does not work for root, and only then is it left out.
  if (process.getuid?.() === 0) args.push('--no-sandbox')
  if (typeof options.cdpPort === 'number') args.push(`--remote-debugging-port=${options.cdpPort}`)
  args.push(`--profile=${options.profile}`)
  if (options.enrol) args.push(`--enrol=${options.enrol}`)
  if (options.theme) args.push(`--theme=${options.theme}`)
  if (options.language) args.push(`--lang=${options.language}`)
  return args
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(new Error(`Electron does not start: ${error.message}`)))
  })
}

/** Chromium's own lines, and GLib's: without a session bus each notification is one. */
const chatter = /^\[\d+:\d+\/[\d.]+:[A-Z]+:|^\(\w+:\d+\): [\w-]+-WARNING \*\*:/

/** Everything goes to stderr but Chromium's own chatter; resolves with the remote debugging address when it is named. */
function relayOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        const address = /^DevTools listening on ws:\/\/([^/]+)\//.exec(line)?.[1]
        if (address) resolve(`http://${address}`)
        else if (line !== '' && !chatter.test(line)) console.error(line)
      })
    }
  })
}

async function cdpAddress(listening: Promise<string>, exited: Promise<number | null>): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the window does not answer')), cdpMs)
  })
  const ended = exited.then((code) => Promise.reject(new Error(`the workstation ended at once (${code ?? 'signal'})`)))
  try {
    return await Promise.race([listening, ended, late])
  } finally {
    clearTimeout(timer)
  }
}
