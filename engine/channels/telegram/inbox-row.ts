/** The form in which the channel keeps an event until it is translated: the fields that are needed, and Telegram's own bytes. */
import { z } from 'zod'
import { ChannelError } from '../channel.ts'

const userId = z.string().regex(/^\d{1,20}$/)
const seconds = z.int().min(0)
const peer = z.strictObject({ id: userId, name: z.string().max(512).nullable(), phone: z.string().max(32).nullable() })

// The bytes stand beside the fields because the library that could decode them is loaded only when the account connects.
const storedRowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('message'),
    path: z.enum(['live', 'offline', 'phone']),
    out: z.boolean(),
    peer,
    self: userId,
    id: z.int().min(0),
    date: seconds,
    text: z.string(),
    entities: z.array(z.strictObject({ type: z.string().max(32), offset: z.int().min(0), length: z.int().min(0) })),
    reply: z.int().nullable(),
    clientId: z.string().max(20).nullable(),
    raw: z.base64(),
  }),
  /** Telegram's acknowledgement of an own send. */
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('sent'),
    clientId: z.string().max(20),
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
  z.strictObject({ v: z.literal(1), kind: z.literal('unknown'), reason: z.string().max(256), raw: z.base64() }),
])
export type StoredRow = z.infer<typeof storedRowSchema>

export interface InboxEntry {
  key: string
  row: StoredRow
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeRow(row: StoredRow): Uint8Array {
  return encoder.encode(JSON.stringify(row))
}

/** Throws ChannelError `telegram_row_malformed` for anything that encodeRow did not write. */
export function decodeRow(bytes: Uint8Array): StoredRow {
  try {
    return storedRowSchema.parse(JSON.parse(decoder.decode(bytes)))
  } catch {
    throw new ChannelError('telegram_row_malformed', 'The kept event cannot be read')
  }
}
