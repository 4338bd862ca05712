/** The account's authorization in the encrypted cache: the key that is the whole account, never logged, never copied out. */
import { z } from 'zod'
import type { ChannelStore } from '../channel.ts'

const sessionSchema = z.strictObject({
  v: z.literal(1),
  dcId: z.int().min(1).max(100),
  address: z.string().min(3).max(64),
  port: z.int().min(1).max(65_535),
  /** 256 bytes, base64. */
  key: z.base64().length(344),
  userId: z.string().regex(/^\d{1,20}$/),
})
type KeptSession = z.infer<typeof sessionSchema>
/** A key exchanged with a data centre; after login it is the authorization. */
export type LineSession = Pick<KeptSession, 'dcId' | 'address' | 'port' | 'key'>

/** What is worth nothing to another account. */
const ofOneAccount = [
  'updates',
  'channel',
  'peer',
  'group',
  'group-shown',
  'group-stale',
  'intent',
  'flood',
  'once',
  'seen',
  'poll',
  'poll-at',
  'poll-stale',
  'reactions',
  'secret',
]
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function findSession(store: ChannelStore): KeptSession | null {
  const kept = store.getState('session', 'current')
  return kept ? sessionSchema.parse(JSON.parse(decoder.decode(kept))) : null
}

/** The user id of the account that was last paired here, also after its authorization has ended. */
export function findSelf(store: ChannelStore): string | null {
  const kept = store.getState('account', 'self')
  return kept ? decoder.decode(kept) : null
}

/**
 * Keeps a fresh authorization; in a transaction. Numbering and people of another account are dropped, those of the
 * same one stay: what came while it was unpaired is then caught up.
 */
export function putAccount(store: ChannelStore, session: KeptSession): void {
  const { userId } = sessionSchema.parse(session)
  if (findSelf(store) !== userId)
    for (const type of ofOneAccount) for (const { id } of store.listState(type)) store.putState(type, id, null)
  store.putState('account', 'self', encoder.encode(userId))
  store.putState('session', 'current', encoder.encode(JSON.stringify(session)))
}

/** Deletes the key; update state and people stay, they belong to the account and not to the authorization. */
export function wipeSession(store: ChannelStore): void {
  store.putState('session', 'current', null)
}
