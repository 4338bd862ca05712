/** What people's phones put into messages: from the words of the control API to WhatsApp's protobuf. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { Details, FileDetails, MediaKind, NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, SayRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import type { StoredFile } from './media-server.ts'
import { sealVote } from './poll-votes.ts'

/** A message before it is encrypted, with what its stanza says of it. */
export interface Composed {
  message: proto.IMessage
  content: Pick<NeutralMessage, 'kind' | 'text' | 'entities' | 'reply' | 'target' | 'media' | 'details'>
  /** Attribute `type` of the stanza. */
  type: 'text' | 'media' | 'reaction' | 'poll'
  /** Attribute `mediatype` of the encrypted part. */
  mediaType: string | null
  /** Attribute `edit` of the stanza. */
  edit: '1' | '7' | '8' | null
  /** Attributes of `<meta>`. */
  meta: Record<string, string> | null
}

/** The message that is answered, as far as the writer's phone knows it. */
export interface Quoted {
  id: string
  author: string
  message: proto.IMessage
}

export interface Composing {
  /** Address of the writer and of the chat (a person's or the group's). */
  author: string
  chat: string
  messageSecret: Buffer
  quoted: Quoted | null
  file: StoredFile | null
}

const MEDIA_TYPES: Partial<Record<string, string>> = {
  image: 'image',
  video: 'video',
  voice: 'ptt',
  audio: 'audio',
  document: 'document',
  sticker: 'sticker',
  location: 'location',
  contact: 'vcard',
}

export function composeSaying(request: SayRequest, composing: Composing): Composed {
  const details = request.details ?? {}
  const message: proto.IMessage = { ...bodyOf(request, details, composing) }
  message.messageContextInfo = { messageSecret: composing.messageSecret }
  const { kind, text, reply } = request
  const isText = kind === 'text'
  const shown = shownDetails(request, details)
  return {
    message: details.viewOnce ? { viewOnceMessageV2: { message } } : message,
    content: {
      kind,
      text: hasText(kind) ? text : '',
      // The wire carries marks as signs within the text; it has no entities.
      entities: [],
      reply,
      target: null,
      media: composing.file ? composing.file.fileSha256.toString('hex') : null,
      details: shown,
    },
    type: kind === 'poll' ? 'poll' : isText ? 'text' : 'media',
    mediaType:
      kind === 'contact' && (details.contacts?.length ?? 0) > 1 ? 'contact_array' : (MEDIA_TYPES[kind] ?? null),
    edit: null,
    meta: kind === 'poll' ? { polltype: 'creation' } : null,
  }
}

function hasText(kind: string): boolean {
  return ['text', 'image', 'video', 'document'].includes(kind)
}

/** Details as the account can read them off the wire. */
function shownDetails({ kind }: SayRequest, details: Details): Details | null {
  const { mentions, forwarded, viewOnce, expiresS, preview, file, location, contacts, poll } = details
  const shown: Details = {
    ...(file && isMedia(kind) ? { file: shownFile(kind, file) } : {}),
    ...(location && kind === 'location' ? { location } : {}),
    ...(contacts && kind === 'contact' ? { contacts } : {}),
    ...(poll && kind === 'poll' ? { poll } : {}),
    ...(mentions && mentions.length > 0 ? { mentions } : {}),
    ...(forwarded ? { forwarded } : {}),
    ...(viewOnce ? { viewOnce } : {}),
    ...(expiresS ? { expiresS } : {}),
    ...(preview && kind === 'text' ? { preview } : {}),
  }
  return Object.keys(shown).length > 0 ? shown : null
}

/** The wire has a name for documents only, a size for what can be seen, a duration for what can be heard. */
export function shownFile(kind: MediaKind, file: FileDetails): FileDetails {
  const isSeen = kind === 'image' || kind === 'video' || kind === 'sticker'
  const isHeard = kind === 'video' || kind === 'voice' || kind === 'audio'
  return {
    name: kind === 'document' ? file.name : null,
    mime: file.mime,
    bytes: file.bytes,
    width: isSeen ? file.width : null,
    height: isSeen ? file.height : null,
    durationS: isHeard ? file.durationS : null,
    waveform: kind === 'voice' ? file.waveform : null,
  }
}

function contextOf({ quoted }: Composing, details: Details): proto.IContextInfo | undefined {
  const context: proto.IContextInfo = {
    ...(quoted ? { stanzaId: quoted.id, participant: quoted.author, quotedMessage: quoted.message } : {}),
    ...(details.mentions?.length ? { mentionedJid: details.mentions } : {}),
    ...(details.forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
    ...(details.expiresS ? { expiration: details.expiresS } : {}),
  }
  return Object.keys(context).length > 0 ? context : undefined
}

function bodyOf(request: SayRequest, details: Details, composing: Composing): proto.IMessage {
  const contextInfo = contextOf(composing, details)
  const withContext = contextInfo ? { contextInfo } : {}
  const { kind, text } = request
  if (kind === 'text') return textBody(text, details, contextInfo)
  if (isMedia(kind)) return mediaBody(kind, text, details, withContext, composing)
  switch (kind) {
    case 'location': {
      const place = required(details.location, 'details.location')
      const at = { degreesLatitude: place.latitude, degreesLongitude: place.longitude, ...withContext }
      if (place.live) return { liveLocationMessage: { ...at, caption: place.name, sequenceNumber: 1 } }
      return { locationMessage: { ...at, name: place.name, address: place.address } }
    }
    case 'contact': {
      const cards = required(details.contacts, 'details.contacts').map(({ name, phones }) => ({
        displayName: name,
        vcard: cardOf(name, phones),
      }))
      if (cards.length === 1) return { contactMessage: { ...cards[0], ...withContext } }
      return { contactsArrayMessage: { displayName: `${cards.length} contacts`, contacts: cards, ...withContext } }
    }
    case 'poll': {
      const { question, options, multiple } = required(details.poll, 'details.poll')
      const poll = { name: question, options: options.map((optionName) => ({ optionName })), ...withContext }
      const selectableOptionsCount = multiple ? 0 : 1
      return { pollCreationMessageV3: { ...poll, selectableOptionsCount } }
    }
    default:
      throw new SimulatorError('unsupported', `WhatsApp customers do not say ${kind}`)
  }
}

function textBody(text: string, details: Details, contextInfo: proto.IContextInfo | undefined): proto.IMessage {
  const { preview } = details
  if (!contextInfo && !preview) return { conversation: text }
  return {
    extendedTextMessage: {
      text,
      ...(contextInfo ? { contextInfo } : {}),
      ...(preview ? { matchedText: preview.url, title: preview.title, description: preview.description } : {}),
    },
  }
}

function mediaBody(
  kind: MediaKind,
  text: string,
  details: Details,
  withContext: { contextInfo?: proto.IContextInfo },
  { file }: Composing,
): proto.IMessage {
  const stored = required(file, 'media')
  const about = required(details.file, 'details.file')
  const common = { ...stored, mimetype: about.mime, mediaKeyTimestamp: 0, ...withContext }
  const caption = text === '' ? {} : { caption: text }
  const seen = { width: about.width, height: about.height }
  const seconds = about.durationS
  switch (kind) {
    case 'image':
      return { imageMessage: { ...common, ...seen, ...caption } }
    case 'video':
      return { videoMessage: { ...common, ...seen, ...caption, seconds } }
    case 'voice':
      return { audioMessage: { ...common, ptt: true, seconds, waveform: waveformBytes(about.waveform) } }
    case 'audio':
      return { audioMessage: { ...common, ptt: false, seconds } }
    case 'sticker':
      return { stickerMessage: { ...common, ...seen } }
    case 'document': {
      const documentMessage = { ...common, fileName: about.name, title: about.name, ...caption }
      return text === '' ? { documentMessage } : { documentWithCaptionMessage: { message: { documentMessage } } }
    }
  }
}

function waveformBytes(waveform: string | null): Buffer | null {
  return waveform === null ? null : Buffer.from(waveform, 'base64')
}

function cardOf(name: string, phones: string[]): string {
  const lines = phones.map((phone) => `TEL;type=CELL;waid=${phone.replace(/\D/g, '')}:${phone}`)
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${name};;;`, `FN:${name}`, ...lines, 'END:VCARD'].join('\n')
}

/** The poll that is voted on, as the voter's phone knows it. */
export interface KnownPoll {
  creator: string
  secret: Uint8Array
  options: string[]
}

export interface ChangePlace {
  author: string
  chat: string
  /** Seconds. */
  time: number
  targetAuthor: string
  isGroup: boolean
  messageSecret: Buffer
  poll: KnownPoll | null
  /** The original, for an edit: captions and texts are edited differently. */
  original: proto.IMessage | null
}

export function composeChange({ change, target }: ChangeRequest, place: ChangePlace): Composed {
  const key: proto.IMessageKey = {
    remoteJid: place.chat,
    // As the writer's phone sees it.
    fromMe: place.targetAuthor === place.author,
    id: target,
    ...(place.isGroup ? { participant: place.targetAuthor } : {}),
  }
  const content = { text: '', entities: [], reply: null, target, media: null, details: null }
  const common = { mediaType: null, meta: null }
  switch (change.kind) {
    case 'edit': {
      const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type
      const editedMessage = editedBody(change.text, place.original)
      const protocolMessage = { key, type: MESSAGE_EDIT, editedMessage, timestampMs: place.time * 1000 }
      const message = { protocolMessage, messageContextInfo: { messageSecret: place.messageSecret } }
      return { ...common, message, content: { ...content, kind: 'edit', text: change.text }, type: 'text', edit: '1' }
    }
    case 'delete': {
      const { REVOKE } = proto.Message.ProtocolMessage.Type
      const message = { protocolMessage: { key, type: REVOKE } }
      const edit = place.targetAuthor === place.author ? '7' : '8'
      return { ...common, message, content: { ...content, kind: 'delete' }, type: 'text', edit }
    }
    case 'reaction': {
      const message = { reactionMessage: { key, text: change.emoji ?? '', senderTimestampMs: place.time * 1000 } }
      const details = { emoji: change.emoji }
      return { ...common, message, content: { ...content, kind: 'reaction', details }, type: 'reaction', edit: null }
    }
    case 'vote':
      return composeVote(change.options, target, key, place)
  }
}

function composeVote(chosen: string[], target: string, key: proto.IMessageKey, place: ChangePlace): Composed {
  const poll = required(place.poll, 'target (a poll)')
  if (chosen.some((option) => !poll.options.includes(option)))
    throw new SimulatorError('bad_request', 'the poll has no such option')
  const options = poll.options.filter((option) => chosen.includes(option))
  const vote = sealVote(poll.secret, { pollId: target, creator: poll.creator, voter: place.author }, options)
  return {
    message: {
      pollUpdateMessage: { pollCreationMessageKey: key, vote, senderTimestampMs: place.time * 1000 },
      messageContextInfo: { messageSecret: place.messageSecret },
    },
    content: { kind: 'vote', text: '', entities: [], reply: null, target, media: null, details: { vote: options } },
    type: 'poll',
    mediaType: null,
    edit: null,
    meta: { polltype: 'vote' },
  }
}

function editedBody(text: string, original: proto.IMessage | null): proto.IMessage {
  const { imageMessage, videoMessage } = original ?? {}
  if (imageMessage) return { imageMessage: { ...imageMessage, caption: text } }
  if (videoMessage) return { videoMessage: { ...videoMessage, caption: text } }
  return original?.extendedTextMessage ? { extendedTextMessage: { text } } : { conversation: text }
}

function required<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new SimulatorError('bad_request', `${name} is missing`)
  return value
}
