/** The list of conversations; only what is in sight is in the page, however many there are. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { ChannelTag } from '../elements/channel-tag.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { clock, dateTime, dayKey, dayShort, useNow, useWaited } from '../elements/time.tsx'

export type Conversation = Answer<'conversations.list'>['conversations'][number]

const rowHeight = 54

export function ConversationList(props: {
  conversations: Conversation[]
  selected: string | undefined
  empty: string
  open: (conversation: Conversation) => void
}) {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- the build uses no React Compiler
  const virtual = useVirtualizer({
    count: props.conversations.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => props.conversations[index]?.id ?? index,
    overscan: 12,
  })
  const move = (event: KeyboardEvent, index: number) => {
    const last = props.conversations.length - 1
    const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: last }[event.key]
    if (target === undefined || target < 0 || target > last) return
    event.preventDefault()
    virtual.scrollToIndex(target)
    const focus = () => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${target}"] button`)
      row?.focus()
      return row !== null && row !== undefined
    }
    // A far row comes into the page only with the next frame.
    if (!focus()) requestAnimationFrame(focus)
  }
  if (props.conversations.length === 0)
    return (
      <div className="conversation-list">
        <p className="data-table-empty">{props.empty}</p>
      </div>
    )
  return (
    <div className="conversation-list" ref={scroller} tabIndex={-1}>
      <ul aria-label={t('conversations.list')} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const conversation = props.conversations[item.index]!
          return (
            <li
              key={item.key}
              data-index={item.index}
              aria-setsize={props.conversations.length}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)`, height: rowHeight }}
            >
              <button
                type="button"
                className="conversation-row"
                aria-current={conversation.id === props.selected ? 'true' : undefined}
                onClick={() => props.open(conversation)}
                onKeyDown={(event) => move(event, item.index)}
                data-testid={`conversation-${conversation.id}`}
              >
                <Row conversation={conversation} />
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Row({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  return (
    <>
      <span className="conversation-top">
        <strong data-testid="conversation-title">
          <Isolated>{conversation.title || t('conversations.untitled')}</Isolated>
        </strong>
        <LastTime at={conversation.lastAt} />
      </span>
      <span className="conversation-below">
        <ChannelTag channel={conversation.channel} />
        {conversation.group && <span className="channel">{t('conversations.group')}</span>}
        <span className="conversation-account">
          <Isolated>{conversation.accountName}</Isolated>
        </span>
        {conversation.claimedBy !== null && (
          <span className="channel" data-testid="conversation-claimed">
            {t('conversations.claimed', { name: inSentence(conversation.claimedBy) })}
          </span>
        )}
        {conversation.waitingSince === null ? (
          <span className="conversation-count">{t('conversations.count', { count: conversation.messages })}</span>
        ) : (
          <Waits since={conversation.waitingSince} />
        )}
      </span>
    </>
  )
}

function Waits(props: { since: number }) {
  const { t } = useTranslation()
  const waited = useWaited()
  return (
    <span className="conversation-waits" data-testid="conversation-waits" data-since={props.since}>
      {t('conversations.waits', { duration: waited(props.since) })}
    </span>
  )
}

function LastTime(props: { at: number }) {
  const { i18n } = useTranslation()
  const now = useNow(60_000)
  const today = dayKey(props.at) === dayKey(now)
  const text = today ? clock(i18n.language, props.at) : dayShort(i18n.language, props.at)
  return <time title={dateTime(i18n.language, props.at)}>{text}</time>
}
