import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pulse, type Quiet } from './pulse.ts'
import { REAL_TIMERS } from './tuning.ts'

const tuning = { timers: REAL_TIMERS, watchEveryMs: 4_000, silentAfterMs: 8_000, lostAfterMs: 16_000 }
let looks: Quiet[]

beforeEach(() => {
  vi.useFakeTimers()
  looks = []
})
afterEach(() => {
  vi.useRealTimers()
})

test('what is quiet becomes silent and then lost, and a word begins it anew', () => {
  const pulse = new Pulse(tuning)
  pulse.watch((quiet) => looks.push(quiet))
  vi.advanceTimersByTime(16_000)
  expect(looks).toEqual(['no', 'silent', 'silent', 'lost'])
  pulse.heard()
  vi.advanceTimersByTime(4_000)
  expect(looks.at(-1)).toBe('no')
})

test('a look may end the watch, and a second watch takes the place of the first', () => {
  const pulse = new Pulse(tuning)
  const first = vi.fn<() => void>()
  pulse.watch(first)
  pulse.watch((quiet) => {
    looks.push(quiet)
    pulse.stop()
  })
  vi.advanceTimersByTime(40_000)
  expect(looks).toEqual(['no'])
  expect(first).not.toHaveBeenCalled()
})
