/** Watches the engine's own event loop and memory, and says so when either is unwell. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const everyMs = 30_000
const lateMs = 200
/** Each look wakes an idle processor, ten a second for a fifth of a point of a core: a single short delay may stay unseen, what comes again does not. */
const lookMs = 500
const heavyBytes = 1.5 * 1024 ** 3

/** Reports `event_loop_late` (worst delay of the last half minute) and `memory_high` (resident bytes). Returns how to stop. */
export function watchHealth(report: (code: 'event_loop_late' | 'memory_high', value: number) => void): () => void {
  const delay = monitorEventLoopDelay({ resolution: lookMs })
  delay.enable()
  const timer = setInterval(() => {
    const worst = delay.max / 1e6 - lookMs
    delay.reset()
    if (worst > lateMs) report('event_loop_late', Math.round(worst))
    const resident = process.memoryUsage().rss
    if (resident > heavyBytes) report('memory_high', resident)
  }, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    delay.disable()
  }
}
