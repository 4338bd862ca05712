/** Colleagues at the same customer: who is there, who has taken it, and what speaks against a second answer. */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'

const none = z.strictObject({})

/** The colleagues in a conversation now. */
export const colleaguesViewSchema = z.strictObject({
  conversation: opaqueIdSchema,
  people: z.array(z.strictObject({ name: z.string(), doing: z.enum(['viewing', 'typing']) })),
})
export type ColleaguesView = z.infer<typeof colleaguesViewSchema>

/** Why a second answer may be one too many: a colleague is typing, has taken the customer, or has answered since the customer wrote. */
export const warningSchema = z.strictObject({
  kind: z.enum(['typing', 'claimed', 'answered']),
  name: z.string(),
  /** null: now. */
  at: z.int().nullable(),
})
export type Warning = z.infer<typeof warningSchema>

export const colleagueDeskContract = {
  /** Tells colleagues what is done here; to be said again within 30 s while it goes on. */
  'conversation.presence': {
    input: z.strictObject({ conversation: opaqueIdSchema, doing: z.enum(['viewing', 'typing', 'none']) }),
    output: none,
  },
  /**
   * Takes the customer, or lets go. Errors: claimed_by_other (message: who; `takeOver` takes it all the same), not_claimed (letting go of
   * what somebody else has taken).
   */
  'conversation.claim': {
    input: z.strictObject({ conversation: opaqueIdSchema, claimed: z.boolean(), takeOver: z.boolean().default(false) }),
    output: none,
  },
  'colleagues.get': {
    input: z.strictObject({ conversation: opaqueIdSchema }),
    output: z.strictObject({ ...colleaguesViewSchema.shape, warnings: z.array(warningSchema) }),
  },
  /** As `colleagues.get` for who is written to by address; nobody speaks against the first message ever. Errors: account_unknown, address_malformed. */
  'colleagues.warnings': {
    input: z.strictObject({ account: opaqueIdSchema, address: z.string().min(3).max(64) }),
    output: z.strictObject({ warnings: z.array(warningSchema) }),
  },
  /** Every conversation in which a colleague is now. */
  'colleagues.list': { input: none, output: z.strictObject({ conversations: z.array(colleaguesViewSchema) }) },
} as const satisfies Contract
