/** The scale of the charts. */
import { expect, test } from 'vitest'
import { niceTop } from './charts.tsx'

test('the scale ends at a round number that is not below the highest bar', () => {
  expect([1, 2, 3, 7, 10, 11, 49, 51, 120, 501].map(niceTop)).toEqual([2, 2, 5, 10, 10, 20, 50, 100, 200, 1000])
})
