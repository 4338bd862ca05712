/** How long the Telegram channel waits for what; one value so that tests can shorten it. */

export interface TelegramTiming {
  /** Between two proofs of life (updates.getState). */
  heartbeatMs: number
  /** A proof of life that takes longer is said to be missing; the line is given up after `answerMs` only. */
  silentMs: number
  /** Longest wait for an answer to anything but a send. */
  answerMs: number
  /** Longest wait for socket, key exchange and first answer together. */
  connectMs: number
  /** Longest wait for the answer to a send; after it the outcome is unknown. */
  sendMs: number
  /** Longest wait for one piece of a file, either way. */
  pieceMs: number
  /** Longest wait of an upload for the line to come back. */
  resumeMs: number
  /** How long an update that came too early waits for the missing one before the difference is asked for. */
  gapMs: number
  /** A connection that lived this long starts the back-off anew. */
  stableMs: number
  /** Wait before the given attempt (from 1) to connect again. */
  backoffMs(attempt: number): number
  /** Runs once after ms; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

export const defaultTiming: TelegramTiming = {
  // A line that is frozen is found out within a minute: the pause and the wait for the answer.
  heartbeatMs: 40_000,
  silentMs: 7_000,
  answerMs: 15_000,
  connectMs: 45_000,
  sendMs: 30_000,
  pieceMs: 60_000,
  resumeMs: 60_000,
  gapMs: 700,
  stableMs: 30_000,
  backoffMs: (attempt) => Math.min(60_000, 1_000 * 2 ** Math.min(attempt - 1, 6)) * (0.5 + Math.random() / 2),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export class NoAnswer extends Error {
  readonly code = 'telegram_no_answer'
}

/** Rejects with NoAnswer when the work takes longer than ms; the work itself goes on. */
export async function within<T>(timing: TelegramTiming, ms: number, work: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = timing.after(ms, () => reject(new NoAnswer('no answer in time')))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}
