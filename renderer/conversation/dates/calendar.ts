/** Days and months of the local calendar, for the choice of a date. A day is its midnight, epoch ms. */

/** How a language's region counts weeks; browsers name it one way or the other. */
interface WeekLocale {
  getWeekInfo?(): { firstDay: number }
  weekInfo?: { firstDay: number }
}

/** 1 Monday to 7 Sunday. `system`: the languages of the machine, of which the first in the window's language knows the region. */
export function firstWeekday(language: string, system: readonly string[]): number {
  const base = language.split('-')[0]
  const wish = system.find((one) => one.split('-')[0] === base && one.includes('-')) ?? language
  const locale = new Intl.Locale(wish) as Intl.Locale & WeekLocale
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1
}

export function addDays(day: number, count: number): number {
  const date = new Date(day)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + count).getTime()
}

/** The same day of another month, or that month's last one. */
export function addMonths(day: number, count: number): number {
  const date = new Date(day)
  const length = new Date(date.getFullYear(), date.getMonth() + count + 1, 0).getDate()
  return new Date(date.getFullYear(), date.getMonth() + count, Math.min(date.getDate(), length)).getTime()
}

export function within(day: number, from: number, to: number): number {
  return Math.min(Math.max(day, from), to)
}

/** Places before the day in its week. */
export function placeInWeek(day: number, first: number): number {
  return (new Date(day).getDay() - (first % 7) + 7) % 7
}

/** The weeks of the month in which a day is; null: a day of another month. */
export function weeksOf(day: number, first: number): (number | null)[][] {
  const date = new Date(day)
  const start = new Date(date.getFullYear(), date.getMonth(), 1).getTime()
  const length = new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate()
  const before = placeInWeek(start, first)
  return Array.from({ length: Math.ceil((before + length) / 7) }, (_week, week) =>
    Array.from({ length: 7 }, (_day, place) => {
      const number = week * 7 + place - before
      return number < 0 || number >= length ? null : addDays(start, number)
    }),
  )
}

/** Where a key leads from a day; null: nowhere. */
export function stepOf(key: string, day: number, first: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return addDays(day, -1)
    case 'ArrowRight':
      return addDays(day, 1)
    case 'ArrowUp':
      return addDays(day, -7)
    case 'ArrowDown':
      return addDays(day, 7)
    case 'Home':
      return addDays(day, -placeInWeek(day, first))
    case 'End':
      return addDays(day, 6 - placeInWeek(day, first))
    case 'PageUp':
      return addMonths(day, -1)
    case 'PageDown':
      return addMonths(day, 1)
    default:
      return null
  }
}
