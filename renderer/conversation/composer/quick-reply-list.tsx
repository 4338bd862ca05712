/** Quick replies that fit what is typed behind `/`. */
import { useTranslation } from 'react-i18next'
import type { QuickReply } from '../../../shared/contracts/own-desk.ts'
import { Line } from '../../text/text-views.tsx'

export function QuickReplyList(props: {
  replies: readonly QuickReply[]
  active: number
  onChoose(reply: QuickReply): void
}) {
  const { t } = useTranslation()
  return (
    <ul className="mentions quick-replies" role="listbox" aria-label={t('quick.title')} data-testid="quick-replies">
      {props.replies.map((reply, i) => (
        <li
          key={reply.name}
          role="option"
          aria-selected={i === Math.min(props.active, props.replies.length - 1)}
          // Pressing must not take the caret out of the text.
          onMouseDown={(event) => {
            event.preventDefault()
            props.onChoose(reply)
          }}
          data-testid="quick-reply"
          data-name={reply.name}
        >
          <strong className="quick-name">/{reply.name}</strong>
          <span className="one-line quick-text">
            <Line text={reply.text.slice(0, 200)} />
          </span>
        </li>
      ))}
    </ul>
  )
}
