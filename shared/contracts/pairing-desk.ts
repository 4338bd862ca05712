/** Linking an account to its phone, step by step. */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'

const none = z.strictObject({})

export const pairingDeskContract = {
  'pairing.start': {
    input: z.strictObject({
      account: opaqueIdSchema,
      method: z.enum(['qr', 'code', 'phone']),
      phone: z
        .string()
        .regex(/^\d{5,15}$/)
        .nullable(),
    }),
    output: none,
  },
  'pairing.code': {
    input: z.strictObject({ account: opaqueIdSchema, value: z.string().min(1).max(16) }),
    output: none,
  },
  'pairing.password': {
    input: z.strictObject({ account: opaqueIdSchema, value: z.string().min(1).max(256) }),
    output: none,
  },
  /** Ends a pairing that nobody waits for any more; without one, or when the phone has accepted, nothing happens. */
  'pairing.cancel': { input: z.strictObject({ account: opaqueIdSchema }), output: none },
} as const satisfies Contract
