/** What a workstation has and the vault lacks: as it tells it, and as the company is shown it. */
import { z } from 'zod'

export const outboxSchema = z.strictObject({
  /** Last sequence of its own ledger, whatever the vault has of it by now. */
  head: z.int().min(0),
  /** Of sealed batches that are not acknowledged. */
  bytes: z.int().min(0),
  /** Files of messages that are on their way up, as far as they are counted. */
  files: z.int().min(0).max(1000),
  /** When the oldest event that waits was written, epoch ms; null: nothing waits, or it is locked and cannot tell. */
  since: z.int().min(0).nullable(),
})
export type OutboxReport = z.infer<typeof outboxSchema>

/** What was told, less what has come since by whichever way. */
export const waitingSchema = z.strictObject({
  events: z.int().min(0),
  bytes: z.int().min(0),
  files: z.int().min(0),
  since: z.int().nullable(),
  /** When it was told, by the vault's time. */
  toldAt: z.int(),
})
export type Waiting = z.infer<typeof waitingSchema>
