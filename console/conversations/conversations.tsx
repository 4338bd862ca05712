/** Conversations out of the vault: a list, the question for the purpose, and then the messages. */
import { Select } from 'antd'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { matches } from '../elements/data-table.tsx'
import { FilterField } from '../elements/filter-field.tsx'
import { Icon } from '../elements/icon.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { useLoad } from '../elements/use-load.ts'
import { ConversationList, type Conversation } from './conversation-list.tsx'
import { PurposeDialog } from './purpose-dialog.tsx'
import { rememberPurpose } from './recent-purposes.ts'
import { Thread } from './thread.tsx'
import './conversations.css'

interface Opened {
  /** A new one for every opening, also of the same conversation. */
  opening: number
  conversation: string
  purpose: string
  first: Answer<'conversations.read'>
}

export function Conversations() {
  const { t } = useTranslation()
  const api = useApi()
  const [account, setAccount] = useState<string | null>(null)
  const [filter, setFilter] = useState('')
  const [asking, setAsking] = useState<Conversation>()
  const [opened, setOpened] = useState<Opened>()
  const accounts = useLoad(useCallback(() => api.call('accounts.list', {}), [api]))
  const loaded = useLoad(useCallback(() => api.call('conversations.list', { account }), [api, account]))

  const open = async (purpose: string) => {
    if (!asking) return
    const first = await api.call('conversations.read', { conversation: asking.id, purpose, before: null })
    rememberPurpose(purpose)
    setOpened((had) => ({ opening: (had?.opening ?? 0) + 1, conversation: asking.id, purpose, first }))
    setAsking(undefined)
  }

  return (
    <Page
      fill
      title={t('conversations.title')}
      actions={
        <>
          <Select
            className="account-filter"
            popupMatchSelectWidth={false}
            aria-label={t('conversations.account')}
            value={account ?? ''}
            onChange={(chosen) => setAccount(chosen === '' ? null : chosen)}
            showSearch={{ optionFilterProp: 'name' }}
            options={[
              { value: '', name: t('conversations.allAccounts'), label: t('conversations.allAccounts') },
              ...(accounts.data?.accounts ?? []).map((one) => ({
                value: one.id,
                name: one.name,
                label: <Isolated>{one.name}</Isolated>,
              })),
            ]}
            data-testid="account-filter"
          />
          <FilterField value={filter} label={t('conversations.filter')} change={setFilter} />
          <RefreshButton loaded={loaded} />
        </>
      }
    >
      <div className={opened ? 'reading reading-opened' : 'reading'}>
        <div className="reading-list">
          <WhenLoaded loaded={loaded}>
            {({ conversations }) => (
              <ConversationList
                conversations={conversations.filter((one) => matches(filter, one.title))}
                selected={asking?.id ?? opened?.conversation}
                empty={conversations.length === 0 ? t('conversations.empty') : t('conversations.emptyFilter')}
                open={setAsking}
              />
            )}
          </WhenLoaded>
        </div>
        <div className="reading-thread">
          {opened ? (
            <Thread key={opened.opening} {...opened} close={() => setOpened(undefined)} />
          ) : (
            <div className="reading-empty">
              <Icon name="conversations" size={40} />
              <strong>{t('conversations.choose')}</strong>
              <span>{t('conversations.chooseHint')}</span>
            </div>
          )}
        </div>
      </div>
      <PurposeDialog title={asking?.title} open={open} close={() => setAsking(undefined)} />
    </Page>
  )
}
