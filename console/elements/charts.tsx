/** Small charts drawn by hand; the same numbers stand behind each as a table. */
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import './charts.css'

export interface Day {
  label: string
  /** One value per series; null: there is none. */
  values: readonly (number | null)[]
}
export interface Series {
  label: string
  tone: 'in' | 'out'
}

const [width, height, gap] = [470, 128, 0.28]
/** More days than this have every second one named. */
const mostNamed = 8

/** One bar per series and day, side by side. `write`: a value in words, with its unit. */
export function DayBars(props: {
  days: readonly Day[]
  series: readonly Series[]
  title: string
  /** The end of the scale above the highest value. */
  top: (most: number) => number
  write: (value: number) => string
}) {
  const { t } = useTranslation()
  const title = useId()
  const { days, series, write } = props
  const top = props.top(Math.max(0, ...days.flatMap((day) => day.values.map((value) => value ?? 0))))
  return (
    <figure className="chart">
      <figcaption className="chart-legend" id={title}>
        <span className="unseen">{props.title}</span>
        {series.map((one) => (
          <span key={one.tone} className={`legend legend-${one.tone}`}>
            {one.label}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`-52 -12 ${width + 56} ${height + 34}`} role="img" aria-labelledby={title}>
        {[0, 0.5, 1].map((share) => (
          <g key={share} className="chart-line">
            <line x1={0} x2={width} y1={height * (1 - share)} y2={height * (1 - share)} />
            <text x={-8} y={height * (1 - share) + 4} textAnchor="end">
              {write(top * share)}
            </text>
          </g>
        ))}
        <Bars days={days} series={series} top={top} write={write} />
      </svg>
      <details className="chart-table">
        <summary>{t('chart.table')}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('chart.day')}</th>
              {series.map((one) => (
                <th key={one.tone} scope="col">
                  {one.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.label}>
                <th scope="row">{day.label}</th>
                {day.values.map((value, index) => (
                  <td key={series[index]?.tone}>{value === null ? '–' : write(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

function Bars(props: {
  days: readonly Day[]
  series: readonly Series[]
  top: number
  write: (value: number) => string
}): ReactNode {
  const { days, series, top, write } = props
  const step = width / Math.max(1, days.length)
  const bar = (step * (1 - gap)) / series.length
  return days.map((day, index) => {
    const left = index * step + (step * gap) / 2
    const told = series.map((one, place) => {
      const value = day.values[place] ?? null
      return `${one.label} ${value === null ? '–' : write(value)}`
    })
    return (
      <g key={day.label}>
        <title>{[day.label, ...told].join(' · ')}</title>
        {series.map((one, place) => {
          const rise = ((day.values[place] ?? 0) / top) * height
          return (
            <rect
              key={one.tone}
              className={`bar-${one.tone}`}
              x={left + place * bar}
              width={bar}
              y={height - rise}
              height={rise}
            />
          )
        })}
        {(days.length <= mostNamed || (days.length - index) % 2 === 1) && (
          <text className="chart-day" x={index * step + step / 2} y={height + 16} textAnchor="middle">
            {day.label}
          </text>
        )}
      </g>
    )
  })
}

export interface Share {
  id: string
  label: string
  value: number
  tone: 'good' | 'attention' | 'bad' | 'in'
  href?: string | null
}

/** Few values beside each other, each with its number: the bar only helps to compare. */
export function Shares(props: { label: string; shares: readonly Share[] }) {
  const { i18n } = useTranslation()
  const most = Math.max(1, ...props.shares.map((one) => one.value))
  return (
    <ul className="shares" aria-label={props.label}>
      {props.shares.map((one) => {
        const number = one.value.toLocaleString(i18n.language)
        return (
          <li key={one.id} data-testid={`share-${one.id}`} data-value={one.value}>
            <span className="share-label">{one.label}</span>
            <span className="share-track" aria-hidden="true">
              <span className={`share-bar share-${one.tone}`} style={{ width: `${(one.value / most) * 100}%` }} />
            </span>
            <span className="share-value">{one.href && one.value > 0 ? <a href={one.href}>{number}</a> : number}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** The shape of a row's days, without numbers: they stand beside it. */
export function Spark(props: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...props.values)
  const step = 84 / Math.max(1, props.values.length)
  return (
    <svg className="spark" viewBox="0 0 84 20" role="img" aria-label={props.label}>
      {props.values.map((value, index) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / most) * 20)
        // Days have no other name than their place.
        return <rect key={index} x={index * step} width={step - 1.5} y={20 - tall} height={tall} />
      })}
    </svg>
  )
}

/** The next round number: 1, 2 or 5 times a power of ten, even so that its half is whole. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)))
  const found = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= most) ?? most
  return Math.max(2, found)
}

const durations = [
  10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000,
]
const dayMs = 86_400_000

/** The next duration whose half people read well; beyond eight hours whole days, an even number of them behind the first. */
export function niceDuration(mostMs: number): number {
  const found = durations.find((one) => one >= mostMs)
  if (found !== undefined) return found
  const days = Math.ceil(mostMs / dayMs)
  return (days === 1 ? 1 : days + (days % 2)) * dayMs
}
