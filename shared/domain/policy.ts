/** The company's policy: signed and numbered by the vault; a lower number is refused, an unreadable one means the strictest. */
import { z } from 'zod'
import type { MessageKind } from '../contracts/neutral-message.ts'

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
    /**
     * Who may be written to: everybody, only those who have written first, or nobody (somebody who is new reads only). A policy that was
     * signed before there was this rule means everybody.
     */
    to: z.enum(['everybody', 'answers', 'nobody']).default('everybody'),
  }),
})
export type Policy = z.infer<typeof policySchema>
export const policyLabel = 'sealdesk/policy/1'

export const defaultPolicy: Omit<Policy, 'number' | 'issuedAt'> = {
  offline: { hours: 12, days: 7 },
  send: { afterVault: false, to: 'everybody' },
}

/** What holds when there is no policy that can be read. */
export const strictestPolicy: Policy = {
  number: 1,
  issuedAt: 0,
  offline: { hours: 0, days: 1 },
  send: { afterVault: true, to: 'nobody' },
}

/** A lease lasts `offline.hours`, at least ten minutes. */
export function leaseMs(policy: Policy): number {
  return Math.max(policy.offline.hours * 3_600_000, 10 * 60_000)
}

export type PolicyRefusal = 'policy_no_sending' | 'policy_answers_only'

/** What the policy says against a send; null: nothing. What was said may always be taken back. `hasWritten`: the other side, ever. */
export function findRefusal(
  { send }: Policy,
  { kind, hasWritten }: { kind: MessageKind; hasWritten(): boolean },
): PolicyRefusal | null {
  if (kind === 'delete' || send.to === 'everybody') return null
  if (send.to === 'nobody') return 'policy_no_sending'
  return hasWritten() ? null : 'policy_answers_only'
}
