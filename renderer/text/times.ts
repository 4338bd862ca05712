/** How moments and spans are written in the language of the window. */
import { dateFormat, numberFormat } from './formats.ts'

/** Midnight of the local day, epoch ms. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

export function clockTime(language: string, at: number): string {
  return dateFormat('clock', language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

/** For a list: the time today, the weekday within a week, otherwise the date. `today`: any moment of the present day. */
export function listTime(language: string, at: number, today: number): string {
  const days = Math.round((dayOf(today) - dayOf(at)) / 86_400_000)
  if (days <= 0) return clockTime(language, at)
  if (days < 7) return dateFormat('weekday', language, { weekday: 'short' }).format(at)
  return dateFormat('day', language, { day: '2-digit', month: '2-digit', year: '2-digit' }).format(at)
}

/** For a day mark: today and yesterday have words of their own. `today`: any moment of the present day. */
export function dayName(language: string, at: number, today: number): 'today' | 'yesterday' | { date: string } {
  const days = Math.round((dayOf(today) - dayOf(at)) / 86_400_000)
  if (days === 0) return 'today'
  if (days === 1) return 'yesterday'
  const sameYear = new Date(at).getFullYear() === new Date(today).getFullYear()
  return {
    date: dateFormat(sameYear ? 'day mark' : 'day mark with year', language, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      ...(sameYear ? {} : { year: 'numeric' }),
    }).format(at),
  }
}

export function fullTime(language: string, at: number): string {
  return dateFormat('full', language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(at)
}

/** A span in its largest whole unit, for example `12 s`, `3 min`, `2 hr`. */
export function span(language: string, ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [Math.floor(seconds / 60), 'minute']
        : seconds < 86_400
          ? [Math.floor(seconds / 3600), 'hour']
          : [Math.floor(seconds / 86_400), 'day']
  const options = { style: 'unit', unit: String(unit), unitDisplay: 'short' } as const
  return numberFormat(`span ${unit}`, language, options).format(Number(value))
}
