/** The workstations: which there are, which are there now, and the way to take one out of use. */
import { Segmented } from 'antd'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { DataTable, matches } from '../elements/data-table.tsx'
import { FilterField } from '../elements/filter-field.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { useLoad } from '../elements/use-load.ts'
import type { Viewer } from '../elements/viewer.ts'
import { Revoke } from './revoke.tsx'
import { useColumns } from './workstation-columns.tsx'

export type Workstation = Answer<'workstations.list'>['workstations'][number]

export function Workstations(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const loaded = useLoad(
    useCallback(() => api.call('workstations.list', {}), [api]),
    5_000,
  )
  const [filter, setFilter] = useState('')
  const [status, setStatus] = useState<'all' | Workstation['status']>('all')
  const [revoking, setRevoking] = useState<Workstation>()
  const columns = useColumns(props.viewer.may('workstation.revoke') ? setRevoking : undefined)
  return (
    <Page
      title={t('workstations.title')}
      actions={
        <>
          <Segmented
            value={status}
            onChange={setStatus}
            options={[
              { value: 'all', label: t('workstations.showAll') },
              { value: 'active', label: t('workstations.showActive') },
              { value: 'revoked', label: t('workstations.showRevoked') },
            ]}
            data-testid="workstation-filter"
          />
          <FilterField value={filter} label={t('workstations.filter')} change={setFilter} />
          <RefreshButton loaded={loaded} />
        </>
      }
    >
      <WhenLoaded loaded={loaded}>
        {({ workstations }) => (
          <DataTable
            kind="workstation"
            label={t('workstations.title')}
            rows={workstations.filter(
              (one) => (status === 'all' || one.status === status) && matches(filter, one.machine, one.employee),
            )}
            columns={columns}
            empty={workstations.length === 0 ? t('workstations.empty') : t('workstations.emptyFilter')}
            rowClassName={(row) => (row.status === 'revoked' ? 'row-past' : '')}
          />
        )}
      </WhenLoaded>
      <Revoke workstation={revoking} close={() => setRevoking(undefined)} revoked={loaded.reload} />
    </Page>
  )
}
