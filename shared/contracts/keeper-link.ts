/** What keeper and gateway say over the gateway's local socket; the keeper connects, both may ask. Frames: u32 length, UTF-8 JSON. */
import { z } from 'zod'
import { enrolReplySchema, enrolRequestSchema, pushSchema } from './device.ts'
import { opaqueIdSchema } from './events.ts'
import { captureStatusSchema } from './host.ts'
import { waitingSchema } from './outbox-report.ts'
import { signedDocumentSchema } from './signed-document.ts'
import type { Contract } from './contract.ts'

const base64 = z.string().regex(/^[A-Za-z0-9_-]*$/)

export const intakeRowSchema = z.strictObject({
  /** Position given by the gateway, growing, per gateway. */
  position: z.int().min(1),
  workstation: opaqueIdSchema,
  ledger: opaqueIdSchema,
  from: z.int().min(1),
  count: z.int().min(1),
  receivedAt: z.int(),
  marks: z.strictObject({
    /** Some event claims an epoch that was not the current one of its account. */
    staleEpoch: z.boolean(),
    /** The workstation was revoked when this arrived. */
    afterRevocation: z.boolean(),
    /** The batch does not continue its ledger: kept aside, never applied. */
    fork: z.boolean(),
  }),
  /** The batch as received (formats/batch), base64url. */
  batch: base64,
})
export type IntakeRow = z.infer<typeof intakeRowSchema>

export const gatewayAlertSchema = z.strictObject({
  position: z.int().min(1),
  code: z.enum(['copied_profile', 'ledger_fork', 'signature_refused', 'rate_limited']),
  workstation: opaqueIdSchema.nullable(),
  at: z.int(),
})
export type GatewayAlert = z.infer<typeof gatewayAlertSchema>

/** The keeper asks the gateway. */
export const gatewayContract = {
  'trust.put': { input: z.strictObject({ trust: z.unknown() }), output: z.strictObject({}) },
  'policy.put': { input: z.strictObject({ document: signedDocumentSchema }), output: z.strictObject({}) },
  /** deviceSecret: the first rotating secret (hex SHA-256 of it). */
  'device.put': {
    input: z.strictObject({ document: signedDocumentSchema, deviceSecretHash: z.string().length(64) }),
    output: z.strictObject({}),
  },
  /** Tokens die, the link gets `revoked` with the document and is closed; answers when that is sent. */
  'device.revoke': {
    input: z.strictObject({ document: signedDocumentSchema }),
    output: z.strictObject({ connected: z.boolean() }),
  },
  'lease.put': { input: z.strictObject({ document: signedDocumentSchema }), output: z.strictObject({}) },
  push: {
    input: z.strictObject({ workstation: opaqueIdSchema, push: pushSchema }),
    output: z.strictObject({ delivered: z.boolean() }),
  },
  presence: {
    input: z.strictObject({}),
    output: z.strictObject({
      workstations: z.array(
        z.strictObject({
          workstation: opaqueIdSchema,
          connected: z.boolean(),
          seenAt: z.int().nullable(),
          address: z.string().max(64).nullable(),
          software: z.string().max(64).nullable(),
          capture: captureStatusSchema.nullable(),
          /** null: it has never told (an older program). */
          waiting: waitingSchema.nullable(),
        }),
      ),
    }),
  },
  'intake.pull': {
    input: z.strictObject({ after: z.int().min(0), limit: z.int().min(1).max(1000) }),
    output: z.strictObject({ rows: z.array(intakeRowSchema), head: z.int().min(0) }),
  },
  /** The keeper has applied everything up to this position: sealed copies may go. */
  'intake.drop': { input: z.strictObject({ upTo: z.int().min(0) }), output: z.strictObject({}) },
  /** A piece of a complete file as it was received, base64url; at most 1 MiB. `bytes` null: not (yet) complete here. */
  'blob.pull': {
    input: z.strictObject({ blob: opaqueIdSchema, offset: z.int().min(0), length: z.int().min(1).max(1_048_576) }),
    output: z.strictObject({ bytes: z.int().min(0).nullable(), piece: base64 }),
  },
  /** The keeper has it, or nobody will ever ask for it. */
  'blob.drop': { input: z.strictObject({ blob: opaqueIdSchema }), output: z.strictObject({}) },
  'alerts.pull': {
    input: z.strictObject({ after: z.int().min(0) }),
    output: z.strictObject({ alerts: z.array(gatewayAlertSchema) }),
  },
} as const satisfies Contract

/** The gateway asks the keeper. */
export const keeperContract = {
  /** Errors: enrolment_unknown, enrolment_used, enrolment_expired, signature_refused, details_refused. */
  enrol: {
    input: z.strictObject({ request: enrolRequestSchema, address: z.string().max(64) }),
    output: enrolReplySchema,
  },
  /** A call of deviceContract that the gateway only relays; input and output are checked against deviceContract by both. */
  'device.call': {
    input: z.strictObject({
      workstation: opaqueIdSchema,
      /** Id of the link connection: a PIN proof counts for one connection. */
      connection: opaqueIdSchema,
      address: z.string().max(64),
      method: z.enum([
        'unlock.nonce',
        'unlock.prove',
        'directory.get',
        'lease.acquire',
        'lease.release',
        'journal.pull',
        'media.pull',
        'send.take',
        'send.return',
        'desk.presence',
      ]),
      input: z.unknown(),
    }),
    output: z.strictObject({ output: z.unknown() }),
  },
  /** A hint that a file is complete; polling is correct without it. */
  'blob.grown': { input: z.strictObject({ blob: opaqueIdSchema }), output: z.strictObject({}) },
  /** A hint that the intake has grown; polling is correct without it. */
  'intake.grown': { input: z.strictObject({ head: z.int().min(0) }), output: z.strictObject({}) },
} as const satisfies Contract
