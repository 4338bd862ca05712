/** What is answered or changed, above the text. */
import { useTranslation } from 'react-i18next'
import { Icon } from '../../design/icons.tsx'
import { summary } from '../../strings/kind-words.ts'
import { safeLine } from '../../text/safe-text.ts'
import { Line } from '../../text/text-views.tsx'
import type { Draft } from './draft.ts'

export function SubjectBar({ draft, onStop }: { draft: Draft; onStop(): void }) {
  const { t } = useTranslation()
  const message = draft.edit?.message ?? draft.reply
  if (!message) return null
  const name = safeLine(message.author?.name ?? '', 60)
  const title = draft.edit
    ? t('composer.editing')
    : message.direction === 'out'
      ? t('composer.replyOwn')
      : name
        ? t('composer.replyTo', { name })
        : t('message.reply')
  return (
    <div className="subject" data-testid="subject" data-kind={draft.edit ? 'edit' : 'reply'}>
      <Icon name={draft.edit ? 'edit' : 'reply'} size={20} />
      <span className="subject-words">
        <span className="one-line subject-title">{title}</span>
        <span className="one-line">
          <Line text={summary(t, message.kind, message.text)} />
        </span>
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label={t('composer.stop')}
        onClick={onStop}
        data-testid="subject-stop"
      >
        <Icon name="close" size={18} />
      </button>
    </div>
  )
}
