/** Resolves the peers that clients name in requests, with the access hash checked as the real server does. */
import type { RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { longOf, RpcError } from '../tl-fields.ts'
import type { SimulatorAccount, TelegramUser } from '../world.ts'

/** The user behind an InputPeer or InputUser; null: unknown or named with a wrong access hash. */
export function findPeer(input: TlObject, account: SimulatorAccount, context: RpcContext): TelegramUser | null {
  if (input._ === 'inputPeerSelf' || input._ === 'inputUserSelf') return account.user
  if (input._ !== 'inputPeerUser' && input._ !== 'inputUser') return null
  const user = context.world.user(Number(longOf(input, 'user_id')))
  if (!user) return null
  const allowed = user === account.user || longOf(input, 'access_hash') === context.world.accessHash(account, user)
  return allowed ? user : null
}

/** The same for methods that cannot go on without it. Throws PEER_ID_INVALID. */
export function requirePeer(input: TlObject, account: SimulatorAccount, context: RpcContext): TelegramUser {
  const user = findPeer(input, account, context)
  if (!user) throw new RpcError(400, 'PEER_ID_INVALID')
  return user
}
