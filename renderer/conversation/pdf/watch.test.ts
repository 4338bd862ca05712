import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWatch } from './watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('work that does not go on is noticed once', () => {
  let stuck = 0
  const watch = createWatch(1_000, () => (stuck += 1))
  watch.begin()
  vi.advanceTimersByTime(999)
  expect(stuck).toBe(0)
  vi.advanceTimersByTime(10_000)
  expect(stuck).toBe(1)
  watch.begin()
  vi.advanceTimersByTime(10_000)
  expect(stuck).toBe(1)
})

test('slow work that goes on, and idleness, are no reason', () => {
  let stuck = 0
  const watch = createWatch(1_000, () => (stuck += 1))
  vi.advanceTimersByTime(5_000)
  const end = watch.begin()
  for (let n = 0; n < 5; n += 1) {
    const step = watch.begin()
    vi.advanceTimersByTime(900)
    step()
  }
  end()
  end()
  vi.advanceTimersByTime(5_000)
  expect(stuck).toBe(0)
  // What ended twice counted once: the next wait is watched.
  watch.begin()
  vi.advanceTimersByTime(1_000)
  expect(stuck).toBe(1)
})

test('a second wait does not win time for the first, an answer does', () => {
  let stuck = 0
  const watch = createWatch(1_000, () => (stuck += 1))
  watch.begin()
  vi.advanceTimersByTime(600)
  const second = watch.begin()
  vi.advanceTimersByTime(300)
  second()
  vi.advanceTimersByTime(600)
  expect(stuck).toBe(0)
  vi.advanceTimersByTime(400)
  expect(stuck).toBe(1)
})

test('what is stopped says nothing any more', () => {
  let stuck = 0
  const watch = createWatch(1_000, () => (stuck += 1))
  watch.begin()
  watch.stop()
  vi.advanceTimersByTime(5_000)
  expect(stuck).toBe(0)
})
