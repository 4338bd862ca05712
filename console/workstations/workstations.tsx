/** The workstations: which there are, which are there now, and the way to take one out of use. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { DataTable } from '../elements/data-table.tsx'
import { Choice, Filters, TextFilter } from '../elements/filters.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Pager } from '../elements/pager.tsx'
import { oneOf, orderIn, useUrlState, yesNo } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { Revoke } from './revoke.tsx'
import { useColumns } from './workstation-columns.tsx'

export type Workstation = Answer<'workstations.list'>['workstations'][number]

const size = 50
const keys = ['machine', 'employee', 'status', 'seenAt', 'enrolledAt', 'software'] as const

export function Workstations(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const url = useUrlState()
  const { params } = url
  const names = useNames()
  const order = orderIn(params, keys, { by: 'status', descending: false })
  const loaded = useQuery(
    'workstations.list',
    {
      text: params.get('text') ?? '',
      status: oneOf(params, 'status', ['active', 'revoked']),
      connected: yesNo(params, 'connected'),
      team: params.get('team'),
      sort: order,
      after: params.get('after'),
      limit: size,
    },
    5_000,
  )
  const [revoking, setRevoking] = useState<Workstation>()
  const columns = useColumns(props.viewer.may('workstation.revoke') ? setRevoking : undefined)
  return (
    <Page title={t('workstations.title')} actions={<RefreshButton loaded={loaded} />}>
      <Filters url={url} names={['text', 'status', 'connected', 'team']}>
        <TextFilter url={url} label={t('workstations.filter')} />
        <Choice
          url={url}
          name="status"
          label={t('workstations.status')}
          all={t('filter.anyStatus')}
          options={[
            { value: 'active', label: t('workstations.active') },
            { value: 'revoked', label: t('workstations.revoked') },
          ]}
        />
        <Choice
          url={url}
          name="connected"
          label={t('workstations.connection')}
          all={t('filter.anyConnection')}
          options={[
            { value: 'yes', label: t('workstations.connected') },
            { value: 'no', label: t('workstations.notConnected') },
          ]}
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
        {({ workstations, after, total }) => (
          <DataTable
            kind="workstation"
            label={t('workstations.title')}
            rows={workstations}
            columns={columns}
            order={order}
            reorder={(next) => url.filter({ sort: next.by, order: next.descending ? 'down' : null })}
            empty={total === 0 && params.size === 0 ? t('workstations.empty') : t('workstations.emptyFilter')}
            rowClassName={(row) => (row.status === 'revoked' ? 'row-past' : '')}
            foot={<Pager url={url} shown={workstations.length} after={after} total={total} size={size} />}
          />
        )}
      </WhenLoaded>
      <Revoke workstation={revoking} close={() => setRevoking(undefined)} revoked={loaded.reload} />
    </Page>
  )
}
