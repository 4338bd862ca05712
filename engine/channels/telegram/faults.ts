/** What Telegram's errors mean for an account: matched on errorMessage, because the library's own texts change. */
import type { AccountState, ChannelFault } from '../channel.ts'

export type FaultKind =
  /** The authorization is gone: wipe the key, a person must pair again. */
  | 'ended'
  | 'banned'
  /** The key was used elsewhere at the same time; it is dead for good. */
  | 'replaced'
  | 'outdated'
  /** Nothing happened; useless before `fault.until`. */
  | 'flood'
  /** The provider refused this request for good. */
  | 'refused'
  /** Cut, silence or the provider's own trouble: nobody knows what happened. */
  | 'unclear'

/** What becomes of an account that does not come back by itself. */
export const endState: Partial<Record<FaultKind, AccountState>> = {
  ended: 'unpaired',
  banned: 'banned',
  replaced: 'replaced',
  outdated: 'outdated',
}

export interface ReadFault {
  kind: FaultKind
  fault: ChannelFault
}

interface RpcError {
  code: number
  errorMessage: string
}

/** The provider's own error, or null for everything else (sockets, timeouts, bugs). */
export function rpcError(error: unknown): RpcError | null {
  if (!(error instanceof Error) || !('errorMessage' in error) || !('code' in error)) return null
  const { code, errorMessage } = error
  if (typeof code !== 'number' || typeof errorMessage !== 'string') return null
  // Codes below 300 are bad_msg_notification, which is about the transport, not about the request.
  return Math.abs(code) < 300 ? null : { code: Math.abs(code), errorMessage }
}

export function fault(code: string, text: string, until: number | null = null): ChannelFault {
  return { code, text, until }
}

const waiting = /^(FLOOD_WAIT|FLOOD_PREMIUM_WAIT|SLOWMODE_WAIT)_(\d{1,9})$/
const endings = new Set(['AUTH_KEY_INVALID', 'AUTH_KEY_PERM_EMPTY', 'AUTH_KEY_UNREGISTERED'])
const bans = new Set(['USER_DEACTIVATED', 'USER_DEACTIVATED_BAN', 'PHONE_NUMBER_BANNED'])
const outdated = new Set(['UPDATE_APP_TO_LOGIN', 'CONNECTION_LAYER_INVALID'])

/** Classifies any failure of a request. `now`: epoch ms, for the end of a flood wait. */
export function readFault(error: unknown, now: number): ReadFault {
  const rpc = rpcError(error)
  if (!rpc) return { kind: 'unclear', fault: localFault(error) }
  const name = rpc.errorMessage
  const wait = waiting.exec(name)
  if (wait) {
    const seconds = Number(wait[2])
    const code = `telegram_${(wait[1] ?? '').toLowerCase()}`
    return { kind: 'flood', fault: fault(code, `Telegram asks to wait ${seconds} s`, now + seconds * 1000) }
  }
  const read = fault(faultCode(name), `Telegram answered ${name.slice(0, 64)}`)
  if (bans.has(name)) return { kind: 'banned', fault: read }
  if (name === 'AUTH_KEY_DUPLICATED') return { kind: 'replaced', fault: read }
  if (outdated.has(name)) return { kind: 'outdated', fault: read }
  if (endings.has(name) || (rpc.code === 401 && name !== 'SESSION_PASSWORD_NEEDED'))
    return { kind: 'ended', fault: read }
  return { kind: rpc.code >= 400 && rpc.code < 500 ? 'refused' : 'unclear', fault: read }
}

function faultCode(errorMessage: string): string {
  return `telegram_${errorMessage.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`.slice(0, 64)
}

function localFault(error: unknown): ChannelFault {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'telegram_no_answer') return fault(code, 'Telegram did not answer in time')
  if (code === 'telegram_store_failed') return fault(code, 'What came could not be stored')
  return fault('telegram_connection_lost', 'The connection to Telegram was lost')
}

const rawAtMost = 65_536

/** An answer held an object of a kind that the library does not know. */
export function isUndecodable(error: unknown): boolean {
  return error instanceof Error && 'invalidConstructorId' in error
}

/** The unknown object and what follows it, as far as the library gives them out; null where it does not. */
export function undecodableBytes(error: unknown): Uint8Array | null {
  if (!(error instanceof Error) || !('invalidConstructorId' in error) || !('remaining' in error)) return null
  const { invalidConstructorId: id, remaining } = error
  if (typeof id !== 'number' || !(remaining instanceof Uint8Array)) return null
  const head = Buffer.alloc(4)
  head.writeUInt32LE(id >>> 0)
  return Buffer.concat([head, remaining.subarray(0, rawAtMost)])
}
