/** An opened conversation: its messages from old to new, earlier and later ones on request, from any day on, and who looked at it. */
import { Button } from 'antd'
import { Fragment, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { ChannelTag } from '../elements/channel-tag.tsx'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { Icon } from '../elements/icon.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { day, dayKey, useNow } from '../elements/time.tsx'
import { dayIn } from '../elements/url-state.ts'
import { Bubble } from './bubble.tsx'
import { ConversationContext } from './file-content.tsx'
import { Looks } from './looks.tsx'
import { isNotice, Notice } from './notice.tsx'
import { toEntries, type Message } from './timeline.ts'
import { useHistory, type Step } from './use-history.ts'

type Read = Answer<'conversations.read'>

/** Mount it anew (by key) for every opening: each has its own purpose. `first` is the newest page. */
export function Thread(props: { conversation: string; purpose: string; first: Read; close: () => void }) {
  const { t } = useTranslation()
  const { read, busy, error, scroller, load } = useHistory(props)
  const [panel, setPanel] = useState<'looks'>()
  const { channel } = props.first
  const context = useMemo(() => ({ id: props.conversation, channel }), [props.conversation, channel])
  return (
    <section className="thread" aria-label={t('nav.conversations')} data-testid="thread">
      <ThreadHead
        read={read}
        purpose={props.purpose}
        busy={busy}
        load={load}
        showsLooks={panel === 'looks'}
        toggleLooks={() => setPanel((had) => (had ? undefined : 'looks'))}
        close={props.close}
      />
      {error && <ErrorNotice error={error} />}
      {panel === 'looks' && <Looks conversation={props.conversation} />}
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
              onClick={() => load({ what: 'earlier' })}
              data-testid="load-earlier"
            >
              {t('conversations.earlier')}
            </Button>
          ) : (
            read.messages.length > 0 && <span className="quiet">{t('conversations.beginning')}</span>
          )}
        </div>
        {read.messages.length === 0 && <p className="data-table-empty">{t('conversations.emptyMessages')}</p>}
        <ConversationContext value={context}>
          <Messages messages={read.messages} names={read.names} />
        </ConversationContext>
        {read.after !== null && (
          <div className="thread-start">
            <Button
              size="small"
              loading={busy === 'later'}
              onClick={() => load({ what: 'later' })}
              data-testid="load-later"
            >
              {t('conversations.later')}
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}

function ThreadHead(props: {
  read: Read
  purpose: string
  busy: string | undefined
  load: (step: Step) => void
  showsLooks: boolean
  toggleLooks: () => void
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
      <JumpToDay jump={(at) => props.load({ what: 'day', at })} />
      <Button
        type="text"
        icon={<Icon name="eye" size={16} />}
        aria-expanded={props.showsLooks}
        title={t('looks.title')}
        aria-label={t('looks.title')}
        onClick={props.toggleLooks}
        data-testid="thread-looks"
      />
      <Button
        type="text"
        loading={props.busy === 'newest'}
        icon={<Icon name="refresh" size={16} />}
        aria-label={t('conversations.toNewest')}
        title={t('conversations.toNewest')}
        onClick={() => props.load({ what: 'newest' })}
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

function JumpToDay(props: { jump: (at: number) => void }) {
  const { t } = useTranslation()
  return (
    <label className="day-field">
      <span className="unseen">{t('conversations.jump')}</span>
      <input
        type="date"
        title={t('conversations.jump')}
        onChange={(event) => {
          const at = dayIn(new URLSearchParams({ day: event.target.value }), 'day')
          if (at !== null) props.jump(at)
        }}
        data-testid="thread-jump"
      />
    </label>
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
