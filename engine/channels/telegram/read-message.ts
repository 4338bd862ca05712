/** Reads one Telegram message into the row that is kept; what has no neutral form is kept raw in its place. */
import type { Api } from 'telegram/index.js'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { SeenIdentity } from '../channel.ts'
import { type InboxEntry, isKeepable, type MemoryWrite, type MessageRow, unknownRow } from './inbox-row.ts'
import { type MessageMemory, rememberPoll, rememberSeen } from './message-memory.ts'
import { addressOf, identityOf, type KnownGroup, type KnownPeer, userAddress, userIdOf } from './peers.ts'
import { readContent, seenOf } from './read-content.ts'
import type { ExpandThumbnail } from './read-file.ts'
import { readService } from './read-service.ts'
import { hideLoginCodes, isServiceUser } from './service-user.ts'

export interface ReadContext {
  /** The account's own user id. */
  self: string
  path: 'live' | 'offline'
  /** Epoch seconds: where the provider gives no time. */
  now(): number
  findPeer(id: string): KnownPeer | null
  findGroup(address: string): KnownGroup | null
  memory: Pick<MessageMemory, 'findSeen' | 'findPoll' | 'findPollAt' | 'findReactions' | 'findSecret' | 'knowsGroup'>
  expand: ExpandThumbnail
  /** The client id of an own message or edit that the server did not name, where it can be told. */
  matchOwn(message: OwnMessage): string | null
  /** The own change whose answer is read, or null. */
  answering?: { clientId: string; kind: 'edit' | 'reaction' | 'vote'; address: string; target: number } | null
}

/** What is known of an own message before its client id is. */
export interface OwnMessage {
  /** Address of the conversation. */
  peer: string
  /** What was said, as `intentText` puts it. */
  text: string
  /** Epoch seconds. */
  date: number
  path: 'live' | 'offline'
}

/** Where a message stands and who wrote it. */
export interface Standing {
  peer: SeenIdentity
  /** For the event: null where it was the account or the other side of a conversation of two. */
  author: SeenIdentity | null
  authorAddress: string
  direction: 'in' | 'out'
}

type ShortMessage = Api.UpdateShortMessage | Api.UpdateShortChatMessage
type AnyMessage = Api.TypeMessage | ShortMessage

/** clientId: the random_id, where the server named it beside the message. */
export function readMessage(message: AnyMessage, context: ReadContext, clientId: string | null): InboxEntry {
  switch (message.className) {
    case 'UpdateShortMessage':
    case 'UpdateShortChatMessage':
    case 'Message':
      return saidEntry(message, context, clientId)
    case 'MessageEmpty':
      return { key: `empty:${message.id}`, row: unknownRow('empty', message.getBytes()) }
    case 'MessageService':
      return serviceEntry(message, context)
    default:
      throw new Error('a message of a kind that the library did not name')
  }
}

/** What an own send is recognised by; a file, which Telegram may show as another kind, by its caption. */
export function intentText(kind: string, text: string): string {
  return kind === 'text' ? text : `${isMedia(kind) ? 'file' : kind}:${text}`
}

function saidEntry(message: Api.Message | ShortMessage, context: ReadContext, named: string | null): InboxEntry {
  const standing = standingOf(message, context)
  const key = messageKey(standing.peer.address, message.id)
  const raw = () => message.getBytes()
  if (isBroadcast(standing.peer.address, context)) return { key, row: unknownRow('channel', raw()) }
  const memory = groupMemory(standing.peer.address, context)
  if (isServiceUser(standing.authorAddress)) hideLoginCodes(message)
  const content = readContent(message, context.expand)
  if (typeof content === 'string') return { key, row: placed(content, message, standing), memory }
  const out = standing.direction === 'out'
  const own = {
    peer: standing.peer.address,
    text: intentText(content.kind, content.text),
    date: message.date,
    path: context.path,
  }
  const clientId = out ? (named ?? context.matchOwn(own)) : null
  const row: MessageRow = {
    v: 2,
    kind: 'message',
    path: out && clientId === null ? 'phone' : context.path,
    direction: standing.direction,
    peer: standing.peer,
    author: standing.author,
    message: {
      channel: 'telegram',
      kind: content.kind,
      chat: standing.peer.address,
      author: standing.authorAddress,
      providerId: String(message.id),
      time: message.date * 1000,
      text: content.text,
      entities: content.entities,
      reply: replyOf(message),
      target: null,
      media: null,
      details: content.details,
    },
    clientId,
    media: content.media,
    raw: raw().toString('base64'),
  }
  if (!isKeepable(row)) return { key, row: placed('out_of_bounds', message, standing), memory }
  memory.push(rememberSeen(message.id, seenOf(standing.peer.address, content, null)))
  if (content.poll) memory.push(...pollMemory(content.poll, standing.peer.address, message.id))
  return { key, row, memory }
}

function serviceEntry(message: Api.MessageService, context: ReadContext): InboxEntry {
  const standing = standingOf(message, context)
  const { address } = standing.peer
  const key = messageKey(address, message.id)
  if (isBroadcast(address, context)) return { key, row: unknownRow('channel', message.getBytes()) }
  const memory = userIdOf(address) === null ? [staleGroup(address)] : []
  const { kind, details } = readService(message.action, userIdOf(standing.authorAddress))
  if (message.ttlPeriod && message.ttlPeriod > 0) details.expiresS = message.ttlPeriod
  const row: MessageRow = {
    v: 2,
    kind: 'message',
    // Calls are made on the phone alone.
    path: kind === 'call' && standing.direction === 'out' ? 'phone' : context.path,
    direction: standing.direction,
    peer: standing.peer,
    author: standing.author,
    message: {
      channel: 'telegram',
      kind,
      chat: address,
      author: standing.authorAddress,
      providerId: String(message.id),
      time: message.date * 1000,
      text: '',
      entities: [],
      // A pin names its message so.
      reply: replyOf(message),
      target: null,
      media: null,
      details,
    },
    clientId: null,
    media: null,
    raw: message.getBytes().toString('base64'),
  }
  return { key, row: isKeepable(row) ? row : placed('out_of_bounds', message, standing), memory }
}

export function standingOf(message: Api.Message | Api.MessageService | ShortMessage, context: ReadContext): Standing {
  const out = message.out === true
  const self = userAddress(context.self)
  const at = chatOf(message)
  const peer = identityAt(at, context)
  const from = out ? null : fromOf(message)
  // Nobody named: the account, the other side of two, or the group itself (an admin who hides).
  const authorAddress = out ? self : (from ?? at)
  const author = out || userIdOf(at) !== null ? null : identityAt(authorAddress, context)
  return { peer, author, authorAddress, direction: out ? 'out' : 'in' }
}

function chatOf(message: Api.Message | Api.MessageService | ShortMessage): string {
  if (message.className === 'UpdateShortMessage') return userAddress(message.userId.toString())
  if (message.className === 'UpdateShortChatMessage') return `chat:${message.chatId.toString()}`
  return addressOf(message.peerId)
}

function fromOf(message: Api.Message | Api.MessageService | ShortMessage): string | null {
  if (message.className === 'UpdateShortMessage') return null
  if (message.className === 'UpdateShortChatMessage') return userAddress(message.fromId.toString())
  return message.fromId ? addressOf(message.fromId) : null
}

export function identityAt(address: string, context: Pick<ReadContext, 'findPeer' | 'findGroup'>): SeenIdentity {
  const user = userIdOf(address)
  if (user === null) return { address, aliases: [], name: context.findGroup(address)?.title ?? null }
  return identityOf(context.findPeer(user) ?? { id: user, hash: null, name: null, username: null, phone: null })
}

/** Where few write and many read is no conversation; a channel that was never shown is taken for one. */
export function isBroadcast(address: string, context: Pick<ReadContext, 'findGroup'>): boolean {
  return address.startsWith('channel:') && context.findGroup(address)?.broadcast !== false
}

export function staleGroup(address: string): MemoryWrite {
  return { type: 'group-stale', id: address, value: '1' }
}

function groupMemory(address: string, context: ReadContext): MemoryWrite[] {
  return userIdOf(address) === null && !context.memory.knowsGroup(address) ? [staleGroup(address)] : []
}

function placed(reason: string, message: Api.Message | Api.MessageService | ShortMessage, standing: Standing) {
  const { peer, author, direction } = standing
  const time = message.date * 1000
  return unknownRow(reason, message.getBytes(), { peer, author, direction, providerId: String(message.id), time })
}

function pollMemory(poll: Api.Poll, at: string, message: number): MemoryWrite[] {
  const options = poll.answers
    .slice(0, 32)
    .map((answer): [string, string] => [
      'option' in answer ? answer.option.toString('base64').slice(0, 200) : '',
      answer.text.text.slice(0, 512),
    ])
  return rememberPoll(poll.id.toString(), { at, message, options, public: poll.publicVoters === true, votes: {} })
}

function replyOf({ replyTo }: { replyTo?: Api.TypeMessageReplyHeader }): string | null {
  // A reply to a message of another conversation names nothing that stands in this one.
  if (replyTo?.className !== 'MessageReplyHeader' || replyTo.replyToPeerId || !replyTo.replyToMsgId) return null
  return String(replyTo.replyToMsgId)
}

export function messageKey(address: string, id: number): string {
  return `${address}:${id}`
}
