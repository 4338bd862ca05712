/** One message of a conversation, as it stands in the vault. */
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Isolated } from '../elements/isolated.tsx'
import { clock, dateTime } from '../elements/time.tsx'
import { Content } from './content.tsx'
import { Marks } from './marks.tsx'
import type { Entry, Message } from './timeline.ts'

export const Bubble = memo(function Bubble(props: {
  entry: Entry
  /** Names behind addresses. */
  names: Readonly<Record<string, string>>
  follows: boolean
}) {
  const { message } = props.entry
  return (
    <article
      className={`bubble bubble-${message.direction}${props.follows ? ' bubble-follows' : ''}`}
      data-testid="message"
      data-id={message.id}
      data-kind={message.kind}
      data-direction={message.direction}
      data-state={message.state}
      data-marks={message.marks.join(' ')}
    >
      <div className="bubble-author" data-testid="message-author">
        <Isolated>{message.author}</Isolated>
      </div>
      <Content entry={props.entry} names={props.names} />
      <Foot message={message} />
    </article>
  )
})

function Foot({ message }: { message: Message }) {
  const { t, i18n } = useTranslation()
  const telling = message.path === 'offline' || message.path === 'phone'
  const notGood = message.state === 'failed' || message.state === 'unknown'
  return (
    <div className="bubble-foot">
      <Marks marks={message.marks} />
      {telling && <span data-testid="message-path">{t(`path.${message.path}`)}</span>}
      <time title={dateTime(i18n.language, message.at)} data-at={message.at}>
        {clock(i18n.language, message.at)}
      </time>
      {message.direction === 'out' && (
        <span
          className={notGood ? 'bubble-state bubble-state-bad' : 'bubble-state'}
          title={message.state === 'unknown' ? t('stateHint.unknown') : undefined}
          data-testid="message-state"
        >
          {t(`state.${message.state}`)}
        </span>
      )}
    </div>
  )
}
