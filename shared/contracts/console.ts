/** What the console asks the keeper: `POST /api/<method>` with a JSON body, answered by the output or {error: {code, message}}. */
import { z } from 'zod'
import { roleSchema } from '../domain/people.ts'
import { consoleAuditContract } from './console-audit.ts'
import { consoleConversationsContract, consoleMessageSchema } from './console-conversations.ts'
import { consoleOverviewContract } from './console-overview.ts'
import { consolePeopleContract, loginSchema, workstationViewSchema } from './console-people.ts'
import { consolePolicyContract } from './console-policy.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema } from './neutral-message.ts'
import type { Contract } from './contract.ts'

const none = z.strictObject({})
const name = z.string().trim().min(1).max(128)

const signedInSchema = z.strictObject({
  employee: z.strictObject({ id: opaqueIdSchema, name: z.string(), role: roleSchema, team: z.string().nullable() }),
  company: z.string(),
  /** Sent back as header `x-sealdesk-csrf` with every call after sign-in. */
  csrf: z.string(),
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
  ...consoleOverviewContract,
  ...consolePeopleContract,
  ...consoleConversationsContract,
  ...consoleAuditContract,
  ...consolePolicyContract,
} as const satisfies Contract

/** vault:admin over the keeper's local socket, framed like the keeper link. `init` runs before the keeper does. */
export const adminContract = {
  'employee.add': {
    input: z.strictObject({ name, role: roleSchema, team: name.nullable() }),
    /** A login for the console is made for every role but salesperson. */
    output: z.strictObject({
      employee: opaqueIdSchema,
      login: loginSchema.nullable(),
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
  /** One more employee who works with the account. Errors: account_unknown, employee_unknown, employee_inactive. */
  'account.assign': { input: z.strictObject({ account: opaqueIdSchema, employee: opaqueIdSchema }), output: none },
  'workstation.list': {
    input: none,
    output: z.strictObject({ workstations: z.array(workstationViewSchema) }),
  },
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
