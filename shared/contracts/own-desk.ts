/** What a salesperson keeps for the own work, on this workstation only, and the file of the customer in front. */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema } from './neutral-message.ts'

const none = z.strictObject({})

export const customerViewSchema = z.strictObject({
  name: z.string(),
  /** Epoch ms of the oldest message that is here; null: none. */
  since: z.int().nullable(),
  /** The same person as each account knows them, the one of this conversation first. */
  identities: z.array(
    z.strictObject({
      account: opaqueIdSchema,
      channel: channelSchema,
      name: z.string(),
      /** A masked number or a Telegram user, null where the provider tells neither. */
      known: z.string().nullable(),
      conversation: opaqueIdSchema.nullable(),
    }),
  ),
})
export type CustomerView = z.infer<typeof customerViewSchema>

/** `{name}` in the text stands for the customer's name. */
export const quickReplySchema = z.strictObject({
  /** One word, typed behind `/`. */
  name: z
    .string()
    .min(1)
    .max(32)
    .regex(/^[^\s/]+$/u),
  text: z.string().min(1).max(4_096),
})
export type QuickReply = z.infer<typeof quickReplySchema>

export const ownDeskContract = {
  /** Marks that only this workstation knows; what is not given stays. */
  'conversation.mark': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      pinned: z.boolean().optional(),
      archived: z.boolean().optional(),
      muted: z.boolean().optional(),
      unread: z.boolean().optional(),
    }),
    output: none,
  },
  /** Who the other side of a conversation with one person is. Errors: not_a_person. */
  'customer.get': { input: z.strictObject({ conversation: opaqueIdSchema }), output: customerViewSchema },
  /** By name. */
  'quickReplies.list': { input: none, output: z.strictObject({ replies: z.array(quickReplySchema) }) },
  /** An existing one of this name is replaced. Errors: too_many. */
  'quickReply.keep': { input: quickReplySchema, output: none },
  'quickReply.drop': { input: z.strictObject({ name: z.string().max(32) }), output: none },
} as const satisfies Contract
