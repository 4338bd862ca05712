/** The account's authorizations as Telegram lists them, and their end. */
import { ChannelError, type LinkedDevice } from '../channel.ts'
import type { LiveLine } from './live-line.ts'
import { readFault, rpcError } from './faults.ts'

const currentId = '0'

export async function listDevices({ library, line }: LiveLine): Promise<LinkedDevice[]> {
  const { authorizations } = await line.call(new library.Api.account.GetAuthorizations())
  return authorizations.slice(0, 1000).map((one) => ({
    id: one.current ? currentId : one.hash.toString(),
    name: [one.appName, one.appVersion].filter(Boolean).join(' ').slice(0, 256) || null,
    platform: [one.deviceModel, one.platform, one.systemVersion].filter(Boolean).join(', ').slice(0, 256) || null,
    current: one.current === true,
    activeAt: one.dateActive > 0 ? one.dateActive * 1000 : null,
  }))
}

/** Throws ChannelError `device_too_fresh` in the first 24 hours of this authorization, `not_allowed` for this one itself. */
export async function removeDevice({ library, line }: LiveLine, id: string): Promise<void> {
  if (id === currentId) throw new ChannelError('not_allowed', 'This authorization ends by unlinking')
  if (!/^-?\d{1,20}$/.test(id)) throw new ChannelError('telegram_device_unknown', 'There is no such device')
  try {
    await line.call(new library.Api.account.ResetAuthorization({ hash: library.toLong(id) }))
  } catch (error) {
    const name = rpcError(error)?.errorMessage
    if (name === 'FRESH_RESET_AUTHORISATION_FORBIDDEN')
      throw new ChannelError('device_too_fresh', 'Telegram lets new authorizations end others only after 24 hours')
    if (name === 'HASH_INVALID') throw new ChannelError('telegram_device_unknown', 'There is no such device')
    throw error
  }
}

/** A provider's refusal as what the caller can act on. now: epoch ms. */
export function channelError(error: unknown, now: number): ChannelError {
  if (error instanceof ChannelError) return error
  const { kind, fault } = readFault(error, now)
  const name = rpcError(error)?.errorMessage ?? ''
  if (kind === 'refused' && /(ADMIN_REQUIRED|WRITE_FORBIDDEN|RIGHT_FORBIDDEN|NOT_MUTUAL|NOT_ADMIN|CREATOR)/.test(name))
    return new ChannelError('not_allowed', fault.text)
  return new ChannelError(kind === 'unclear' ? 'not_connected' : fault.code, fault.text)
}
