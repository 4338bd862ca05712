/** Times in the chosen language: exact, relative, and the day that a message belongs to. */
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

const regions: Record<string, string> = { en: 'en-GB', 'zh-CN': 'zh-CN', de: 'de-DE' }
const formats = new Map<string, Intl.DateTimeFormat>()

function format(language: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`
  const found = formats.get(key)
  if (found) return found
  const made = new Intl.DateTimeFormat(regions[language] ?? language, { hourCycle: 'h23', ...options })
  formats.set(key, made)
  return made
}

/** Beyond what Date can hold (±8.64e15 ms) Intl throws; such a time is shown as its number. */
function guarded(at: number, write: (date: Date) => string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : write(date)
}

export function dateTime(language: string, at: number): string {
  return guarded(at, (date) => format(language, 'full', { dateStyle: 'medium', timeStyle: 'medium' }).format(date))
}

export function dateTimeShort(language: string, at: number): string {
  return guarded(at, (date) => format(language, 'short', { dateStyle: 'medium', timeStyle: 'short' }).format(date))
}

export function clock(language: string, at: number): string {
  return guarded(at, (date) => format(language, 'clock', { hour: '2-digit', minute: '2-digit' }).format(date))
}

export function day(language: string, at: number): string {
  return guarded(at, (date) =>
    format(language, 'day', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(date),
  )
}

export function dayShort(language: string, at: number): string {
  return guarded(at, (date) =>
    format(language, 'dayShort', { day: '2-digit', month: '2-digit', year: '2-digit' }).format(date),
  )
}

/** “28 Nov” as short as the language has it, for the axis of a chart. */
export function dayMonth(language: string, at: number): string {
  return guarded(at, (date) => format(language, 'dayMonth', { day: 'numeric', month: 'numeric' }).format(date))
}

/** The calendar day in the viewer's zone: two times of one day give the same text. */
export function dayKey(at: number): string {
  return guarded(at, (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`)
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** “5 minutes ago”, “in 2 hours”; null while it is less than a minute. */
export function relative(language: string, at: number, now: number): string | null {
  const distance = at - now
  for (const [unit, sizeMs] of steps) {
    if (Math.abs(distance) >= sizeMs)
      return new Intl.RelativeTimeFormat(regions[language] ?? language, { numeric: 'always' }).format(
        Math.round(distance / sizeMs),
        unit,
      )
  }
  return null
}

/** The present, moving on every `everyMs`. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

export function useRelative(): (at: number) => string {
  const { t, i18n } = useTranslation()
  const now = useNow()
  return useCallback((at: number) => relative(i18n.language, at, now) ?? t('time.now'), [t, i18n.language, now])
}

/** “45 s”, “12 min”, “3.5 h”, “2 d”: as exact as a manager needs it. */
export function duration(language: string, ms: number): string {
  const [unit, size]: [string, number] =
    ms < 60_000
      ? ['second', 1000]
      : ms < 5_400_000
        ? ['minute', 60_000]
        : ms < 172_800_000
          ? ['hour', 3_600_000]
          : ['day', 86_400_000]
  const value = ms / size
  return new Intl.NumberFormat(regions[language] ?? language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && size > 60_000 ? 1 : 0,
  }).format(value)
}

/** How long somebody has waited by now. */
export function useWaited(): (since: number) => string {
  const { i18n } = useTranslation()
  const now = useNow()
  return useCallback((since: number) => duration(i18n.language, Math.max(0, now - since)), [i18n.language, now])
}

export function useDuration(): (ms: number) => string {
  const { i18n } = useTranslation()
  return useCallback((ms: number) => duration(i18n.language, ms), [i18n.language])
}

/** A moment with date and time, or with the date alone; hovering shows the seconds. */
export function Moment(props: { at: number | null; dayOnly?: boolean }) {
  const { i18n } = useTranslation()
  if (props.at === null) return <span className="quiet">–</span>
  const iso = guarded(props.at, (date) => date.toISOString())
  return (
    <time dateTime={iso} title={dateTime(i18n.language, props.at)} className="moment">
      {props.dayOnly ? dayShort(i18n.language, props.at) : dateTimeShort(i18n.language, props.at)}
    </time>
  )
}
