/** Conversations in the console: the list, reading with a purpose, files, and who has looked. */
import { z } from 'zod'
import { cursor, pageLimit } from './console-page.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema, detailsSchema, entitySchema, messageKinds } from './neutral-message.ts'
import type { Contract } from './contract.ts'

export const consoleMessageSchema = z.strictObject({
  id: opaqueIdSchema,
  direction: z.enum(['in', 'out']),
  path: z.enum(['live', 'offline', 'phone', 'workstation']),
  author: z.string(),
  /** Tells people of equal name apart: the identity of the outsider who wrote it; null: the company. */
  person: opaqueIdSchema.nullable(),
  kind: z.enum([...messageKinds, 'raw']),
  /** null: the content has been erased or does not open. raw: the reason's code. */
  text: z.string().nullable(),
  entities: z.array(entitySchema),
  details: detailsSchema.nullable(),
  /** For edit, delete, reaction, vote: the message it is about; null: not held. */
  target: opaqueIdSchema.nullable(),
  /** The message that this one answers; null: none, or not held. */
  reply: opaqueIdSchema.nullable(),
  /** held: the vault has the file; waiting: on its way up; missing: it cannot be had. null: no file belongs to it. */
  media: z.strictObject({ state: z.enum(['held', 'waiting', 'missing']), sha256: z.string().nullable() }).nullable(),
  at: z.int(),
  state: z.enum(['received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown']),
  /** Came with a stale epoch, or after revocation without a closing event. */
  marks: z.array(z.enum(['late', 'unproven', 'erased', 'raw'])),
})

const conversationSchema = z.strictObject({
  id: opaqueIdSchema,
  account: opaqueIdSchema,
  accountName: z.string(),
  channel: channelSchema,
  title: z.string(),
  group: z.boolean(),
  lastAt: z.int(),
  messages: z.int(),
  /** Since when the other side waits for an answer; null: it does not. */
  waitingSince: z.int().nullable(),
  /** Name of the employee who has taken this customer. */
  claimedBy: z.string().nullable(),
})

export const consoleConversationsContract = {
  /**
   * Titles are content: the list is opened for who may read, and audited. `text` is looked for in titles; a page then ends after a limited
   * search and may be short: `after` tells whether there is more.
   */
  'conversations.list': {
    input: z.strictObject({
      account: opaqueIdSchema.nullable(),
      /** Accounts assigned to this employee now. */
      employee: opaqueIdSchema.nullable(),
      team: z.string().max(128).nullable(),
      channel: channelSchema.nullable(),
      /** With a message in this time; `until` is not in it. */
      from: z.int().nullable(),
      until: z.int().nullable(),
      group: z.boolean().nullable(),
      waiting: z.boolean(),
      text: z.string().max(128),
      /** newest: last message first; waiting: who waits longest first, and only who waits. */
      order: z.enum(['newest', 'waiting']),
      after: cursor.nullable(),
      limit: pageLimit,
    }),
    output: z.strictObject({ conversations: z.array(conversationSchema), after: cursor.nullable() }),
  },
  /** One row of the list, for a link that names it. */
  'conversations.find': {
    input: z.strictObject({ conversation: opaqueIdSchema }),
    output: z.strictObject({ conversation: conversationSchema }),
  },
  /**
   * A page of one conversation, messages ascending; at most one of before, after and at is given, none: the newest page. The purpose is
   * written to the audit log before the reply.
   */
  'conversations.read': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      purpose: z.string().trim().min(3).max(500),
      /** Messages before this cursor. */
      before: z.string().max(256).nullable().default(null),
      /** Messages after this cursor. */
      after: z.string().max(256).nullable().default(null),
      /** Messages from this moment on; where there are none, the last ones before it. */
      at: z.int().nullable().default(null),
    }),
    output: z.strictObject({
      title: z.string(),
      accountName: z.string(),
      channel: channelSchema,
      claimedBy: z.string().nullable(),
      messages: z.array(consoleMessageSchema),
      /** Names behind the addresses in `mentions` and `service.members`, where they are known. */
      names: z.record(z.string(), z.string()),
      /** null: nothing before, nothing after. */
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  },
  /** Who looked at a conversation, newest first. A purpose is told to its author and to who may read the audit log. */
  'conversations.looks': {
    input: z.strictObject({ conversation: opaqueIdSchema, after: cursor.nullable(), limit: pageLimit }),
    output: z.strictObject({
      looks: z.array(
        z.strictObject({
          id: z.string(),
          at: z.int(),
          who: z.string(),
          how: z.enum(['read', 'file', 'export', 'workstation']),
          /** null: none was asked for (workstation), or it is not for this reader. */
          purpose: z.string().nullable(),
          hidden: z.boolean(),
        }),
      ),
      after: cursor.nullable(),
    }),
  },
  /**
   * A piece of the file of a message that was read with a purpose in this session, base64; at most 1 MiB. Audited as `media.read` at
   * offset 0. Errors: message_unknown, media_missing, purpose_needed.
   */
  'media.read': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      message: opaqueIdSchema,
      offset: z.int().min(0),
      length: z.int().min(1).max(1_048_576),
    }),
    output: z.strictObject({ data: z.string(), bytes: z.int(), mime: z.string() }),
  },
} as const satisfies Contract
