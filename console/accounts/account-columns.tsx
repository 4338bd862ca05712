/** What the table of accounts shows of each. */
import { Button } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ChannelTag } from '../elements/channel-tag.tsx'
import type { Column } from '../elements/data-table.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { useDuration, useNow } from '../elements/time.tsx'
import type { Viewer } from '../elements/viewer.ts'
import type { Account } from './account.ts'
import { PhoneCell } from './phone.tsx'

const dots = { running: 'dot dot-on', away: 'dot dot-half', stopped: 'dot' } as const

export function useColumns(
  viewer: Viewer,
  act: (deed: 'assign' | 'linked', account: string) => void,
): Column<Account>[] {
  const { t, i18n } = useTranslation()
  return useMemo(() => {
    const columns: Column<Account>[] = [
      {
        title: t('accounts.name'),
        key: 'name',
        sorts: true,
        render: (row) => (
          <strong className="cell-main">
            <Isolated>{row.name}</Isolated>
          </strong>
        ),
      },
      {
        title: t('accounts.channel'),
        key: 'channel',
        sorts: true,
        render: (row) => <ChannelTag channel={row.channel} />,
      },
      {
        title: t('phone.title'),
        key: 'phone',
        render: (row) => <PhoneCell row={row} open={() => act('linked', row.id)} />,
      },
      {
        title: t('accounts.state'),
        key: 'state',
        sorts: true,
        render: (row) => (
          <span
            className="cell-line"
            data-testid={`account-holder-${row.id}`}
            data-running={row.holder !== null}
            data-state={row.state}
          >
            <span className={dots[row.state]} />
            {t(`accounts.states.${row.state}`)}
          </span>
        ),
      },
      {
        title: t('accounts.holder'),
        key: 'leaseUntil',
        sorts: true,
        largestFirst: true,
        render: (row) => <Runner row={row} />,
      },
      { title: t('accounts.assigned'), key: 'assigned', render: (row) => <Assigned row={row} /> },
      {
        title: t('accounts.workstations'),
        key: 'workstations',
        end: true,
        render: (row) => row.workstations.toLocaleString(i18n.language),
      },
      {
        title: t('accounts.conversations'),
        key: 'conversations',
        sorts: true,
        largestFirst: true,
        end: true,
        render: (row) =>
          viewer.may('conversation.read') ? (
            <a href={`#/conversations?account=${row.id}`}>{row.conversations.toLocaleString(i18n.language)}</a>
          ) : (
            row.conversations.toLocaleString(i18n.language)
          ),
      },
    ]
    if (viewer.may('account.assign'))
      columns.push({
        title: '',
        key: 'actions',
        end: true,
        render: (row) => (
          <Button
            size="small"
            onClick={() => act('assign', row.id)}
            aria-label={t('accounts.assignOf', { name: inSentence(row.name) })}
            data-testid={`assign-${row.id}`}
          >
            {t('accounts.assign')}
          </Button>
        ),
      })
    return columns
  }, [t, i18n.language, viewer, act])
}

function Assigned({ row }: { row: Account }) {
  const { t } = useTranslation()
  if (row.assigned.length === 0) return <span className="quiet">{t('accounts.nobody')}</span>
  return (
    <div className="cell-names">
      {row.assigned.map((one) => (
        <span key={one.id}>
          <Isolated>{one.name}</Isolated> {one.team !== null && <small>{inSentence(one.team)}</small>}
        </span>
      ))}
    </div>
  )
}

function Runner({ row }: { row: Account }) {
  const { t } = useTranslation()
  const duration = useDuration()
  const now = useNow()
  if (row.holder === null) return <span className="quiet">{t('accounts.noHolder')}</span>
  return (
    <div className="cell-two">
      <Isolated>{row.holder}</Isolated>
      {row.leaseUntil !== null && (
        <small>{t('accounts.lease', { duration: duration(Math.max(0, row.leaseUntil - now)) })}</small>
      )}
    </div>
  )
}
