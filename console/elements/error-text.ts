/** Which sentence people read for an error's code. */
type ErrorText =
  | 'unreachable'
  | 'deadline'
  | 'signInRefused'
  | 'signInBlocked'
  | 'forbidden'
  | 'notFound'
  | 'badInput'
  | 'conflict'
  | 'purposeNeeded'
  | 'nameTaken'
  | 'lastAdministrator'
  | 'ownRole'
  | 'serviceRole'
  | 'cursor'
  | 'inactive'
  | 'busy'
  | 'gatewayAway'
  | 'unexpected'

const texts = new Map<string, ErrorText>([
  ['unreachable', 'unreachable'],
  ['deadline', 'deadline'],
  ['sign_in_refused', 'signInRefused'],
  ['sign_in_blocked', 'signInBlocked'],
  ['forbidden', 'forbidden'],
  ['not_allowed', 'forbidden'],
  ['not_found', 'notFound'],
  ['bad_input', 'badInput'],
  ['conflict', 'conflict'],
  ['revoked', 'conflict'],
  ['too_large', 'badInput'],
  ['media_missing', 'notFound'],
  ['purpose_needed', 'purposeNeeded'],
  ['name_taken', 'nameTaken'],
  ['last_administrator', 'lastAdministrator'],
  ['own_role', 'ownRole'],
  ['service_role', 'serviceRole'],
  ['cursor_malformed', 'cursor'],
  ['conversation_unknown', 'notFound'],
  ['employee_unknown', 'notFound'],
  ['account_unknown', 'notFound'],
  ['login_unknown', 'notFound'],
  ['export_unknown', 'notFound'],
  ['employee_inactive', 'inactive'],
  ['keeper_away', 'busy'],
  ['gateway_away', 'busy'],
  ['gateway_silent', 'gatewayAway'],
  ['rate_limited', 'busy'],
  ['busy', 'busy'],
])

/** A code without a sentence of its own gets `unexpected`, and the screen adds the code for IT. */
export function errorText(code: string): ErrorText {
  const found = texts.get(code)
  if (found) return found
  return code.endsWith('_unknown') ? 'notFound' : 'unexpected'
}
