/** Each account's two weeks beside each other: traffic, answer times, who waits, and what its record lacks. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Spark } from '../elements/charts.tsx'
import { ChannelTag } from '../elements/channel-tag.tsx'
import { DataTable, type Column, type Order } from '../elements/data-table.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { Pager } from '../elements/pager.tsx'
import type { UrlState } from '../elements/url-state.ts'
import type { Viewer } from '../elements/viewer.ts'
import { useActivityColumns } from './activity-columns.tsx'
import type { Activity } from './activity.ts'

type Row = Activity['accounts'][number]

export function AccountTable(props: { activity: Activity; viewer: Viewer; order: Order; url: UrlState; size: number }) {
  const { t } = useTranslation()
  const { url } = props
  const columns = useColumns(props.viewer)
  return (
    <section aria-labelledby="accounts-title" className="overview-part">
      <h2 id="accounts-title">{t('overview.perAccount')}</h2>
      <DataTable
        kind="activity"
        label={t('overview.perAccount')}
        rows={props.activity.accounts}
        columns={columns}
        order={props.order}
        reorder={(next) => url.filter({ sort: next.by, order: next.descending ? 'down' : null })}
        empty={t('accounts.empty')}
        foot={
          props.activity.total > props.size && (
            <Pager
              url={url}
              shown={props.activity.accounts.length}
              after={props.activity.after}
              total={props.activity.total}
              size={props.size}
            />
          )
        }
      />
    </section>
  )
}

function useColumns(viewer: Viewer): Column<Row>[] {
  const { t, i18n } = useTranslation()
  const shared = useActivityColumns<Row>((row) =>
    viewer.may('conversation.read') ? `#/conversations?account=${row.id}&order=waiting` : null,
  )
  return useMemo(() => {
    const lacks = (row: Row): string[] => {
      const { raw, unproven, filesMissing, filesWaiting } = row.completeness
      return [
        ...(raw > 0 ? [t('overview.raw', { count: raw })] : []),
        ...(unproven > 0 ? [t('overview.unproven', { count: unproven })] : []),
        ...(filesMissing > 0 ? [t('overview.filesMissing', { count: filesMissing })] : []),
        ...(filesWaiting > 0 ? [t('overview.filesWaiting', { count: filesWaiting })] : []),
      ]
    }
    return [
      {
        title: t('accounts.name'),
        key: 'name',
        sorts: true,
        render: (row: Row) => (
          <>
            <strong className="cell-main">
              <Isolated>{row.name}</Isolated>
            </strong>{' '}
            <ChannelTag channel={row.channel} />
          </>
        ),
      },
      {
        title: t('overview.shape'),
        key: 'shape',
        render: (row: Row) => (
          <Spark
            values={row.days.map((one) => one.in + one.out)}
            label={t('overview.shapeOf', { name: inSentence(row.name), count: row.traffic.in + row.traffic.out })}
          />
        ),
      },
      ...shared,
      {
        title: t('overview.held'),
        key: 'held',
        sorts: true,
        largestFirst: true,
        end: true,
        render: (row: Row) => row.completeness.messages.toLocaleString(i18n.language),
      },
      {
        title: t('overview.lacks'),
        key: 'lacks',
        sorts: true,
        largestFirst: true,
        render: (row: Row) => {
          const found = lacks(row)
          return found.length === 0 ? (
            <span className="status-good">{t('overview.complete')}</span>
          ) : (
            <span className="lacks">{found.join(' · ')}</span>
          )
        },
      },
    ]
  }, [t, i18n.language, shared])
}
