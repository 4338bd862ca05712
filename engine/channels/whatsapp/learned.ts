/** What the account must remember of a message to understand later ones; written in the transaction of the message's row. */
import type { ChannelStore } from '../channel.ts'
import type { JournalEntry } from './auth-state.ts'
import type { KeptHeader } from './kept-event.ts'
import { readMessage } from './message-content.ts'
import type { ReadContent } from './message-content.ts'
import { eventTime, isOwn, placeOf } from './places.ts'
import { pollEntry } from './polls.ts'
import { isNewerTimer, timerEntry } from './timers-of-chats.ts'

type State = JournalEntry['state']

function timerOfContent(content: ReadContent): number | null {
  if (content.type === 'timer') return content.seconds
  return content.type === 'bubble' ? content.context.expiresS : null
}

/** Reads the message once more; throws MalformedMessage. */
export function learnedFrom(header: KeptHeader, body: Uint8Array, store: ChannelStore, receivedAt: number): State {
  const { attrs, me } = header
  const { content, destination } = readMessage(body, isOwn(me, attrs['participant'] ?? attrs['from']))
  const place = placeOf(header, store, destination)
  if (!place) return []
  const state: State = []
  const chat = place.peer.address
  const { id } = attrs
  if (content.type === 'bubble' && content.details.poll && content.secret && id) {
    const { options } = content.details.poll
    const writer = place.author ?? (place.outgoing ? null : place.peer)
    const own = [me.lid, me.number].flatMap((address) => address ?? [])
    const creators = writer ? [writer.address, ...writer.aliases] : own
    state.push(pollEntry(chat, id, { secret: content.secret, options, creators }))
  }
  const seconds = timerOfContent(content)
  const at = eventTime(attrs['t'], receivedAt)
  if (seconds !== null && !place.group && isNewerTimer(store, chat, at)) state.push(timerEntry(chat, seconds, at))
  return state
}
