/** What the salesperson's window asks the engine over its MessagePort, and what the engine tells it. */
import { z } from 'zod'
import { colleagueDeskContract, colleaguesViewSchema } from './colleague-desk.ts'
import { customerActivityContract, customerActivitySchema } from './customer-activity.ts'
import { sendStates } from '../domain/send-state.ts'
import { opaqueIdSchema } from './events.ts'
import {
  channelSchema,
  contactSchema,
  detailsSchema,
  entitySchema,
  locationSchema,
  messageKinds,
  pollSchema,
  serviceSchema,
} from './neutral-message.ts'
import type { Contract } from './contract.ts'
import { notificationsContract } from './notifications.ts'
import { fileDeskContract } from './file-desk.ts'
import { ownDeskContract } from './own-desk.ts'
import { pairingDeskContract } from './pairing-desk.ts'

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
  /** While much of the journal is brought down from the vault: entries that have come of those that were missing; else null. */
  history: z.strictObject({ done: z.int(), total: z.int() }).nullable(),
})
export type AccountView = z.infer<typeof accountViewSchema>

export const conversationViewSchema = z.strictObject({
  id: opaqueIdSchema,
  account: opaqueIdSchema,
  channel: channelSchema,
  title: z.string(),
  /** What is shown below the title: a masked number or a user id, never a LID as a phone number. */
  subtitle: z.string().nullable(),
  group: z.boolean(),
  lastText: z.string(),
  /** Kind of the newest message; raw: not understood. */
  lastKind: z.enum([...messageKinds, 'raw']),
  lastDirection: z.enum(['in', 'out']),
  /** In groups: who wrote the newest message; null: nobody else. */
  lastAuthor: z.string().nullable(),
  lastAt: z.int(),
  unread: z.int(),
  /** The salesperson's own marks, kept on this workstation only. pinnedAt null: not pinned; those pinned earlier stand first. */
  pinnedAt: z.int().nullable(),
  archived: z.boolean(),
  muted: z.boolean(),
  /** By hand, to be looked at later; reading takes it away. */
  markedUnread: z.boolean(),
  /** Who has taken this customer; `self`: the person who is looking. */
  claim: z.strictObject({ name: z.string(), self: z.boolean(), at: z.int() }).nullable(),
})
export type ConversationView = z.infer<typeof conversationViewSchema>

/** A person in a conversation: the name, else a masked number, never a LID; `key` is equal for the same person (for colours). */
export const personViewSchema = z.strictObject({ key: z.string(), name: z.string() })
export type PersonView = z.infer<typeof personViewSchema>

export const mediaViewSchema = z.strictObject({
  /**
   * waiting: will be fetched · fetching · held: can be shown · on-demand: too large to be fetched unasked · missing: cannot be had, see
   * `fault`
   */
  state: z.enum(['waiting', 'fetching', 'held', 'on-demand', 'missing']),
  /** Plain size; bytes that are here already. */
  bytes: z.int().nullable(),
  received: z.int(),
  /** Small JPEG, base64, or null. */
  thumbnail: z.string().nullable(),
  fault: fault.nullable(),
})
export type MediaView = z.infer<typeof mediaViewSchema>

/** Names stand where the wire has addresses: a name may be shorter or longer than an address can be. */
const shownNames = z.array(z.string().max(512))
const detailsViewSchema = detailsSchema.extend({
  mentions: shownNames.max(1024).optional(),
  service: serviceSchema.extend({ members: shownNames.max(2048) }).optional(),
})

export const messageViewSchema = z.strictObject({
  id: opaqueIdSchema,
  conversation: opaqueIdSchema,
  direction: z.enum(['in', 'out']),
  path: z.enum(['live', 'offline', 'phone', 'workstation']),
  /** At most 64 KiB; `clipped` tells that the rest is in message.text. */
  text: z.string(),
  clipped: z.boolean(),
  /** raw: something that is not understood yet; the text is the reason's code. */
  kind: z.enum([...messageKinds, 'raw']),
  /** In groups, of what others wrote; else null. */
  author: personViewSchema.nullable(),
  entities: z.array(entitySchema),
  /**
   * As the sender gave them; `mentions` and `service.members` are names here, no addresses. The n-th `mention_name` entity is the n-th
   * of `mentions`; on WhatsApp it covers `@` and digits, in place of which the name is shown.
   */
  details: detailsViewSchema.nullable(),
  media: mediaViewSchema.nullable(),
  /** The message that this one answers; id null: it is not here. */
  reply: z
    .strictObject({
      id: opaqueIdSchema.nullable(),
      author: z.string(),
      kind: z.enum([...messageKinds, 'raw']),
      /** At most 200 characters. */
      text: z.string(),
    })
    .nullable(),
  /** Earlier texts, oldest first, with the time of each; the newest is `text`. */
  versions: z.array(z.strictObject({ text: z.string(), at: z.int() })),
  /** Who deleted it at the provider and when; it stays here. */
  deleted: z.strictObject({ by: z.enum(['customer', 'company', 'unknown']), at: z.int() }).nullable(),
  reactions: z.array(z.strictObject({ emoji: z.string(), names: z.array(z.string()), mine: z.boolean() })),
  /** Per option of the poll, in its order. */
  votes: z.array(z.strictObject({ option: z.string(), count: z.int(), mine: z.boolean() })),
  at: z.int(),
  /** Order: (at, order) ascending. */
  order: z.string(),
  state: z.enum(['received', ...sendStates]),
  fault: fault.nullable(),
  /** Of what a workstation sent: the employee who wrote it; null where nobody knows. */
  writer: z.strictObject({ name: z.string(), self: z.boolean() }).nullable(),
  /** Queued until the workstation that runs the account has it. */
  waits: z.boolean(),
})
export type MessageView = z.infer<typeof messageViewSchema>

/** Whom an enrolment code would make the workstation believe, for the person who agrees to it. */
export const codeVaultSchema = z.strictObject({
  /** `host:port` of the gateway. */
  gateway: z.string(),
  /** Root fingerprint, 64 hex digits. */
  root: z.string(),
})
export type CodeVault = z.infer<typeof codeVaultSchema>

export const statusViewSchema = z.strictObject({
  enrolled: z.boolean(),
  /** Not enrolled yet, but a code came with the start or by a link (`linked`); vault null: it cannot be read. */
  waitingCode: z.strictObject({ vault: codeVaultSchema.nullable(), linked: z.boolean() }).nullable(),
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

const message = opaqueIdSchema
const textInput = z.string()
/** What is said beside the text; exactly what the kind needs. */
const saying = {
  text: textInput,
  entities: z.array(entitySchema).max(200).optional(),
  /** Message that is answered. */
  reply: message.nullish(),
  /** A file that `attachment.put` has brought whole. */
  attachment: opaqueIdSchema.nullish(),
  location: locationSchema.nullish(),
  contacts: z.array(contactSchema).max(16).nullish(),
  poll: pollSchema.nullish(),
  /** Members mentioned: refs of group.get, or addresses that are known; the n-th `mention_name` entity is the n-th of them. */
  mentions: z.array(z.string().max(128)).max(256).optional(),
}

export const groupViewSchema = z.strictObject({
  conversation: opaqueIdSchema,
  subject: z.string(),
  description: z.string().nullable(),
  announce: z.boolean(),
  inviteLink: z.string().nullable(),
  members: z.array(
    z.strictObject({
      /** For mentions and changes; a reference of this workstation, no provider address. */
      ref: z.string().max(128),
      person: personViewSchema,
      role: z.enum(['member', 'admin', 'owner']),
      self: z.boolean(),
    }),
  ),
})
export type GroupView = z.infer<typeof groupViewSchema>

export const deviceViewSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  platform: z.string().nullable(),
  current: z.boolean(),
  activeAt: z.int().nullable(),
})

export const windowContract = {
  ...ownDeskContract,
  ...pairingDeskContract,
  ...fileDeskContract,
  ...colleagueDeskContract,
  ...notificationsContract,
  ...customerActivityContract,
  'status.get': { input: none, output: statusViewSchema },
  /** Which vault a code is for; uses nothing up. Errors: enrolment_code_malformed. */
  'enrol.read': { input: z.strictObject({ code: z.string().max(4096) }), output: codeVaultSchema },
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
  /** Newest first; `mine`: whose customer the person here has taken. `before`: the cursor behind the page before, null at the end. */
  'conversations.list': {
    input: z.strictObject({
      account: opaqueIdSchema.nullable(),
      unread: z.boolean(),
      mine: z.boolean().default(false),
      before: z.string().max(64).nullish(),
      limit: z.int().min(1).max(2000),
    }),
    output: z.strictObject({ conversations: z.array(conversationViewSchema), before: z.string().nullable() }),
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
  /** Earlier messages before the cursor or before a message, ascending. Up to 1000 (benchmark); the window asks for 50 to 200. */
  'conversation.page': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      before: z.string().max(256),
      limit: z.int().min(1).max(1000),
    }),
    output: z.strictObject({ messages: z.array(messageViewSchema), before: z.string().nullable() }),
  },
  /**
   * The messages around a place, however far back, ascending: at most `limit` before it and as many from it on. `target`: the message itself,
   * or the first one at or after the time, behind the last one the last; null: there is none. Errors: message_unknown.
   */
  'conversation.around': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      place: z.union([z.strictObject({ message }), z.strictObject({ at: z.int().min(0) })]),
      limit: z.int().min(1).max(200),
    }),
    output: z.strictObject({
      messages: z.array(messageViewSchema),
      before: z.string().nullable(),
      /** Nothing newer is behind the last of them. */
      atNewest: z.boolean(),
      target: message.nullable(),
    }),
  },
  /** Later messages behind one, ascending. Errors: message_unknown. */
  'conversation.later': {
    input: z.strictObject({ conversation: opaqueIdSchema, after: message, limit: z.int().min(1).max(200) }),
    output: z.strictObject({ messages: z.array(messageViewSchema), atNewest: z.boolean() }),
  },
  /** When the first message that is here was written; null: there is none. */
  'conversation.first': {
    input: z.strictObject({ conversation: opaqueIdSchema }),
    output: z.strictObject({ at: z.int().nullable() }),
  },
  /** The owner has seen everything up to now: unread becomes 0 and the provider is told. */
  'conversation.read': { input: z.strictObject({ conversation: opaqueIdSchema }), output: none },
  /**
   * Errors: text_empty, text_too_long, account_not_running, not_assigned, attachment_unknown, attachment_incomplete, message_unknown,
   * colleague_active (nothing is sent; `colleagues.get` says who and what, `anyway` sends all the same), policy_no_sending,
   * policy_answers_only (nobody is written to who has not written first). Resolves when the intent is durable; where the account runs elsewhere, its runner sends it once the vault has it.
   */
  send: {
    input: z.strictObject({ conversation: opaqueIdSchema, ...saying, anyway: z.boolean().optional() }),
    output: z.strictObject({ message: opaqueIdSchema }),
  },
  /** Own messages only; names of the mentioned stand as `@` and name. Errors: not_editable, text_empty, message_unknown, account_not_running. */
  'message.edit': { input: z.strictObject({ message, text: z.string() }), output: none },
  /** Deletes for everybody at the provider; it stays here. Errors: not_deletable, message_unknown, account_not_running. */
  'message.delete': { input: z.strictObject({ message }), output: none },
  /** null takes the reaction back. */
  'message.react': { input: z.strictObject({ message, emoji: z.string().min(1).max(64).nullable() }), output: none },
  /** Options by their text; none takes the vote back. Errors: not_a_poll. */
  'message.vote': { input: z.strictObject({ message, options: z.array(z.string().max(512)).max(32) }), output: none },
  /**
   * Forwards within an account as the provider does it; across accounts and channels a copy. Errors: media_missing, not_forwardable,
   * colleague_active as `send`.
   */
  'message.forward': {
    input: z.strictObject({ message, conversation: opaqueIdSchema, anyway: z.boolean().optional() }),
    output: z.strictObject({ message: opaqueIdSchema }),
  },
  /** Errors: not_a_group. */
  'group.get': { input: z.strictObject({ conversation: opaqueIdSchema }), output: groupViewSchema },
  /** `members`: refs of group.get, or addresses for `add`. Errors: not_a_group, not_allowed, account_not_running. */
  'group.change': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      change: z.enum(['subject', 'add', 'remove', 'promote', 'demote', 'leave', 'invite-link']),
      members: z.array(z.string().max(128)).max(256).default([]),
      subject: z.string().max(256).nullable().default(null),
    }),
    output: z.strictObject({ link: z.string().nullable() }),
  },
  'account.devices': {
    input: z.strictObject({ account: opaqueIdSchema }),
    output: z.strictObject({ devices: z.array(deviceViewSchema) }),
  },
  /** Errors: device_too_fresh, not_allowed. */
  'account.removeDevice': {
    input: z.strictObject({ account: opaqueIdSchema, device: z.string().max(128) }),
    output: none,
  },
  /** Ends the log-in at the provider; the history stays. */
  'account.unlink': { input: z.strictObject({ account: opaqueIdSchema }), output: none },
  /** A person decided to repeat an unknown or failed message with the same provider id. */
  resend: { input: z.strictObject({ message: opaqueIdSchema }), output: none },
  /**
   * An own message that waits, or whose file goes up, is not to leave; it stays here as not sent. Errors: message_unknown,
   * not_withdrawable (it is on its way, or whoever runs the account has it). For a file the message's state tells what came of it.
   */
  'message.withdraw': { input: z.strictObject({ message: opaqueIdSchema }), output: none },
  /** A new conversation by address: digits of a phone number for WhatsApp, `user:<id>` for Telegram. */
  'send.new': {
    input: z.strictObject({
      account: opaqueIdSchema,
      address: z.string().min(3).max(64),
      ...saying,
      anyway: z.boolean().optional(),
    }),
    output: z.strictObject({ message: opaqueIdSchema, conversation: opaqueIdSchema }),
  },
  'message.text': { input: z.strictObject({ message: opaqueIdSchema }), output: z.strictObject({ text: z.string() }) },
  search: {
    input: z.strictObject({
      text: z.string().min(1).max(200),
      limit: z.int().min(1).max(200),
      /** Only in this one. */
      conversation: opaqueIdSchema.nullish(),
    }),
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
  /** Its notification was chosen on the desktop. */
  z.strictObject({ event: z.literal('show'), conversation: opaqueIdSchema }),
  z.strictObject({ event: z.literal('colleagues'), ...colleaguesViewSchema.shape }),
  z.strictObject({ event: z.literal('customer-activity'), changed: z.array(customerActivitySchema) }),
  /** How far a message's file has gone up to the provider; null: nothing of it is under way any more. */
  z.strictObject({
    event: z.literal('upload'),
    message,
    progress: z.strictObject({ sent: z.int().min(0), bytes: z.int().min(0) }).nullable(),
  }),
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
