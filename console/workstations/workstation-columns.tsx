/** What the table of workstations shows of each. */
import { Button } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Column } from '../elements/data-table.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { dateTime, dayShort, Moment, useDuration, useNow, useRelative } from '../elements/time.tsx'
import { WaitingCell } from './waiting.tsx'
import type { Workstation } from './workstation.ts'

export function useColumns(revoke: ((workstation: Workstation) => void) | undefined): Column<Workstation>[] {
  const { t, i18n } = useTranslation()
  return useMemo(() => {
    const columns: Column<Workstation>[] = [
      {
        title: t('workstations.machine'),
        key: 'machine',
        sorts: true,
        render: (row) => <Machine row={row} />,
      },
      {
        title: t('workstations.employee'),
        key: 'employee',
        sorts: true,
        render: (row) => <Isolated>{row.employee}</Isolated>,
      },
      {
        title: t('workstations.status'),
        key: 'status',
        sorts: true,
        render: (row) => (
          <div className="cell-two" data-testid={`workstation-status-${row.id}`} data-status={row.status}>
            <span className={row.status === 'active' ? 'status status-good' : 'status status-ended'}>
              {row.status === 'active' ? t('workstations.active') : t('workstations.revoked')}
            </span>
            <small>
              {row.revokedAt === null ? (
                t('workstations.since', { date: dayShort(i18n.language, row.enrolledAt) })
              ) : (
                <Moment at={row.revokedAt} dayOnly />
              )}
            </small>
          </div>
        ),
      },
      {
        title: t('workstations.connection'),
        key: 'seenAt',
        sorts: true,
        largestFirst: true,
        render: (row) => <Connection row={row} />,
      },
      {
        title: t('waiting.title'),
        key: 'waiting',
        sorts: true,
        largestFirst: true,
        render: (row) => <WaitingCell row={row} />,
      },
      {
        title: t('workstations.software'),
        key: 'software',
        sorts: true,
        render: (row) => (row.software === null ? <span className="quiet">–</span> : <Version>{row.software}</Version>),
      },
      {
        title: t('workstations.capture'),
        key: 'capture',
        render: (row) =>
          row.capture === null || row.service ? (
            <span className="quiet">–</span>
          ) : (
            <span className={row.capture === 'enforced' ? 'status-good' : undefined} data-capture={row.capture}>
              {t(`capture.${row.capture}`)}
            </span>
          ),
      },
      { title: t('workstations.leases'), key: 'leases', render: (row) => <Leases row={row} /> },
    ]
    if (revoke)
      columns.push({
        title: '',
        key: 'actions',
        end: true,
        render: (row) =>
          row.status === 'active' && (
            <Button size="small" danger onClick={() => revoke(row)} data-testid={`revoke-${row.id}`}>
              {t('workstations.revoke')}
            </Button>
          ),
      })
    return columns
  }, [t, i18n.language, revoke])
}

function Machine({ row }: { row: Workstation }) {
  const { t } = useTranslation()
  return (
    <div className="cell-two">
      <span>
        <strong className="cell-main">
          <Isolated>{row.machine}</Isolated>
        </strong>
        {row.service && <span className="cell-tag">{t('workstations.service')}</span>}
      </span>
      <small>
        <Isolated>{row.platform}</Isolated>
      </small>
    </div>
  )
}

/** Of our own program the name says nothing here. */
function Version(props: { children: string }) {
  return (
    <span className="moment">
      <Isolated>{props.children.replace(/^sealdesk /, '')}</Isolated>
    </span>
  )
}

function Leases({ row }: { row: Workstation }) {
  const { t, i18n } = useTranslation()
  const duration = useDuration()
  const now = useNow()
  if (row.leases.length === 0) return <span className="quiet">–</span>
  return (
    <div className="cell-names">
      {row.leases.map((one) => (
        <span key={one.account} className="cell-line">
          <Isolated>{one.account}</Isolated>{' '}
          <small title={dateTime(i18n.language, one.until)}>
            {t('workstations.leaseLeft', { duration: duration(Math.max(0, one.until - now)) })}
          </small>
        </span>
      ))}
    </div>
  )
}

function Connection({ row }: { row: Workstation }) {
  const { t } = useTranslation()
  const relative = useRelative()
  return (
    <div className="cell-two" data-testid={`workstation-connection-${row.id}`} data-connected={row.connected}>
      <span className="cell-line">
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
