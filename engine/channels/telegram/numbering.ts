/** The arithmetic of the account's numbering: where a piece begins, whether it is the next, what a container's seq says. */
import { z } from 'zod'
import type { Piece, ReadBatch } from './read-updates.ts'

export const updateStateSchema = z.strictObject({ pts: z.int(), qts: z.int(), date: z.int(), seq: z.int() })
export type UpdateState = z.infer<typeof updateStateSchema>

// No update counts for more: deletions name at most some hundred messages, everything else counts one.
const countAtMost = 10_000

export function isCount(count: number): boolean {
  return count >= 0 && count <= countAtMost
}

export function start(piece: Piece): number {
  return (piece.pts ?? 0) - piece.ptsCount
}

export function isNext(piece: Piece, state: UpdateState): boolean {
  return start(piece) === state.pts
}

export function updateState(state: UpdateState): UpdateState {
  return { pts: state.pts, qts: state.qts, date: state.date, seq: state.seq }
}

/**
 * Moves seq and date. Unnumbered updates count by their container's seq; 0 stands for "in no order". A date after `now` would hide from
 * the next difference what happens until then.
 */
export function readSeq(batch: ReadBatch, state: UpdateState, now: number): 'next' | 'old' | 'gap' {
  if (batch.seq) {
    if (batch.seq.start <= state.seq) return 'old'
    if (batch.seq.start > state.seq + 1 || batch.seq.end < batch.seq.start) return 'gap'
    state.seq = batch.seq.end
  }
  if (batch.date !== null) state.date = Math.max(state.date, Math.min(batch.date, now))
  return 'next'
}
