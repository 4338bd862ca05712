/** The messages of the open conversation: held at the newest while the reader is there, at the reader's place otherwise. */
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import { Icon } from '../design/icons.tsx'
import { summary } from '../strings/kind-words.ts'
import { dayName, dayOf } from '../text/times.ts'
import { Bubble } from './bubble.tsx'
import type { Expansion } from './content/long-text.tsx'
import { Notice } from './content/notice.tsx'
import type { OpenConversation } from './conversation-store.ts'
import { onMessageKey } from './message-keys.ts'
import { estimateHeight, rowOf, toRows, type Row } from './message-list.ts'
import { useTools } from './tools.ts'

const nearEndPx = 48
const nearEdgePx = 600

export interface MessagesProps {
  conversation: StoreApi<OpenConversation>
  title: string
  today: number
  /** The window is in front of somebody. */
  lookedAt: boolean
}

export function Messages({ conversation, title, today, lookedAt }: MessagesProps) {
  const { t } = useTranslation()
  const { id, loaded, unreadMark, unseen, target, view, opening, markRead, reopen } = useStore(conversation)
  const { loadEarlier, loadLater } = conversation.getState()
  const rows = useMemo(() => toRows(loaded.messages, dayOf, unreadMark), [loaded.messages, unreadMark])
  const scroller = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  // One step behind: the page that reaches the newest message is not a message that has just come.
  const [attached, setAttached] = useState(true)
  useEffect(() => setAttached(loaded.atNewest), [loaded.atNewest])
  // oxlint-disable-next-line react/incompatible-library -- nothing that its functions reach is memoized
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateHeight(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
    paddingEnd: 10,
    anchorTo: 'end',
    followOnAppend: attached && loaded.atNewest,
    scrollEndThreshold: nearEndPx,
  })

  // A conversation opens at its newest message; rows are measured as they come, so the end is sought once they are there.
  const opened = loaded.messages.length > 0
  useLayoutEffect(() => {
    if (opened) virtualizer.scrollToEnd()
  }, [id, opened, opening, virtualizer])

  const shownTurn = useRef(0)
  useEffect(() => {
    // Only a new turn moves the reader; later rows do not.
    if (target === null || target.turn === shownTurn.current) return
    shownTurn.current = target.turn
    const index = rowOf(rows, target.message)
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'center' })
  }, [target, rows, virtualizer])

  // Who sends wants to see it, wherever in the conversation the answer was written.
  const last = loaded.messages.at(-1)
  const ownNewest = last?.direction === 'out' && last.path === 'workstation' ? last.id : null
  const shownOwn = useRef(ownNewest)
  useEffect(() => {
    if (ownNewest === null || ownNewest === shownOwn.current) return
    shownOwn.current = ownNewest
    if (attached && loaded.atNewest) virtualizer.scrollToEnd()
  }, [ownNewest, attached, loaded.atNewest, virtualizer])

  const unread = view?.unread ?? 0
  useEffect(() => {
    if (lookedAt && atEnd && opened && (unread > 0 || unseen > 0)) markRead()
  }, [lookedAt, atEnd, opened, unread, unseen, markRead])

  const lookAtPosition = useCallback((): void => {
    const view = scroller.current
    if (!view) return
    setAtEnd(loaded.atNewest && view.scrollHeight - view.scrollTop - view.clientHeight < nearEndPx)
  }, [loaded.atNewest])
  const totalSize = virtualizer.getTotalSize()
  useEffect(lookAtPosition, [lookAtPosition, totalSize])
  // A growing composer or a smaller window must not push the newest message out of sight.
  const stay = useRef(atEnd)
  useEffect(() => {
    stay.current = atEnd
  }, [atEnd])
  useEffect(() => {
    const view = scroller.current
    if (!view) return
    const observer = new ResizeObserver(() => {
      if (stay.current) virtualizer.scrollToEnd()
    })
    observer.observe(view)
    return () => observer.disconnect()
  }, [virtualizer])
  const onScroll = (): void => {
    lookAtPosition()
    const view = scroller.current
    if (!view) return
    if (view.scrollTop < nearEdgePx) void loadEarlier()
    if (view.scrollHeight - view.scrollTop - view.clientHeight < nearEdgePx) void loadLater()
  }
  const toNewest = (): void => {
    if (loaded.atNewest) virtualizer.scrollToEnd()
    else void reopen().then(() => virtualizer.scrollToEnd())
  }
  return (
    <div className="messages-frame">
      <div
        className="messages"
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={t('conversation.messages', { title })}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onMessageKey}
        data-testid="messages"
      >
        <Rows conversation={conversation} rows={rows} virtualizer={virtualizer} today={today} />
      </div>
      {!atEnd && (
        <button
          type="button"
          className="to-newest"
          aria-label={t('conversation.newest')}
          onClick={toNewest}
          data-testid="to-newest"
        >
          {unseen > 0 && <span>{t('conversation.newestCount', { count: unseen })}</span>}
          <Icon name="down" size={20} />
        </button>
      )}
      <Announcer rows={rows} title={title} />
    </div>
  )
}

function Rows(props: {
  conversation: StoreApi<OpenConversation>
  rows: readonly Row[]
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>
  today: number
}) {
  const { rows, virtualizer } = props
  const { target, resend, fullText } = useStore(props.conversation)
  const [expansions, setExpansions] = useState<ReadonlyMap<string, Expansion>>(new Map())
  const expand = useCallback((message: string, expansion: Expansion | null): void => {
    setExpansions((before) => {
      const next = new Map(before)
      if (expansion) next.set(message, expansion)
      else next.delete(message)
      return next
    })
  }, [])
  return (
    <div className="messages-space" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows[item.index]
        return (
          row && (
            <div
              key={row.key}
              className="messages-row"
              ref={virtualizer.measureElement}
              data-index={item.index}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <RowContent
                row={row}
                target={row.type === 'message' && row.messages.some((message) => message.id === target?.message)}
                expansion={expansions.get(row.key) ?? null}
                expand={expand}
                fullText={fullText}
                resend={resend}
                today={props.today}
              />
            </div>
          )
        )
      })}
    </div>
  )
}

interface RowContentProps {
  row: Row
  target: boolean
  expansion: Expansion | null
  expand(message: string, expansion: Expansion | null): void
  fullText(message: string): Promise<string>
  resend(message: string): Promise<void>
  today: number
}

/** Every step of scrolling moves the rows; what stands in them stays as it is. */
const RowContent = memo(function RowContent({ row, today, expand, resend, ...shown }: RowContentProps) {
  if (row.type === 'notice') return <Notice message={row.message} />
  if (row.type !== 'message') return <Mark row={row} today={today} />
  return (
    <Bubble
      messages={row.messages}
      first={row.first}
      last={row.last}
      target={shown.target}
      expansion={shown.expansion}
      onExpand={(expansion) => expand(row.key, expansion)}
      fullText={shown.fullText}
      onResend={(message) => void resend(message)}
    />
  )
})

function Mark({ row, today }: { row: Extract<Row, { type: 'day' | 'unread' }>; today: number }) {
  const { t, i18n } = useTranslation()
  const tools = useTools()
  if (row.type === 'unread') {
    return <div className="unread-mark">{t('conversation.unreadMark', { count: row.count })}</div>
  }
  const day = dayName(i18n.language, row.at, today)
  return (
    <div className="day-mark">
      <button type="button" title={t('date.open')} onClick={() => tools.date(row.at)} data-testid="day-mark">
        {typeof day === 'string' ? t(`conversation.${day}`) : day.date}
      </button>
    </div>
  )
}

/** Tells a screen reader what has just come in; rows that scroll into sight say nothing. */
function Announcer({ rows, title }: { rows: readonly Row[]; title: string }) {
  const { t } = useTranslation()
  const newest = rows.at(-1)
  const message = newest?.type === 'message' ? (newest.messages.at(-1) ?? null) : null
  const known = useRef(message?.id ?? null)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (!message || message.id === known.current) return
    const wasEmpty = known.current === null
    known.current = message.id
    if (!wasEmpty && message.direction === 'in') {
      setWords(t('conversation.arrived', { title, text: summary(t, message.kind, message.text) }))
    }
  }, [message, title, t])
  return (
    <div className="unseen" role="status">
      {words}
    </div>
  )
}
