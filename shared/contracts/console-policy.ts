/** The company's policy in the console: what holds, what held before, and the next one. */
import { z } from 'zod'
import { policySchema } from '../domain/policy.ts'
import type { Contract } from './contract.ts'

const policyFieldsSchema = policySchema.omit({ number: true, issuedAt: true })
export type PolicyFields = z.infer<typeof policyFieldsSchema>

const versionSchema = z.strictObject({
  number: z.int(),
  issuedAt: z.int(),
  by: z.string(),
  /** null: none was asked for, or it is not for this reader. */
  reason: z.string().nullable(),
  /** null: signed by another version of the program, and not readable for this one. */
  fields: policyFieldsSchema.nullable(),
})

export const consolePolicyContract = {
  /** Newest first; `before`: versions with a lower number. The first of the first page is what holds. */
  'policy.list': {
    input: z.strictObject({ before: z.int().nullable() }),
    output: z.strictObject({ versions: z.array(versionSchema), before: z.int().nullable() }),
  },
  /** Signs the next number and sends it to every workstation. Errors: conflict (another one has been signed since `basedOn`). */
  'policy.change': {
    input: z.strictObject({
      basedOn: z.int(),
      fields: policyFieldsSchema,
      reason: z.string().trim().min(3).max(500),
    }),
    output: z.strictObject({ number: z.int() }),
  },
} as const satisfies Contract
