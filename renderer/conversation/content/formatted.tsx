/** A text with its looks. An address in it is never followed: a click asks what to do with it. */
import { useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { useTools } from '../tools.ts'
import { toSegments, type Segment } from './segments.ts'
import './text.css'

export interface FormattedProps {
  text: string
  message: Pick<MessageView, 'entities' | 'details'>
}

export function Formatted({ text, message }: FormattedProps) {
  const { channel } = useTools()
  const { entities } = message
  const mentions = message.details?.mentions
  const segments = useMemo(
    () => toSegments(text, { channel, entities, mentions: mentions ?? [] }),
    [text, channel, entities, mentions],
  )
  return segments.map((segment, i) => <Piece key={i} segment={segment} />)
}

function Piece({ segment }: { segment: Segment }): ReactNode {
  const { t } = useTranslation()
  const { link } = useTools()
  const [bare, setBare] = useState(false)
  const { text, styles } = segment
  if (styles.size === 0) return text
  const address = segment.link
  if (address !== null) {
    return (
      <button type="button" className="text-link" title={address} onClick={() => link(address)} data-testid="text-link">
        {text}
      </button>
    )
  }
  if (styles.has('spoiler') && !bare) {
    return (
      <button type="button" className="text-spoiler" aria-label={t('message.spoiler')} onClick={() => setBare(true)}>
        {text}
      </button>
    )
  }
  const className = [...styles].map((style) => `text-${style === 'link' ? 'hidden-link' : style}`).join(' ')
  return (
    <span className={className} title={styles.has('link') ? t('message.hiddenLink') : undefined}>
      {text}
    </span>
  )
}
