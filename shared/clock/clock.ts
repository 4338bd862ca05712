/** The wall clock, injected everywhere so that tests and the simulated world can move it. */

export interface Clock {
  /** Epoch ms. */
  now(): number
}

export interface ClockSource extends Clock {
  /** Ends what keeps the clock informed. */
  close(): void
}

export const systemClockSource: ClockSource = { now: () => Date.now(), close: () => undefined }
