/** The company's policy: signed and numbered by the vault; a lower number is refused, an unreadable one means the strictest. */
import { z } from 'zod'

export const policySchema = z.strictObject({
  number: z.int().min(1),
  issuedAt: z.int(),
  offline: z.strictObject({
    /** How long a workstation works without the vault. 0: no cached share, ten minutes of grace in memory. */
    hours: z.int().min(0).max(168),
    /** After that many days without the vault the cache is never opened again. */
    days: z.int().min(1).max(90),
  }),
  send: z.strictObject({
    /** A message leaves only after the vault has its intent. */
    afterVault: z.boolean(),
  }),
})
export type Policy = z.infer<typeof policySchema>
export const policyLabel = 'sealdesk/policy/1'

export const defaultPolicy: Omit<Policy, 'number' | 'issuedAt'> = {
  offline: { hours: 12, days: 7 },
  send: { afterVault: false },
}

/** What holds when there is no policy that can be read. */
export const strictestPolicy: Policy = {
  number: 1,
  issuedAt: 0,
  offline: { hours: 0, days: 1 },
  send: { afterVault: true },
}

/** A lease lasts `offline.hours`, at least ten minutes. */
export function leaseMs(policy: Policy): number {
  return Math.max(policy.offline.hours * 3_600_000, 10 * 60_000)
}
