/** Which sentence tells an alert of the vault. */
import type { en } from '../strings/en.ts'

type AlertText = Exclude<keyof (typeof en)['alert'], 'other' | 'subject'>

const texts = new Map<string, AlertText>([
  ['ledger_fork', 'forkedLedger'],
  ['copied_profile', 'copiedProfile'],
  ['signature_refused', 'signatureRefused'],
  ['rate_limited', 'rateLimited'],
  ['ledger_gap', 'ledgerGap'],
  ['account_refused', 'accountRefused'],
  ['payload_malformed', 'payloadMalformed'],
  ['batch_fork', 'forkedLedger'],
  ['batch_ledger_unknown', 'unknownLedger'],
  ['batch_signature_refused', 'forgedBatch'],
  ['batch_malformed', 'quarantined'],
  ['batch_not_opened', 'quarantined'],
  ['batch_commitment_differs', 'quarantined'],
  ['batch_internal', 'quarantined'],
  ['media_damaged', 'mediaDamaged'],
  ['sign_in_blocked', 'signInBlocked'],
  ['pin_blocked', 'pinBlocked'],
])

/** Null: a code without a sentence of its own; the screen then names the code. */
export function alertText(code: string): AlertText | null {
  return texts.get(code) ?? null
}
