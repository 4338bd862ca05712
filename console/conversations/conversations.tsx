/** Conversations out of the vault: a list that the keeper filters, the question for the purpose, and then the messages. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { Icon } from '../elements/icon.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { useUrlState } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import { ConversationFilters, queryIn } from './conversation-filters.tsx'
import { ConversationPages } from './conversation-pages.tsx'
import type { Conversation } from './conversation-list.tsx'
import { FoundPurpose, PurposeDialog } from './purpose-dialog.tsx'
import { rememberPurpose } from './recent-purposes.ts'
import { Thread } from './thread.tsx'
import './conversations.css'
import './thread.css'
import './messages.css'

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
  const url = useUrlState()
  const names = useNames()
  const query = queryIn(url.params)
  const loaded = useQuery('conversations.list', { ...query, after: null })
  const [chosen, setChosen] = useState<Conversation>()
  const [opened, setOpened] = useState<Opened>()
  // A link names the conversation; the purpose is asked for all the same.
  const shown = opened?.conversation === url.thing ? opened : undefined
  const asking = url.thing !== null && !shown ? url.thing : undefined

  const open = async (purpose: string) => {
    if (asking === undefined) return
    const wanted = { conversation: asking, purpose, before: null, after: null, at: null }
    const first = await api.call('conversations.read', wanted)
    rememberPurpose(purpose)
    setOpened((had) => ({ opening: (had?.opening ?? 0) + 1, conversation: asking, purpose, first }))
  }
  const close = () => {
    setOpened(undefined)
    url.go({}, null)
  }
  const choose = (conversation: Conversation) => {
    setChosen(conversation)
    setOpened(undefined)
    url.go({}, conversation.id)
  }
  return (
    <Page fill title={t('conversations.title')} actions={<RefreshButton loaded={loaded} />}>
      <ConversationFilters url={url} names={names} />
      <div className={shown ? 'reading reading-opened' : 'reading'}>
        <div className="reading-list">
          <WhenLoaded loaded={loaded}>
            {(first) => (
              <ConversationPages
                key={`${JSON.stringify(query)} ${first.conversations[0]?.id ?? ''} ${first.after ?? ''}`}
                first={first}
                query={query}
                selected={url.thing ?? undefined}
                open={choose}
              />
            )}
          </WhenLoaded>
        </div>
        <div className="reading-thread">
          {shown ? (
            <Thread key={shown.opening} {...shown} close={close} />
          ) : (
            <div className="reading-empty">
              <Icon name="conversations" size={40} />
              <strong>{t('conversations.choose')}</strong>
              <span>{t('conversations.chooseHint')}</span>
            </div>
          )}
        </div>
      </div>
      {asking !== undefined && asking !== chosen?.id ? (
        <FoundPurpose conversation={asking} open={open} close={close} />
      ) : (
        <PurposeDialog title={asking === undefined ? undefined : chosen?.title} open={open} close={close} />
      )}
    </Page>
  )
}
