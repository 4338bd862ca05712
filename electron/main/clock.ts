/** Main's wall clock: what the visible mark's minute is read from. */

export interface ClockSource {
  /** Epoch ms. */
  now(): number
  /** Ends what keeps the clock informed. */
  close(): void
}

export const systemClock: ClockSource = { now: () => Date.now(), close: () => undefined }
