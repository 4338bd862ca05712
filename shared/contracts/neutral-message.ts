/** The neutral form of one message: what simulators report, what the vault exports and what tests compare byte by byte. */
import { z } from 'zod'

export const channelSchema = z.enum(['whatsapp', 'telegram'])
export type Channel = z.infer<typeof channelSchema>

/**
 * A provider address. WhatsApp: `<digits>@lid` (canonical) or `<digits>@s.whatsapp.net` while no LID is known,
 * never with a device part. Telegram: `user:<decimal id>`.
 */
export const addressSchema = z.string().min(3).max(128)

export const entitySchema = z.strictObject({
  type: z.string().max(32),
  offset: z.int().min(0),
  length: z.int().min(0),
})

export const neutralMessageSchema = z.strictObject({
  channel: channelSchema,
  kind: z.enum(['text']),
  /** Who wrote it: the customer's address, or the account's own address. */
  author: addressSchema,
  /** WhatsApp message id (the stanza's id), or the Telegram message id in the account's own mailbox, decimal. */
  providerId: z.string().min(1).max(128),
  /** The provider's time of the message, epoch milliseconds (both providers give whole seconds). */
  time: z.int().min(0),
  text: z.string(),
  entities: z.array(entitySchema),
  /** Provider id of the message that this one replies to. */
  reply: z.string().nullable(),
  /** SHA-256 of the media file, lower-case hex. */
  media: z.string().nullable(),
})
export type NeutralMessage = z.infer<typeof neutralMessageSchema>
