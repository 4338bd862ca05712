/** Which sentence an error's code gets. */
import { expect, test } from 'vitest'
import { errorText } from './error-text.ts'

test.each([
  ['unreachable', 'unreachable'],
  ['sign_in_refused', 'signInRefused'],
  ['sign_in_blocked', 'signInBlocked'],
  ['forbidden', 'forbidden'],
  ['employee_unknown', 'notFound'],
  ['name_taken', 'nameTaken'],
  ['gateway_away', 'busy'],
  ['gateway_silent', 'gatewayAway'],
  ['bad_input', 'badInput'],
  ['unknown_method', 'unexpected'],
  ['internal', 'unexpected'],
  ['never_heard_of', 'unexpected'],
  ['constructor', 'unexpected'],
])('%s reads as %s', (code, text) => {
  expect(errorText(code)).toBe(text)
})
