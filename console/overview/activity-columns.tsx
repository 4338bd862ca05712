/** What accounts and teams have in common: traffic, answer times, and who waits. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Column } from '../elements/data-table.tsx'
import { useDuration, useWaited } from '../elements/time.tsx'
import type { Activity } from './activity.ts'

/** Where the table is ordered at all. */
const sorts = { sorts: true, largestFirst: true }

type Shared = Pick<Activity, 'traffic' | 'answers' | 'backlog'>

/** `waitingAt`: where those who wait can be seen, or null. */
export function useActivityColumns<Row extends Shared>(waitingAt: (row: Row) => string | null): Column<Row>[] {
  const { t, i18n } = useTranslation()
  const duration = useDuration()
  const waited = useWaited()
  return useMemo(() => {
    const number = (n: number): string => n.toLocaleString(i18n.language)
    return [
      { title: t('overview.in'), key: 'in', ...sorts, end: true, render: (row: Row) => number(row.traffic.in) },
      { title: t('overview.out'), key: 'out', ...sorts, end: true, render: (row: Row) => number(row.traffic.out) },
      {
        title: t('overview.medianShort'),
        key: 'median',
        ...sorts,
        end: true,
        render: (row: Row) => (row.answers ? duration(row.answers.medianMs) : '–'),
      },
      {
        title: t('overview.p90Short'),
        key: 'p90',
        ...sorts,
        end: true,
        render: (row: Row) => (row.answers ? duration(row.answers.p90Ms) : '–'),
      },
      {
        title: t('overview.backlogShort'),
        key: 'backlog',
        ...sorts,
        render: (row: Row) => {
          if (row.backlog.oldestAt === null) return <span className="quiet">0</span>
          const text = `${number(row.backlog.waiting)} · ${waited(row.backlog.oldestAt)}`
          const href = waitingAt(row)
          return href === null ? text : <a href={href}>{text}</a>
        },
      },
    ]
  }, [t, i18n.language, duration, waited, waitingAt])
}
