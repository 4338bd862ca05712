/** The company's accounts: whose they are, who runs them now, and on how many devices they could run. */
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { channelSchema } from '../../shared/contracts/neutral-message.ts'
import type { Answer } from '../app/api.ts'
import { DataTable } from '../elements/data-table.tsx'
import { Choice, Filters, TextFilter } from '../elements/filters.tsx'
import { Icon } from '../elements/icon.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Pager } from '../elements/pager.tsx'
import { oneOf, orderIn, useUrlState } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { useColumns } from './account-columns.tsx'
import { AddAccount } from './add-account.tsx'
import { Assignments } from './assignments.tsx'

export type Account = Answer<'accounts.list'>['accounts'][number]

const size = 50
const keys = ['name', 'channel', 'state', 'leaseUntil', 'conversations'] as const
const states = ['running', 'away', 'stopped'] as const

export function Accounts(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const url = useUrlState()
  const { params } = url
  const names = useNames()
  const order = orderIn(params, keys, { by: 'name', descending: false })
  const loaded = useQuery(
    'accounts.list',
    {
      text: params.get('text') ?? '',
      channel: oneOf(params, 'channel', channelSchema.options),
      state: oneOf(params, 'state', states),
      team: params.get('team'),
      sort: order,
      after: params.get('after'),
      limit: size,
    },
    10_000,
  )
  const [adding, setAdding] = useState(false)
  const [assigning, setAssigning] = useState<string>()
  const columns = useColumns(props.viewer, setAssigning)
  const assigned = loaded.data?.accounts.find((one) => one.id === assigning)
  return (
    <Page
      title={t('accounts.title')}
      actions={
        <>
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
      <Filters url={url} names={['text', 'channel', 'state', 'team']}>
        <TextFilter url={url} label={t('accounts.filter')} />
        <Choice
          url={url}
          name="channel"
          label={t('accounts.channel')}
          all={t('filter.allChannels')}
          options={channelSchema.options.map((one) => ({ value: one, label: t(`channel.${one}`) }))}
        />
        <Choice
          url={url}
          name="state"
          label={t('accounts.state')}
          all={t('filter.anyStatus')}
          options={states.map((one) => ({ value: one, label: t(`accounts.states.${one}`) }))}
        />
        <Choice
          url={url}
          name="team"
          label={t('employees.team')}
          all={t('filter.allTeams')}
          options={names.teams.map((team) => ({ value: team, label: team }))}
        />
      </Filters>
      <WhenLoaded loaded={loaded}>
        {({ accounts, after, total }) => (
          <DataTable
            kind="account"
            label={t('accounts.title')}
            rows={accounts}
            columns={columns}
            order={order}
            reorder={(next) => url.filter({ sort: next.by, order: next.descending ? 'down' : null })}
            empty={total === 0 && params.size === 0 ? t('accounts.empty') : t('accounts.emptyFilter')}
            foot={<Pager url={url} shown={accounts.length} after={after} total={total} size={size} />}
          />
        )}
      </WhenLoaded>
      {adding && <AddAccount names={names} close={() => setAdding(false)} added={loaded.reload} />}
      {assigned && (
        <Assignments account={assigned} names={names} close={() => setAssigning(undefined)} changed={loaded.reload} />
      )}
    </Page>
  )
}
