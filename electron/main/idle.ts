/** Feeds the automatic locks from the operating system. */
import { powerMonitor } from 'electron'
import { AutomaticLock, idleCheckMs } from './screen-lock.ts'

/**
 * Needs the ready app. `driven`: a debugger operates the window (never in a packaged build), whose keys and clicks the system does
 * not see; then idleness says nothing and only the system's own lock counts.
 */
export function watchIdleness(driven: boolean, lock: (kind: 'screen' | 'key') => void): void {
  const automatic = new AutomaticLock(
    {
      // Not the demo’s clock, which jumps, and not a monotonic one, which stands still while a Linux machine sleeps.
      now: () => Date.now(),
      idleMs: () => (driven ? 0 : powerMonitor.getSystemIdleTime() * 1000),
      isLocked: () => powerMonitor.getSystemIdleState(1) === 'locked',
    },
    lock,
  )
  const systemLocked = (): void => automatic.systemLocked()
  powerMonitor.on('suspend', () => automatic.systemSleeps())
  powerMonitor.on('lock-screen', systemLocked)
  powerMonitor.on('user-did-resign-active', systemLocked)
  setInterval(() => automatic.check(), idleCheckMs)
}
