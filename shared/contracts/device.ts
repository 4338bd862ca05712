/** What a workstation and the gateway say to each other: three HTTPS routes and one authenticated WebSocket link. */
import { z } from 'zod'
import { signedDocumentSchema } from './signed-document.ts'
import { opaqueIdSchema } from './events.ts'
import { captureStatusSchema } from './host.ts'
import { channelSchema } from './neutral-message.ts'
import { outboxSchema } from './outbox-report.ts'
import type { Contract } from './contract.ts'

const base64 = z.string().regex(/^[A-Za-z0-9_-]*$/)
const rawKey = base64.length(43)
const signature = base64.length(86)
const epoch = z.string().regex(/^\d{1,9}\.\d{1,9}$/)

/**
 * Routes (TLS; JSON unless said):
 * GET  /v1/trust    → Trust (formats/trust)
 * POST /v1/enrol    enrolRequestSchema → enrolReplySchema
 * POST /v1/batches  application/octet-stream, one batch (formats/batch) → batchReplySchema.
 *                   With `authorization: Bearer <token>` of a live link: full rate. Without: the spool route, accepted by the
 *                   batch's own signature from a ledger enrolled at any time, limited in rate and size.
 * GET  /v1/link     WebSocket, see below
 * Files (formats/blob), ciphertext that the gateway cannot open, each with header `x-sealdesk-blob`, a signed blob ticket:
 * GET  /v1/blobs/<id>            → blobStateSchema: how much of it is durable
 * POST /v1/blobs/<id>?offset=N   application/octet-stream, at most 4 MiB, where offset is what is durable already → blobStateSchema.
 *                                Refused: blob_offset (409, with {bytes}), blob_damaged (422; the whole differs from the ticket and is
 *                                dropped), blob_too_large, ticket_refused, storage_full. A complete one answers complete again.
 * Token and rates as for batches: without a token the spool route, accepted by the ticket's own signature.
 * Errors: HTTP status and {error: {code, message}}.
 */
export const routes = {
  trust: '/v1/trust',
  enrol: '/v1/enrol',
  batches: '/v1/batches',
  blobs: '/v1/blobs',
  link: '/v1/link',
} as const

export const blobLabel = 'sealdesk/blob/1'
export const blobPieceBytes = 4 * 1024 * 1024
/** Largest sealed file that a vault takes: 2 GiB of content and its tags. */
export const blobMostBytes = 2_148_007_936
/**
 * base64url(JSON) of this in the header. `signature`: blobLabel over frame([ledger, blob, String(bytes), sha256] as ASCII) by the signing
 * key of the ledger's enrolment. bytes and sha256 (hex) are of the sealed file.
 */
export const blobTicketSchema = z.strictObject({
  ledger: opaqueIdSchema,
  blob: opaqueIdSchema,
  bytes: z.int().min(16).max(blobMostBytes),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  signature,
})
export type BlobTicket = z.infer<typeof blobTicketSchema>
export const blobStateSchema = z.strictObject({ bytes: z.int().min(0), complete: z.boolean() })
export type BlobState = z.infer<typeof blobStateSchema>

/** The part of an enrolment that only the keeper may read: sealed to the seal key with label `enrol`, bound to SHA-256(secret). */
export const enrolDetailsSchema = z.strictObject({
  /** Two verifiers from the start: `proof` of the PIN in slot 1, random bytes in slot 2; null for a service workstation. */
  proofs: z.tuple([base64.length(43), base64.length(43)]).nullable(),
  host: z.enum(['electron', 'node']),
  machine: z.string().max(128),
  platform: z.string().max(64),
})
export const enrolRequestSchema = z.strictObject({
  secret: base64.length(22),
  signingKey: rawKey,
  openingKey: rawKey,
  /** Ephemeral X25519 key for the share in the answer. */
  shareKey: rawKey,
  details: base64.max(8192),
  /** `sealdesk/enrol/1` over frame([secret, signingKey, openingKey, shareKey, details]) as ASCII, by the signing key. */
  signature,
})
export type EnrolRequest = z.infer<typeof enrolRequestSchema>

export const enrolmentLabel = 'sealdesk/enrolment/1'
/** Signed by the keeper's policy key; the gateway keeps a copy and believes nothing else. */
export const enrolmentSchema = z.strictObject({
  workstation: opaqueIdSchema,
  employee: opaqueIdSchema,
  /** The ledger of this enrolment. */
  ledger: opaqueIdSchema,
  /** Vault generation, first part of epochs. */
  generation: z.int().min(1),
  service: z.boolean(),
  signingKey: rawKey,
  openingKey: rawKey,
  at: z.int(),
})
export type Enrolment = z.infer<typeof enrolmentSchema>

/** Two shares, one per key slot, both sealed to shareKey with label `share` as frame([share1, share2]), 32 bytes each. */
export const enrolReplySchema = z.strictObject({
  enrolment: signedDocumentSchema,
  policy: signedDocumentSchema,
  /** First rotating device secret. */
  deviceSecret: base64.length(43),
  shares: base64.max(1024),
})
export type EnrolReply = z.infer<typeof enrolReplySchema>

export const batchReplySchema = z.strictObject({
  ledger: opaqueIdSchema,
  /** The highest sequence that is durable in the vault; everything up to it may be deleted. */
  upTo: z.int().min(0),
  /** True when the batch went to quarantine (a fork): durable, but the ledger is closed. */
  quarantined: z.boolean(),
  /** Durable, but what came before it is missing: `upTo` ends before the gap, and only this batch's own copy may be deleted. */
  gap: z.literal(true).optional(),
})
export type BatchReply = z.infer<typeof batchReplySchema>

/**
 * Link: the server speaks first with a challenge; hello answers it; welcome or refused follows. Afterwards both sides
 * exchange requests and replies (contract.ts) for deviceContract, and the server sends pushes.
 */
export const challengeSchema = z.strictObject({ challenge: base64.length(43) })
export const helloSchema = z.strictObject({
  hello: z.strictObject({
    workstation: opaqueIdSchema,
    /** The rotating device secret: the newest one that the workstation has stored. */
    deviceSecret: base64.length(43),
    software: z.string().max(64),
    /** What its capture protection really does: its own word, shown to the company. Absent: it has none to protect. */
    capture: captureStatusSchema.optional(),
    /** `sealdesk/link/1` over frame([challenge, workstation, deviceSecret] as ASCII), by the signing key. */
    signature,
  }),
})
export const welcomeSchema = z.strictObject({
  welcome: z.strictObject({
    token: base64.length(43),
    /** To be stored before it is used; the old one stays valid until this one has been used once. */
    nextDeviceSecret: base64.length(43),
    /** Vault time, epoch ms. */
    now: z.int(),
    /** Highest durable sequence of this enrolment's ledger. */
    upTo: z.int().min(0),
  }),
})
/** Codes: unknown_workstation, revoked, secret_refused, signature_refused, copied_profile. `revoked` comes with the signed revocation. */
export const refusedSchema = z.strictObject({
  refused: z.strictObject({ code: z.string().max(64), document: signedDocumentSchema.nullable() }),
})

export const revocationLabel = 'sealdesk/revocation/1'
export const revocationSchema = z.strictObject({ workstation: opaqueIdSchema, at: z.int(), number: z.int().min(1) })

export const leaseLabel = 'sealdesk/lease/1'
/** Signed by the keeper's policy key. Valid for `validMs` from the moment that the workstation asked for it. */
export const leaseSchema = z.strictObject({
  account: opaqueIdSchema,
  workstation: opaqueIdSchema,
  epoch,
  at: z.int(),
  validMs: z.int().min(0),
})
export type Lease = z.infer<typeof leaseSchema>

export const pushSchema = z.discriminatedUnion('push', [
  z.strictObject({ push: z.literal('revoked'), document: signedDocumentSchema }),
  z.strictObject({ push: z.literal('policy'), document: signedDocumentSchema }),
  /** The directory has changed: fetch it again. */
  z.strictObject({ push: z.literal('directory') }),
  z.strictObject({ push: z.literal('journal'), account: opaqueIdSchema, head: z.int().min(0) }),
  /** The lease of this account is asked for elsewhere or taken away: stop, flush, release. */
  z.strictObject({ push: z.literal('lease-lost'), account: opaqueIdSchema, epoch }),
  /** What a colleague does now: a colleagueSchema, sealed to the opening key with label `colleague`. Not kept anywhere. */
  z.strictObject({ push: z.literal('colleague'), sealed: base64.max(4096) }),
])
export type Push = z.infer<typeof pushSchema>

/** Sealed to the opening key with label `directory`, JSON. Served only after a PIN proof on this link. */
export const directorySchema = z.strictObject({
  company: z.string().max(256),
  employee: z.strictObject({ id: opaqueIdSchema, name: z.string().max(256) }),
  accounts: z
    .array(
      z.strictObject({
        id: opaqueIdSchema,
        channel: channelSchema,
        name: z.string().max(256),
        telegramApi: z.strictObject({ id: z.int(), hash: z.string().max(64) }).nullable(),
        /** Who runs it now, for the words "runs on …"; null: nobody. */
        holder: z.string().max(256).nullable(),
        journalHead: z.int().min(0),
      }),
    )
    .max(1000),
})
export type Directory = z.infer<typeof directorySchema>

/** Sealed to the opening key with label `journal`, JSON. */
export const journalPageSchema = z.strictObject({
  /** The employees behind the entries' ledgers. */
  writers: z.record(opaqueIdSchema, z.strictObject({ employee: opaqueIdSchema, name: z.string().max(256) })),
  entries: z.array(
    z.strictObject({
      position: z.int().min(1),
      /** Header and payload bytes of the event as its writer made them, base64url. */
      header: base64,
      payload: base64,
      /** Provider address of the conversation it belongs to (a group's in groups), where it has one: other ledgers' ids mean nothing here. */
      peer: z.string().max(128).nullable(),
    }),
  ),
})
export type JournalPage = z.infer<typeof journalPageSchema>

const doing = z.enum(['viewing', 'typing', 'none'])
/** Sealed to the seal key with label `presence`, JSON: neither the account nor the customer is told to the gateway. */
export const presenceSchema = z.strictObject({
  account: opaqueIdSchema,
  /** Provider address of the conversation. */
  peer: z.string().max(128),
  doing,
})
export type Presence = z.infer<typeof presenceSchema>
/** Counts for so long where it is not said again. */
export const presenceMs = 30_000
export const colleagueSchema = z.strictObject({
  ...presenceSchema.shape,
  workstation: opaqueIdSchema,
  employee: opaqueIdSchema,
  name: z.string().max(256),
})
export type Colleague = z.infer<typeof colleagueSchema>

/** Sealed to the seal key with label `unlock`, bound to the nonce. proof null: a service workstation. */
export const unlockProofSchema = z.strictObject({ nonce: base64.length(43), proof: base64.length(43).nullable() })

export const deviceContract = {
  'unlock.nonce': { input: z.strictObject({}), output: z.strictObject({ nonce: base64.length(43) }) },
  /**
   * Errors: pin_wrong (message: attempts left), pin_blocked, nonce_refused, signature_refused.
   * signature: `sealdesk/unlock/1` over frame([nonce, shareKey] as ASCII).
   */
  'unlock.prove': {
    input: z.strictObject({ sealed: base64.max(2048), nonce: base64.length(43), shareKey: rawKey, signature }),
    output: z.strictObject({
      /** Which slot's verifier matched: 1 or 2. */
      slot: z.union([z.literal(1), z.literal(2)]),
      /** The slot's share, sealed to shareKey with label `share`. */
      share: base64.max(1024),
    }),
  },
  'directory.get': { input: z.strictObject({}), output: z.strictObject({ sealed: base64 }) },
  /** Once connected and when it changes, for the company's screens; nothing depends on it. Answered by the gateway alone. */
  'outbox.tell': { input: outboxSchema, output: z.strictObject({}) },
  'policy.get': { input: z.strictObject({}), output: z.strictObject({ document: signedDocumentSchema }) },
  /** Also renews (same holder, same epoch). Errors: lease_held (who, the directory tells: names never pass the gateway), not_assigned, keeper_away. */
  'lease.acquire': {
    input: z.strictObject({ account: opaqueIdSchema }),
    output: z.strictObject({ document: signedDocumentSchema }),
  },
  'lease.release': { input: z.strictObject({ account: opaqueIdSchema, epoch }), output: z.strictObject({}) },
  /**
   * A piece of the file of a message that the vault holds, by the SHA-256 of its plain content; sealed to the opening key with label
   * `media`, at most 1 MiB of plain bytes from `offset`. Errors: proof_needed, not_assigned, media_unknown, keeper_away.
   */
  'media.pull': {
    input: z.strictObject({
      account: opaqueIdSchema,
      sha256: z.string().length(64),
      offset: z.int().min(0),
      length: z.int().min(1).max(1_048_576),
    }),
    output: z.strictObject({ sealed: base64, bytes: z.int().min(0) }),
  },
  /**
   * The holder of the account's current epoch asks before it executes an intent of epoch 0.0 (that of `ledger` at `seq`); the keeper hands
   * each to one epoch. `after`: the caller's own newest intent in that conversation, which the keeper must know first. Verdicts: send ·
   * again (another epoch had it, and nobody told what became of it) · wait (not applied yet) · done · refused (see `code`: revoked,
   * not_assigned, answered_meanwhile, erased, not_executable). Errors: lease_lost, keeper_away.
   */
  'send.take': {
    input: z.strictObject({
      account: opaqueIdSchema,
      epoch,
      ledger: opaqueIdSchema,
      seq: z.int().min(1),
      after: z.int().min(0),
    }),
    output: z.strictObject({
      verdict: z.enum(['send', 'again', 'wait', 'done', 'refused']),
      code: z.string().max(64).nullable(),
    }),
  },
  /** It has surely not left under this epoch: the next one that asks is as the first. */
  'send.return': {
    input: z.strictObject({ account: opaqueIdSchema, epoch, ledger: opaqueIdSchema, seq: z.int().min(1) }),
    output: z.strictObject({}),
  },
  /** What the person at this workstation does, for colleagues; presenceSchema. Errors: proof_needed, not_assigned, keeper_away. */
  'desk.presence': { input: z.strictObject({ sealed: base64.max(4096) }), output: z.strictObject({}) },
  /** Errors: proof_needed, not_assigned, keeper_away. */
  'journal.pull': {
    input: z.strictObject({ account: opaqueIdSchema, after: z.int().min(0), limit: z.int().min(1).max(500) }),
    output: z.strictObject({ sealed: base64, upTo: z.int().min(0), head: z.int().min(0) }),
  },
} as const satisfies Contract
