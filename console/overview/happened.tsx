/** Two weeks in pictures: traffic and answer times by day, who waits by age, and what the record lacks. */
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { DayBars, niceDuration, niceTop, Shares } from '../elements/charts.tsx'
import { dayMonth, useDuration } from '../elements/time.tsx'
import type { Viewer } from '../elements/viewer.ts'
import type { Activity } from './activity.ts'

export function Traffic({ activity, days }: { activity: Activity; days: readonly number[] }) {
  const { t, i18n } = useTranslation()
  const number = useCallback((value: number) => Math.round(value).toLocaleString(i18n.language), [i18n.language])
  return (
    <section className="panel panel-chart" aria-labelledby="traffic-title" data-testid="chart-traffic">
      <h2 id="traffic-title">{t('overview.traffic')}</h2>
      <DayBars
        title={t('overview.traffic')}
        series={[
          { label: t('overview.in'), tone: 'in' },
          { label: t('overview.out'), tone: 'out' },
        ]}
        days={activity.days.map((one, index) => ({
          label: dayMonth(i18n.language, days[index] ?? 0),
          values: [one.in, one.out],
        }))}
        top={niceTop}
        write={number}
      />
    </section>
  )
}

export function AnswerTimes({ activity, days }: { activity: Activity; days: readonly number[] }) {
  const { t, i18n } = useTranslation()
  const duration = useDuration()
  return (
    <section className="panel panel-chart" aria-labelledby="answers-title" data-testid="chart-answers">
      <h2 id="answers-title">{t('overview.answerTimes')}</h2>
      {activity.answers === null ? (
        <p className="panel-calm quiet">{t('overview.answersNone')}</p>
      ) : (
        <DayBars
          title={t('overview.answerTimes')}
          series={[
            { label: t('overview.medianShort'), tone: 'in' },
            { label: t('overview.p90Short'), tone: 'out' },
          ]}
          days={activity.answerDays.map((one, index) => ({
            label: dayMonth(i18n.language, days[index] ?? 0),
            values: [one?.medianMs ?? null, one?.p90Ms ?? null],
          }))}
          top={niceDuration}
          write={duration}
        />
      )}
    </section>
  )
}

export function Backlog({ activity, viewer }: { activity: Activity; viewer: Viewer }) {
  const { t } = useTranslation()
  const { waiting, ages } = activity.backlog
  const names = ['hour', 'hours', 'day', 'longer'] as const
  const tones = ['in', 'in', 'attention', 'bad'] as const
  const href = viewer.may('conversation.read') ? '#/conversations?order=waiting' : null
  return (
    <section className="panel" aria-labelledby="backlog-title" data-testid="chart-backlog">
      <h2 id="backlog-title">{t('overview.backlogAges')}</h2>
      {waiting === 0 ? (
        <p className="panel-calm quiet">{t('overview.backlogNone')}</p>
      ) : (
        <Shares
          label={t('overview.backlogAges')}
          shares={names.map((name, index) => ({
            id: `age-${name}`,
            label: t(`overview.age.${name}`),
            value: ages[index] ?? 0,
            tone: tones[index] ?? 'in',
            href,
          }))}
        />
      )}
    </section>
  )
}

export function Completeness({ activity }: { activity: Activity }) {
  const { t, i18n } = useTranslation()
  const { messages, raw, unproven, filesMissing, filesWaiting } = activity.completeness
  const flawed = Math.min(messages, raw + unproven + filesMissing + filesWaiting)
  const whole = messages === 0 ? 1 : (messages - flawed) / messages
  // Rounded down: what lacks a single message is not 100 %.
  const share = (Math.floor(whole * 1000) / 1000).toLocaleString(i18n.language, {
    style: 'percent',
    maximumFractionDigits: 1,
  })
  return (
    <section className="panel" aria-labelledby="completeness-title" data-testid="chart-completeness">
      <h2 id="completeness-title">{t('overview.lacks')}</h2>
      <p className="completeness" data-testid="completeness" data-whole={whole}>
        <strong>{share}</strong> {t('overview.whole', { count: messages })}
      </p>
      <Shares
        label={t('overview.lacks')}
        shares={[
          { id: 'raw', label: t('overview.part.raw'), value: raw, tone: 'attention' },
          { id: 'unproven', label: t('overview.part.unproven'), value: unproven, tone: 'attention' },
          { id: 'filesMissing', label: t('overview.part.filesMissing'), value: filesMissing, tone: 'bad' },
          { id: 'filesWaiting', label: t('overview.part.filesWaiting'), value: filesWaiting, tone: 'in' },
        ]}
      />
    </section>
  )
}
