/** Chooses the day to which the conversation goes: from its first message to today, by mouse or by keys. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoreApi } from 'zustand'
import { Dialog } from '../../design/dialog.tsx'
import { Icon } from '../../design/icons.tsx'
import { dateFormat } from '../../text/formats.ts'
import { dayOf } from '../../text/times.ts'
import type { OpenConversation } from '../conversation-store.ts'
import { addDays, addMonths, firstWeekday, stepOf, weeksOf, within } from './calendar.ts'
import './dates.css'

export interface DateDialogProps {
  conversation: StoreApi<OpenConversation>
  dating: { at: number; first: number | null }
  today: number
}

export function DateDialog({ conversation, dating, today }: DateDialogProps) {
  const { t, i18n } = useTranslation()
  const to = dayOf(today)
  const from = Math.min(dayOf(dating.first ?? today), to)
  const first = firstWeekday(i18n.language, navigator.languages)
  const [day, setDay] = useState(() => within(dayOf(dating.at), from, to))
  const { stopDating, jumpToDate } = conversation.getState()
  const grid = useRef<HTMLTableElement>(null)
  // The keyboard stays on the day that it has reached, also in another month.
  useEffect(() => grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus(), [day])

  const go = (next: number): void => setDay(within(next, from, to))
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = stepOf(event.key, day, first)
    if (next === null) return
    event.preventDefault()
    go(next)
  }
  const month = dateFormat('month', i18n.language, { month: 'long', year: 'numeric' }).format(day)
  const weeks = weeksOf(day, first)
  return (
    <Dialog title={t('date.title')} onClose={stopDating} testId="date">
      <div className="date-month">
        <Turn
          label={t('date.earlier')}
          icon="left"
          to={addMonths(day, -1)}
          onGo={go}
          off={monthOf(day) <= monthOf(from)}
        />
        <p role="status" data-testid="date-month">
          {month}
        </p>
        <Turn label={t('date.later')} icon="right" to={addMonths(day, 1)} onGo={go} off={monthOf(day) >= monthOf(to)} />
      </div>
      <table className="date-days" role="grid" aria-label={month} onKeyDown={onKeyDown} ref={grid}>
        <thead>
          <tr>
            {weekdays(i18n.language, first).map(({ short, long }) => (
              <th key={long} scope="col" abbr={long}>
                {short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, i) => (
            <tr key={i}>
              {week.map((one, place) => (
                <td key={place}>
                  {one !== null && (
                    <Day
                      day={one}
                      chosen={one === day}
                      today={one === to}
                      off={one < from || one > to}
                      onChoose={() => void jumpToDate(one)}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="dialog-actions">
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void jumpToDate(from)}
          data-testid="date-first"
        >
          {t('date.first')}
        </button>
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void jumpToDate(to)}
          data-testid="date-today"
        >
          {t('conversation.today')}
        </button>
      </div>
    </Dialog>
  )
}

function monthOf(day: number): number {
  const date = new Date(day)
  return date.getFullYear() * 12 + date.getMonth()
}

/** The fourth of January 1970 was a Sunday. */
function weekdays(language: string, first: number): { short: string; long: string }[] {
  const sunday = new Date(1970, 0, 4).getTime()
  return Array.from({ length: 7 }, (_unused, place) => {
    const day = addDays(sunday, first + place)
    return {
      short: dateFormat('weekday', language, { weekday: 'short' }).format(day),
      long: dateFormat('long weekday', language, { weekday: 'long' }).format(day),
    }
  })
}

function Turn(props: { label: string; icon: 'left' | 'right'; to: number; off: boolean; onGo(day: number): void }) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={props.label}
      title={props.label}
      disabled={props.off}
      onClick={() => props.onGo(props.to)}
      data-testid={`date-${props.icon}`}
    >
      <Icon name={props.icon} size={18} />
    </button>
  )
}

function Day(props: { day: number; chosen: boolean; today: boolean; off: boolean; onChoose(): void }) {
  const { i18n } = useTranslation()
  const { day } = props
  const date = new Date(day)
  const words = dateFormat('date', i18n.language, { dateStyle: 'full' }).format(day)
  const name = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  return (
    <button
      type="button"
      className="date-day"
      tabIndex={props.chosen ? 0 : -1}
      aria-label={words}
      aria-current={props.today ? 'date' : undefined}
      disabled={props.off}
      onClick={props.onChoose}
      data-testid={`date-${name.map((part) => String(part).padStart(2, '0')).join('-')}`}
    >
      {date.getDate()}
    </button>
  )
}
