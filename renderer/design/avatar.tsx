/** A conversation's round mark: letters of the title, colour of its id, channel in the corner. */
import type { ConversationView } from '../../shared/contracts/window.ts'
import { initials } from '../text/safe-text.ts'
import './avatar.css'

const colours = 7

/** Stays the same for a conversation or a person, whatever the name becomes. */
export function colourOf(id: string): number {
  let sum = 0
  for (let i = 0; i < id.length; i += 1) sum = (sum * 31 + id.charCodeAt(i)) >>> 0
  return sum % colours
}

export function Avatar({ conversation, small }: { conversation: ConversationView; small?: boolean }) {
  return (
    <span className={`avatar avatar-${colourOf(conversation.id)}${small ? ' avatar-small' : ''}`} aria-hidden="true">
      {initials(conversation.title)}
      <span className={`avatar-channel channel-${conversation.channel}`} />
    </span>
  )
}
