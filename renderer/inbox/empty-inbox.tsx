/** An empty list says why it is empty and what a person does next. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '../../shared/contracts/window.ts'
import { safeLine } from '../text/safe-text.ts'
import type { InboxShow } from './inbox-store.ts'

export interface EmptyInboxProps {
  show: InboxShow
  /** The chosen account; null: all. */
  account: AccountView | null
  accounts: readonly AccountView[]
  onAll(): void
  onLink(account: string): void
}

export function EmptyInbox({ show, account, accounts, onAll, onLink }: EmptyInboxProps) {
  const { t } = useTranslation()
  if (accounts.length === 0) return <Words about="accounts" title={t('empty.noAccount')} hint={t('empty.askManager')} />
  if (show !== 'all') {
    return (
      <Words about="filter" title={t(filterWords[show])} hint={show === 'mine' ? t('inbox.emptyMineHint') : undefined}>
        <button type="button" className="button button-quiet" onClick={onAll} data-testid="empty-show-all">
          {t('empty.showAll')}
        </button>
      </Words>
    )
  }
  // The note above the list says it for a chosen account, and links it.
  const unlinked = account ? [] : accounts.filter((one) => one.state === 'unpaired' || one.state === 'pairing')
  if (unlinked.length > 0) {
    return (
      <Words about="links" title={t('empty.unlinked', { count: unlinked.length })} hint={t('empty.phoneReady')}>
        {unlinked.map((one) => (
          <button
            key={one.id}
            type="button"
            className="button"
            onClick={() => onLink(one.id)}
            data-testid={`empty-link-${one.id}`}
          >
            {t('empty.link', { name: safeLine(one.name, 40) })}
          </button>
        ))}
      </Words>
    )
  }
  const linked = account === null || account.state !== 'unpaired'
  return <Words about="conversations" title={t('inbox.empty')} hint={linked ? t('empty.customersWrite') : undefined} />
}

const filterWords = {
  unread: 'inbox.emptyUnread',
  mine: 'inbox.emptyMine',
  waiting: 'inbox.emptyWaiting',
  groups: 'inbox.emptyGroups',
  archived: 'inbox.emptyArchived',
} as const

interface WordsProps {
  about: 'accounts' | 'filter' | 'links' | 'conversations'
  title: string
  hint?: string | undefined
  children?: ReactNode
}

function Words({ about, title, hint, children }: WordsProps) {
  return (
    <div className="inbox-empty" data-testid="inbox-empty" data-about={about}>
      <p className="inbox-empty-title" role="status">
        {title}
      </p>
      {hint && <p>{hint}</p>}
      {children}
    </div>
  )
}
