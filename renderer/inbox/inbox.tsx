/** The conversation list with its filters; as long as a search runs, its results stand in the list's place. */
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { AccountView, ConversationView } from '../../shared/contracts/window.ts'
import { Icon } from '../design/icons.tsx'
import { canBeLinked, stateWords } from '../strings/account-words.ts'
import { ConversationList } from './conversation-list.tsx'
import { EmptyInbox } from './empty-inbox.tsx'
import type { Inbox as InboxState } from './inbox-store.ts'
import { NewConversation } from './new-conversation.tsx'
import type { SendNew } from './send-new.ts'
import './inbox.css'

export interface InboxProps {
  inbox: StoreApi<InboxState>
  accounts: readonly AccountView[]
  today: number
  /** What a row says of colleagues. */
  mark(conversation: ConversationView): ReactNode
  /** What stands in place of the newest message, or it. */
  preview(conversation: ConversationView, newest: ReactNode): ReactNode
  /** The rows in sight, by conversation. */
  onRows(conversations: readonly string[]): void
  /** The search field, and its results while there is a question. */
  searchField: ReactNode
  searchResults: ReactNode
  onOpen(conversation: string): void
  /** Opens a conversation with the choice of a date. */
  onDate(conversation: string): void
  onLink(account: string): void
  /** Opens the page of an account. */
  onAccount(account: string): void
  sendNew: SendNew
  /** What colleagues do where a message was held back, in words. */
  tellWarnings(warnings: readonly Warning[]): ReactNode
}

export function Inbox(props: InboxProps) {
  const { t, i18n } = useTranslation()
  const { filter, setFilter, shown, loaded } = useStore(props.inbox)
  const [composing, setComposing] = useState(false)
  const account = props.accounts.find((candidate) => candidate.id === filter.account)
  return (
    <section className="inbox" aria-label={t('inbox.label')}>
      <div className="inbox-head">
        {props.searchField}
        {account && (
          <button
            type="button"
            className="icon-button"
            aria-label={t('page.open')}
            title={t('page.open')}
            onClick={() => props.onAccount(account.id)}
            data-testid="account-open"
          >
            <Icon name="settings" />
          </button>
        )}
        <button
          type="button"
          className="icon-button"
          aria-label={t('inbox.new')}
          title={t('inbox.new')}
          aria-expanded={composing}
          onClick={() => setComposing(!composing)}
          data-testid="new-conversation"
        >
          <Icon name="compose" />
        </button>
      </div>
      {composing && (
        <NewConversation
          accounts={props.accounts}
          preferred={filter.account}
          sendNew={props.sendNew}
          tellWarnings={props.tellWarnings}
          onDone={(conversation) => {
            setComposing(false)
            if (conversation) props.onOpen(conversation)
          }}
        />
      )}
      {props.searchResults ?? (
        <>
          <div className="inbox-filters" role="group" aria-label={t('inbox.filter')}>
            <div className="inbox-chips">
              {(['all', 'unread', 'mine', 'waiting', 'groups'] as const).map((show) => (
                <Chip
                  key={show}
                  pressed={filter.show === show}
                  onPress={() => setFilter({ show })}
                  id={`filter-${show}`}
                  label={t(`inbox.${show}`)}
                />
              ))}
            </div>
            <button
              type="button"
              className="icon-button inbox-archive"
              aria-label={t('inbox.archived')}
              title={t('inbox.archived')}
              aria-pressed={filter.show === 'archived'}
              onClick={() => setFilter({ show: filter.show === 'archived' ? 'all' : 'archived' })}
              data-testid="filter-archived"
            >
              <Icon name="archive" size={18} />
            </button>
          </div>
          {account && account.state !== 'live' && (
            <div className="note inbox-account" data-testid="account-note">
              <p>{stateWords(t, i18n.language, account)}</p>
              {canBeLinked(account) && (
                <button
                  type="button"
                  className="button"
                  onClick={() => props.onLink(account.id)}
                  data-testid="pair-open"
                >
                  {t('account.link')}
                </button>
              )}
            </div>
          )}
          {loaded && shown.length === 0 ? (
            <EmptyInbox
              show={filter.show}
              account={account ?? null}
              accounts={props.accounts}
              onAll={() => setFilter({ show: 'all' })}
              onLink={props.onLink}
            />
          ) : (
            <ConversationList
              mark={props.mark}
              preview={props.preview}
              onRows={props.onRows}
              inbox={props.inbox}
              accounts={props.accounts}
              today={props.today}
              onOpen={props.onOpen}
              onDate={props.onDate}
            />
          )}
        </>
      )}
    </section>
  )
}

function Chip(props: { pressed: boolean; onPress(): void; id: string; label: string }) {
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={props.pressed}
      onClick={props.onPress}
      data-label={props.label}
      data-testid={props.id}
    >
      {props.label}
    </button>
  )
}
