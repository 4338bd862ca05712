/** The text of a message: its beginning, and the rest on demand, so that no length holds up the window. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { cutAt, preview } from '../../text/safe-text.ts'
import { Formatted } from './formatted.tsx'
import { isEmojiOnly } from './segments.ts'

/** A box of more than this would hold up the window; the rest follows piece by piece. */
const pieceLength = 64 * 1024

/** The whole of a long message and how much of it is shown; kept by the list, because rows out of sight are unmounted. */
export interface Expansion {
  text: string
  length: number
}

export interface LongTextProps {
  message: MessageView
  expansion: Expansion | null
  onExpand(expansion: Expansion | null): void
  fullText(message: string): Promise<string>
}

export function LongText({ message, expansion, onExpand, fullText }: LongTextProps) {
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
    const large = message.kind === 'text' && isEmojiOnly(short.text)
    return (
      <>
        <span className={`bubble-text${large ? ' bubble-emoji' : ''}`} data-testid="message-text">
          <Formatted text={short.text} message={message} />
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
      <span className="bubble-text bubble-box" tabIndex={0} data-testid="message-text">
        <Formatted text={cutAt(expansion.text, expansion.length)} message={message} />
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
