/** Small charts drawn by hand; the same numbers stand behind each as a table. */
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import './charts.css'

export interface Bar {
  label: string
  in: number
  out: number
}

const [width, height, gap] = [700, 150, 0.28]

/** Received and sent side by side for each day. */
export function DayBars(props: { bars: readonly Bar[]; title: string; inLabel: string; outLabel: string }) {
  const { t, i18n } = useTranslation()
  const title = useId()
  const most = niceTop(Math.max(1, ...props.bars.flatMap((bar) => [bar.in, bar.out])))
  const step = width / Math.max(1, props.bars.length)
  const bar = (step * (1 - gap)) / 2
  const rise = (n: number): number => (n / most) * height
  return (
    <figure className="chart">
      <figcaption className="chart-legend" id={title}>
        <span className="unseen">{props.title}</span>
        <span className="legend legend-in">{props.inLabel}</span>
        <span className="legend legend-out">{props.outLabel}</span>
      </figcaption>
      <svg viewBox={`-44 -12 ${width + 48} ${height + 34}`} role="img" aria-labelledby={title}>
        {[0, 0.5, 1].map((share) => (
          <g key={share} className="chart-line">
            <line x1={0} x2={width} y1={height * (1 - share)} y2={height * (1 - share)} />
            <text x={-8} y={height * (1 - share) + 4} textAnchor="end">
              {Math.round(most * share).toLocaleString(i18n.language)}
            </text>
          </g>
        ))}
        {props.bars.map((one, index) => {
          const left = index * step + (step * gap) / 2
          return (
            <g key={one.label}>
              <title>{`${one.label} · ${props.inLabel} ${one.in} · ${props.outLabel} ${one.out}`}</title>
              <rect className="bar-in" x={left} width={bar} y={height - rise(one.in)} height={rise(one.in)} />
              <rect className="bar-out" x={left + bar} width={bar} y={height - rise(one.out)} height={rise(one.out)} />
              <text className="chart-day" x={left + bar} y={height + 16} textAnchor="middle">
                {one.label}
              </text>
            </g>
          )
        })}
      </svg>
      <Behind summary={t('chart.table')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('chart.day')}</th>
              <th scope="col">{props.inLabel}</th>
              <th scope="col">{props.outLabel}</th>
            </tr>
          </thead>
          <tbody>
            {props.bars.map((one) => (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td>{one.in.toLocaleString(i18n.language)}</td>
                <td>{one.out.toLocaleString(i18n.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Behind>
    </figure>
  )
}

function Behind(props: { summary: string; children: ReactNode }) {
  return (
    <details className="chart-table">
      <summary>{props.summary}</summary>
      {props.children}
    </details>
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
  const power = 10 ** Math.floor(Math.log10(most))
  const found = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= most) ?? most
  return Math.max(2, found)
}
