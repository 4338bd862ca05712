/** The message that another one answers: a click leads to it. */
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { summary } from '../../strings/kind-words.ts'
import { Line } from '../../text/text-views.tsx'
import { useTools } from '../tools.ts'

export function Quote({ reply }: { reply: NonNullable<MessageView['reply']> }) {
  const { t } = useTranslation()
  const { jump } = useTools()
  const { id } = reply
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
        <Line text={reply.author} fallback={t('inbox.noName')} />
      </span>
      <span className="quote-text">
        <Line text={summary(t, reply.kind, reply.text)} />
      </span>
    </button>
  )
}
