/** What the salesperson's window asks the engine over its MessagePort, and what the engine tells it. */
import { z } from 'zod'
import { sendStates } from '../domain/send-state.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema } from './neutral-message.ts'
import type { Contract } from './contract.ts'

const none = z.strictObject({})
const fault = z.strictObject({ code: z.string(), text: z.string(), until: z.int().nullable() })

export const accountViewSchema = z.strictObject({
  id: opaqueIdSchema,
  channel: channelSchema,
  name: z.string(),
  state: z.enum([
    'stopped',
    'unpaired',
    'pairing',
    'connecting',
    'live',
    'silent',
    'down',
    'replaced',
    'banned',
    'outdated',
    'elsewhere',
  ]),
  fault: fault.nullable(),
  /** Age of the last proof of life is now - aliveAt. */
  aliveAt: z.int().nullable(),
  /** For `elsewhere`: who runs it. */
  holder: z.string().nullable(),
  unread: z.int(),
})
export type AccountView = z.infer<typeof accountViewSchema>

export const conversationViewSchema = z.strictObject({
  id: opaqueIdSchema,
  account: opaqueIdSchema,
  channel: channelSchema,
  title: z.string(),
  /** What is shown below the title: a masked number or a user id, never a LID as a phone number. */
  subtitle: z.string().nullable(),
  lastText: z.string(),
  lastDirection: z.enum(['in', 'out']),
  lastAt: z.int(),
  unread: z.int(),
})
export type ConversationView = z.infer<typeof conversationViewSchema>

export const messageViewSchema = z.strictObject({
  id: opaqueIdSchema,
  conversation: opaqueIdSchema,
  direction: z.enum(['in', 'out']),
  path: z.enum(['live', 'offline', 'phone', 'workstation']),
  /** At most 64 KiB; `clipped` tells that the rest is in message.text. */
  text: z.string(),
  clipped: z.boolean(),
  /** raw: something that is not understood yet; the text is empty. */
  kind: z.enum(['text', 'raw']),
  at: z.int(),
  /** Order: (at, order) ascending. */
  order: z.string(),
  state: z.enum(['received', ...sendStates]),
  fault: fault.nullable(),
})
export type MessageView = z.infer<typeof messageViewSchema>

export const statusViewSchema = z.strictObject({
  enrolled: z.boolean(),
  /** Not enrolled yet, but started with an enrolment code: only the PIN is missing. */
  codeWaiting: z.boolean(),
  lock: z.enum(['open', 'screen', 'key', 'revoked', 'expired']),
  employee: z.string().nullable(),
  company: z.string().nullable(),
  vault: z.strictObject({
    connected: z.boolean(),
    /** Events that the vault has not acknowledged. */
    waiting: z.int(),
    /** Why nothing can be stored or sent up, as a code: `disk_full`, `vault_full` … or null. */
    trouble: z.string().nullable(),
  }),
  accounts: z.array(accountViewSchema),
  capture: z.strictObject({ status: z.enum(['enforced', 'partial', 'marked-only']), platform: z.string() }),
  now: z.int(),
})
export type StatusView = z.infer<typeof statusViewSchema>

export const windowContract = {
  'status.get': { input: none, output: statusViewSchema },
  /**
   * Makes this machine a workstation with a PIN of the salesperson's choice. code null: the one that the program was started with.
   * Errors: as keys/enrol (enrolment_used, enrolment_expired, pin_malformed, vault_away …), enrolment_code_missing.
   */
  enrol: {
    input: z.strictObject({ code: z.string().max(4096).nullable(), pin: z.string().min(4).max(64) }),
    output: none,
  },
  /** Errors: pin_wrong (message: attempts left, decimal), pin_blocked, vault_away, revoked, expired. */
  unlock: { input: z.strictObject({ pin: z.string().min(1).max(64) }), output: none },
  lock: { input: z.strictObject({ kind: z.enum(['screen', 'key']) }), output: none },
  'pairing.start': {
    input: z.strictObject({
      account: opaqueIdSchema,
      method: z.enum(['qr', 'code', 'phone']),
      phone: z
        .string()
        .regex(/^\d{5,15}$/)
        .nullable(),
    }),
    output: none,
  },
  'pairing.code': {
    input: z.strictObject({ account: opaqueIdSchema, value: z.string().min(1).max(16) }),
    output: none,
  },
  'pairing.password': {
    input: z.strictObject({ account: opaqueIdSchema, value: z.string().min(1).max(256) }),
    output: none,
  },
  'conversations.list': {
    input: z.strictObject({ account: opaqueIdSchema.nullable(), unread: z.boolean(), limit: z.int().min(1).max(2000) }),
    output: z.strictObject({ conversations: z.array(conversationViewSchema) }),
  },
  /** Opening is a ledger event, written before the answer. Newest messages, ascending. */
  'conversation.open': {
    input: z.strictObject({ conversation: opaqueIdSchema, limit: z.int().min(1).max(200) }),
    output: z.strictObject({
      conversation: conversationViewSchema,
      messages: z.array(messageViewSchema),
      before: z.string().nullable(),
    }),
  },
  /** Earlier messages before the cursor, ascending. Up to 1000 (benchmark); the window asks for 50 to 200. */
  'conversation.page': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      before: z.string().max(256),
      limit: z.int().min(1).max(1000),
    }),
    output: z.strictObject({ messages: z.array(messageViewSchema), before: z.string().nullable() }),
  },
  /** The owner has seen everything up to now: unread becomes 0 and the provider is told. */
  'conversation.read': { input: z.strictObject({ conversation: opaqueIdSchema }), output: none },
  /** Errors: text_empty, text_too_long, account_not_running, not_assigned. Resolves when the intent is durable. */
  send: {
    input: z.strictObject({ conversation: opaqueIdSchema, text: z.string() }),
    output: z.strictObject({ message: opaqueIdSchema }),
  },
  /** A person decided to repeat an unknown or failed message with the same provider id. */
  resend: { input: z.strictObject({ message: opaqueIdSchema }), output: none },
  /** A new conversation by address: digits of a phone number for WhatsApp, `user:<id>` for Telegram. */
  'send.new': {
    input: z.strictObject({ account: opaqueIdSchema, address: z.string().min(3).max(64), text: z.string() }),
    output: z.strictObject({ message: opaqueIdSchema, conversation: opaqueIdSchema }),
  },
  'message.text': { input: z.strictObject({ message: opaqueIdSchema }), output: z.strictObject({ text: z.string() }) },
  search: {
    input: z.strictObject({ text: z.string().min(1).max(200), limit: z.int().min(1).max(200) }),
    output: z.strictObject({
      hits: z.array(z.strictObject({ conversation: conversationViewSchema, message: messageViewSchema })),
    }),
  },
} as const satisfies Contract

/** Told to the window; state is broadcast, at most one delta per frame and topic. */
export const windowEventSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('status'), status: statusViewSchema }),
  z.strictObject({ event: z.literal('conversations'), changed: z.array(conversationViewSchema) }),
  z.strictObject({ event: z.literal('messages'), changed: z.array(messageViewSchema) }),
  z.strictObject({
    event: z.literal('pairing'),
    account: opaqueIdSchema,
    step: z.discriminatedUnion('step', [
      z.strictObject({ step: z.literal('qr'), text: z.string(), expiresAt: z.int().nullable() }),
      z.strictObject({ step: z.literal('code-shown'), code: z.string() }),
      z.strictObject({ step: z.literal('code-needed') }),
      z.strictObject({ step: z.literal('password-needed'), hint: z.string().nullable() }),
      z.strictObject({ step: z.literal('refused'), fault }),
      z.strictObject({ step: z.literal('done'), address: z.string() }),
    ]),
  }),
])
export type WindowEvent = z.infer<typeof windowEventSchema>

/** What the preload hands to the page, once: `window.postMessage(portHandover, …, [port])`. */
export const portHandover = 'sealdesk:port'
