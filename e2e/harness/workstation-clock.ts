/** The workstation's own clock: it goes with the simulated world's, wrong by as much as a test says. */
import { MovableClock } from '../simulators/control/clock.ts'
import { startControlServer } from '../simulators/control/server.ts'
import type { RunningSimulators } from '../simulators/index.ts'

export interface WorkstationClock {
  /** For SEALDESK_CLOCK_URL. */
  url: string
  /** From now on so many milliseconds ahead of the world, or behind it. */
  skew(ms: number): void
  stop(): Promise<void>
}

export async function startWorkstationClock({ clock, directory }: RunningSimulators): Promise<WorkstationClock> {
  const own = new MovableClock()
  let skewMs = 0
  const follow = (): void => own.set(clock.now() + skewMs)
  const forget = clock.onMove(follow)
  follow()
  const server = await startControlServer({ directory, clock: own, seed: 0 }, 0)
  return {
    url: `${server.url}/clock`,
    skew: (ms) => {
      skewMs = ms
      follow()
    },
    stop: async () => {
      forget()
      await server.stop()
    },
  }
}
