/** What a failed fetch means: wait and go on, ask for the file once more, begin anew, or say that it cannot be had. */
import type { ChannelFault } from '../channels/channel.ts'
import { isNoRoom } from './store.ts'

export interface Verdict {
  step: 'wait' | 'refresh' | 'give-up'
  fault: ChannelFault
  waitMs: number
  /** The attempt is counted; where only the connection was away it is not. */
  counts: boolean
  /** What was received is of no use. */
  discard: boolean
  /** Asking again later may help. */
  retries: boolean
}

const backoffMs = [2000, 10_000, 60_000, 300_000, 1_800_000, 7_200_000]
/** Nobody there to fetch it from. */
const away = new Set(['not_connected', 'vault_away', 'keeper_away', 'proof_needed', 'deadline', 'stopped'])
const hopeless: Record<string, number> = { media_damaged: 3, media_refused: 3 }

function codeOf(error: unknown): string {
  if (isNoRoom(error) || (error instanceof Error && /disk is full|SQLITE_FULL/i.test(error.message))) return 'disk_full'
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[a-z][a-z0-9_]+$/.test(error.code)
  )
    return error.code
  return 'media_failed'
}

export function judgeFault(error: unknown, attempts: number): Verdict {
  const code = codeOf(error)
  const text = error instanceof Error ? error.message.slice(0, 512) : ''
  const until =
    error instanceof Error && 'until' in error && typeof error.until === 'number' && Number.isSafeInteger(error.until)
      ? error.until
      : null
  const waitMs = backoffMs[Math.min(attempts, backoffMs.length - 1)]!
  const verdict: Verdict = {
    step: 'wait',
    fault: { code: code.slice(0, 64), text, until },
    waitMs,
    counts: true,
    discard: code === 'media_damaged',
    retries: true,
  }
  if (code === 'disk_full') return { ...verdict, waitMs: 5000, counts: false }
  if (away.has(code)) return { ...verdict, waitMs: 3000, counts: false }
  if (code === 'flood') return { ...verdict, waitMs: Math.max(waitMs, 30_000), counts: false }
  if (attempts + 1 >= (hopeless[code] ?? backoffMs.length + 1)) return { ...verdict, step: 'give-up' }
  if (code === 'media_expired') return { ...verdict, step: 'refresh' }
  return verdict
}
