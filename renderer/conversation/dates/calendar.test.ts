import { expect, test } from 'vitest'
import { addDays, addMonths, firstWeekday, stepOf, weeksOf } from './calendar.ts'

const day = (year: number, month: number, date: number): number => new Date(year, month - 1, date).getTime()
const numbers = (weeks: (number | null)[][]): string[] =>
  weeks.map((week) => week.map((one) => (one === null ? '-' : new Date(one).getDate())).join(' '))

test('the week begins where the region of the language begins it', () => {
  expect(firstWeekday('de', [])).toBe(1)
  expect(firstWeekday('en', ['en-US', 'en-GB'])).toBe(7)
  expect(firstWeekday('en', ['de-DE', 'en-GB'])).toBe(1)
})

test('a month stands in whole weeks, with nothing of its neighbours', () => {
  expect(numbers(weeksOf(day(2026, 2, 14), 1))[0]).toBe('- - - - - - 1')
  expect(numbers(weeksOf(day(2026, 2, 14), 7))).toEqual([
    '1 2 3 4 5 6 7',
    '8 9 10 11 12 13 14',
    '15 16 17 18 19 20 21',
    '22 23 24 25 26 27 28',
  ])
})

test('steps keep the local midnight where clocks are changed, and a month’s last day where the next is shorter', () => {
  for (let at = day(2026, 1, 1), i = 0; i < 400; i += 1, at = addDays(at, 1)) expect(new Date(at).getHours()).toBe(0)
  expect(addMonths(day(2026, 1, 31), 1)).toBe(day(2026, 2, 28))
  expect(addMonths(day(2026, 1, 31), -2)).toBe(day(2025, 11, 30))
})

test('keys lead through days, weeks and months', () => {
  const from = day(2026, 3, 18)
  const to = (key: string): number | null => stepOf(key, from, 1)
  expect([to('ArrowLeft'), to('ArrowDown'), to('Home'), to('End'), to('PageUp')]).toEqual([
    day(2026, 3, 17),
    day(2026, 3, 25),
    day(2026, 3, 16),
    day(2026, 3, 22),
    day(2026, 2, 18),
  ])
  expect(to('a')).toBeNull()
})
