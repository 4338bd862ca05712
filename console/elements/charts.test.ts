/** The scale of the charts. */
import { expect, test } from 'vitest'
import { niceDuration, niceTop } from './charts.tsx'

test('the scale ends at a round number that is not below the highest bar', () => {
  expect([1, 2, 3, 7, 10, 11, 49, 51, 120, 501].map(niceTop)).toEqual([2, 2, 5, 10, 10, 20, 50, 100, 200, 1000])
})

test('the scale of durations ends at one that people read well', () => {
  const minute = 60_000
  const asked = [0, 9_000, 45_000, 11 * minute, 25 * minute, 9 * 60 * minute, 30 * 60 * minute, 60 * 60 * minute]
  const days = [1, 2, 4].map((n) => n * 86_400_000)
  expect(asked.map(niceDuration)).toEqual([10_000, 10_000, minute, 20 * minute, 60 * minute, ...days])
})
