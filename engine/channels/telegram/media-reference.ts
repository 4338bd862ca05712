/** Where a file lies at Telegram, in the form that is kept with its message; readable by this channel only. */
import { z } from 'zod'
import { ChannelError } from '../channel.ts'

const referenceSchema = z.strictObject({
  v: z.literal(1),
  type: z.enum(['photo', 'document']),
  id: z.string().regex(/^-?\d{1,20}$/),
  hash: z.string().regex(/^-?\d{1,20}$/),
  /** Base64; Telegram lets it run out. */
  reference: z.base64().max(4096),
  /** Letter of the photo's size; '' for documents. */
  size: z.string().max(8),
  dc: z.int().min(1).max(1000),
  bytes: z.int().min(0).nullable(),
})
export type MediaReference = z.infer<typeof referenceSchema>

export function encodeReference(reference: MediaReference): string {
  return JSON.stringify(referenceSchema.parse(reference))
}

/** Throws ChannelError `media_refused` for anything that encodeReference did not write. */
export function decodeReference(bytes: Uint8Array): MediaReference {
  try {
    return referenceSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    throw new ChannelError('media_refused', 'The reference of the file cannot be read')
  }
}
