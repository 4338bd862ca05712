/** What the console asks the keeper: `POST /api/<method>` with a JSON body, answered by the output or {error: {code, message}}. */
import { z } from 'zod'
import { roleSchema } from '../domain/people.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema, detailsSchema, entitySchema, messageKinds } from './neutral-message.ts'
import type { Contract } from './contract.ts'

const none = z.strictObject({})
const name = z.string().trim().min(1).max(128)

export const signedInSchema = z.strictObject({
  employee: z.strictObject({ id: opaqueIdSchema, name: z.string(), role: roleSchema, team: z.string().nullable() }),
  company: z.string(),
  /** Sent back as header `x-sealdesk-csrf` with every call after sign-in. */
  csrf: z.string(),
})

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

export const auditEntrySchema = z.strictObject({
  seq: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  /** Decrypted reason or search text where the reader may see it. */
  reason: z.string().nullable(),
})

/** Every method but session.signIn and session.get needs the session cookie (HttpOnly, SameSite=Strict). */
export const consoleContract = {
  /** Errors: sign_in_refused (wrong name, password or code: never said which), sign_in_blocked. */
  'session.signIn': {
    input: z.strictObject({ name: z.string().max(128), password: z.string().max(256), totp: z.string().max(16) }),
    output: signedInSchema,
  },
  'session.get': { input: none, output: z.strictObject({ session: signedInSchema.nullable() }) },
  'session.signOut': { input: none, output: none },
  'overview.get': {
    input: none,
    output: z.strictObject({
      employees: z.int(),
      workstations: z.strictObject({ active: z.int(), connected: z.int(), revoked: z.int() }),
      accounts: z.strictObject({ all: z.int(), running: z.int() }),
      messages: z.int(),
      /** Batches received but not yet applied. */
      waiting: z.int(),
      alerts: z.array(z.strictObject({ id: z.int(), at: z.int(), code: z.string(), subject: z.string().nullable() })),
    }),
  },
  'employees.list': {
    input: none,
    output: z.strictObject({
      employees: z.array(
        z.strictObject({
          id: opaqueIdSchema,
          name: z.string(),
          role: roleSchema,
          team: z.string().nullable(),
          active: z.boolean(),
          workstations: z.int(),
          accounts: z.int(),
        }),
      ),
    }),
  },
  'employees.add': {
    input: z.strictObject({ name, role: roleSchema, team: name.nullable() }),
    output: z.strictObject({ id: opaqueIdSchema }),
  },
  'workstations.list': {
    input: none,
    output: z.strictObject({
      workstations: z.array(
        z.strictObject({
          id: opaqueIdSchema,
          employee: z.string(),
          machine: z.string(),
          platform: z.string(),
          service: z.boolean(),
          status: z.enum(['active', 'revoked']),
          connected: z.boolean(),
          seenAt: z.int().nullable(),
          enrolledAt: z.int(),
          revokedAt: z.int().nullable(),
          software: z.string().nullable(),
        }),
      ),
    }),
  },
  'workstations.enrol': {
    input: z.strictObject({ employee: opaqueIdSchema }),
    output: z.strictObject({ code: z.string(), expiresAt: z.int() }),
  },
  'workstations.revoke': {
    input: z.strictObject({ workstation: opaqueIdSchema, reason: z.string().trim().min(3).max(500) }),
    output: z.strictObject({ revokedAt: z.int(), connected: z.boolean() }),
  },
  'accounts.list': {
    input: none,
    output: z.strictObject({
      accounts: z.array(
        z.strictObject({
          id: opaqueIdSchema,
          channel: channelSchema,
          name: z.string(),
          assigned: z.array(z.string()),
          /** Who holds the lease: employee and machine, or null. */
          holder: z.string().nullable(),
          leaseUntil: z.int().nullable(),
          conversations: z.int(),
        }),
      ),
    }),
  },
  'accounts.add': {
    input: z.strictObject({ channel: channelSchema, name, employee: opaqueIdSchema }),
    output: z.strictObject({ id: opaqueIdSchema }),
  },
  /** Titles are content: the list is opened for who may read, and audited. */
  'conversations.list': {
    input: z.strictObject({ account: opaqueIdSchema.nullable() }),
    output: z.strictObject({
      conversations: z.array(
        z.strictObject({
          id: opaqueIdSchema,
          account: opaqueIdSchema,
          accountName: z.string(),
          channel: channelSchema,
          title: z.string(),
          group: z.boolean(),
          lastAt: z.int(),
          messages: z.int(),
          /** Name of the employee who has taken this customer. */
          claimedBy: z.string().nullable(),
        }),
      ),
    }),
  },
  /** One conversation, newest page first (messages ascending). The purpose is written to the audit log before the reply. */
  'conversations.read': {
    input: z.strictObject({
      conversation: opaqueIdSchema,
      purpose: z.string().trim().min(3).max(500),
      /** Messages before this cursor; null: the newest. */
      before: z.string().max(256).nullable(),
    }),
    output: z.strictObject({
      title: z.string(),
      accountName: z.string(),
      channel: channelSchema,
      claimedBy: z.string().nullable(),
      messages: z.array(consoleMessageSchema),
      /** Names behind the addresses in `mentions` and `service.members`, where they are known. */
      names: z.record(z.string(), z.string()),
      before: z.string().nullable(),
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
  'audit.list': {
    input: z.strictObject({ before: z.int().nullable() }),
    output: z.strictObject({ entries: z.array(auditEntrySchema), before: z.int().nullable() }),
  },
} as const satisfies Contract

/** vault:admin over the keeper's local socket, framed like the keeper link. `init` runs before the keeper does. */
export const adminContract = {
  'employee.add': {
    input: z.strictObject({ name, role: roleSchema, team: name.nullable() }),
    /** A login for the console is made for every role but salesperson. */
    output: z.strictObject({
      employee: opaqueIdSchema,
      login: z.strictObject({ name: z.string(), password: z.string(), totp: z.string() }).nullable(),
    }),
  },
  'service.add': {
    input: z.strictObject({ name }),
    output: z.strictObject({ employee: opaqueIdSchema, code: z.string() }),
  },
  enrol: {
    input: z.strictObject({ employee: opaqueIdSchema }),
    output: z.strictObject({ code: z.string(), expiresAt: z.int() }),
  },
  'account.add': {
    input: z.strictObject({
      channel: channelSchema,
      name,
      employee: opaqueIdSchema,
      telegramApi: z.strictObject({ id: z.int().min(1), hash: z.string().min(1).max(64) }).nullable(),
    }),
    output: z.strictObject({ account: opaqueIdSchema }),
  },
  /** One more employee who works with the account. Errors: account_unknown, employee_unknown. */
  'account.assign': { input: z.strictObject({ account: opaqueIdSchema, employee: opaqueIdSchema }), output: none },
  'workstation.list': { input: none, output: consoleContract['workstations.list'].output },
  'workstation.revoke': {
    input: z.strictObject({ workstation: opaqueIdSchema }),
    output: consoleContract['workstations.revoke'].output,
  },
  'identity.list': {
    input: z.strictObject({ account: opaqueIdSchema }),
    output: z.strictObject({
      identities: z.array(
        z.strictObject({ id: opaqueIdSchema, address: z.string().nullable(), name: z.string().nullable() }),
      ),
    }),
  },
  /** Destroys the identity's key at once; irreversible. */
  'identity.eraseKey': {
    input: z.strictObject({ identity: opaqueIdSchema }),
    output: z.strictObject({ erasedAt: z.int() }),
  },
  /** Pages of the account's messages in the neutral form, in the journal's order; audited with the purpose. */
  'messages.export': {
    input: z.strictObject({
      account: opaqueIdSchema,
      purpose: z.string().trim().min(3).max(500),
      after: z.string().nullable(),
      /** Also the provider's bytes of each message. */
      raw: z.boolean().default(false),
    }),
    output: z.strictObject({
      messages: z.array(
        z.strictObject({
          conversation: opaqueIdSchema,
          direction: z.enum(['in', 'out']),
          path: consoleMessageSchema.shape.path,
          state: consoleMessageSchema.shape.state,
          clientId: z.string().nullable(),
          marks: consoleMessageSchema.shape.marks,
          /** Canonical JSON (RFC 8785) of the neutral form; null when erased, or never understood. */
          message: z.string().nullable(),
          /** Base64, only where it was asked for; null for what the provider never showed (own intents). */
          raw: z.string().nullable().optional(),
        }),
      ),
      after: z.string().nullable(),
    }),
  },
  'audit.export': { input: none, output: z.strictObject({ file: z.string() }) },
  'ledger.export': {
    input: z.strictObject({ workstation: opaqueIdSchema }),
    output: z.strictObject({ file: z.string() }),
  },
  status: {
    input: none,
    output: z.strictObject({ applied: z.int(), head: z.int(), quarantined: z.int(), messages: z.int() }),
  },
} as const satisfies Contract
