/** The list's pages below each other; the next one comes when it is asked for, because each is written down. */
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi, type Answer } from '../app/api.ts'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { codedError } from '../elements/use-load.ts'
import type { ListQuery } from './conversation-filters.tsx'
import { ConversationList, type Conversation } from './conversation-list.tsx'

type Listed = Answer<'conversations.list'>

/** Mount it anew (by key) for every other query or first page. */
export function ConversationPages(props: {
  first: Listed
  query: ListQuery
  selected: string | undefined
  open: (conversation: Conversation) => void
}) {
  const { t } = useTranslation()
  const api = useApi()
  const [pages, setPages] = useState([props.first])
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<CodedError>()
  const after = pages.at(-1)?.after ?? null
  const loadMore = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const page = await api.call('conversations.list', { ...props.query, after })
      setPages((had) => [...had, page])
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <ConversationList
        conversations={pages.flatMap((page) => page.conversations)}
        selected={props.selected}
        empty={after === null ? t('conversations.emptyFilter') : t('conversations.searchOn')}
        open={props.open}
      />
      {error && <ErrorNotice error={error} />}
      {after !== null && (
        <div className="reading-more">
          <Button size="small" loading={busy} onClick={() => void loadMore()} data-testid="conversations-more">
            {t('action.loadMore')}
          </Button>
        </div>
      )}
    </>
  )
}
