/** The days of the overview. */
import { expect, test } from 'vitest'
import { dayStarts } from './days.ts'

test('the days end with today and begin at midnight, over the end of a month', () => {
  const days = dayStarts(new Date(2026, 2, 2, 15, 30).getTime(), 3).map((at) => new Date(at))
  expect(days.map((day) => [day.getMonth() + 1, day.getDate(), day.getHours()])).toEqual([
    [2, 28, 0],
    [3, 1, 0],
    [3, 2, 0],
    [3, 3, 0],
  ])
})
