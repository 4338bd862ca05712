/** Reads decrypted messages into the neutral form: what a phone that got them would show. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { detailsSchema } from '../../../shared/contracts/neutral-message.ts'
import type { Details, FileDetails, MediaKind, MessageContent } from '../../../shared/contracts/neutral-message.ts'
import type { KnownMessage } from './chats.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { Resident } from './people.ts'
import { decryptVote, optionHash } from './poll-votes.ts'
import { readCard } from './vcard.ts'

export interface ReadScene {
  author: Resident
  find(id: string): KnownMessage | undefined
  /** The canonical address of a person; the address as it stands when nobody here has it. */
  canonical(jid: string): string
}

/** The file's reference inside a message. */
export interface MediaReference {
  kind: MediaKind
  fields: proto.Message.IImageMessage
}

export interface ReadMessage {
  content: MessageContent
  media: MediaReference | null
}

type Bubble = Pick<MessageContent, 'kind' | 'text'> & {
  details: Details
  context: proto.IContextInfo | null | undefined
  media?: MediaReference
}

const MAX_WRAPPERS = 6

/** The message inside its wrappers, and whether one of them says that it may be seen once. */
export function unwrap(message: proto.IMessage): { message: proto.IMessage; viewOnce: boolean } {
  let inner = message
  let viewOnce = false
  for (let depth = 0; depth < MAX_WRAPPERS; depth += 1) {
    const once = inner.viewOnceMessage ?? inner.viewOnceMessageV2 ?? inner.viewOnceMessageV2Extension
    const next = once ?? inner.ephemeralMessage ?? inner.documentWithCaptionMessage ?? inner.editedMessage
    if (!next?.message) break
    viewOnce ||= Boolean(once)
    inner = next.message
  }
  return { message: inner, viewOnce }
}

/** The options of a poll with the secret that its votes are encrypted with; null for other messages. */
export function pollOf(message: proto.IMessage): { options: string[]; secret: Uint8Array | null } | null {
  const inner = unwrap(message).message
  const poll = inner.pollCreationMessage ?? inner.pollCreationMessageV2 ?? inner.pollCreationMessageV3
  if (!poll) return null
  const secret = message.messageContextInfo?.messageSecret ?? inner.messageContextInfo?.messageSecret ?? null
  return { options: (poll.options ?? []).map(({ optionName }) => optionName ?? ''), secret }
}

function whole(value: unknown): number {
  const number = Number(value ?? 0)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}

function orNull(value: unknown): number | null {
  return value === null || value === undefined ? null : whole(value)
}

function fileBubble(
  kind: MediaKind,
  fields: proto.Message.IImageMessage & { seconds?: number | null },
  extra: Partial<FileDetails> = {},
): Bubble {
  const file = {
    name: null,
    mime: fields.mimetype || 'application/octet-stream',
    bytes: whole(fields.fileLength),
    width: orNull(fields.width),
    height: orNull(fields.height),
    durationS: orNull(fields.seconds),
    waveform: null,
    ...extra,
  }
  const details = { file, ...(fields.viewOnce ? { viewOnce: true as const } : {}) }
  return { kind, text: fields.caption ?? '', details, context: fields.contextInfo, media: { kind, fields } }
}

function audioBubble(audio: proto.Message.IAudioMessage): Bubble {
  const bars = audio.ptt ? audio.waveform : null
  const waveform = bars && bars.length > 0 ? Buffer.from(bars.subarray(0, 256)).toString('base64') : null
  return fileBubble(audio.ptt ? 'voice' : 'audio', audio, { waveform })
}

function fileOf(message: proto.IMessage): Bubble | null {
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = message
  const video = videoMessage ?? ptvMessage
  if (imageMessage) return fileBubble('image', imageMessage)
  if (video) return fileBubble('video', video)
  if (audioMessage) return audioBubble(audioMessage)
  if (stickerMessage) return fileBubble('sticker', stickerMessage)
  if (!documentMessage) return null
  return fileBubble('document', documentMessage, { name: documentMessage.fileName || documentMessage.title || null })
}

function placeOf({ locationMessage, liveLocationMessage }: proto.IMessage): Bubble | null {
  const point = liveLocationMessage ?? locationMessage
  if (!point) return null
  const location = {
    latitude: point.degreesLatitude ?? 0,
    longitude: point.degreesLongitude ?? 0,
    name: (!liveLocationMessage && locationMessage?.name) || null,
    address: (!liveLocationMessage && locationMessage?.address) || null,
    live: Boolean(liveLocationMessage ?? locationMessage?.isLive),
  }
  const text = (liveLocationMessage ? liveLocationMessage.caption : locationMessage?.comment) ?? ''
  return { kind: 'location', text, details: { location }, context: point.contextInfo }
}

function textOf({ conversation, extendedTextMessage: extended }: proto.IMessage): Bubble | null {
  if (extended) {
    const { matchedText: url, title, description } = extended
    const preview = url && (title || description)
    return {
      kind: 'text',
      text: extended.text ?? '',
      details: preview ? { preview: { url, title: title || null, description: description || null } } : {},
      context: extended.contextInfo,
    }
  }
  return conversation ? { kind: 'text', text: conversation, details: {}, context: null } : null
}

function bubbleOf(message: proto.IMessage): Bubble | null {
  const { contactMessage, contactsArrayMessage } = message
  const plain = textOf(message) ?? fileOf(message) ?? placeOf(message)
  if (plain) return plain
  const cards = contactMessage ? [contactMessage] : contactsArrayMessage?.contacts
  if (cards) {
    const contacts = cards.map((card) => readCard(card.vcard ?? '', card.displayName ?? ''))
    const context = (contactMessage ?? contactsArrayMessage)?.contextInfo
    return { kind: 'contact', text: '', details: { contacts }, context }
  }
  const poll = message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3
  if (!poll) return null
  const options = (poll.options ?? []).map(({ optionName }) => optionName ?? '')
  const details = { poll: { question: poll.name ?? '', options, multiple: poll.selectableOptionsCount !== 1 } }
  return { kind: 'poll', text: '', details, context: poll.contextInfo }
}

/** Only what applies: absent members are absent, as the neutral form demands. */
function withContext(scene: ReadScene, { details, context }: Bubble, viewOnce: boolean): Details | null {
  const mentions = (context?.mentionedJid ?? []).map((jid) => scene.canonical(jid))
  const expiresS = whole(context?.expiration)
  const all: Details = {
    ...details,
    ...(mentions.length > 0 ? { mentions } : {}),
    ...(context?.isForwarded || whole(context?.forwardingScore) > 0 ? { forwarded: true as const } : {}),
    ...(viewOnce ? { viewOnce: true as const } : {}),
    ...(expiresS > 0 ? { expiresS } : {}),
  }
  return Object.keys(all).length > 0 ? all : null
}

function change(
  kind: MessageContent['kind'],
  target: string | null | undefined,
  details: Details | null,
  text = '',
): ReadMessage {
  const content = { kind, text, entities: [], reply: null, target: target ?? null, details }
  return { content, media: null }
}

function protocolOf(scene: ReadScene, protocol: proto.Message.IProtocolMessage): ReadMessage | null {
  const { Type } = proto.Message.ProtocolMessage
  const target = protocol.key?.id
  switch (protocol.type) {
    case Type.MESSAGE_EDIT: {
      const edited = protocol.editedMessage && bubbleOf(unwrap(protocol.editedMessage).message)
      if (!edited || !target) return null
      const mentions = (edited.context?.mentionedJid ?? []).map((jid) => scene.canonical(jid))
      return change('edit', target, mentions.length > 0 ? { mentions } : null, edited.text)
    }
    case Type.REVOKE:
      return target ? change('delete', target, null) : null
    case Type.EPHEMERAL_SETTING: {
      const seconds = whole(protocol.ephemeralExpiration)
      return change('service', null, { service: { event: 'timer', members: [], text: null, seconds } })
    }
    default:
      return null
  }
}

/** The chosen options by their text; null when the poll is not known or the vote cannot be read. */
function voteOf(scene: ReadScene, update: proto.Message.IPollUpdateMessage): ReadMessage | null {
  const known = scene.find(update.pollCreationMessageKey?.id ?? '')
  const poll = known && pollOf(known.message)
  if (!known || !poll?.secret || !update.vote) return null
  // Conversations by number name both sides by number.
  for (const server of [LID_SERVER, PN_SERVER]) {
    try {
      const voting = { pollId: known.id, creator: known.author.jid(server), voter: scene.author.jid(server) }
      const hashes = decryptVote({ ...voting, secret: poll.secret }, update.vote)
      const vote = poll.options.filter((option) => hashes.some((hash) => hash.equals(optionHash(option))))
      return change('vote', known.id, { vote })
    } catch {
      // The other addressing may fit.
    }
  }
  return null
}

function readAny(scene: ReadScene, outer: proto.IMessage): ReadMessage | null {
  const { message, viewOnce } = unwrap(outer)
  const { protocolMessage, reactionMessage, pollUpdateMessage } = message
  if (protocolMessage) return protocolOf(scene, protocolMessage)
  if (reactionMessage) return change('reaction', reactionMessage.key?.id, { emoji: reactionMessage.text || null })
  if (pollUpdateMessage) return voteOf(scene, pollUpdateMessage)
  const found = bubbleOf(message)
  if (!found) return null
  const { kind, text, context } = found
  const details = withContext(scene, found, viewOnce)
  const content = { kind, text, entities: [], reply: context?.stanzaId || null, target: null, details }
  return { content, media: found.media ?? null }
}

/** Null for what a phone shows nothing of: unknown kinds, housekeeping, impossible values. */
export function readMessage(scene: ReadScene, message: proto.IMessage): ReadMessage | null {
  const read = readAny(scene, message)
  return read?.content.details && !detailsSchema.safeParse(read.content.details).success ? null : read
}
