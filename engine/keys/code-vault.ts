/** What a person may know of an enrolment code before agreeing to it: anybody can send one, and one of another vault looks the same. */
import type { CodeVault, StatusView } from '../../shared/contracts/window.ts'
import type { WaitingCode } from '../../shared/contracts/host.ts'
import { decodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'

/** Throws FormatError('enrolment_code_malformed'). */
export function readCodeVault(text: string): CodeVault {
  const { gateway, root } = decodeEnrolmentCode(text)
  // Only what is really connected to: a name before an @ or a path could pretend.
  return { gateway: new URL(gateway).host, root }
}

export function describeWaiting(code: WaitingCode | null): StatusView['waitingCode'] {
  if (code === null) return null
  try {
    return { vault: readCodeVault(code.text), linked: code.linked }
  } catch {
    return { vault: null, linked: code.linked }
  }
}
