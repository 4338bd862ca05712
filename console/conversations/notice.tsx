/** Rows that are nobody's bubble: what happened to the group, calls, and changes whose message is not on the page. */
import { useTranslation } from 'react-i18next'
import { inSentence } from '../elements/isolated.tsx'
import { clock, dateTime } from '../elements/time.tsx'
import { called } from './content.tsx'
import { duration } from './file-content.tsx'
import { Marks } from './marks.tsx'
import { isChange, type Message } from './timeline.ts'

export function isNotice(message: Message): boolean {
  return message.kind === 'service' || message.kind === 'call' || isChange(message)
}

export function Notice({ message, names }: { message: Message; names: Readonly<Record<string, string>> }) {
  const { i18n } = useTranslation()
  return (
    <article
      className="notice"
      data-testid="message"
      data-id={message.id}
      data-kind={message.kind}
      data-direction={message.direction}
      data-state={message.state}
      data-marks={message.marks.join(' ')}
    >
      <span data-testid="message-notice">
        <Sentence message={message} names={names} />
      </span>
      <Marks marks={message.marks} />
      <time title={dateTime(i18n.language, message.at)} data-at={message.at}>
        {clock(i18n.language, message.at)}
      </time>
    </article>
  )
}

function Sentence({ message, names }: { message: Message; names: Readonly<Record<string, string>> }) {
  const { t } = useTranslation()
  const author = inSentence(message.author || t('conversations.untitled'))
  const { details, text } = message
  if (message.marks.includes('erased')) return t('conversations.erased')
  const { service, call } = details ?? {}
  if (service) {
    const values = {
      author,
      members: called(service.members, names),
      text: inSentence(service.text ?? '', 200),
      seconds: service.seconds ?? 0,
    }
    return t(`service.${service.event === 'invite-link' ? 'inviteLink' : service.event}`, values)
  }
  if (call) {
    const length = call.durationS === null ? '' : ` (${duration(call.durationS)})`
    return `${t(call.video ? `call.video.${call.outcome}` : `call.voice.${call.outcome}`, { author })}${length}`
  }
  const said = inSentence(text ?? '', 200)
  if (message.kind === 'edit') return t('change.edit', { author, text: said })
  if (message.kind === 'delete') return t('change.delete', { author })
  if (message.kind === 'reaction')
    return details?.emoji
      ? t('change.reaction', { author, emoji: inSentence(details.emoji, 16) })
      : t('change.reactionBack', { author })
  if (message.kind === 'vote')
    return t('change.vote', { author, options: inSentence((details?.vote ?? []).join(', '), 200) })
  return t(`kind.${message.kind}`)
}
