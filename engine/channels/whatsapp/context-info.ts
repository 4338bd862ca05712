/** What a message carries about its surroundings: reply, mentions, forwarding, life time (ContextInfo, the same in every kind). */
import type { Fields } from './protobuf.ts'
import { personAddress } from './address.ts'

export interface Context {
  /** Provider id of the message that is answered. */
  reply: string | null
  mentions: string[]
  forwarded: boolean
  /** Seconds after which the message disappears; null: never, 0 does not come. */
  expiresS: number | null
}

export const NO_CONTEXT: Context = { reply: null, mentions: [], forwarded: false, expiresS: null }

const MENTIONS_LIMIT = 1024
/** A hundred years; what is longer is no life time. */
const LIFE_LIMIT_S = 3_155_760_000

/** An id of a message as a key may carry it, or null. */
export function messageId(id: string | null | undefined): string | null {
  return id && id.length <= 128 ? id : null
}

/** `kind`: the fields of a kind's message; `number`: where its ContextInfo stands (17 in nearly all). */
export function readContext(kind: Fields, number = 17): Context {
  const context = kind.message(number)
  if (!context) return NO_CONTEXT
  const mentions = context.texts(15, MENTIONS_LIMIT, 64).flatMap((jid) => personAddress(jid) ?? [])
  return {
    reply: messageId(context.text(1)),
    mentions: [...new Set(mentions)],
    forwarded: context.flag(22) || (context.number(21) ?? 0) > 0,
    expiresS: context.number(25, LIFE_LIMIT_S) || null,
  }
}
