/** Waits until a process and its descendants have come to rest. */
import { setTimeout as wait } from 'node:timers/promises'
import { cpuMsOf } from './process-tree.ts'

const lookMs = 500
/** Of one core; timers of an idle window take less. */
const restShare = 0.05
const restLooks = 4
const limitMs = 60_000

/** Resolves after two seconds of rest; rejects when there is none within a minute. */
export async function settled(pid: number): Promise<void> {
  const startedAt = performance.now()
  let [before, beforeAt, quiet] = [cpuMsOf(pid), startedAt, 0]
  while (quiet < restLooks) {
    await wait(lookMs)
    const [now, at] = [cpuMsOf(pid), performance.now()]
    quiet = (now - before) / (at - beforeAt) < restShare ? quiet + 1 : 0
    ;[before, beforeAt] = [now, at]
    if (at - startedAt > limitMs) throw new Error('the process does not come to rest')
  }
}
