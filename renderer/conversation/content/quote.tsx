/** The message that another one answers: a click leads to it. */
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { summary } from '../../strings/kind-words.ts'
import { Line } from '../../text/text-views.tsx'
import { useTools } from '../tools.ts'
import './around.css'

export function Quote({ reply }: { reply: NonNullable<MessageView['reply']> }) {
  const { t } = useTranslation()
  const { jump } = useTools()
  const { id } = reply
  // Nothing is known of it but that it was answered.
  const unknown = id === null && reply.author === '' && reply.text === ''
  if (unknown) {
    return (
      <span className="quote" data-testid="quote">
        <span className="quote-text">{t('message.quoteAway')}</span>
      </span>
    )
  }
  return (
    <button
      type="button"
      className="quote"
      disabled={id === null}
      title={id === null ? t('message.quoteAway') : undefined}
      onClick={() => id !== null && jump(id)}
      data-testid="quote"
    >
      <span className="one-line quote-author">
        <Line text={reply.author} fallback={t('message.own')} />
      </span>
      <span className="quote-text">
        <Line text={summary(t, reply.kind, reply.text)} />
      </span>
    </button>
  )
}
