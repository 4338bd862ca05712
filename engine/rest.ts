/** Gives memory back when the engine has come to rest: what a busy minute left would otherwise stay until the next one. */
import { Session } from 'node:inspector'

const lookMs = 5_000
/** Two quiet looks in a row: a collection stops the engine for a tenth of a second, and nobody is to wait for it. */
const quietLooks = 2
/** Of one core: the providers' keep-alives take less. */
const quietShare = 0.05
/** So much more than after the last time makes it worth while again. */
const worthBytes = 8 * 1024 ** 2

export interface RestSources {
  /** Processor time since the last call by the time that has passed: 1 is one core. */
  busyShare(): number
  /** Bytes that the process holds. */
  resident(): number
  giveBack(): Promise<void>
}

/** Returns what is to be called at each look: it resolves to the bytes that were given back, null when nothing was to be. Rejects as `giveBack` does. */
export function createRestLook(sources: RestSources): () => Promise<number | null> {
  let quiet = 0
  let kept = 0
  return async () => {
    quiet = sources.busyShare() <= quietShare ? quiet + 1 : 0
    const before = sources.resident()
    if (quiet < quietLooks || before < kept + worthBytes) return null
    try {
      await sources.giveBack()
    } finally {
      kept = sources.resident()
    }
    return before - kept
  }
}

export interface RestReport {
  level: 'info' | 'warn'
  code: 'memory_given_back' | 'memory_kept'
  /** Bytes. */
  value?: number
  reason?: string
}

/** `shrink` lets go of what the engine itself holds in reserve; then V8 collects. Returns how to stop. */
export function giveBackAtRest(shrink: () => void, report: (report: RestReport) => void): () => void {
  // Not the event loop's own figure of its use: in Electron's processes it has none.
  let before = { at: performance.now(), cpu: process.cpuUsage() }
  const look = createRestLook({
    busyShare: () => {
      const now = { at: performance.now(), cpu: process.cpuUsage() }
      const used = now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system
      const share = used / 1000 / (now.at - before.at)
      before = now
      return share
    },
    resident: () => process.memoryUsage.rss(),
    giveBack: async () => {
      shrink()
      await collect()
    },
  })
  const timer = setInterval(() => {
    look().then(
      (value) => value !== null && report({ level: 'info', code: 'memory_given_back', value }),
      (error: unknown) =>
        report({ level: 'warn', code: 'memory_kept', reason: error instanceof Error ? error.message : '' }),
    )
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * A full collection after which V8 shrinks its heap, in a task of its own. Asked for over the inspector's protocol, within the process:
 * the other way is a V8 flag that is set while it runs, which Node's documentation warns of.
 */
export async function collect(): Promise<void> {
  const session = new Session()
  session.connect()
  try {
    await new Promise<void>((resolve, reject) => {
      session.post('HeapProfiler.collectGarbage', (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    session.disconnect()
  }
}
