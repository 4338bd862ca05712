/** Times as people read them, in the console's three languages. */
import { describe, expect, test } from 'vitest'
import { clock, dateTime, day, dayKey, relative } from './time.tsx'

const now = Date.UTC(2026, 10, 23, 12, 0, 0)

describe('relative', () => {
  test('counts in the largest unit that fits, in both directions', () => {
    expect(relative('en', now - 5 * 60_000, now)).toBe('5 minutes ago')
    expect(relative('en', now + 24 * 3_600_000 - 5_000, now)).toBe('in 24 hours')
    expect(relative('de', now - 3 * 86_400_000, now)).toBe('vor 3 Tagen')
    expect(relative('zh-CN', now - 2 * 3_600_000, now)).toBe('2小时前')
  })

  test('is null below a minute: the screen then says just now', () => {
    expect(relative('en', now - 59_000, now)).toBeNull()
    expect(relative('en', now + 1, now)).toBeNull()
  })
})

test('a time that no calendar knows is shown as its number and throws nothing', () => {
  for (const write of [dateTime, clock, day]) expect(write('en', Number.MAX_SAFE_INTEGER)).toBe('9007199254740991')
  expect(dayKey(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991')
})

test('times of one local day have one key, the next midnight another', () => {
  const midnight = new Date(2026, 10, 23).getTime()
  expect(dayKey(midnight)).toBe(dayKey(midnight + 86_399_000))
  expect(dayKey(midnight - 1)).not.toBe(dayKey(midnight))
})
