/** The form in which the channel keeps an event until it is translated: the fields that are needed, and Telegram's own bytes. */
import { z } from 'zod'
import { payloadSchemas } from '../../../shared/contracts/events.ts'
import { addressSchema, neutralMessageSchema } from '../../../shared/contracts/neutral-message.ts'
import { ChannelError } from '../channel.ts'

const userId = z.string().regex(/^\d{1,20}$/)
const seconds = z.int().min(0)
const peer = z.strictObject({ id: userId, name: z.string().max(512).nullable(), phone: z.string().max(32).nullable() })
const path = z.enum(['live', 'offline', 'phone'])
const clientId = z.string().max(20)
const reason = z.string().max(256)

// The bytes stand beside the fields because the library that could decode them is loaded only when the account connects.
/** Rows of before groups and media; `sent` and `identity` are still written so. */
const firstRowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('message'),
    path,
    out: z.boolean(),
    peer,
    self: userId,
    id: z.int().min(0),
    date: seconds,
    text: z.string(),
    entities: z.array(z.strictObject({ type: z.string().max(32), offset: z.int().min(0), length: z.int().min(0) })),
    reply: z.int().nullable(),
    clientId: clientId.nullable(),
    raw: z.base64(),
  }),
  /** Telegram's acknowledgement of an own send. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('sent'),
    clientId,
    id: z.int().min(0),
    date: seconds,
    raw: z.base64(),
  }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('read'),
    direction: z.enum(['in', 'out']),
    peer: userId,
    id: z.int().min(0),
    date: seconds.nullable(),
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('identity'), peer }),
  z.strictObject({ v: z.literal(1), kind: z.literal('unknown'), reason, raw: z.base64() }),
])

const identity = z.strictObject({
  address: addressSchema,
  aliases: z.array(addressSchema).max(16),
  name: z.string().max(512).nullable(),
})
const media = z.strictObject({
  /** What `download` needs: the JSON of media-reference.ts. */
  reference: z.string().max(65_536),
  bytes: z.int().min(0).nullable(),
  /** JPEG, at most 64 KiB. */
  thumbnail: z.base64().max(87_384).nullable(),
})
const secondRowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    v: z.literal(2),
    kind: z.literal('message'),
    path,
    direction: z.enum(['in', 'out']),
    peer: identity,
    author: identity.nullable(),
    message: neutralMessageSchema,
    clientId: clientId.nullable(),
    media: media.nullable(),
    raw: z.base64(),
  }),
  z.strictObject({
    v: z.literal(2),
    kind: z.literal('read'),
    direction: z.enum(['in', 'out']),
    peer: addressSchema,
    id: z.int().min(0),
    date: seconds.nullable(),
  }),
  z.strictObject({ v: z.literal(2), kind: z.literal('group'), group: payloadSchemas['group.seen/1'].shape.group }),
  z.strictObject({
    v: z.literal(2),
    kind: z.literal('unknown'),
    reason,
    raw: z.base64(),
    place: z
      .strictObject({
        peer: identity,
        author: identity.nullable(),
        direction: z.enum(['in', 'out']),
        providerId: z.string().min(1).max(128),
        time: z.int().min(0),
      })
      .nullable(),
  }),
])

const storedRowSchema = z.discriminatedUnion('v', [firstRowSchema, secondRowSchema])
export type StoredRow = z.infer<typeof storedRowSchema>
export type FirstRow = z.infer<typeof firstRowSchema>
export type SecondRow = z.infer<typeof secondRowSchema>
export type MessageRow = Extract<SecondRow, { kind: 'message' }>
export type UnknownRow = Extract<SecondRow, { kind: 'unknown' }>
export type StoredMedia = z.infer<typeof media>

/** Something that the channel remembers beside a row, in the row's transaction; null forgets. */
export interface MemoryWrite {
  type: 'seen' | 'poll' | 'poll-at' | 'reactions' | 'group-stale' | 'poll-stale' | 'secret'
  id: string
  value: string | null
}

export interface InboxEntry {
  key: string
  /** null: only the memory is written. */
  row: StoredRow | null
  /** Written when the row is new, or where there is no row. */
  memory?: MemoryWrite[]
}

/** What depends on what was seen before is read inside the transaction that keeps it. */
export interface LaterEntry {
  later(): InboxEntry[]
}
export type Entry = InboxEntry | LaterEntry

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeRow(row: StoredRow): Uint8Array {
  return encoder.encode(JSON.stringify(row))
}

/** True where `decodeRow` will accept what `encodeRow` writes of it: hostile fields may break a bound. */
export function isKeepable(row: StoredRow): boolean {
  return storedRowSchema.safeParse(row).success
}

/** Throws ChannelError `telegram_row_malformed` for anything that encodeRow did not write. */
export function decodeRow(bytes: Uint8Array): StoredRow {
  try {
    return storedRowSchema.parse(JSON.parse(decoder.decode(bytes)))
  } catch {
    throw new ChannelError('telegram_row_malformed', 'The kept event cannot be read')
  }
}

export function unknownRow(why: string, raw: Uint8Array, place: UnknownRow['place'] = null): UnknownRow {
  return { v: 2, kind: 'unknown', reason: why.slice(0, 256), raw: Buffer.from(raw).toString('base64'), place }
}
