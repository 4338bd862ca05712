/** Messages page by page: the newest ones, earlier and later ones, and those around a place however far back. */
import { CodedError, type Handlers, type Input } from '../../shared/contracts/contract.ts'
import { isChange, type MessageKind } from '../../shared/contracts/neutral-message.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { findOldestAt, pageLaterMessages, pageMessages, type MessageRow } from '../cache/messages.ts'
import type { ConversationRow } from '../cache/people.ts'
import { getConversation, lookedAt, lookedAtFirst, type DeskHost } from './desk-host.ts'
import { messageRef, toMessageViews } from './message-views.ts'
import { fromCursor, getConversationView, getMessageByRef, toCursor } from './views.ts'

type Methods = 'open' | 'page' | 'around' | 'later' | 'first'
type Asked<M extends Methods> = Input<typeof windowContract, `conversation.${M}`>

export function createPageDesk(host: DeskHost): Pick<Handlers<typeof windowContract>, `conversation.${Methods}`> {
  return {
    'conversation.open': (input) => open(host, input),
    'conversation.page': (input) => page(host, input),
    'conversation.around': (input) => around(host, input),
    'conversation.later': (input) => later(host, input),
    'conversation.first': ({ conversation }) => {
      const row = getConversation(host, conversation)
      lookedAtFirst(host.session(), row)
      return { at: findOldestAt(host.session().cache, row.id) }
    },
  }
}

/** Every look leaves a trace, written before the answer. */
function open(host: DeskHost, input: Asked<'open'>) {
  const session = host.session()
  const row = getConversation(host, input.conversation)
  lookedAt(session, row)
  const rows = pageMessages(session.cache, row.id, null, input.limit)
  return {
    conversation: getConversationView(session.cache, { id: row.id }),
    messages: toMessageViews(session.cache, row.id, rows),
    before: rows.length === input.limit ? toCursor(rows[0]) : null,
  }
}

function page(host: DeskHost, input: Asked<'page'>) {
  const row = getConversation(host, input.conversation)
  lookedAtFirst(host.session(), row)
  const rows = pageMessages(host.session().cache, row.id, fromCursor(input.before), input.limit)
  return {
    messages: toMessageViews(host.session().cache, row.id, rows),
    before: rows.length === input.limit ? toCursor(rows[0]) : null,
  }
}

function around(host: DeskHost, { conversation, place, limit }: Asked<'around'>) {
  const { cache } = host.session()
  const row = getConversation(host, conversation)
  const from = 'at' in place ? { at: place.at, n: 0 } : getMessageOf(host, row, place.message)
  lookedAtFirst(host.session(), row)
  const earlier = pageMessages(cache, row.id, from, limit)
  const following = pageLaterMessages(cache, row.id, from, limit)
  const rows = [...earlier, ...following]
  const target = following.find(isShown) ?? earlier.findLast(isShown)
  return {
    messages: toMessageViews(cache, row.id, rows),
    before: earlier.length === limit ? toCursor(earlier[0]) : null,
    atNewest: following.length < limit,
    target: target ? messageRef(target) : null,
  }
}

/** What changes another message has no line of its own. */
function isShown(row: MessageRow): boolean {
  return row.kind === 'raw' || !isChange(row.kind as MessageKind)
}

function later(host: DeskHost, { conversation, after, limit }: Asked<'later'>) {
  const { cache } = host.session()
  const row = getConversation(host, conversation)
  const { at, n } = getMessageOf(host, row, after)
  lookedAtFirst(host.session(), row)
  const rows = pageLaterMessages(cache, row.id, { at, n: n + 1 }, limit)
  return { messages: toMessageViews(cache, row.id, rows), atNewest: rows.length < limit }
}

/** Throws CodedError('message_unknown') also for what stands in another conversation. */
function getMessageOf(host: DeskHost, { id }: ConversationRow, ref: string): MessageRow {
  const row = getMessageByRef(host.session().cache, ref)
  if (row.conversation !== id) throw new CodedError('message_unknown', 'this message stands somewhere else')
  return row
}
