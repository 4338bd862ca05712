/** Search in all conversations: the field above the list, and what was found in the list's place. */
import { useRef, type KeyboardEvent, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { ConversationView } from '../../shared/contracts/window.ts'
import { Avatar } from '../design/avatar.tsx'
import { Icon } from '../design/icons.tsx'
import { commandKey } from '../design/key-names.ts'
import { errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { listTime } from '../text/times.ts'
import type { Search, SearchHit } from './search-store.ts'
import { snippet } from './snippet.ts'
import './search.css'

const mostTitles = 8

export function SearchField({ search, field }: { search: StoreApi<Search>; field: Ref<HTMLInputElement> }) {
  const { t } = useTranslation()
  const { text, setText, clear } = useStore(search)
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Escape') {
      clear()
      event.currentTarget.blur()
    } else if (event.key === 'ArrowDown') {
      event.preventDefault()
      document.querySelector<HTMLElement>('.search-hit, .inbox-list')?.focus()
    }
  }
  return (
    <div className="search-field" role="search">
      <Icon name="search" size={18} />
      <input
        ref={field}
        type="text"
        value={text}
        // The sign for the key, whose German name would not fit.
        placeholder={`${t('search.label')}  ${commandKey(t, '⇧F')}`}
        aria-label={t('search.label')}
        autoComplete="off"
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        data-testid="search"
      />
      {text && (
        <button
          type="button"
          className="icon-button"
          aria-label={t('search.clear')}
          onClick={clear}
          data-testid="search-clear"
        >
          <Icon name="close" size={16} />
        </button>
      )}
    </div>
  )
}

export interface SearchResultsProps {
  search: StoreApi<Search>
  /** Those whose title is looked through, newest first. */
  conversations: Iterable<ConversationView>
  today: number
  onOpen(conversation: string, message?: string): void
}

export function findTitles(conversations: Iterable<ConversationView>, text: string): ConversationView[] {
  const wanted = text.trim().toLocaleLowerCase()
  return [...conversations]
    .filter((conversation) => safeLine(conversation.title).toLocaleLowerCase().includes(wanted))
    .sort((a, b) => b.lastAt - a.lastAt)
    .slice(0, mostTitles)
}

export function SearchResults({ search, conversations, today, onOpen }: SearchResultsProps) {
  const { t } = useTranslation()
  const { text, hits, searching, failure } = useStore(search)
  const list = useRef<HTMLDivElement>(null)
  const titles = findTitles(conversations, text)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('.search-hit') ?? [])]
    const at = buttons.findIndex((button) => button === document.activeElement)
    buttons[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
    event.preventDefault()
  }
  return (
    <div
      className="search-results"
      ref={list}
      onKeyDown={onKeyDown}
      data-testid="search-results"
      data-searching={searching}
    >
      {titles.length > 0 && <h2>{t('search.conversations')}</h2>}
      {titles.map((conversation) => (
        <button
          key={conversation.id}
          type="button"
          className="search-hit"
          onClick={() => onOpen(conversation.id)}
          data-testid="search-title"
        >
          <Avatar conversation={conversation} small />
          <span className="one-line search-hit-text">
            <Line text={conversation.title} fallback={t('inbox.noName')} />
          </span>
        </button>
      ))}
      {hits.length > 0 && <h2>{t('search.messages')}</h2>}
      {hits.map((hit) => (
        <Hit key={hit.message.id} hit={hit} question={text} today={today} onOpen={onOpen} />
      ))}
      {hits.length === 0 && titles.length === 0 && (
        <p className="search-nothing" role="status">
          {failure ? errorText(t, failure) : searching ? t('search.searching') : t('search.nothing')}
          {!failure && !searching && <span className="search-hint">{t('search.nothingHint')}</span>}
        </p>
      )}
    </div>
  )
}

function Hit(props: { hit: SearchHit; question: string; today: number; onOpen: SearchResultsProps['onOpen'] }) {
  const { t, i18n } = useTranslation()
  const { conversation, message } = props.hit
  return (
    <button
      type="button"
      className="search-hit"
      onClick={() => props.onOpen(conversation.id, message.id)}
      data-testid="search-hit"
      data-id={message.id}
    >
      <Avatar conversation={conversation} small />
      <span className="search-hit-text">
        <span className="search-hit-line">
          <strong className="one-line">
            <Line text={conversation.title} fallback={t('inbox.noName')} />
          </strong>
          <time>{listTime(i18n.language, message.at, props.today)}</time>
        </span>
        <bdi className="one-line search-snippet" dir="auto">
          {snippet(message.text, props.question).map((part, i) =>
            part.found ? <mark key={i}>{part.text}</mark> : <span key={i}>{part.text}</span>,
          )}
        </bdi>
      </span>
    </button>
  )
}
