/** The people this account has seen, with the access hash that Telegram demands for writing to them. */
import type { Api } from 'telegram/index.js'
import { z } from 'zod'
import type { ChannelStore, SeenIdentity } from '../channel.ts'

const peerSchema = z.strictObject({
  id: z.string().regex(/^\d{1,20}$/),
  /** Differs per account; null while Telegram has shown this person only in passing (`min`). */
  hash: z
    .string()
    .regex(/^-?\d{1,20}$/)
    .nullable(),
  name: z.string().max(512).nullable(),
  username: z.string().max(128).nullable(),
  phone: z.string().max(32).nullable(),
})
export type KnownPeer = z.infer<typeof peerSchema>

const stateType = 'peer'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function userAddress(id: string): string {
  return `user:${id}`
}

/** The decimal user id of `user:<id>`, or null for any other address. */
export function userIdOf(address: string): string | null {
  return /^user:(\d{1,20})$/.exec(address)?.[1] ?? null
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
}
