/** One message: its text as nothing but text, its time, and for an own one how far it has come. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../shared/contracts/window.ts'
import { Icon, Ticks } from '../design/icons.tsx'
import { faultText } from '../strings/faults.ts'
import { cutAt, preview, safeText } from '../text/safe-text.ts'
import { clockTime, fullTime } from '../text/times.ts'

/** A box of more than this would hold up the window; the rest follows piece by piece. */
const pieceLength = 64 * 1024

/** The whole of a long message and how much of it is shown; kept by the list, because rows out of sight are unmounted. */
export interface Expansion {
  text: string
  length: number
}

export interface BubbleProps {
  message: MessageView
  first: boolean
  last: boolean
  target: boolean
  expansion: Expansion | null
  onExpand(expansion: Expansion | null): void
  fullText(message: string): Promise<string>
  onResend(message: string): void
}

export function Bubble(props: BubbleProps) {
  const { message } = props
  const { t, i18n } = useTranslation()
  return (
    <article
      className="bubble-line"
      data-testid="message"
      data-id={message.id}
      data-state={message.state}
      data-direction={message.direction}
      data-first={props.first}
      data-last={props.last}
      data-target={props.target}
    >
      <div className="bubble">
        {message.kind === 'raw' ? (
          <span className="bubble-text bubble-raw">{t('conversation.raw')}</span>
        ) : (
          <BubbleText {...props} />
        )}
        <span className="bubble-meta">
          {message.path === 'phone' && <span>{t('conversation.fromPhone')}</span>}
          <time title={fullTime(i18n.language, message.at)}>{clockTime(i18n.language, message.at)}</time>
          {message.state !== 'received' && <StateSign state={message.state} />}
        </span>
      </div>
      <Problem message={message} onResend={props.onResend} />
    </article>
  )
}

function BubbleText({ message, expansion, onExpand, fullText }: BubbleProps) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const short = preview(message.text)
  if (expansion === null) {
    const expand = async (): Promise<void> => {
      setBusy(true)
      try {
        onExpand({ text: message.clipped ? await fullText(message.id) : message.text, length: pieceLength })
      } catch {
        // The button stays; pressing it again tries again.
      } finally {
        setBusy(false)
      }
    }
    return (
      <>
        <span className="bubble-text" dir="auto" data-testid="message-text">
          {safeText(short.text)}
          {(short.cut || message.clipped) && '…'}
        </span>
        {(short.cut || message.clipped) && (
          <button
            type="button"
            className="bubble-more"
            disabled={busy}
            onClick={() => void expand()}
            data-testid="show-all"
          >
            {t('conversation.showAll')}
          </button>
        )}
      </>
    )
  }
  const more = expansion.length < expansion.text.length
  return (
    <>
      <span className="bubble-text bubble-box" dir="auto" tabIndex={0} data-testid="message-text">
        {safeText(cutAt(expansion.text, expansion.length))}
      </span>
      {more && (
        <button
          type="button"
          className="bubble-more"
          onClick={() => onExpand({ ...expansion, length: expansion.length + pieceLength })}
          data-testid="show-more"
        >
          {t('conversation.showMore')}
        </button>
      )}
      <button type="button" className="bubble-more" onClick={() => onExpand(null)} data-testid="show-less">
        {t('conversation.showLess')}
      </button>
    </>
  )
}

function StateSign({ state }: { state: Exclude<MessageView['state'], 'received'> }) {
  const { t } = useTranslation()
  const words = t(`state.${state}`)
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
    <span className="bubble-tick" data-state={state} title={words}>
      {signs[state]}
      <span className="unseen">{words}</span>
    </span>
  )
}

/** Only a person repeats a message whose fate is not known. */
function Problem({ message, onResend }: { message: MessageView; onResend(message: string): void }) {
  const { t } = useTranslation()
  if (message.state !== 'failed' && message.state !== 'unknown') return null
  const reason = message.fault && faultText(t, message.fault)
  return (
    <div className="bubble-problem" data-state={message.state}>
      <span>{[t(`state.${message.state}`), reason].filter(Boolean).join(': ')}</span>
      <button type="button" onClick={() => onResend(message.id)} data-testid="resend">
        {t('conversation.retry')}
      </button>
    </div>
  )
}
