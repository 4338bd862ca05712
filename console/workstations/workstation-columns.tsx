/** What the table of workstations shows of each. */
import { Button, Tag, type TableColumnsType } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { byText } from '../elements/data-table.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Moment, useRelative } from '../elements/time.tsx'
import type { Workstation } from './workstations.tsx'

export function useColumns(revoke: ((workstation: Workstation) => void) | undefined): TableColumnsType<Workstation> {
  const { t } = useTranslation()
  return useMemo(() => {
    const columns: TableColumnsType<Workstation> = [
      {
        title: t('workstations.machine'),
        key: 'machine',
        sorter: byText((row) => row.machine),
        render: (_, row) => (
          <div className="cell-two">
            <span>
              <strong className="cell-main">
                <Isolated>{row.machine}</Isolated>
              </strong>
              {row.service && <Tag className="cell-tag">{t('workstations.service')}</Tag>}
            </span>
            <small>
              <Isolated>{row.platform}</Isolated>
            </small>
          </div>
        ),
      },
      {
        title: t('workstations.employee'),
        key: 'employee',
        sorter: byText((row) => row.employee),
        render: (_, row) => <Isolated>{row.employee}</Isolated>,
      },
      {
        title: t('workstations.status'),
        key: 'status',
        sorter: byText((row) => row.status),
        defaultSortOrder: 'ascend',
        render: (_, row) => (
          <div className="cell-two" data-testid={`workstation-status-${row.id}`} data-status={row.status}>
            <span className={row.status === 'active' ? 'status status-good' : 'status status-ended'}>
              {row.status === 'active' ? t('workstations.active') : t('workstations.revoked')}
            </span>
            {row.revokedAt !== null && (
              <small>
                <Moment at={row.revokedAt} />
              </small>
            )}
          </div>
        ),
      },
      {
        title: t('workstations.connection'),
        key: 'connection',
        sorter: (a, b) => Number(b.connected) - Number(a.connected) || (b.seenAt ?? 0) - (a.seenAt ?? 0),
        render: (_, row) => <Connection row={row} />,
      },
      {
        title: t('workstations.enrolledAt'),
        key: 'enrolledAt',
        sorter: (a, b) => a.enrolledAt - b.enrolledAt,
        render: (_, row) => (
          <div className="cell-two">
            <Moment at={row.enrolledAt} />
            {row.software !== null && (
              <small>
                {t('workstations.software')} <Isolated>{row.software}</Isolated>
              </small>
            )}
          </div>
        ),
      },
    ]
    if (revoke)
      columns.push({
        title: '',
        key: 'actions',
        align: 'end',
        fixed: 'end',
        render: (_, row) =>
          row.status === 'active' && (
            <Button size="small" danger onClick={() => revoke(row)} data-testid={`revoke-${row.id}`}>
              {t('workstations.revoke')}
            </Button>
          ),
      })
    return columns
  }, [t, revoke])
}

function Connection({ row }: { row: Workstation }) {
  const { t } = useTranslation()
  const relative = useRelative()
  return (
    <div className="cell-two" data-testid={`workstation-connection-${row.id}`} data-connected={row.connected}>
      <span>
        <span className={row.connected ? 'dot dot-on' : 'dot'} />
        {row.connected ? t('workstations.connected') : t('workstations.notConnected')}
      </span>
      {!row.connected && (
        <small>
          {row.seenAt === null
            ? t('workstations.neverSeen')
            : t('workstations.seen', { relative: relative(row.seenAt) })}
        </small>
      )}
    </div>
  )
}
