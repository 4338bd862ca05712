/** What the provider tells of the conversation itself: one centred line. */
import { useTranslation } from 'react-i18next'
import type { TFunction } from 'i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { playTime } from '../../media/file-words.ts'
import { safeLine } from '../../text/safe-text.ts'
import { clockTime, fullTime, span } from '../../text/times.ts'
import './around.css'

const mostNames = 6

function names(language: string, members: readonly string[]): string {
  const shown = members.slice(0, mostNames).map((name) => safeLine(name, 60))
  if (members.length > mostNames) shown.push(`+${members.length - mostNames}`)
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(shown)
}

export function serviceWords(t: TFunction, language: string, message: MessageView): string {
  const service = message.details?.service
  if (!service) return t('kind.service')
  const who =
    safeLine(message.author?.name ?? '', 60) || t(message.direction === 'out' ? 'service.own' : 'service.somebody')
  const members = names(language, service.members)
  const text = safeLine(service.text ?? '', 300)
  switch (service.event) {
    case 'joined':
    case 'left':
      return t(`service.${service.event}`, { who: members || who })
    case 'added':
    case 'removed':
    case 'promoted':
    case 'demoted':
      return t(`service.${service.event}`, { who, members: members || t('service.somebody') })
    case 'timer':
      return service.seconds
        ? t('service.timer', { who, age: span(language, service.seconds * 1000) })
        : t('service.timerOff', { who })
    case 'other':
      return t('service.other', { text: text || '–' })
    default:
      return t(`service.${service.event}`, { who, text })
  }
}

export function callWords(t: TFunction, message: MessageView): string {
  const call = message.details?.call
  if (!call) return t('kind.call')
  const words = t(`call.${call.video ? 'video' : 'voice'}.${call.outcome}`)
  return call.durationS ? `${words}, ${playTime(call.durationS)}` : words
}

export function Notice({ message }: { message: MessageView }) {
  const { t, i18n } = useTranslation()
  const call = message.kind === 'call' ? message.details?.call : undefined
  return (
    <div
      className="notice"
      data-testid="message"
      data-id={message.id}
      data-kind={message.kind}
      data-direction={message.direction}
      data-state={message.state}
    >
      <span className="notice-words" data-missed={call?.outcome === 'missed'}>
        {message.kind === 'call' && <Icon name={call?.video ? 'video' : 'call'} size={15} />}
        <bdi dir="auto" data-testid="message-text">
          {message.kind === 'call' ? callWords(t, message) : serviceWords(t, i18n.language, message)}
        </bdi>
        <time title={fullTime(i18n.language, message.at)}>{clockTime(i18n.language, message.at)}</time>
      </span>
    </div>
  )
}
