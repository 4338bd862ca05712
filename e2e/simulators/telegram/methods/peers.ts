/** Resolves the peers that clients name in requests, with the access hash checked as the real server does. */
import type { Peer, SimulatorAccount, TelegramGroup, TelegramUser } from '../model.ts'
import type { RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { longOf, objectOf, RpcError } from '../tl-fields.ts'
import type { View } from '../tl-objects.ts'

export function viewOf(account: SimulatorAccount, context: RpcContext): View {
  return { world: context.world, files: context.files, account }
}

/** The user behind an InputPeer or InputUser; null: unknown or named with a wrong access hash. */
export function findUser(input: TlObject, account: SimulatorAccount, context: RpcContext): TelegramUser | null {
  if (input._ === 'inputPeerSelf' || input._ === 'inputUserSelf') return account.user
  if (input._ !== 'inputPeerUser' && input._ !== 'inputUser') return null
  const user = context.world.user(Number(longOf(input, 'user_id')))
  if (!user) return null
  const allowed = user === account.user || longOf(input, 'access_hash') === context.world.accessHash(account, user)
  return allowed ? user : null
}

/** The same for methods that cannot go on without it. Throws USER_ID_INVALID. */
export function requireUser(input: TlObject, account: SimulatorAccount, context: RpcContext): TelegramUser {
  const user = findUser(input, account, context)
  if (!user) throw new RpcError(400, 'USER_ID_INVALID')
  return user
}

/** A basic group by its id. Throws CHAT_ID_INVALID for one that the account never was in. */
export function requireChat(id: bigint, account: SimulatorAccount, context: RpcContext): TelegramGroup {
  const group = context.world.groupById(Number(id))
  const known = group && (group.members.has(account.user) || group.former.has(account.user))
  if (!group || group.mega || !known) throw new RpcError(400, 'CHAT_ID_INVALID')
  return group
}

/** A megagroup by InputChannel or InputPeerChannel. Throws CHANNEL_INVALID. */
export function requireChannel(input: TlObject, account: SimulatorAccount, context: RpcContext): TelegramGroup {
  const named = input._ === 'inputChannel' || input._ === 'inputPeerChannel'
  const group = named ? context.world.groupById(Number(longOf(input, 'channel_id'))) : null
  if (!group?.mega || longOf(input, 'access_hash') !== context.world.accessHash(account, group))
    throw new RpcError(400, 'CHANNEL_INVALID')
  return group
}

/** Throws CHANNEL_PRIVATE for a megagroup that the account is not in. */
export function requireInside(group: TelegramGroup, account: SimulatorAccount): TelegramGroup {
  if (!group.members.has(account.user))
    throw new RpcError(group.mega ? 400 : 403, group.mega ? 'CHANNEL_PRIVATE' : 'CHAT_FORBIDDEN')
  return group
}

/** Any conversation that the account may look into. Throws PEER_ID_INVALID, CHANNEL_INVALID, CHANNEL_PRIVATE. */
export function requirePeer(input: TlObject, account: SimulatorAccount, context: RpcContext): Peer {
  if (input._ === 'inputPeerChat') {
    try {
      return requireChat(longOf(input, 'chat_id'), account, context)
    } catch {
      throw new RpcError(400, 'PEER_ID_INVALID')
    }
  }
  if (input._ === 'inputPeerChannel') return requireInside(requireChannel(input, account, context), account)
  const user = findUser(input, account, context)
  if (!user) throw new RpcError(400, 'PEER_ID_INVALID')
  return user
}

/** The conversation in `peer` of a request. */
export function peerOf(query: TlObject, account: SimulatorAccount, context: RpcContext): Peer {
  return requirePeer(objectOf(query, 'peer'), account, context)
}
