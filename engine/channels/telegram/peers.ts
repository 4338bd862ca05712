/** The people and groups this account has seen, with the access hash that Telegram demands for writing to them. */
import type { Api } from 'telegram/index.js'
import { z } from 'zod'
import type { ChannelStore, SeenIdentity } from '../channel.ts'

const hash = z
  .string()
  .regex(/^-?\d{1,20}$/)
  .nullable()
const peerSchema = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/),
  /** Differs per account; null while Telegram has shown this person only in passing (`min`). */
  hash,
  name: z.string().max(512).nullable(),
  username: z.string().max(128).nullable(),
  phone: z.string().max(32).nullable(),
})
export type KnownPeer = z.infer<typeof peerSchema>

const groupSchema = z.strictObject({
  address: z.string().regex(/^(chat|channel):\d{1,20}$/),
  /** Of channels; basic groups need none. */
  hash,
  title: z.string().max(512),
  /** A channel in which few write and many read: no conversation. */
  broadcast: z.boolean(),
  /** The account is no member any more. */
  left: z.boolean(),
  owner: z.boolean(),
})
export type KnownGroup = z.infer<typeof groupSchema>

const stateType = 'peer'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function userAddress(id: string): string {
  return `user:${id}`
}

export function addressOf(peer: Api.TypePeer): string {
  switch (peer.className) {
    case 'PeerUser':
      return userAddress(peer.userId.toString())
    case 'PeerChat':
      return `chat:${peer.chatId.toString()}`
    case 'PeerChannel':
      return `channel:${peer.channelId.toString()}`
  }
}

/** The decimal user id of `user:<id>`, or null for any other address. */
export function userIdOf(address: string): string | null {
  return /^user:(\d{1,20})$/.exec(address)?.[1] ?? null
}

/** The decimal id of `channel:<id>`, or null for any other address. */
export function channelIdOf(address: string): string | null {
  return /^channel:(\d{1,20})$/.exec(address)?.[1] ?? null
}

/** The decimal id of `chat:<id>`, or null for any other address. */
export function chatIdOf(address: string): string | null {
  return /^chat:(\d{1,20})$/.exec(address)?.[1] ?? null
}

export function identityOf(peer: KnownPeer): SeenIdentity {
  return {
    address: userAddress(peer.id),
    aliases: peer.phone ? [`${peer.phone}@phone`] : [],
    name: peer.name,
  }
}

export function readUser(user: Api.TypeUser): KnownPeer | null {
  if (user.className !== 'User') return null
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ').trim().slice(0, 512)
  return {
    id: user.id.toString(),
    hash: user.accessHash && !user.min ? user.accessHash.toString() : null,
    name: name || null,
    username: user.username?.slice(0, 128) || null,
    phone: user.phone?.slice(0, 32) || null,
  }
}

/** Without those whose ids are none: what is kept of them could not be read any more. */
export function readUsers(users: Api.TypeUser[]): KnownPeer[] {
  return users.map(readUser).filter((peer) => peer !== null && peerSchema.safeParse(peer).success) as KnownPeer[]
}

export function readChat(chat: Api.TypeChat): KnownGroup | null {
  if (chat.className === 'ChatEmpty' || chat.className === 'Community' || chat.className === 'CommunityForbidden')
    return null
  const isChannel = chat.className === 'Channel' || chat.className === 'ChannelForbidden'
  const forbidden = chat.className === 'ChatForbidden' || chat.className === 'ChannelForbidden'
  const usable = isChannel && chat.accessHash && !('min' in chat && chat.min)
  return {
    address: `${isChannel ? 'channel' : 'chat'}:${chat.id.toString()}`,
    hash: usable ? (chat.accessHash?.toString() ?? null) : null,
    title: chat.title.slice(0, 512),
    broadcast: isChannel && !chat.megagroup,
    left: forbidden || chat.left === true,
    owner: !forbidden && chat.creator === true,
  }
}

export function readChats(chats: Api.TypeChat[]): KnownGroup[] {
  return chats.map(readChat).filter((group) => group !== null && groupSchema.safeParse(group).success) as KnownGroup[]
}

export class PeerStore {
  readonly #store: ChannelStore

  constructor(store: ChannelStore) {
    this.#store = store
  }

  find(id: string): KnownPeer | null {
    const kept = this.#store.getState(stateType, id)
    if (!kept) return null
    return peerSchema.parse(JSON.parse(decoder.decode(kept)))
  }

  findGroup(address: string): KnownGroup | null {
    const kept = this.#store.getState('group', address)
    return kept ? groupSchema.parse(JSON.parse(decoder.decode(kept))) : null
  }

  /** Keeps what the newer sight lacks: a `min` user has no usable hash and often no phone. Writes only on change. */
  put(seen: KnownPeer): KnownPeer {
    const known = this.find(seen.id)
    const merged: KnownPeer = {
      id: seen.id,
      hash: seen.hash ?? known?.hash ?? null,
      name: seen.name ?? known?.name ?? null,
      username: seen.username ?? known?.username ?? null,
      phone: seen.phone ?? known?.phone ?? null,
    }
    const text = JSON.stringify(merged)
    if (!known || text !== JSON.stringify(known)) this.#store.putState(stateType, seen.id, encoder.encode(text))
    return merged
  }

  putGroup(seen: KnownGroup): void {
    const known = this.findGroup(seen.address)
    const text = JSON.stringify({ ...seen, hash: seen.hash ?? known?.hash ?? null } satisfies KnownGroup)
    if (!known || text !== JSON.stringify(known)) this.#store.putState('group', seen.address, encoder.encode(text))
  }
}
