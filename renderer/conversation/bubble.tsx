/** One message, or the pictures of one album: who says it, what it says, and for an own one how far it has come. */
import { useState, type MouseEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../shared/contracts/window.ts'
import { colourOf } from '../design/avatar.tsx'
import { Icon, Ticks } from '../design/icons.tsx'
import { faultWords } from '../strings/faults.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { clockTime, fullTime } from '../text/times.ts'
import { Body, hasOwnText } from './content/body.tsx'
import { Deleted, Expires, Forwarded, Preview, Reactions, Versions } from './content/extras.tsx'
import { LongText, type Expansion } from './content/long-text.tsx'
import { Picture } from './content/picture.tsx'
import { Quote } from './content/quote.tsx'
import { useTools } from './tools.ts'
import './bubble.css'

export interface BubbleProps {
  /** More than one: an album. */
  messages: readonly [MessageView, ...MessageView[]]
  first: boolean
  last: boolean
  target: boolean
  expansion: Expansion | null
  onExpand(expansion: Expansion | null): void
  fullText(message: string): Promise<string>
  onResend(message: string): void
}

export function Bubble(props: BubbleProps) {
  const { messages } = props
  const { menu } = useTools()
  // The caption of an album stands with one of its pictures; state and time are those of the newest.
  const said = messages.find((one) => one.text !== '') ?? messages[0]
  const newest = messages.at(-1) ?? said
  const openMenu = (event: MouseEvent, message: MessageView): void => {
    // Selected words and fields keep the system's ways of copying.
    if (window.getSelection()?.toString()) return
    event.preventDefault()
    menu(message, { x: event.clientX, y: event.clientY })
  }
  return (
    <article
      className="bubble-line"
      tabIndex={-1}
      data-testid="message"
      data-id={said.id}
      data-kind={said.kind}
      data-state={newest.state}
      data-direction={said.direction}
      data-first={props.first}
      data-last={props.last}
      data-target={props.target}
      data-deleted={said.deleted !== null}
    >
      <div className="bubble-row">
        <div className={bubbleClass(said)} onContextMenu={(event) => openMenu(event, said)}>
          <Head message={said} first={props.first} />
          {messages.length > 1 ? <Album messages={messages} onMenu={openMenu} /> : <Body message={said} />}
          {said.details?.preview && <Preview preview={said.details.preview} />}
          <Words {...props} said={said} newest={newest} />
        </div>
        <MenuButton message={said} />
      </div>
      <Reactions message={said} />
      <Problem message={newest} onResend={props.onResend} />
    </article>
  )
}

function bubbleClass(message: MessageView): string {
  const bare = message.kind === 'sticker' && !message.reply && !message.deleted
  const framed = message.kind === 'image' || message.kind === 'video'
  return `bubble${bare ? ' bubble-bare' : ''}${framed ? ' bubble-framed' : ''}`
}

function Head({ message, first }: { message: MessageView; first: boolean }): ReactNode {
  const { t } = useTranslation()
  const { author, details } = message
  return (
    <>
      {author && first && (
        <span className={`bubble-author person-${colourOf(author.key)}`} data-testid="author">
          <Line text={author.name} fallback={t('inbox.noName')} />
        </span>
      )}
      {details?.forwarded && <Forwarded />}
      {message.deleted && <Deleted deleted={message.deleted} />}
      {details?.viewOnce && (
        <span className="bubble-mark">
          <Icon name="eye" size={14} /> {t('message.viewOnce')}
        </span>
      )}
      {message.reply && <Quote reply={message.reply} />}
    </>
  )
}

function Album(props: { messages: readonly MessageView[]; onMenu(event: MouseEvent, message: MessageView): void }) {
  return (
    <div className="album" data-odd={props.messages.length % 2 === 1} data-testid="album">
      {props.messages.map((message) => (
        <div
          key={message.id}
          className="album-tile"
          data-id={message.id}
          onContextMenu={(event) => {
            event.stopPropagation()
            props.onMenu(event, message)
          }}
        >
          <Picture message={message} tile />
        </div>
      ))}
    </div>
  )
}

/** The text, and beside its last line how it stands. */
function Words(props: BubbleProps & { said: MessageView; newest: MessageView }) {
  const { said, newest } = props
  const { t, i18n } = useTranslation()
  const [history, setHistory] = useState(false)
  return (
    <>
      {/* The words decide the direction for the whole line; time and state stand at its end. */}
      <div className={`bubble-words${hasOwnText(said) ? '' : ' bubble-words-none'}`} dir="auto">
        {hasOwnText(said) && (
          <LongText message={said} expansion={props.expansion} onExpand={props.onExpand} fullText={props.fullText} />
        )}
        <span className="bubble-meta">
          {newest.writer && !newest.writer.self && <span data-testid="writer">{safeLine(newest.writer.name, 40)}</span>}
          {said.path === 'phone' && <span>{t('conversation.fromPhone')}</span>}
          {said.details?.expiresS !== undefined && <Expires seconds={said.details.expiresS} />}
          {said.versions.length > 0 && (
            <button
              type="button"
              className="bubble-edited"
              aria-expanded={history}
              onClick={() => setHistory(!history)}
              data-testid="edited"
            >
              {t('message.edited')}
            </button>
          )}
          <time title={fullTime(i18n.language, newest.at)}>{clockTime(i18n.language, newest.at)}</time>
          {newest.state !== 'received' && <StateSign state={newest.state} waits={newest.waits} />}
        </span>
      </div>
      {history && <Versions message={said} />}
    </>
  )
}

/** Shown at the pointer and reached with Tab. */
function MenuButton({ message }: { message: MessageView }) {
  const { t } = useTranslation()
  const { menu } = useTools()
  return (
    <button
      type="button"
      className="bubble-menu"
      aria-label={t('message.menu')}
      aria-haspopup="menu"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect()
        menu(message, { x: box.left, y: box.bottom + 4 })
      }}
      data-testid="message-menu-open"
    >
      <Icon name="more" size={18} />
    </button>
  )
}

function StateSign({ state, waits }: { state: Exclude<MessageView['state'], 'received'>; waits: boolean }) {
  const { t } = useTranslation()
  const words = waits ? t('colleague.waits') : t(`state.${state}`)
  const signs = {
    queued: <Icon name="clock" size={13} />,
    sending: <Icon name="clock" size={13} />,
    unknown: <Icon name="question" size={14} />,
    failed: <Icon name="warning" size={14} />,
    sent: <Ticks count={1} />,
    delivered: <Ticks count={2} />,
    read: <Ticks count={2} />,
  }
  return (
    <span className="bubble-tick" data-state={state} data-waits={waits} title={words}>
      {signs[state]}
      <span className="unseen">{words}</span>
    </span>
  )
}

/** Only a person repeats a message whose fate is not known. */
function Problem({ message, onResend }: { message: MessageView; onResend(message: string): void }) {
  const { t, i18n } = useTranslation()
  const reason = message.fault && faultWords(t, i18n.language, message.fault)
  if (message.state === 'queued' || message.state === 'sending')
    return reason ? (
      <div className="bubble-problem" data-state="queued">
        <span>{reason}</span>
      </div>
    ) : null
  if (message.state !== 'failed' && message.state !== 'unknown') {
    // The message is there; an edit, a reaction or a deletion of it did not arrive.
    return reason ? (
      <div className="bubble-problem" data-state="failed">
        <span>{t('state.changeFailed', { reason })}</span>
      </div>
    ) : null
  }
  return (
    <div className="bubble-problem" data-state={message.state}>
      <span>{[t(`state.${message.state}`), reason].filter(Boolean).join(': ')}</span>
      <button type="button" onClick={() => onResend(message.id)} data-testid="resend">
        {t('conversation.retry')}
      </button>
    </div>
  )
}
