import { describe, expect, test } from 'vitest'
import { readFault } from './faults.ts'
import { NoAnswer } from './timing.ts'

function rpc(code: number, errorMessage: string): Error {
  return Object.assign(new Error('a friendly sentence'), { code, errorMessage })
}

describe('readFault', () => {
  test.each([
    [401, 'SESSION_REVOKED', 'ended', 'telegram_session_revoked'],
    [401, 'AUTH_KEY_UNREGISTERED', 'ended', 'telegram_auth_key_unregistered'],
    [401, 'USER_DEACTIVATED', 'banned', 'telegram_user_deactivated'],
    [401, 'USER_DEACTIVATED_BAN', 'banned', 'telegram_user_deactivated_ban'],
    [401, 'SESSION_PASSWORD_NEEDED', 'refused', 'telegram_session_password_needed'],
    [406, 'AUTH_KEY_DUPLICATED', 'replaced', 'telegram_auth_key_duplicated'],
    [406, 'UPDATE_APP_TO_LOGIN', 'outdated', 'telegram_update_app_to_login'],
    [400, 'PEER_FLOOD', 'refused', 'telegram_peer_flood'],
    [403, 'USER_PRIVACY_RESTRICTED', 'refused', 'telegram_user_privacy_restricted'],
    [500, 'RPC_CALL_FAIL', 'unclear', 'telegram_rpc_call_fail'],
    [-503, 'Timeout', 'unclear', 'telegram_timeout'],
    [400, 'A "strange" one', 'refused', 'telegram_a__strange__one'],
  ])('%i %s means %s', (code, name, kind, faultCode) => {
    expect(readFault(rpc(code, name), 0)).toMatchObject({ kind, fault: { code: faultCode, until: null } })
  })

  test.each(['FLOOD_WAIT_17', 'FLOOD_PREMIUM_WAIT_17', 'SLOWMODE_WAIT_17'])('%s ends 17 s from now', (name) => {
    const code = `telegram_${name.toLowerCase().replace('_17', '')}`
    expect(readFault(rpc(420, name), 1_000)).toMatchObject({ kind: 'flood', fault: { code, until: 18_000 } })
  })

  test('a notification about the transport is not the answer to the request', () => {
    expect(readFault(rpc(48, 'Incorrect server salt'), 0)).toMatchObject({
      kind: 'unclear',
      fault: { code: 'telegram_connection_lost' },
    })
  })

  test('silence and cuts are unclear and say nothing of the error text', () => {
    expect(readFault(new NoAnswer(), 0)).toMatchObject({ kind: 'unclear', fault: { code: 'telegram_no_answer' } })
    const cut = readFault(new Error('connection to 149.154.167.51 by +49151 lost'), 0)
    expect(cut).toEqual({
      kind: 'unclear',
      fault: { code: 'telegram_connection_lost', text: 'The connection to Telegram was lost', until: null },
    })
  })
})
