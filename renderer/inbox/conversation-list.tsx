/** The rows of the conversation list: only those in sight are in the document, all of them are reached by keyboard. */
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { AccountView, ConversationView } from '../../shared/contracts/window.ts'
import { Avatar } from '../design/avatar.tsx'
import { Icon } from '../design/icons.tsx'
import { kindIcons, summary } from '../strings/kind-words.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { listTime } from '../text/times.ts'
import { ConversationMenu } from './conversation-menu.tsx'
import { isUnread, type Inbox } from './inbox-store.ts'

const rowHeight = 64
const pageRows = 8
const nearEndRows = 20

export interface ConversationListProps {
  inbox: StoreApi<Inbox>
  accounts: readonly AccountView[]
  today: number
  /** What a row says of colleagues. */
  mark(conversation: ConversationView): ReactNode
  preview(conversation: ConversationView, newest: ReactNode): ReactNode
  onRows(conversations: readonly string[]): void
  onOpen(conversation: string): void
  onDate(conversation: string): void
}

export function ConversationList(props: ConversationListProps) {
  const { inbox, accounts, today, mark, preview, onRows, onOpen, onDate } = props
  const { t } = useTranslation()
  const { shown, selected } = useStore(inbox)
  const scroller = useRef<HTMLDivElement>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [menu, setMenu] = useState<{ conversation: string; at: { x: number; y: number } } | null>(null)
  // oxlint-disable-next-line react/incompatible-library -- its functions are used in this component only
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => shown[index]?.id ?? index,
    overscan: 6,
  })
  const inSight = virtualizer
    .getVirtualItems()
    .flatMap(({ index }) => shown[index]?.id ?? [])
    .join(' ')
  useEffect(() => onRows(inSight === '' ? [] : inSight.split(' ')), [onRows, inSight])
  const closeMenu = useCallback(() => setMenu(null), [])
  const active = Math.max(
    0,
    shown.findIndex((conversation) => conversation.id === (cursor ?? selected)),
  )
  useEffect(() => setCursor(selected), [selected])
  const rows = virtualizer.getVirtualItems()
  const lastShown = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (shown.length > 0 && lastShown >= shown.length - nearEndRows) inbox.getState().loadMore()
  }, [inbox, lastShown, shown.length])

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: pageRows,
      PageUp: -pageRows,
      Home: -shown.length,
      End: shown.length,
    }
    const step = steps[event.key]
    const current = shown[active]
    if (step !== undefined) {
      const next = Math.min(Math.max(active + (cursor === null && selected === null ? 0 : step), 0), shown.length - 1)
      setCursor(shown[next]?.id ?? null)
      virtualizer.scrollToIndex(next)
    } else if (current && (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10'))) {
      const box = document.getElementById(`row-${current.id}`)?.getBoundingClientRect()
      setMenu({ conversation: current.id, at: { x: (box?.left ?? 0) + 60, y: (box?.top ?? 0) + 40 } })
    } else if ((event.key === 'Enter' || event.key === ' ') && current) onOpen(current.id)
    else return
    event.preventDefault()
  }

  const names = new Map(accounts.map((account) => [account.id, account.name]))
  return (
    <>
      <div
        className="inbox-list"
        ref={scroller}
        role="listbox"
        tabIndex={0}
        aria-label={t('inbox.label')}
        aria-activedescendant={shown[active] ? `row-${shown[active].id}` : undefined}
        onKeyDown={onKeyDown}
        data-testid="conversation-list"
      >
        <div className="inbox-space" style={{ height: virtualizer.getTotalSize() }}>
          {rows.map((item) => {
            const conversation = shown[item.index]
            return (
              conversation && (
                <Row
                  key={conversation.id}
                  conversation={conversation}
                  account={names.get(conversation.account) ?? ''}
                  today={today}
                  top={item.start}
                  position={[item.index + 1, shown.length]}
                  selected={conversation.id === selected}
                  active={cursor !== null && item.index === active}
                  mark={mark}
                  preview={preview}
                  onOpen={onOpen}
                  onMenu={setMenu}
                />
              )
            )
          })}
        </div>
      </div>
      {menu && <ConversationMenu {...menu} inbox={inbox} onDate={onDate} onClose={closeMenu} />}
    </>
  )
}

/** In groups the author stands before the text; what the provider tells has none. */
export function snippetOf(t: TFunction, conversation: ConversationView): string {
  const { lastKind, lastDirection, lastAuthor, lastText } = conversation
  const text = summary(t, lastKind, lastText)
  if (lastKind === 'service' || lastKind === 'call') return text
  if (lastDirection === 'out') return t('inbox.you', { text })
  const author = safeLine(lastAuthor ?? '', 40)
  return conversation.group && author ? t('inbox.by', { author, text }) : text
}

function marksOf(t: TFunction, { unread, markedUnread, muted, pinnedAt }: ConversationView): string[] {
  const words = [unread > 0 ? t('rail.unread', { count: unread }) : markedUnread ? t('inbox.unread') : '']
  if (muted) words.push(t('inbox.isMuted'))
  if (pinnedAt !== null) words.push(t('inbox.isPinned'))
  return words.filter(Boolean)
}

interface RowProps {
  conversation: ConversationView
  account: string
  today: number
  top: number
  position: [number, number]
  selected: boolean
  active: boolean
  mark(conversation: ConversationView): ReactNode
  preview(conversation: ConversationView, newest: ReactNode): ReactNode
  onOpen(conversation: string): void
  onMenu(menu: { conversation: string; at: { x: number; y: number } }): void
}

function Row({
  conversation,
  account,
  today,
  top,
  position,
  selected,
  active,
  mark,
  preview,
  onOpen,
  onMenu,
}: RowProps) {
  const { t, i18n } = useTranslation()
  const time = listTime(i18n.language, conversation.lastAt, today)
  const snippet = snippetOf(t, conversation)
  const icon = kindIcons[conversation.lastKind]
  return (
    <div
      className="inbox-row"
      id={`row-${conversation.id}`}
      role="option"
      aria-selected={selected}
      aria-setsize={position[1]}
      aria-posinset={position[0]}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onOpen(conversation.id)}
      onContextMenu={(event) => {
        event.preventDefault()
        onMenu({ conversation: conversation.id, at: { x: event.clientX, y: event.clientY } })
      }}
      data-active={active}
      data-unread={isUnread(conversation)}
      data-muted={conversation.muted}
      data-pinned={conversation.pinnedAt !== null}
      data-testid={`conversation-${conversation.id}`}
      data-title={conversation.title}
      data-account={conversation.account}
    >
      <Avatar conversation={conversation} />
      <div className="inbox-row-text">
        <div className="inbox-row-line">
          <span className="one-line inbox-title">
            <Line text={conversation.title} fallback={t('inbox.noName')} />
          </span>
          <time className="inbox-time">{time}</time>
        </div>
        <div className="inbox-row-line">
          <span className="one-line inbox-snippet">
            {preview(
              conversation,
              <>
                {icon && <Icon name={icon} size={14} />}
                <Line text={snippet} />
              </>,
            )}
          </span>
          {mark(conversation)}
          {conversation.muted && <Icon name="muted" size={15} />}
          {conversation.pinnedAt !== null && <Icon name="pin" size={15} />}
          {isUnread(conversation) && (
            <span className="inbox-unread" aria-hidden="true">
              {conversation.unread || ''}
            </span>
          )}
          <span className="unseen">{[account, ...marksOf(t, conversation)].join(', ')}</span>
        </div>
      </div>
    </div>
  )
}
