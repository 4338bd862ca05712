/** The link that carries an enrolment code: `sealdesk:enrol?code=…`, handed over by the system as one argument. */
import type { WaitingCode } from '../../shared/contracts/host.ts'

/**
 * The code of the first link among the arguments; null when there is none. Only the form is looked at: whether the code is good
 * the engine says.
 */
export function findLinkedCode(args: readonly string[]): WaitingCode | null {
  for (const argument of args) {
    const code = /^sealdesk:(?:\/\/)?enrol\/?\?code=([A-Za-z0-9_-]{1,4096})$/i.exec(argument)?.[1]
    if (code !== undefined) return { text: code, linked: true }
  }
  return null
}
