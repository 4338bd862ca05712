/** What stands around a message's own words: preview of an address, reactions, earlier versions, marks. */
import { useTranslation } from 'react-i18next'
import type { Details } from '../../../shared/contracts/neutral-message.ts'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { cutAt, safeLine, safeText } from '../../text/safe-text.ts'
import { Line } from '../../text/text-views.tsx'
import { fullTime, span } from '../../text/times.ts'
import { useTools } from '../tools.ts'
import './around.css'

const mostReactions = 20
const mostVersions = 20

/** The preview that its sender's program made; nothing is fetched for it here. */
export function Preview({ preview }: { preview: NonNullable<Details['preview']> }) {
  const { link } = useTools()
  const host = URL.canParse(preview.url) ? new URL(preview.url).host : preview.url
  return (
    <button type="button" className="preview" onClick={() => link(safeLine(preview.url, 2_000))} data-testid="preview">
      <span className="one-line preview-host">
        <Line text={host} />
      </span>
      {preview.title && (
        <strong className="one-line">
          <Line text={preview.title} />
        </strong>
      )}
      {preview.description && (
        <span className="preview-text">
          <Line text={preview.description} />
        </span>
      )}
    </button>
  )
}

export function Reactions({ message }: { message: MessageView }) {
  const { react } = useTools()
  if (message.reactions.length === 0) return null
  return (
    <div className="reactions">
      {message.reactions.slice(0, mostReactions).map((one) => {
        const count = one.names.length + (one.mine ? 1 : 0)
        const who = one.names.slice(0, 12).map((name) => safeLine(name, 60))
        return (
          <button
            key={one.emoji}
            type="button"
            className="reaction"
            aria-pressed={one.mine}
            title={who.join(', ')}
            onClick={() => react(message.id, one.mine ? null : one.emoji)}
            data-testid="reaction"
            data-emoji={one.emoji}
          >
            <span>{safeLine(one.emoji, 16)}</span>
            {count > 1 && <span>{count}</span>}
          </button>
        )
      })}
    </div>
  )
}

export function Versions({ message }: { message: MessageView }) {
  const { t, i18n } = useTranslation()
  return (
    <ol className="versions" aria-label={t('message.versions')} data-testid="versions">
      {message.versions.slice(-mostVersions).map((version, i) => (
        <li key={i}>
          <time>{fullTime(i18n.language, version.at)}</time>
          <span dir="auto">{safeText(cutAt(version.text, 1_500))}</span>
        </li>
      ))}
    </ol>
  )
}

export function Deleted({ deleted }: { deleted: NonNullable<MessageView['deleted']> }) {
  const { t, i18n } = useTranslation()
  const words = {
    customer: 'message.deletedCustomer',
    company: 'message.deletedCompany',
    unknown: 'message.deleted',
  } as const
  return (
    <span className="bubble-mark bubble-deleted" title={fullTime(i18n.language, deleted.at)} data-testid="deleted">
      <Icon name="trash" size={14} /> {t(words[deleted.by])}
    </span>
  )
}

export function Forwarded() {
  const { t } = useTranslation()
  return (
    <span className="bubble-mark" data-testid="forwarded">
      <Icon name="forward" size={14} /> {t('message.forwarded')}
    </span>
  )
}

export function Expires({ seconds }: { seconds: number }) {
  const { t, i18n } = useTranslation()
  const words = t('message.expires', { age: span(i18n.language, seconds * 1000) })
  return (
    <span className="bubble-timer" title={words} data-testid="expires">
      <Icon name="timer" size={13} />
      <span className="unseen">{words}</span>
    </span>
  )
}
