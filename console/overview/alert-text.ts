/** Which sentence tells an alert of the vault. */
import type { en } from '../strings/en.ts'

type AlertText = Exclude<keyof (typeof en)['alert'], 'other' | 'subject'>

const texts = new Map<string, AlertText>([
  ['ledger_fork', 'forkedLedger'],
  ['copied_profile', 'copiedProfile'],
  ['signature_refused', 'signatureRefused'],
  ['rate_limited', 'rateLimited'],
  ['batch_quarantined', 'quarantined'],
  ['quarantined', 'quarantined'],
  ['sign_in_blocked', 'signInBlocked'],
  ['pin_blocked', 'pinBlocked'],
])

/** Null: a code without a sentence of its own; the screen then names the code. */
export function alertText(code: string): AlertText | null {
  return texts.get(code) ?? null
}
