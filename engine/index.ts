/** Entry of the desktop's utility process: the engine behind main's messages and the window's port. */
import { answer } from '../shared/contracts/contract.ts'
import { hostMessageSchema, type EngineMessage, type HostMessage } from '../shared/contracts/host.ts'
import { windowContract, type WindowEvent } from '../shared/contracts/window.ts'
import { openClock } from '../shared/clock/test-clock.ts'
import { readEndpoints } from './config.ts'
import { createEngine, type Engine } from './engine.ts'
import { Profile } from './profile.ts'
import { giveBackAtRest } from './rest.ts'
import { watchHealth } from './watch.ts'
import type { EngineHost } from './workstation.ts'

/** What Electron gives a utility process; its types belong to Electron, which this room does not load. */
interface Port {
  on(event: 'message', listen: (message: { data: unknown; ports: Port[] }) => void): void
  on(event: 'close', listen: () => void): void
  postMessage(message: unknown): void
  start(): void
}
const parent = (process as unknown as { parentPort: Port }).parentPort
const tellMain = (message: EngineMessage): void => parent.postMessage(message)
const log = (line: Record<string, unknown>): void => void process.stderr.write(`${JSON.stringify(line)}\n`)

let engine: Engine | null = null
const windows = new Set<Port>()
/** Ports that arrive before the start message wait for the engine. */
const early: Port[] = []

function tellWindows(event: WindowEvent): void {
  for (const port of windows) port.postMessage(event)
}

function connectWindow(port: Port): void {
  if (!engine) {
    early.push(port)
    return
  }
  const { handlers } = engine
  windows.add(port)
  port.on('message', ({ data }) => {
    const report = (error: unknown): void =>
      log({ level: 'error', code: 'window_call_failed', reason: error instanceof Error ? (error.stack ?? '') : '' })
    void answer(windowContract, handlers, undefined, data, report).then((reply) => {
      if (reply) port.postMessage(reply)
    })
  })
  port.on('close', () => windows.delete(port))
  port.start()
}

function electronHost(start: Extract<HostMessage, { host: 'start' }>): EngineHost {
  let secrets: { deviceShare: Buffer; signingKey: Buffer } | null = null
  if (start.deviceShare !== null && start.signingKey !== null) {
    secrets = {
      deviceShare: Buffer.from(start.deviceShare, 'base64url'),
      signingKey: Buffer.from(start.signingKey, 'base64url'),
    }
  }
  return {
    kind: 'electron',
    secrets: () => secrets,
    keep: (made) => {
      secrets = made
      tellMain({
        engine: 'keep',
        deviceShare: made.deviceShare.toString('base64url'),
        signingKey: made.signingKey.toString('base64url'),
      })
    },
    keepKey: (cacheKey) => tellMain({ engine: 'key', cacheKey }),
    lockChanged: (kind) => tellMain({ engine: 'lock', kind }),
    drained: () => {
      tellMain({ engine: 'drained' })
      // Only the end of the process surely forgets the key; main starts a keyless one.
      setTimeout(() => process.exit(0), 50)
    },
    mark: (employee, workstation) => tellMain({ engine: 'mark', employee, workstation }),
  }
}

async function start(message: Extract<HostMessage, { host: 'start' }>): Promise<void> {
  const profile = new Profile(message.profile)
  engine = createEngine({
    profile,
    host: electronHost(message),
    wallClock: await openClock(process.env),
    endpoints: readEndpoints(),
    software: message.software,
    capture: message.capture,
    waitingCode: message.enrol,
    tell: tellWindows,
    desktop: {
      tell: (notification) => tellMain({ engine: 'notification', notification }),
      over: (conversations) => tellMain({ engine: 'notification-over', conversations }),
      unread: (count) => tellMain({ engine: 'unread', count }),
    },
    error: (code) => tellMain({ engine: 'error', code: code.slice(0, 64) }),
    log: (level, code, detail) => log({ ...detail, level, code }),
  })
  const { workstation } = engine
  workstation.start(message.cacheKey)
  watchHealth((code, value) => log({ level: 'warn', code, value }))
  giveBackAtRest(
    () => workstation.session?.cache.shrink(),
    (report) => log({ ...report }),
  )
  tellMain({ engine: 'ready', enrolled: workstation.enrolled, locked: workstation.lock !== 'open' })
  for (const port of early.splice(0)) connectWindow(port)
}

parent.on('message', ({ data, ports }) => {
  const message = hostMessageSchema.safeParse(data)
  if (!message.success) return tellMain({ engine: 'error', code: 'host_message_malformed' })
  if (message.data.host === 'window') {
    const [port] = ports
    if (port) connectWindow(port)
  } else if (message.data.host === 'lock') {
    void engine?.workstation.lockNow(message.data.kind)
  } else if (message.data.host === 'show') {
    if (engine?.workstation.lock === 'open') tellWindows({ event: 'show', conversation: message.data.conversation })
  } else if (message.data.host === 'shutdown') {
    void (engine?.stop() ?? Promise.resolve()).finally(() => process.exit(0))
  } else if (!engine) {
    start(message.data).catch((error: unknown) => {
      const refused = error instanceof Error && 'code' in error && error.code === 'endpoint_refused'
      log({
        level: 'error',
        code: refused ? 'endpoint_refused' : 'engine_start_failed',
        reason: error instanceof Error ? error.message : '',
      })
      process.exit(refused ? 78 : 1)
    })
  }
})
// A single failed promise must not end the process that holds the sockets; it is said and the supervisors go on.
process.on('unhandledRejection', (error) =>
  log({ level: 'error', code: 'unhandled_rejection', reason: error instanceof Error ? (error.stack ?? '') : '' }),
)
