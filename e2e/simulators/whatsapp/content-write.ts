/** Builds the protobuf of what phones say: every kind of bubble, and the changes of earlier ones. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { Details, FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, SayRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import type { Conversation, KnownMessage } from './chats.ts'
import { participantIn } from './chats.ts'
import { pollOf } from './content-read.ts'
import type { StoredFile } from './media-store.ts'
import type { Resident } from './people.ts'
import { encryptVote } from './poll-votes.ts'
import { writeCard } from './vcard.ts'

/** Who writes where, in which addressing. */
export interface WriteScene {
  chat: Conversation
  author: Resident
  server: string
  /** Seconds. */
  time: number
  /** 32 bytes: what votes on this message are encrypted with. */
  secret: Uint8Array
}

const NO_FILE: FileDetails = {
  name: null,
  mime: 'application/octet-stream',
  bytes: 0,
  width: null,
  height: null,
  durationS: null,
  waveform: null,
}
/** A file of its own as its thumbnail, so that no picture has to be made. */
const MAX_THUMBNAIL_BYTES = 16 * 1024

function quote({ chat, server }: WriteScene, id: string): proto.IContextInfo {
  const known = chat.messages.get(id)
  if (!known) throw new SimulatorError('not_found', `the conversation has no message ${id}`)
  return { stanzaId: id, participant: participantIn(chat, known.author, server), quotedMessage: known.message }
}

function contextOf(scene: WriteScene, request: SayRequest): proto.IContextInfo | undefined {
  const { details, reply } = request
  const expiration = expirationOf(scene, details)
  const context: proto.IContextInfo = {
    ...(reply === null ? {} : quote(scene, reply)),
    ...(details?.mentions ? { mentionedJid: details.mentions } : {}),
    ...(details?.forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
    ...(expiration ? { expiration } : {}),
  }
  return Object.keys(context).length > 0 ? context : undefined
}

function expirationOf({ chat }: WriteScene, details: Details | null): number {
  return details?.expiresS ?? (chat.kind === 'group' ? chat.timerS : 0)
}

function textMessage(text: string, preview: Details['preview'], contextInfo: proto.IContextInfo | undefined) {
  if (!preview && !contextInfo) return { conversation: text }
  const { url: matchedText, title, description } = preview ?? { url: null, title: null, description: null }
  return { extendedTextMessage: { text, matchedText, title, description, contextInfo } }
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8
}

function mediaMessage(
  scene: WriteScene,
  request: SayRequest,
  { plain, fields }: StoredFile,
  contextInfo: proto.IContextInfo | undefined,
): proto.IMessage {
  const file = { ...NO_FILE, ...request.details?.file }
  const { width, height, durationS: seconds, mime: mimetype } = file
  const caption = request.text || null
  const common = { ...fields, mimetype, mediaKeyTimestamp: scene.time, contextInfo }
  const jpegThumbnail = isJpeg(plain) && plain.length <= MAX_THUMBNAIL_BYTES ? plain : null
  switch (request.kind as MediaKind) {
    case 'image':
      return { imageMessage: { ...common, caption, width, height, jpegThumbnail } }
    case 'video':
      return { videoMessage: { ...common, caption, width, height, seconds } }
    case 'voice':
      return { audioMessage: { ...common, seconds, ptt: true, waveform: waveformBytes(file.waveform) } }
    case 'audio':
      return { audioMessage: { ...common, seconds, ptt: false } }
    case 'sticker':
      return { stickerMessage: { ...common, width, height } }
    case 'document': {
      const documentMessage = { ...common, fileName: file.name, title: file.name, caption }
      if (caption === null) return { documentMessage }
      return { documentWithCaptionMessage: { message: { documentMessage } } }
    }
  }
}

function waveformBytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64')
}

function placeMessage(place: NonNullable<Details['location']>, text: string, contextInfo?: proto.IContextInfo) {
  const point = { degreesLatitude: place.latitude, degreesLongitude: place.longitude, contextInfo }
  if (place.live) return { liveLocationMessage: { ...point, caption: text || null, sequenceNumber: 1 } }
  return { locationMessage: { ...point, name: place.name, address: place.address, comment: text || null } }
}

function contactMessage(contacts: NonNullable<Details['contacts']>, contextInfo?: proto.IContextInfo): proto.IMessage {
  const cards = contacts.map((contact) => ({ displayName: contact.name, vcard: writeCard(contact) }))
  const [only] = cards
  if (only && cards.length === 1) return { contactMessage: { ...only, contextInfo } }
  return { contactsArrayMessage: { displayName: `${cards.length} contacts`, contacts: cards, contextInfo } }
}

function pollMessage({ question, options, multiple }: NonNullable<Details['poll']>, contextInfo?: proto.IContextInfo) {
  const poll = {
    name: question,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: multiple ? 0 : 1,
    contextInfo,
  }
  return multiple ? { pollCreationMessage: poll } : { pollCreationMessageV3: poll }
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new SimulatorError('bad_request', `details.${name} is missing`)
  return value
}

function bubble(scene: WriteScene, request: SayRequest, file: StoredFile | null): proto.IMessage {
  const { details, text } = request
  const context = contextOf(scene, request)
  switch (request.kind) {
    case 'text':
      return textMessage(text, details?.preview, context)
    case 'location':
      return placeMessage(required(details?.location, 'location'), text, context)
    case 'contact':
      return contactMessage(required(details?.contacts, 'contacts'), context)
    case 'poll':
      return pollMessage(required(details?.poll, 'poll'), context)
    case 'service': {
      const { event, seconds } = required(details?.service, 'service')
      if (event !== 'timer') throw new SimulatorError('unsupported', `phones do not say ${event}`)
      const { EPHEMERAL_SETTING: type } = proto.Message.ProtocolMessage.Type
      return { protocolMessage: { type, ephemeralExpiration: seconds ?? 0, ephemeralSettingTimestamp: scene.time } }
    }
    default:
      if (!file) throw new SimulatorError('bad_request', `${request.kind} needs its file`)
      return mediaMessage(scene, request, file, context)
  }
}

/** The message of a bubble kind, or of a timer. Throws SimulatorError for what is missing. */
export function writeBubble(scene: WriteScene, request: SayRequest, file: StoredFile | null): proto.IMessage {
  const content = bubble(scene, request, file)
  const { secret: messageSecret } = scene
  const isTimed = request.kind !== 'service' && expirationOf(scene, request.details) > 0
  const message = isTimed ? { ephemeralMessage: { message: content } } : content
  return { ...message, messageContextInfo: { messageSecret } }
}

/** The key of an earlier message from the view of who writes now. */
function keyOf({ chat, author, server }: WriteScene, target: KnownMessage): proto.IMessageKey {
  const participant = chat.kind === 'group' ? { participant: participantIn(chat, target.author, server) } : {}
  return { remoteJid: chat.jidFor(author, server), fromMe: target.author === author, id: target.id, ...participant }
}

/** The content of an edited message: a text, or the same file with another caption. */
function editedContent(target: KnownMessage, text: string): proto.IMessage {
  const { imageMessage, videoMessage, documentWithCaptionMessage, extendedTextMessage } = target.message
  if (imageMessage) return { imageMessage: { ...imageMessage, caption: text } }
  if (videoMessage) return { videoMessage: { ...videoMessage, caption: text } }
  const document = documentWithCaptionMessage?.message?.documentMessage ?? target.message.documentMessage
  if (document) return { documentWithCaptionMessage: { message: { documentMessage: { ...document, caption: text } } } }
  return extendedTextMessage ? { extendedTextMessage: { ...extendedTextMessage, text } } : { conversation: text }
}

export function writeChange(scene: WriteScene, change: ChangeRequest['change'], target: KnownMessage): proto.IMessage {
  const key = keyOf(scene, target)
  const milliseconds = scene.time * 1000
  const { Type } = proto.Message.ProtocolMessage
  switch (change.kind) {
    case 'edit': {
      const editedMessage = editedContent(target, change.text)
      const protocolMessage = { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: milliseconds }
      return { editedMessage: { message: { protocolMessage } } }
    }
    case 'delete':
      return { protocolMessage: { key, type: Type.REVOKE } }
    case 'reaction':
      return { reactionMessage: { key, text: change.emoji ?? '', senderTimestampMs: milliseconds } }
    case 'vote':
      return { pollUpdateMessage: voteMessage(scene, target, change.options, key) }
  }
}

function voteMessage(
  scene: WriteScene,
  target: KnownMessage,
  options: string[],
  pollCreationMessageKey: proto.IMessageKey,
) {
  const poll = pollOf(target.message)
  if (!poll?.secret) throw new SimulatorError('bad_request', `${target.id} is no poll`)
  const unknown = options.find((option) => !poll.options.includes(option))
  if (unknown !== undefined) throw new SimulatorError('bad_request', `the poll has no option ${unknown}`)
  const { chat, author, server } = scene
  const voting = {
    pollId: target.id,
    creator: participantIn(chat, target.author, server),
    voter: participantIn(chat, author, server),
    secret: poll.secret,
  }
  return { pollCreationMessageKey, vote: encryptVote(voting, options), senderTimestampMs: scene.time * 1000 }
}
