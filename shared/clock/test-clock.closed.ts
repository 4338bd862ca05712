/** What a packaged build has instead of a movable clock: the system's, and no start where a test endpoint is set. */
import { CodedError } from '../contracts/contract.ts'
import { systemClockSource, type ClockSource } from './clock.ts'

/** Throws CodedError('endpoint_refused') when any test endpoint is set; the caller exits with 78 (EX_CONFIG). */
export function openClockAtOnce(env: Record<string, string | undefined>): ClockSource {
  for (const name of Object.keys(env)) {
    if (/^SEALDESK_(WHATSAPP|TELEGRAM|CLOCK)_/.test(name)) {
      throw new CodedError('endpoint_refused', `${name} is refused in a packaged build`)
    }
  }
  return systemClockSource
}

/** As openClockAtOnce. */
export async function openClock(env: Record<string, string | undefined>): Promise<ClockSource> {
  return openClockAtOnce(env)
}
