/** Reads one Telegram message into the row that is kept; what is not a text between two people is kept as unknown. */
import type { Api } from 'telegram/index.js'
import type { InboxEntry, StoredRow } from './inbox-row.ts'
import type { KnownPeer } from './peers.ts'

export interface ReadContext {
  /** The account's own user id. */
  self: string
  path: 'live' | 'offline'
  findPeer(id: string): KnownPeer | null
  /** The client id of an own message that the server did not name, where it can be told. */
  matchOwn(message: OwnMessage): string | null
}

/** What is known of an own message before its client id is. */
export interface OwnMessage {
  peer: string
  text: string
  /** Epoch seconds. */
  date: number
  path: 'live' | 'offline'
}

type TextMessage = Pick<Api.UpdateShortMessage, 'out' | 'id' | 'date' | 'message' | 'replyTo' | 'entities' | 'getBytes'>

export function unknownRow(reason: string, raw: Uint8Array): StoredRow {
  return { v: 1, kind: 'unknown', reason: reason.slice(0, 256), raw: Buffer.from(raw).toString('base64') }
}

/** clientId: the random_id, where the server named it beside the message. */
export function readMessage(
  message: Api.TypeMessage | Api.UpdateShortMessage,
  context: ReadContext,
  clientId: string | null,
): InboxEntry {
  switch (message.className) {
    case 'UpdateShortMessage':
      return textEntry(message, message.userId.toString(), context, clientId)
    case 'MessageEmpty':
      return { key: `empty:${message.id}`, row: unknownRow('empty', message.getBytes()) }
    case 'MessageService':
      return {
        key: `${peerKey(message.peerId)}:${message.id}`,
        row: unknownRow(`service:${message.action.className}`, message.getBytes()),
      }
    case 'Message': {
      const reason = notText(message)
      if (reason !== null || message.peerId.className !== 'PeerUser') {
        const row = unknownRow(reason ?? 'group', message.getBytes())
        return { key: `${peerKey(message.peerId)}:${message.id}`, row }
      }
      return textEntry(
        { ...fieldsOf(message), getBytes: () => message.getBytes() },
        message.peerId.userId.toString(),
        context,
        clientId,
      )
    }
    default:
      throw new Error('a message of a kind that the library did not name')
  }
}

function fieldsOf(message: Api.Message): Omit<TextMessage, 'getBytes'> {
  const replyTo = message.replyTo?.className === 'MessageReplyHeader' ? message.replyTo : undefined
  const { out, id, date, entities } = message
  return { out, id, date, message: message.message, entities, replyTo }
}

function notText(message: Api.Message): string | null {
  if (message.peerId.className === 'PeerChat') return 'group'
  if (message.peerId.className === 'PeerChannel') return 'channel'
  const media = message.media?.className
  // A link's preview is the server's own addition to a text.
  if (media && media !== 'MessageMediaEmpty' && media !== 'MessageMediaWebPage') return `media:${media}`
  return message.message === '' ? 'no_text' : null
}

function textEntry(message: TextMessage, peer: string, context: ReadContext, named: string | null): InboxEntry {
  const known = context.findPeer(peer)
  const out = message.out === true
  const own = { peer, text: message.message, date: message.date, path: context.path }
  const clientId = out ? (named ?? context.matchOwn(own)) : null
  const { replyTo } = message
  return {
    key: messageKey(peer, message.id),
    row: {
      v: 1,
      kind: 'message',
      path: out && clientId === null ? 'phone' : context.path,
      out,
      peer: { id: peer, name: known?.name ?? null, phone: known?.phone ?? null },
      self: context.self,
      id: message.id,
      date: message.date,
      text: message.message,
      entities: (message.entities ?? []).map(neutralEntity),
      // A reply to a message of another conversation names nothing that stands in this one.
      reply:
        replyTo?.className === 'MessageReplyHeader' && !replyTo.replyToPeerId ? (replyTo.replyToMsgId ?? null) : null,
      clientId,
      raw: message.getBytes().toString('base64'),
    },
  }
}

export function messageKey(peer: string, id: number): string {
  return `user:${peer}:${id}`
}

function peerKey(peer: Api.TypePeer): string {
  switch (peer.className) {
    case 'PeerUser':
      return `user:${peer.userId.toString()}`
    case 'PeerChat':
      return `chat:${peer.chatId.toString()}`
    case 'PeerChannel':
      return `channel:${peer.channelId.toString()}`
  }
}

/** `MessageEntityTextUrl` → `text_url`; offsets stay in UTF-16 units as Telegram counts them. */
function neutralEntity(entity: Api.TypeMessageEntity): { type: string; offset: number; length: number } {
  const type = entity.className
    .replace(/^(Input)?MessageEntity/, '')
    .replace(/(?<!^)([A-Z])/g, '_$1')
    .toLowerCase()
  return { type: type.slice(0, 32), offset: entity.offset, length: entity.length }
}
