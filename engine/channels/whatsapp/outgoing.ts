/** Builds what leaves: the protocol's message for each kind, with the stanza's attributes and nodes that go with it. */
import { randomBytes } from 'node:crypto'
import type { BinaryNode, proto } from '@whiskeysockets/baileys'
import type { Details, MessageContent } from '../../../shared/contracts/neutral-message.ts'
import type { ChannelStore, KnownMessage, SendRequest } from '../channel.ts'
import { ChannelError } from '../channel.ts'
import type { JournalEntry } from './auth-state.ts'
import type { OwnAddresses } from './kept-event.ts'
import { mediaMessage } from './outgoing-media.ts'
import type { Uploaded } from './outgoing-media.ts'
import { ownAddress } from './places.ts'
import { findPoll, pollEntry, sealVote } from './polls.ts'
import { writeCard } from './vcard.ts'

export interface OutgoingPlace {
  store: Pick<ChannelStore, 'getState' | 'findMessage'>
  me: OwnAddresses
  /** Where the stanza goes: a LID or a group. */
  jid: string
  /** Seconds after which messages of the conversation disappear; 0: never. */
  timerS: number
  now: number
}

export interface Outgoing {
  message: proto.IMessage
  attrs: Record<string, string>
  nodes: BinaryNode[]
  /** What must be remembered with the message. */
  state: JournalEntry['state']
}

const EDIT = 14
const REVOKE = 0
const INDIVIDUAL = { edit: '1', delete: '7', adminDelete: '8' } as const

function known(place: OutgoingPlace, request: SendRequest, id: string): KnownMessage | null {
  return place.store.findMessage(request.address, id)
}

function isGroup(place: OutgoingPlace): boolean {
  return place.jid.endsWith('@g.us')
}

/** The key of the message that a change is about. Throws ChannelError where nobody knows whose it is. */
function keyOf(place: OutgoingPlace, request: SendRequest): { key: proto.IMessageKey; target: KnownMessage | null } {
  const id = request.content.target ?? ''
  const target = known(place, request, id)
  const fromMe = target?.fromMe ?? (request.content.kind === 'edit' || request.content.kind === 'delete')
  if (!target && isGroup(place) && !fromMe)
    throw new ChannelError('whatsapp_unknown_target', 'the message that this is about is not known')
  const participant = isGroup(place) && !fromMe ? { participant: target?.author ?? '' } : {}
  return { key: { remoteJid: place.jid, fromMe, id, ...participant }, target }
}

/** A short form of the quoted message, which the other side shows above the answer. */
function quoted(target: KnownMessage | null): proto.IMessage {
  if (!target) return { conversation: '' }
  const caption = { caption: target.text }
  switch (target.kind) {
    case 'image':
      return { imageMessage: caption }
    case 'video':
      return { videoMessage: caption }
    case 'voice':
      return { audioMessage: { ptt: true } }
    case 'audio':
      return { audioMessage: {} }
    case 'document':
      return { documentMessage: caption }
    case 'sticker':
      return { stickerMessage: {} }
    default:
      return { conversation: target.text }
  }
}

function contextOf(place: OutgoingPlace, request: SendRequest): proto.IContextInfo | null {
  const { reply, details } = request.content
  const target = reply === null ? null : known(place, request, reply)
  const own = ownAddress(place.me)
  const writer = target ? (target.fromMe ? own : target.author) : isGroup(place) ? null : place.jid
  const context: proto.IContextInfo = {
    ...(reply === null ? {} : { stanzaId: reply, participant: writer, quotedMessage: quoted(target) }),
    ...(details?.mentions?.length ? { mentionedJid: details.mentions } : {}),
    ...(details?.forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
    ...(place.timerS > 0 ? { expiration: place.timerS } : {}),
  }
  return Object.keys(context).length > 0 ? context : null
}

function textMessage({ text, details }: MessageContent, contextInfo: proto.IContextInfo | null): proto.IMessage {
  const preview = details?.preview
  if (!contextInfo && !preview) return { conversation: text }
  const { url = null, title = null, description = null } = preview ?? {}
  const linked = preview ? { matchedText: url, title, description } : {}
  return { extendedTextMessage: { text, ...linked, ...(contextInfo ? { contextInfo } : {}) } }
}

function contactMessage(details: Details | null, contextInfo: proto.IContextInfo | null): proto.IMessage {
  const cards = (details?.contacts ?? []).map((card) => ({ displayName: card.name, vcard: writeCard(card) }))
  const [first] = cards
  if (first && cards.length === 1) return { contactMessage: { ...first, contextInfo } }
  return { contactsArrayMessage: { displayName: `${cards.length}`, contacts: cards, contextInfo } }
}

function pollMessage(place: OutgoingPlace, request: SendRequest, contextInfo: proto.IContextInfo | null): Outgoing {
  const { question, options, multiple } = request.content.details?.poll ?? {
    question: '',
    options: [],
    multiple: false,
  }
  const poll = {
    name: question,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: multiple ? 0 : 1,
    contextInfo,
  }
  const secret = randomBytes(32)
  const creators = [place.me.lid, place.me.number].flatMap((address) => address ?? [])
  return {
    message: {
      messageContextInfo: { messageSecret: secret },
      ...(multiple ? { pollCreationMessage: poll } : { pollCreationMessageV3: poll }),
    },
    attrs: {},
    nodes: [{ tag: 'meta', attrs: { polltype: 'creation' } }],
    state: [pollEntry(request.address, request.clientId, { secret, options, creators })],
  }
}

function voteMessage(place: OutgoingPlace, request: SendRequest): Outgoing {
  const { key } = keyOf(place, request)
  const poll = findPoll(place.store, [request.address, place.jid], request.content.target ?? '')
  const voter = ownAddress(place.me)
  if (!poll || !voter) throw new ChannelError('whatsapp_unknown_poll', 'the poll is not known well enough to vote')
  const vote = sealVote(poll, request.content.target ?? '', voter, request.content.details?.vote ?? [])
  return plain({ pollUpdateMessage: { pollCreationMessageKey: key, vote, senderTimestampMs: place.now } }, {}, [
    { tag: 'meta', attrs: { polltype: 'vote' } },
  ])
}

function editMessage(place: OutgoingPlace, request: SendRequest): Outgoing {
  const { key, target } = keyOf(place, request)
  if (target && !target.fromMe) throw new ChannelError('whatsapp_not_own', 'only own messages can be changed')
  const { text, details } = request.content
  const mentionedJid = details?.mentions ?? []
  const contextInfo = mentionedJid.length > 0 ? { mentionedJid } : null
  const caption = { caption: text, contextInfo }
  const edited: proto.IMessage =
    target?.kind === 'image'
      ? { imageMessage: caption }
      : target?.kind === 'video'
        ? { videoMessage: caption }
        : target?.kind === 'document'
          ? { documentMessage: caption }
          : textMessage({ ...request.content, details: null }, contextInfo)
  const protocolMessage = { key, type: EDIT, editedMessage: edited, timestampMs: place.now }
  return plain({ protocolMessage }, { edit: INDIVIDUAL.edit })
}

function deleteMessage(place: OutgoingPlace, request: SendRequest): Outgoing {
  const { key } = keyOf(place, request)
  if (!key.fromMe && !isGroup(place)) throw new ChannelError('whatsapp_not_own', 'only own messages can be deleted')
  return plain(
    { protocolMessage: { key, type: REVOKE } },
    { edit: key.fromMe ? INDIVIDUAL.delete : INDIVIDUAL.adminDelete },
  )
}

function plain(message: proto.IMessage, attrs: Record<string, string> = {}, nodes: BinaryNode[] = []): Outgoing {
  return { message, attrs, nodes, state: [] }
}

/** Throws ChannelError for what cannot be said: unknown targets, kinds that nobody sends. */
export function buildOutgoing(place: OutgoingPlace, request: SendRequest, uploaded: Uploaded | null): Outgoing {
  const { content } = request
  const contextInfo = contextOf(place, request)
  switch (content.kind) {
    case 'text':
      return plain(textMessage(content, contextInfo))
    case 'image':
    case 'video':
    case 'voice':
    case 'audio':
    case 'document':
    case 'sticker':
      if (!uploaded || !request.file) throw new ChannelError('whatsapp_no_file', 'the file is missing')
      return plain(mediaMessage(content.kind, request.file, content.text, uploaded, contextInfo, place.now))
    case 'location': {
      const { latitude = 0, longitude = 0, name = null, address = null } = content.details?.location ?? {}
      const where = { degreesLatitude: latitude, degreesLongitude: longitude, name, address, contextInfo }
      return plain({ locationMessage: { ...where, ...(content.text ? { comment: content.text } : {}) } })
    }
    case 'contact':
      return plain(contactMessage(content.details, contextInfo))
    case 'poll':
      return pollMessage(place, request, contextInfo)
    case 'vote':
      return voteMessage(place, request)
    case 'reaction': {
      const { key } = keyOf(place, request)
      return plain({ reactionMessage: { key, text: content.details?.emoji ?? '', senderTimestampMs: place.now } })
    }
    case 'edit':
      return editMessage(place, request)
    case 'delete':
      return deleteMessage(place, request)
    default:
      throw new ChannelError('whatsapp_cannot_send', 'this kind of message cannot be sent')
  }
}
