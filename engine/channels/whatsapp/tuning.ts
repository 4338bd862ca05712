/** Every duration of the channel and its source of time, in one place, so that tests can set them. */

export interface ChannelTimers {
  /** Runs once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void
  /** Monotonic milliseconds: silence must not be measured by a wall clock that somebody moves. */
  monotonic(): number
  /** 0 ≤ n < 1, for jitter. */
  random(): number
}

export interface Tuning {
  timers: ChannelTimers
  /** Without the server's acknowledgement after this, a send's outcome is unknown. */
  ackTimeoutMs: number
  /** The library pings this often, so a healthy connection is never quiet much longer. */
  keepAliveMs: number
  /** Nothing heard for this long: `silent`. */
  silentAfterMs: number
  /** Nothing heard for this long: the connection is given up. */
  lostAfterMs: number
  /** A message that the library has not dealt with after this: the connection is given up and the message comes again. */
  stalledAfterMs: number
  watchEveryMs: number
  backoffBaseMs: number
  backoffCapMs: number
  /** A connection that lived this long forgives earlier failures. */
  healthyAfterMs: number
  queryTimeoutMs: number
  /** The library rests so long after each message that it has asked for again; all others wait meanwhile. */
  retryRestMs: number
  /** A socket that does not close by itself is destroyed after this. */
  closeTimeoutMs: number
  /** How often a fresh set of QR codes (about 160 s each) is asked for. */
  pairingRounds: number
  /** What cannot be decrypted and was not sent again within this is recorded as it came. */
  giveUpAfterMs: number
}

export const REAL_TIMERS: ChannelTimers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  monotonic: () => performance.now(),
  random: () => Math.random(),
}

export const DEFAULT_TUNING: Tuning = {
  timers: REAL_TIMERS,
  ackTimeoutMs: 20_000,
  keepAliveMs: 20_000,
  silentAfterMs: 32_000,
  lostAfterMs: 55_000,
  stalledAfterMs: 90_000,
  watchEveryMs: 4_000,
  backoffBaseMs: 1_000,
  backoffCapMs: 120_000,
  healthyAfterMs: 30_000,
  queryTimeoutMs: 20_000,
  retryRestMs: 250,
  closeTimeoutMs: 1_500,
  pairingRounds: 5,
  giveUpAfterMs: 15 * 60_000,
}
