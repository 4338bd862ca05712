/** What one message says, by its kind. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { MessageView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { rawWords } from '../../strings/raw-words.ts'
import { Document } from './document.tsx'
import { Picture, Sticker } from './picture.tsx'
import { Contacts, Place } from './place.tsx'
import { Poll } from './poll.tsx'
import { Sound } from './sound.tsx'

/** The part that stands above the text; null for a message that is only its text. */
export function Body({ message }: { message: MessageView }): ReactNode {
  const { details } = message
  switch (message.kind) {
    case 'image':
    case 'video':
      return <Picture message={message} />
    case 'sticker':
      return <Sticker message={message} />
    case 'voice':
    case 'audio':
      return <Sound message={message} />
    case 'document':
      return <Document message={message} />
    case 'location':
      return details?.location ? <Place place={details.location} /> : null
    case 'contact':
      return details?.contacts ? <Contacts contacts={details.contacts} /> : null
    case 'poll':
      return <Poll message={message} />
    case 'raw':
      return <Raw code={message.text} />
    case 'text':
    case 'edit':
    case 'delete':
    case 'reaction':
    case 'vote':
    case 'service':
    case 'call':
      return null
  }
}

/** The text of these kinds is shown in another way, or is none. */
export function hasOwnText(message: MessageView): boolean {
  return message.text !== '' && !['sticker', 'poll', 'raw', 'contact'].includes(message.kind)
}

/** A message that nobody can show here: why, in a plain sentence. */
function Raw({ code }: { code: string }) {
  const { t } = useTranslation()
  const { icon, text } = rawWords(t, code)
  return (
    <span className="bubble-text bubble-raw" data-testid="raw" data-code={code.slice(0, 64)}>
      <Icon name={icon} size={16} /> {text}
    </span>
  )
}
