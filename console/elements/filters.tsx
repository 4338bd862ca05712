/** The row above a list: what narrows it. Native fields: the keyboard, the screen reader and the phone know them. */
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'
import type { UrlState } from './url-state.ts'
import './filters.css'

/** `names`: the parameters that the fields write, for clearing them all. */
export function Filters(props: { url: UrlState; names: readonly string[]; children: ReactNode }) {
  const { t } = useTranslation()
  const { params, filter } = props.url
  const narrowed = props.names.some((name) => params.has(name))
  return (
    <div className="filters" role="search" aria-label={t('filter.label')}>
      {props.children}
      {narrowed && (
        <button
          type="button"
          className="filters-clear"
          onClick={() => filter(Object.fromEntries(props.names.map((name) => [name, null])))}
          data-testid="filters-clear"
        >
          {t('filter.clear')}
        </button>
      )}
    </div>
  )
}

export function Choice(props: {
  url: UrlState
  name: string
  label: string
  /** Words for no choice. */
  all: string
  options: readonly { value: string; label: string }[]
}) {
  const value = props.url.params.get(props.name) ?? ''
  const known = props.options.some((one) => one.value === value)
  return (
    <select
      className={value === '' ? 'choice' : 'choice choice-on'}
      aria-label={props.label}
      title={props.label}
      value={known ? value : ''}
      onChange={(event) => props.url.filter({ [props.name]: event.target.value })}
      data-testid={`filter-${props.name}`}
    >
      <option value="">{props.all}</option>
      {props.options.map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
    </select>
  )
}

const typingMs = 300

/** Asks the keeper when typing has paused. */
export function TextFilter(props: { url: UrlState; label: string }) {
  const { params, filter } = props.url
  const asked = params.get('text') ?? ''
  const [typed, setTyped] = useState(asked)
  const sent = useRef(asked)
  useEffect(() => {
    // A link, the way back or a cleared filter: not our own words coming round.
    if (asked !== sent.current) setTyped(asked)
    sent.current = asked
  }, [asked])
  useEffect(() => {
    if (typed === sent.current) return
    const timer = setTimeout(() => {
      sent.current = typed
      filter({ text: typed })
    }, typingMs)
    return () => clearTimeout(timer)
  }, [typed, filter])
  return (
    <label className="text-filter">
      <Icon name="search" size={15} />
      <input
        type="search"
        maxLength={128}
        placeholder={props.label}
        aria-label={props.label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        data-testid="filter"
      />
    </label>
  )
}

export function DayRange(props: { url: UrlState }) {
  const { t } = useTranslation()
  const { params, filter } = props.url
  const field = (name: 'from' | 'until', label: string) => (
    <label className="day-field">
      {label}
      <input
        type="date"
        value={params.get(name) ?? ''}
        onChange={(event) => filter({ [name]: event.target.value })}
        data-testid={`filter-${name}`}
      />
    </label>
  )
  return (
    <>
      {field('from', t('filter.from'))}
      {field('until', t('filter.until'))}
    </>
  )
}
