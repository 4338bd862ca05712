/** The workstations: which there are, which are there now, what the vault still lacks of them, and the way to take one out of use. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodedError } from '../../shared/contracts/contract.ts'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { ListScreen, useListPlace } from '../elements/list-screen.tsx'
import { oneOf, yesNo } from '../elements/url-state.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { Revoke } from './revoke.tsx'
import { useColumns } from './workstation-columns.tsx'
import type { Workstation } from './workstation.ts'

const keys = ['machine', 'employee', 'status', 'seenAt', 'software', 'waiting'] as const

const gatewayAway = new CodedError('gateway_silent', 'the gateway does not tell who is connected')

export function Workstations(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const place = useListPlace(keys, { by: 'status', descending: false })
  const { params } = place.url
  const loaded = useQuery(
    'workstations.list',
    {
      ...place.asked,
      status: oneOf(params, 'status', ['active', 'revoked']),
      connected: yesNo(params, 'connected'),
      waiting: yesNo(params, 'waiting'),
    },
    5_000,
  )
  const [revoking, setRevoking] = useState<Workstation>()
  const columns = useColumns(props.viewer.may('workstation.revoke') ? setRevoking : undefined)
  return (
    <ListScreen
      kind="workstation"
      title={t('workstations.title')}
      place={place}
      loaded={loaded}
      rows={(found) => found.workstations}
      columns={columns}
      searched={t('workstations.filter')}
      choices={[
        {
          name: 'status',
          label: t('workstations.status'),
          all: t('filter.anyStatus'),
          options: [
            { value: 'active', label: t('workstations.active') },
            { value: 'revoked', label: t('workstations.revoked') },
          ],
        },
        {
          name: 'connected',
          label: t('workstations.connection'),
          all: t('filter.anyConnection'),
          options: [
            { value: 'yes', label: t('workstations.connected') },
            { value: 'no', label: t('workstations.notConnected') },
          ],
        },
        {
          name: 'waiting',
          label: t('waiting.title'),
          all: t('waiting.either'),
          options: [
            { value: 'yes', label: t('waiting.some') },
            { value: 'no', label: t('waiting.none') },
          ],
        },
      ]}
      empty={t('workstations.empty')}
      emptyFilter={t('workstations.emptyFilter')}
      notice={(found) => found.gatewayAway && <ErrorNotice error={gatewayAway} retry={loaded.reload} />}
      isPast={(row) => row.status === 'revoked'}
    >
      {/* As it is now: what the dialog says of the machine goes on being true while it is open. */}
      <Revoke
        workstation={loaded.data?.workstations.find((one) => one.id === revoking?.id) ?? revoking}
        close={() => setRevoking(undefined)}
        revoked={loaded.reload}
      />
    </ListScreen>
  )
}
