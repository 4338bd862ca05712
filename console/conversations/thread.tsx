/** An opened conversation: its messages from old to new, earlier ones on request. */
import { Button, Empty } from 'antd'
import { Fragment, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi, type Answer } from '../app/api.ts'
import { ChannelTag } from '../elements/channel-tag.tsx'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { Icon } from '../elements/icon.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { day, dayKey, useNow } from '../elements/time.tsx'
import { codedError } from '../elements/use-load.ts'
import { Bubble } from './bubble.tsx'
import { ConversationContext } from './file-content.tsx'
import { isNotice, Notice } from './notice.tsx'
import { toEntries, type Message } from './timeline.ts'

type Read = Answer<'conversations.read'>

/** Mount it anew (by key) for every opening: each has its own purpose. `first` is the newest page. */
export function Thread(props: { conversation: string; purpose: string; first: Read; close: () => void }) {
  const { t } = useTranslation()
  const api = useApi()
  const [read, setRead] = useState(props.first)
  const [busy, setBusy] = useState<'earlier' | 'newest'>()
  const [error, setError] = useState<CodedError>()
  const { channel } = props.first
  const context = useMemo(() => ({ id: props.conversation, channel }), [props.conversation, channel])
  const scroller = useRef<HTMLDivElement>(null)
  /** Distance to the end that the next layout restores: what is read stays where it is while earlier ones come in. */
  const toEnd = useRef<number | null>(0)
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element || toEnd.current === null) return
    element.scrollTop = element.scrollHeight - toEnd.current
    toEnd.current = null
  }, [read])

  const load = async (what: 'earlier' | 'newest') => {
    setBusy(what)
    setError(undefined)
    try {
      const before = what === 'earlier' ? read.before : null
      const page = await api.call('conversations.read', {
        conversation: props.conversation,
        purpose: props.purpose,
        before,
      })
      const element = scroller.current
      toEnd.current = what === 'earlier' && element ? element.scrollHeight - element.scrollTop : 0
      setRead((had) => (what === 'earlier' ? joined(page, had) : page))
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(undefined)
    }
  }

  return (
    <section className="thread" aria-label={t('nav.conversations')} data-testid="thread">
      <ThreadHead
        read={read}
        purpose={props.purpose}
        refreshing={busy === 'newest'}
        refresh={() => void load('newest')}
        close={props.close}
      />
      {error && <ErrorNotice error={error} />}
      <div
        className="thread-scroll"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('conversations.messages')}
      >
        <div className="thread-start">
          {read.before !== null ? (
            <Button
              size="small"
              loading={busy === 'earlier'}
              onClick={() => void load('earlier')}
              data-testid="load-earlier"
            >
              {t('conversations.earlier')}
            </Button>
          ) : (
            read.messages.length > 0 && <span className="quiet">{t('conversations.beginning')}</span>
          )}
        </div>
        {read.messages.length === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('conversations.emptyMessages')} />
        )}
        <ConversationContext value={context}>
          <Messages messages={read.messages} names={read.names} />
        </ConversationContext>
      </div>
    </section>
  )
}

/** Pages may overlap where something was recorded between two calls; each message stands once. */
function joined(earlier: Read, later: Read): Read {
  const known = new Set(later.messages.map((message) => message.id))
  const fresh = earlier.messages.filter((message) => !known.has(message.id))
  return { ...earlier, messages: [...fresh, ...later.messages], names: { ...earlier.names, ...later.names } }
}

function ThreadHead(props: {
  read: Read
  purpose: string
  refreshing: boolean
  refresh: () => void
  close: () => void
}) {
  const { t } = useTranslation()
  return (
    <div className="thread-head">
      <div className="thread-name">
        <h2 data-testid="thread-title">
          <Isolated>{props.read.title || t('conversations.untitled')}</Isolated>
        </h2>
        <div className="thread-facts">
          <ChannelTag channel={props.read.channel} />
          <Isolated>{props.read.accountName}</Isolated>
          {props.read.claimedBy !== null && (
            <span data-testid="thread-claimed">
              {t('conversations.claimed', { name: inSentence(props.read.claimedBy) })}
            </span>
          )}
          <span className="thread-purpose" data-testid="thread-purpose" title={props.purpose}>
            {t('conversations.purposeShown', { purpose: inSentence(props.purpose, 500) })}
          </span>
        </div>
      </div>
      <Button
        type="text"
        loading={props.refreshing}
        icon={<Icon name="refresh" size={16} />}
        aria-label={t('action.refresh')}
        title={t('action.refresh')}
        onClick={props.refresh}
        data-testid="thread-refresh"
      />
      <Button
        type="text"
        icon={<Icon name="close" />}
        aria-label={t('conversations.close')}
        title={t('conversations.close')}
        onClick={props.close}
        data-testid="thread-close"
      />
    </div>
  )
}

function Messages(props: { messages: Message[]; names: Read['names'] }) {
  const entries = useMemo(() => toEntries(props.messages), [props.messages])
  return entries.map((entry, index) => {
    const { message } = entry
    const before = entries[index - 1]?.message
    const newDay = before === undefined || dayKey(before.at) !== dayKey(message.at)
    const follows =
      !newDay && !isNotice(before) && before.direction === message.direction && before.person === message.person
    return (
      <Fragment key={message.id}>
        {newDay && <DayMark at={message.at} />}
        {isNotice(message) ? (
          <Notice message={message} names={props.names} />
        ) : (
          <Bubble entry={entry} names={props.names} follows={follows && before.author === message.author} />
        )}
      </Fragment>
    )
  })
}

function DayMark(props: { at: number }) {
  const { t, i18n } = useTranslation()
  const now = useNow(60_000)
  const key = dayKey(props.at)
  const text =
    key === dayKey(now)
      ? t('conversations.today')
      : key === dayKey(now - 86_400_000)
        ? t('conversations.yesterday')
        : day(i18n.language, props.at)
  return (
    <div className="day-mark" role="separator" data-testid="day">
      <span title={day(i18n.language, props.at)}>{text}</span>
    </div>
  )
}
