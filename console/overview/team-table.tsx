/** Each team's two weeks: an account counts for every team that works with it. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { DataTable, type Column } from '../elements/data-table.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { useActivityColumns } from './activity-columns.tsx'
import type { Activity } from './activity.ts'

type Row = Activity['teams'][number] & { id: string }

const nowhere = (): null => null

export function TeamTable(props: { activity: Activity }) {
  const { t } = useTranslation()
  const shared = useActivityColumns<Row>(nowhere)
  const columns = useMemo(
    (): Column<Row>[] => [
      {
        title: t('employees.team'),
        key: 'team',
        render: (row) => (
          <strong className="cell-main">
            <Isolated>{row.team}</Isolated>
          </strong>
        ),
      },
      ...shared,
    ],
    [t, shared],
  )
  return (
    <section aria-labelledby="teams-title" className="overview-part">
      <h2 id="teams-title">{t('overview.perTeam')}</h2>
      <DataTable
        kind="team"
        label={t('overview.perTeam')}
        rows={props.activity.teams.map((one) => ({ ...one, id: one.team }))}
        columns={columns}
        empty={t('employees.noTeam')}
      />
    </section>
  )
}
