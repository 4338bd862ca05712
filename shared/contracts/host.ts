/** What the desktop host's main process and the engine's utility process say to each other; the window's port travels beside it. */
import { z } from 'zod'
import { opaqueIdSchema } from './events.ts'
import { notificationSchema } from './notifications.ts'

const secret = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/)
/** An unwrapped cache key, kept in main's memory only so that a crashed engine can go on. */
const cacheKey = z.strictObject({ slot: z.literal([1, 2]), key: secret })
export type CacheKey = z.infer<typeof cacheKey>

export const captureStatusSchema = z.enum(['enforced', 'partial', 'marked-only'])
export type CaptureStatus = z.infer<typeof captureStatusSchema>

/** An enrolment code that nobody has used yet. `linked`: it came by a link, which anybody can make. */
export const waitingCodeSchema = z.strictObject({ text: z.string().max(4096), linked: z.boolean() })
export type WaitingCode = z.infer<typeof waitingCodeSchema>

/** main → engine. `window` comes with the window's port as the only transferred object. */
export const hostMessageSchema = z.discriminatedUnion('host', [
  z.strictObject({
    host: z.literal('start'),
    profile: z.string().min(1).max(4096),
    platform: z.string().max(64),
    hostKind: z.literal('electron'),
    deviceShare: secret.nullable(),
    signingKey: secret.nullable(),
    cacheKey: cacheKey.nullable(),
    enrol: waitingCodeSchema.nullable(),
    capture: captureStatusSchema,
    /** Name and version, for the ledger. */
    software: z.string().max(64),
  }),
  z.strictObject({ host: z.literal('window') }),
  /**
   * Nobody is at the machine. `screen`: the accounts go on; nothing happens when it is locked already. `key`: the machine sleeps, and
   * neither the key nor a session may lie in its memory meanwhile.
   */
  z.strictObject({ host: z.literal('lock'), kind: z.enum(['screen', 'key']) }),
  /** A person chose this conversation's notification: the window shows it, unless it is locked. */
  z.strictObject({ host: z.literal('show'), conversation: opaqueIdSchema }),
  z.strictObject({ host: z.literal('shutdown') }),
])
export type HostMessage = z.infer<typeof hostMessageSchema>

/** engine → main. */
export const engineMessageSchema = z.discriminatedUnion('engine', [
  z.strictObject({ engine: z.literal('ready'), enrolled: z.boolean(), locked: z.boolean() }),
  /** To be stored outside the cache: in the OS keystore where there is one. */
  z.strictObject({ engine: z.literal('keep'), deviceShare: secret, signingKey: secret }),
  /** The key to hand to the next engine after a crash; null: forget it. */
  z.strictObject({ engine: z.literal('key'), cacheKey: cacheKey.nullable() }),
  /** key, revoked, expired: the engine drains, says so and ends; a keyless one follows. */
  z.strictObject({ engine: z.literal('lock'), kind: z.enum(['screen', 'key', 'revoked', 'expired', 'open']) }),
  z.strictObject({ engine: z.literal('drained') }),
  /** Who the visible watermark names. */
  z.strictObject({ engine: z.literal('mark'), employee: z.string().max(64), workstation: z.string().max(64) }),
  z.strictObject({ engine: z.literal('notification'), notification: notificationSchema }),
  /** Nothing is new in these conversations any more: read here or elsewhere, muted, archived. */
  z.strictObject({ engine: z.literal('notification-over'), conversations: z.array(opaqueIdSchema) }),
  /** Unread messages on all accounts, as the window counts them; a number alone, told while locked as well. */
  z.strictObject({ engine: z.literal('unread'), count: z.int().min(0) }),
  z.strictObject({ engine: z.literal('error'), code: z.string().max(64) }),
])
export type EngineMessage = z.infer<typeof engineMessageSchema>
