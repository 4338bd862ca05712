/** The company's accounts: whose they are, which phone they hang on, who runs them now, and where else they could run. */
import { Button } from 'antd'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { channelSchema } from '../../shared/contracts/neutral-message.ts'
import { Icon } from '../elements/icon.tsx'
import { ListScreen, useListPlace } from '../elements/list-screen.tsx'
import { oneOf } from '../elements/url-state.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { useColumns } from './account-columns.tsx'
import { AddAccount } from './add-account.tsx'
import { Assignments } from './assignments.tsx'
import { LinkedDevices } from './phone.tsx'

const keys = ['name', 'channel', 'state', 'leaseUntil', 'conversations'] as const
const states = ['running', 'away', 'stopped'] as const

export function Accounts(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const place = useListPlace(keys, { by: 'name', descending: false })
  const { params } = place.url
  const loaded = useQuery(
    'accounts.list',
    {
      ...place.asked,
      channel: oneOf(params, 'channel', channelSchema.options),
      state: oneOf(params, 'state', states),
    },
    10_000,
  )
  const [adding, setAdding] = useState(false)
  const [open, setOpen] = useState<{ deed: 'assign' | 'linked'; account: string }>()
  const columns = useColumns(
    props.viewer,
    useCallback((deed, account) => setOpen({ deed, account }), []),
  )
  const close = () => setOpen(undefined)
  const opened = loaded.data?.accounts.find((one) => one.id === open?.account)
  return (
    <ListScreen
      kind="account"
      title={t('accounts.title')}
      place={place}
      loaded={loaded}
      rows={(found) => found.accounts}
      columns={columns}
      searched={t('accounts.filter')}
      choices={[
        {
          name: 'channel',
          label: t('accounts.channel'),
          all: t('filter.allChannels'),
          options: channelSchema.options.map((one) => ({ value: one, label: t(`channel.${one}`) })),
        },
        {
          name: 'state',
          label: t('accounts.state'),
          all: t('filter.anyStatus'),
          options: states.map((one) => ({ value: one, label: t(`accounts.states.${one}`) })),
        },
      ]}
      empty={t('accounts.empty')}
      emptyFilter={t('accounts.emptyFilter')}
      actions={
        props.viewer.may('account.add') && (
          <Button
            type="primary"
            icon={<Icon name="plus" size={16} />}
            onClick={() => setAdding(true)}
            data-testid="account-add"
          >
            {t('accounts.add')}
          </Button>
        )
      }
    >
      {adding && <AddAccount names={place.names} close={() => setAdding(false)} added={loaded.reload} />}
      {opened && open?.deed === 'assign' && (
        <Assignments account={opened} names={place.names} close={close} changed={loaded.reload} />
      )}
      {opened && open?.deed === 'linked' && <LinkedDevices account={opened} close={close} />}
    </ListScreen>
  )
}
