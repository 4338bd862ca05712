/** Reads what changes earlier messages: edits, deletions, reactions, votes. It depends on what was seen before. */
import type { Api } from 'telegram/index.js'
import type { Details, Entity } from '../../../shared/contracts/neutral-message.ts'
import type { SeenIdentity } from '../channel.ts'
import { type InboxEntry, isKeepable, type MemoryWrite, type MessageRow, unknownRow } from './inbox-row.ts'
import { digestOf, rememberPoll, rememberReactions, rememberSeen, type SeenPoll } from './message-memory.ts'
import { addressOf, userAddress, userIdOf } from './peers.ts'
import { readContent, type ReadContent, seenOf } from './read-content.ts'
import { identityAt, intentText, isBroadcast, type ReadContext, type Standing, standingOf } from './read-message.ts'
import { hideLoginCodes, isServiceUser } from './service-user.ts'

/** What makes a change's row, beside where it stands. */
interface Change {
  kind: 'edit' | 'delete' | 'reaction' | 'vote'
  target: number
  providerId: string
  /** Epoch seconds. */
  date: number
  text?: string
  entities?: Entity[]
  details: Details | null
  clientId: string | null
}

const deletionsAtMost = 10_000
const reactionsAtMost = 500

/** pts: the edit's number. clientId: of an own edit whose answer this is. */
export function readEdit(
  update: Api.UpdateEditMessage | Api.UpdateEditChannelMessage,
  context: ReadContext,
  clientId: string | null,
): InboxEntry[] {
  const { message, pts } = update
  if (message.className !== 'Message') return []
  const standing = standingOf(message, context)
  const { address } = standing.peer
  if (isBroadcast(address, context)) return []
  const entries = message.reactions
    ? readReactions(address, message.id, message.reactions, message.editDate ?? context.now(), context, null)
    : []
  if (isServiceUser(standing.authorAddress)) hideLoginCodes(message)
  const content = readContent(message, context.expand)
  const key = `edit:${address}:${message.id}:${pts}`
  if (typeof content === 'string') {
    const raw = message.getBytes()
    return [...entries, { key, row: unknownRow(`edit:${content}`, raw) }]
  }
  const edit = editRow(message, content, standing, pts, context, clientId)
  return edit ? [{ key, ...edit }, ...entries] : entries
}

function editRow(
  message: Api.Message,
  content: ReadContent,
  standing: Standing,
  pts: number,
  context: ReadContext,
  named: string | null,
): Pick<InboxEntry, 'row' | 'memory'> | null {
  const { address } = standing.peer
  const seen = context.memory.findSeen(address, message.id)
  const said = digestOf(content.text, content.entities)
  const shownAnew = seen !== null && content.shows !== seen.shows
  // A change of reactions or of the preview comes as an edit too; so does one of a message never seen, hidden as such.
  if (seen ? seen.said === said && !shownAnew : message.editHide === true || !message.editDate) return null
  const details: Details = {}
  if (content.details?.mentions) details.mentions = content.details.mentions
  if (shownAnew && content.details?.file) details.file = content.details.file
  if (shownAnew && content.details?.location) details.location = content.details.location
  const date = message.editDate ?? context.now()
  const own = { peer: address, text: intentText(`edit/${message.id}`, content.text), date, path: context.path }
  const clientId = standing.direction === 'out' ? (named ?? context.matchOwn(own)) : null
  const change: Change = {
    kind: 'edit',
    target: message.id,
    providerId: `${message.id}/edit/${pts}`,
    date,
    text: content.text,
    entities: content.entities,
    details: Object.keys(details).length === 0 ? null : details,
    clientId,
  }
  const row = changeRow(change, standing, context, message.getBytes())
  if (shownAnew) row.media = content.media
  const memory = [rememberSeen(message.id, seenOf(address, content, pts))]
  if (!isKeepable(row)) return { row: unknownRow('edit:out_of_bounds', message.getBytes()), memory }
  return { row, memory }
}

/** at: the megagroup, or null: the mailbox, whose deletions do not say where the messages stood. */
export function readDeletions(
  at: string | null,
  ids: number[],
  update: { getBytes(): Buffer },
  date: number,
  context: ReadContext,
  clientIds: Map<number, string>,
): InboxEntry[] {
  if (at !== null && isBroadcast(at, context)) return []
  // A cleared history names thousands in one update, whose bytes are not kept with each of them.
  const raw = ids.length > 100 ? Buffer.alloc(0) : update.getBytes()
  return ids.slice(0, deletionsAtMost).map((id): InboxEntry => {
    const address = at ?? context.memory.findSeen(null, id)?.at ?? null
    if (address === null)
      return { key: `delete:unseen:${id}`, row: unknownRow('delete:unseen', Buffer.from(String(id))) }
    const peer = identityAt(address, context)
    const clientId = clientIds.get(id) ?? null
    const own = clientId !== null
    const standing: Standing = {
      peer,
      author: null,
      authorAddress: address,
      direction: own ? 'out' : 'in',
    }
    const providerId = `${id}/delete`
    const change: Change = { kind: 'delete', target: id, providerId, date, details: null, clientId }
    return { key: `delete:${address}:${id}`, row: changeRow(change, standing, context, raw) }
  })
}

/** All reactions of a message as they are now: what differs from before becomes one row each. */
export function readReactions(
  address: string,
  id: number,
  reactions: Api.MessageReactions,
  date: number,
  context: ReadContext,
  clientId: string | null,
): InboxEntry[] {
  if (isBroadcast(address, context)) return []
  const before = context.memory.findReactions(address, id)
  const recent = (reactions.recentReactions ?? []).slice(0, reactionsAtMost)
  const now = new Map<string, { emoji: string; date: number }>()
  for (const { peerId, reaction, date: at } of recent) {
    const user = userIdOf(addressOf(peerId))
    const emoji = emojiOf(reaction)
    if (user !== null && emoji !== null && !(now.has(user) && (now.get(user)?.date ?? 0) > at))
      now.set(user, { emoji, date: at })
  }
  const all = reactions.results.reduce((sum, { count }) => sum + Math.max(0, count), 0)
  // In big groups only the newest are listed: who is not listed may still stand by theirs.
  const kept = recent.length < all ? { ...before } : {}
  for (const [user, { emoji }] of now) kept[user] = emoji
  const changed = [...new Set([...Object.keys(before), ...now.keys()])].filter((user) => before[user] !== kept[user])
  if (changed.length === 0) return []
  const entries = changed.map((user): InboxEntry => {
    const emoji = kept[user] ?? null
    const own = user === context.self
    const change: Change = {
      kind: 'reaction',
      target: id,
      providerId: `${id}/reaction/${user}`,
      date: emoji === null ? date : (now.get(user)?.date ?? date),
      details: { emoji },
      clientId: own ? clientId : null,
    }
    const row = changeRow(change, standingOfUser(address, user, context), context, reactions.getBytes())
    return { key: `reaction:${address}:${id}:${user}:${emoji ?? ''}:${change.date}`, row }
  })
  const memory = [rememberReactions(address, id, kept)]
  return [...entries, { key: '', row: null, memory }]
}

function emojiOf(reaction: Api.TypeReaction): string | null {
  switch (reaction.className) {
    case 'ReactionEmoji':
      return reaction.emoticon.slice(0, 64) || null
    case 'ReactionCustomEmoji':
      return `custom:${reaction.documentId.toString()}`
    case 'ReactionPaid':
      return '⭐'
    default:
      return null
  }
}

/** One voter's choice as it is now; options as bytes. */
export function readVote(
  pollId: string,
  user: string,
  options: Buffer[],
  date: number,
  raw: Uint8Array,
  context: ReadContext,
  clientId: string | null,
): InboxEntry[] {
  const poll = context.memory.findPoll(pollId)
  if (!poll) return [{ key: `vote:${pollId}:${user}:${date}`, row: unknownRow('vote:unknown_poll', raw) }]
  const chosen = options.slice(0, 32).map((option) => option.toString('base64'))
  if (sameChoice(chosen, poll.votes[user] ?? [])) return []
  const vote = poll.options.filter(([bytes]) => chosen.includes(bytes)).map(([, text]) => text)
  const change: Change = {
    kind: 'vote',
    target: poll.message,
    providerId: `${poll.message}/vote/${user}`,
    date,
    details: { vote },
    clientId,
  }
  const row = changeRow(change, standingOfUser(poll.at, user, context), context, raw)
  const memory = rememberPoll(pollId, withVote(poll, user, chosen))
  return [{ key: `vote:${poll.at}:${poll.message}:${user}:${chosen.join(',')}:${date}`, row, memory }]
}

/** The account's own choice, as the results of a poll show it. */
export function readOwnVote(
  update: Api.UpdateMessagePoll,
  date: number,
  context: ReadContext,
  clientId: string | null,
): InboxEntry[] {
  const { results, min } = update.results
  const pollId = update.pollId.toString()
  const poll = context.memory.findPoll(pollId)
  if (!poll) return []
  // Who else chose what is asked for.
  const stale: MemoryWrite = { type: 'poll-stale', id: pollId, value: '1' }
  const others: InboxEntry[] = poll.public ? [{ key: '', row: null, memory: [stale] }] : []
  // `min` results hold nothing of the account's own.
  if (min || !results) return others
  const chosen = results.filter((result) => result.chosen).map(({ option }) => option)
  return [...readVote(pollId, context.self, chosen, date, update.getBytes(), context, clientId), ...others]
}

function sameChoice(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((option) => b.includes(option))
}

function withVote(poll: SeenPoll, user: string, chosen: string[]): SeenPoll {
  const { [user]: _, ...others } = poll.votes
  return { ...poll, votes: chosen.length === 0 ? others : { ...others, [user]: chosen } }
}

function standingOfUser(address: string, user: string, context: ReadContext): Standing {
  const peer: SeenIdentity = identityAt(address, context)
  const authorAddress = userAddress(user)
  const own = user === context.self
  const inGroup = userIdOf(address) === null
  return {
    peer,
    author: own || !inGroup ? null : identityAt(authorAddress, context),
    authorAddress,
    direction: own ? 'out' : 'in',
  }
}

function changeRow(change: Change, standing: Standing, context: ReadContext, raw: Uint8Array): MessageRow {
  const { clientId } = change
  return {
    v: 2,
    kind: 'message',
    path: standing.direction === 'out' && clientId === null ? 'phone' : context.path,
    direction: standing.direction,
    peer: standing.peer,
    author: standing.author,
    message: {
      channel: 'telegram',
      kind: change.kind,
      chat: standing.peer.address,
      author: standing.authorAddress,
      providerId: change.providerId,
      time: Math.max(0, change.date) * 1000,
      text: change.text ?? '',
      entities: change.entities ?? [],
      reply: null,
      target: String(change.target),
      media: null,
      details: change.details,
    },
    clientId,
    media: null,
    raw: Buffer.from(raw).toString('base64'),
  }
}
