/** What the desktop tells of a customer's message while nobody looks at its conversation: from the engine to main, and how a person wants it. */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'
import { messageKinds } from './neutral-message.ts'

const none = z.strictObject({})

export const languageSchema = z.enum(['en', 'de', 'zh-CN'])
export type NotificationLanguage = z.infer<typeof languageSchema>

/** content: who and what · plain: only that something came · off: nothing, the number of unread messages stays. */
export const notificationLevelSchema = z.enum(['content', 'plain', 'off'])
export type NotificationLevel = z.infer<typeof notificationLevelSchema>

/** One conversation in which something new stands; a later one replaces it. */
export const notificationSchema = z.strictObject({
  conversation: opaqueIdSchema,
  /** Messages that came since somebody last looked, this one among them. */
  count: z.int().min(1),
  language: languageSchema,
  /** As the sender gave it, not made safe yet; null: locked, or the person does not want it on the desktop. */
  content: z
    .strictObject({
      title: z.string().max(512),
      /** In groups: who wrote it. */
      author: z.string().max(512).nullable(),
      kind: z.enum([...messageKinds, 'raw']),
      text: z.string().max(512),
    })
    .nullable(),
})
export type NotificationView = z.infer<typeof notificationSchema>

export const notificationsContract = {
  'notifications.get': { input: none, output: z.strictObject({ level: notificationLevelSchema }) },
  /** Kept in the cache of this workstation; what is not given stays. */
  'notifications.set': {
    input: z.strictObject({ level: notificationLevelSchema.optional(), language: languageSchema.optional() }),
    output: none,
  },
  /** The conversation that a person has before the eyes now, the window being in front; null: none. */
  'conversation.watched': { input: z.strictObject({ conversation: opaqueIdSchema.nullable() }), output: none },
} as const satisfies Contract
