/** The company's accounts: whose they are, where they run, and for how long that is granted. */
import { Button, type TableColumnsType } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { ChannelTag } from '../elements/channel-tag.tsx'
import { byText, DataTable, matches } from '../elements/data-table.tsx'
import { FilterField } from '../elements/filter-field.tsx'
import { Icon } from '../elements/icon.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Moment, useRelative } from '../elements/time.tsx'
import { useLoad } from '../elements/use-load.ts'
import type { Viewer } from '../elements/viewer.ts'
import { AddAccount } from './add-account.tsx'

type Account = Answer<'accounts.list'>['accounts'][number]

export function Accounts(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const loaded = useLoad(
    useCallback(() => api.call('accounts.list', {}), [api]),
    10_000,
  )
  const [filter, setFilter] = useState('')
  const [adding, setAdding] = useState(false)
  const columns = useColumns()
  return (
    <Page
      title={t('accounts.title')}
      actions={
        <>
          <FilterField value={filter} label={t('accounts.filter')} change={setFilter} />
          <RefreshButton loaded={loaded} />
          {props.viewer.may('account.add') && (
            <Button
              type="primary"
              icon={<Icon name="plus" size={16} />}
              onClick={() => setAdding(true)}
              data-testid="account-add"
            >
              {t('accounts.add')}
            </Button>
          )}
        </>
      }
    >
      <WhenLoaded loaded={loaded}>
        {({ accounts }) => (
          <DataTable
            kind="account"
            label={t('accounts.title')}
            rows={accounts.filter((one) => matches(filter, one.name, one.holder, ...one.assigned))}
            columns={columns}
            empty={accounts.length === 0 ? t('accounts.empty') : t('accounts.emptyFilter')}
          />
        )}
      </WhenLoaded>
      {adding && <AddAccount close={() => setAdding(false)} added={loaded.reload} />}
    </Page>
  )
}

function useColumns(): TableColumnsType<Account> {
  const { t, i18n } = useTranslation()
  return useMemo(
    () => [
      {
        title: t('accounts.channel'),
        key: 'channel',
        sorter: byText((row) => row.channel),
        render: (_, row) => <ChannelTag channel={row.channel} />,
      },
      {
        title: t('accounts.name'),
        key: 'name',
        sorter: byText((row) => row.name),
        defaultSortOrder: 'ascend',
        render: (_, row) => (
          <strong className="cell-main">
            <Isolated>{row.name}</Isolated>
          </strong>
        ),
      },
      {
        title: t('accounts.assigned'),
        key: 'assigned',
        render: (_, row) =>
          row.assigned.length === 0 ? (
            <span className="quiet">{t('accounts.nobody')}</span>
          ) : (
            <div className="cell-names">
              {row.assigned.map((name, index) => (
                <Isolated key={`${index} ${name}`}>{name}</Isolated>
              ))}
            </div>
          ),
      },
      {
        title: t('accounts.holder'),
        key: 'holder',
        render: (_, row) => (
          <span data-testid={`account-holder-${row.id}`} data-running={row.holder !== null}>
            <span className={row.holder === null ? 'dot' : 'dot dot-on'} />
            {row.holder === null ? (
              <span className="quiet">{t('accounts.noHolder')}</span>
            ) : (
              <Isolated>{row.holder}</Isolated>
            )}
          </span>
        ),
      },
      {
        title: t('accounts.leaseUntil'),
        key: 'leaseUntil',
        sorter: (a, b) => (a.leaseUntil ?? 0) - (b.leaseUntil ?? 0),
        render: (_, row) => <Lease until={row.leaseUntil} />,
      },
      {
        title: t('accounts.conversations'),
        key: 'conversations',
        align: 'end',
        sorter: (a, b) => a.conversations - b.conversations,
        render: (_, row) => row.conversations.toLocaleString(i18n.language),
      },
    ],
    [t, i18n.language],
  )
}

function Lease(props: { until: number | null }) {
  const relative = useRelative()
  return (
    <div className="cell-two">
      <Moment at={props.until} />
      {props.until !== null && <small>{relative(props.until)}</small>}
    </div>
  )
}
