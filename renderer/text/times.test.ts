import { expect, test } from 'vitest'
import { clockTime, dayName, dayOf, listTime, span } from './times.ts'

const now = new Date(2026, 10, 23, 14, 5).getTime()
const day = 86_400_000

test('a list shows the time today, the weekday this week, then the date', () => {
  expect(listTime('en', now - 60_000, now)).toBe('14:04')
  expect(listTime('en', now - 2 * day, now)).toBe('Sat')
  expect(listTime('de', now - 30 * day, now)).toBe('24.10.26')
  // A provider's clock may be ahead of ours.
  expect(listTime('en', now + day, now)).toBe('14:05')
})

test('midnight is 00:00 in every language', () => {
  for (const language of ['en', 'de', 'zh-CN']) expect(clockTime(language, dayOf(now))).toBe('00:00')
})

test('day marks name today and yesterday by word, other years with their year', () => {
  expect(dayName('en', dayOf(now), now)).toBe('today')
  expect(dayName('en', dayOf(now) - 1, now)).toBe('yesterday')
  expect(dayName('en', new Date(2025, 0, 2).getTime(), now)).toEqual({ date: 'Thursday, January 2, 2025' })
})

test('spans are told in their largest whole unit', () => {
  expect([-5, 12_000, 59_400, 61_000, 7_300_000, 3 * day].map((ms) => span('en', ms))).toEqual([
    '0 sec',
    '12 sec',
    '59 sec',
    '1 min',
    '2 hr',
    '3 days',
  ])
})
