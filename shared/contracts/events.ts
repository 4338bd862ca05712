/** The ledger's event kinds: what a header says for ever, and what each payload holds until it is erased. */
import { z } from 'zod'
import { addressSchema, detailsSchema, entitySchema, messageKinds, neutralMessageSchema } from './neutral-message.ts'

const opaqueId = z.string().min(1).max(64)
export const opaqueIdSchema = opaqueId

/**
 * Header of one event, version 1. No personal data: every id is random and made by the ledger's writer.
 * `prev` is SHA-256 of the previous header's bytes (of the ledger id's UTF-8 bytes for sequence 1), `commitment` is
 * HMAC-SHA256(salt, payload JSON bytes); both base64url.
 */
export const eventHeaderSchema = z.strictObject({
  v: z.literal(1),
  ledger: opaqueId,
  seq: z.int().min(1),
  /** Kind and its version, for example `message.recorded/1`. Unknown kinds are kept raw. */
  kind: z.string().min(3).max(64),
  account: opaqueId.nullable(),
  /** Epoch of the lease under which it happened, `generation.n`; 0.0: without a lease. */
  epoch: z.string().regex(/^\d{1,9}\.\d{1,9}$/),
  conversation: opaqueId.nullable(),
  identity: opaqueId.nullable(),
  message: opaqueId.nullable(),
  /** Trusted time of the writer, epoch ms. */
  at: z.int().min(0),
  commitment: z.string().length(43),
  prev: z.string().length(43),
})
export type EventHeader = z.infer<typeof eventHeaderSchema>

const seenIdentity = z.strictObject({
  address: addressSchema,
  aliases: z.array(addressSchema).max(16),
  name: z.string().max(512).nullable(),
})
export type SeenIdentity = z.infer<typeof seenIdentity>
const fault = z.strictObject({ code: z.string().max(64), text: z.string().max(512), until: z.int().nullable() })

/** A group as the provider shows it at one moment, whole. */
const seenGroup = z.strictObject({
  address: addressSchema,
  subject: z.string().max(512),
  description: z.string().max(4096).nullable(),
  members: z.array(z.strictObject({ ...seenIdentity.shape, role: z.enum(['member', 'admin', 'owner']) })).max(10_000),
  /** Only admins may write. */
  announce: z.boolean(),
  inviteLink: z.string().max(512).nullable(),
})
export type SeenGroup = z.infer<typeof seenGroup>

/** Payloads by kind. A payload's bytes are UTF-8 JSON, kept as written. */
export const payloadSchemas = {
  'ledger.opened/1': z.strictObject({ software: z.string().max(64), platform: z.string().max(64) }),
  /** Signed closing event of a key lock: what is up to it counts as before. */
  'ledger.closed/1': z.strictObject({ reason: z.enum(['revoked', 'locked', 'replaced']) }),
  'message.recorded/1': z.strictObject({
    /** The other side of the conversation: a person, or the group. */
    peer: seenIdentity,
    /** In groups: who wrote it, where it was not the account. */
    author: seenIdentity.nullable().default(null),
    direction: z.enum(['in', 'out']),
    path: z.enum(['live', 'offline', 'phone']),
    message: neutralMessageSchema,
    clientId: z.string().max(128).nullable(),
    /** The provider's bytes, base64. */
    raw: z.string(),
    /**
     * What the provider needs to hand out the file again, as the channel wrote it (base64; WhatsApp: path, key and hashes; Telegram: id
     * and hash, which hold for its authorization alone): a successor fetches what the first runner never stored. Absent: no file, or none
     * to be had.
     */
    media: z
      .strictObject({
        reference: z.string().max(90_000),
        bytes: z.int().min(0).nullable(),
        sha256: z.string().length(64).nullable(),
      })
      .optional(),
  }),
  'message.intended/1': z.strictObject({
    peer: seenIdentity,
    clientId: z.string().min(1).max(128),
    text: z.string(),
    replyTo: z.string().max(128).nullable(),
    kind: z.enum(messageKinds).default('text'),
    entities: z.array(entitySchema).default([]),
    target: z.string().max(128).nullable().default(null),
    details: detailsSchema.nullable().default(null),
    /**
     * Only under epoch 0.0: the account's journal position that its author had here. What a colleague has answered behind it makes the
     * message fail (answered_meanwhile); absent: it is sent all the same.
     */
    seen: z.int().min(0).optional(),
  }),
  'message.state/1': z.strictObject({
    state: z.enum(['sending', 'sent', 'delivered', 'read', 'failed', 'unknown']),
    clientId: z.string().max(128).nullable(),
    providerId: z.string().max(128).nullable(),
    time: z.int().nullable(),
    error: fault.nullable(),
  }),
  /** Everything up to a message is read: out by the customer, in by the owner. */
  'conversation.read/1': z.strictObject({
    direction: z.enum(['in', 'out']),
    providerId: z.string().max(128),
    time: z.int().nullable(),
  }),
  'identity.seen/1': z.strictObject({ identity: seenIdentity }),
  'group.seen/1': z.strictObject({ group: seenGroup }),
  /** A file of a message (header.message) has come whole and stands encrypted as a blob (formats/blob) that is on its way up. */
  'media.stored/1': z.strictObject({
    peer: seenIdentity,
    author: seenIdentity.nullable(),
    direction: z.enum(['in', 'out']),
    /** Of the message: its provider id, or the client id of an own one that has none yet. */
    providerId: z.string().max(128).nullable(),
    clientId: z.string().max(128).nullable(),
    blob: opaqueId,
    /** Key of the blob, 32 bytes, base64url. */
    key: z.string().length(43),
    /** Of the plain file, lower-case hex; size of the plain file. */
    sha256: z.string().length(64),
    bytes: z.int().min(0),
    mime: z.string().max(128),
  }),
  /** The file of a message cannot be had (for now): expired, too_large, refused, damaged … */
  'media.missing/1': z.strictObject({
    peer: seenIdentity,
    author: seenIdentity.nullable(),
    direction: z.enum(['in', 'out']),
    providerId: z.string().max(128).nullable(),
    clientId: z.string().max(128).nullable(),
    error: fault,
    /** False: asking again is useless. */
    retries: z.boolean(),
  }),
  /** The account's own address, once the provider has told it; again when it changes. */
  'account.seen/1': z.strictObject({ address: addressSchema }),
  /** The account's own number and the devices linked to it, as the provider lists them; again when they change, at most daily. */
  'account.devices/1': z.strictObject({
    /** Digits with country code; null: the provider does not tell. */
    phone: z
      .string()
      .regex(/^\d{5,20}$/)
      .nullable(),
    devices: z
      .array(
        z.strictObject({
          name: z.string().max(256).nullable(),
          /** `phone`: the primary one, where the provider numbers them. */
          platform: z.string().max(256).nullable(),
          /** The runner's own. */
          current: z.boolean(),
          activeAt: z.int().min(0).nullable(),
        }),
      )
      .max(64),
  }),
  /** Somebody looked at a conversation. */
  'conversation.opened/1': z.strictObject({}),
  /** The writer takes this customer, or lets go of what was taken; the last word in the journal counts. */
  'conversation.claimed/1': z.strictObject({ peer: seenIdentity, claimed: z.boolean() }),
  /** What was not understood, kept as it came; `place` where it is known to stand in a conversation. */
  'raw.kept/1': z.strictObject({
    reason: z.string().max(256),
    raw: z.string(),
    place: z
      .strictObject({
        peer: seenIdentity,
        author: seenIdentity.nullable(),
        direction: z.enum(['in', 'out']),
        providerId: z.string().max(128),
        time: z.int().min(0),
      })
      .nullable()
      .default(null),
  }),
} as const
export type PayloadKind = keyof typeof payloadSchemas
export type Payload<K extends PayloadKind> = z.infer<(typeof payloadSchemas)[K]>

export function isPayloadKind(kind: string): kind is PayloadKind {
  return Object.hasOwn(payloadSchemas, kind)
}
