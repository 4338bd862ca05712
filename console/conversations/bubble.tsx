/** One message of a conversation, as it stands in the vault. */
import { Tooltip } from 'antd'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { Isolated } from '../elements/isolated.tsx'
import { clock, dateTime } from '../elements/time.tsx'
import { MessageText } from './message-text.tsx'

export type Message = Answer<'conversations.read'>['messages'][number]

export const Bubble = memo(function Bubble(props: { message: Message; follows: boolean }) {
  const { message } = props
  return (
    <article
      className={`bubble bubble-${message.direction}${props.follows ? ' bubble-follows' : ''}`}
      data-testid="message"
      data-id={message.id}
      data-direction={message.direction}
      data-state={message.state}
      data-marks={message.marks.join(' ')}
    >
      <div className="bubble-author" data-testid="message-author">
        <Isolated>{message.author}</Isolated>
      </div>
      <Content message={message} />
      <Foot message={message} />
    </article>
  )
})

function Content({ message }: { message: Message }) {
  const { t } = useTranslation()
  if (message.text !== null) return <MessageText text={message.text} />
  const why = message.marks.includes('erased') ? 'erased' : message.marks.includes('raw') ? 'raw' : 'unreadable'
  return <div className="message-absent">{t(`conversations.${why}`)}</div>
}

function Foot({ message }: { message: Message }) {
  const { t, i18n } = useTranslation()
  const telling = message.path === 'offline' || message.path === 'phone'
  const notGood = message.state === 'failed' || message.state === 'unknown'
  return (
    <div className="bubble-foot">
      {message.marks.map((mark) => (
        <Tooltip key={mark} title={t(`markHint.${mark}`)}>
          <span className={`mark mark-${mark}`} tabIndex={0} data-testid={`mark-${mark}`}>
            {t(`mark.${mark}`)}
          </span>
        </Tooltip>
      ))}
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
