/** The audit log in the console: filtered pages, and the signed file that `npm run verify` checks. */
import { z } from 'zod'
import { opaqueIdSchema } from './events.ts'
import type { Contract } from './contract.ts'

const auditEntrySchema = z.strictObject({
  seq: z.int(),
  at: z.int(),
  /** An employee's or workstation's id, `local` (the vault's own machine) or `keeper`. */
  actor: z.string(),
  actorName: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  /** The subject in words, where it is an employee, a workstation or an account. */
  subjectName: z.string().nullable(),
  /** Decrypted reason or search text where the reader may see it. */
  reason: z.string().nullable(),
})

export const consoleAuditContract = {
  /** Newest first. Looking is itself an entry. */
  'audit.list': {
    input: z.strictObject({
      actor: z.string().max(64).nullable(),
      action: z.string().max(64).nullable(),
      subject: z.string().max(64).nullable(),
      from: z.int().nullable(),
      until: z.int().nullable(),
      /** Entries with a lower sequence. */
      before: z.int().nullable(),
    }),
    output: z.strictObject({ entries: z.array(auditEntrySchema), before: z.int().nullable() }),
  },
  /** Writes the whole log with its signed heads into a file, which is then read in pieces. */
  'audit.export': { input: z.strictObject({}), output: z.strictObject({ export: opaqueIdSchema, bytes: z.int() }) },
  /** base64, at most 1 MiB. Only the session that made the export reads it. Errors: export_unknown. */
  'audit.exportPiece': {
    input: z.strictObject({ export: opaqueIdSchema, offset: z.int().min(0) }),
    output: z.strictObject({ data: z.string() }),
  },
} as const satisfies Contract
