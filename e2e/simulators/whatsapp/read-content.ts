/** What a phone shows of a message that it has decrypted: WhatsApp's protobuf in the neutral form. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { Details, FileDetails, MediaKind, NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import { sha256 as hashOf } from './media-crypto.ts'
import { openVote } from './poll-votes.ts'
import type { KnownPoll } from './compose.ts'

export type ReadContent = Pick<NeutralMessage, 'kind' | 'text' | 'entities' | 'reply' | 'target' | 'media' | 'details'>

export interface ReadingPhone {
  /** The file behind a path; null when the server has none or it does not fit its key. */
  openFile(kind: MediaKind, directPath: string, mediaKey: Uint8Array): Buffer | null
  findPoll(id: string): KnownPoll | null
  /** Address of whoever wrote the message that is read. */
  author: string
}

/** Null for what is no message of a chat (keys, timers …). Throws when the bytes are no message, or a file does not open. */
export function readContent(bytes: Uint8Array, phone: ReadingPhone): ReadContent | null {
  return readMessage(unwrapped(proto.Message.decode(bytes)), phone)
}

export function unwrapped(message: proto.IMessage): proto.IMessage {
  const wrapper =
    message.ephemeralMessage ??
    message.documentWithCaptionMessage ??
    message.viewOnceMessage ??
    message.viewOnceMessageV2 ??
    message.editedMessage
  return wrapper?.message ? unwrapped(wrapper.message) : message
}

function base(kind: ReadContent['kind']): ReadContent {
  return { kind, text: '', entities: [], reply: null, target: null, media: null, details: null }
}

function readMessage(message: proto.IMessage, phone: ReadingPhone): ReadContent | null {
  const { conversation, extendedTextMessage, protocolMessage, reactionMessage, pollUpdateMessage } = message
  if (conversation) return { ...base('text'), text: conversation }
  if (extendedTextMessage) return readText(extendedTextMessage)
  if (protocolMessage) return readChange(protocolMessage)
  if (reactionMessage) {
    const details = { emoji: reactionMessage.text ? reactionMessage.text : null }
    return { ...base('reaction'), target: reactionMessage.key?.id ?? null, details }
  }
  if (pollUpdateMessage) return readVote(pollUpdateMessage, phone)
  return readMedia(message, phone) ?? readOther(message)
}

function contextDetails(context: proto.IContextInfo | null | undefined): Details {
  return {
    ...(context?.mentionedJid && context.mentionedJid.length > 0 ? { mentions: context.mentionedJid } : {}),
    ...(context?.isForwarded ? { forwarded: true as const } : {}),
    ...(context?.expiration ? { expiresS: context.expiration } : {}),
  }
}

function withContext(
  content: ReadContent,
  context: proto.IContextInfo | null | undefined,
  own: Details = {},
): ReadContent {
  const details = { ...own, ...contextDetails(context) }
  return {
    ...content,
    reply: context?.stanzaId ? context.stanzaId : null,
    details: Object.keys(details).length > 0 ? details : null,
  }
}

function readText(extended: proto.Message.IExtendedTextMessage): ReadContent {
  const { text, matchedText, title, description, contextInfo } = extended
  const preview = matchedText
    ? { preview: { url: matchedText, title: title || null, description: description || null } }
    : {}
  return withContext({ ...base('text'), text: text ?? '' }, contextInfo, preview)
}

function readChange({ type, key, editedMessage }: proto.Message.IProtocolMessage): ReadContent | null {
  const { MESSAGE_EDIT, REVOKE } = proto.Message.ProtocolMessage.Type
  const target = key?.id ?? null
  if (type === REVOKE) return { ...base('delete'), target }
  if (type !== MESSAGE_EDIT || !editedMessage) return null
  const { conversation, extendedTextMessage, imageMessage, videoMessage } = unwrapped(editedMessage)
  const text = conversation ?? extendedTextMessage?.text ?? imageMessage?.caption ?? videoMessage?.caption ?? ''
  return { ...base('edit'), target, text }
}

function readVote(
  { pollCreationMessageKey, vote }: proto.Message.IPollUpdateMessage,
  phone: ReadingPhone,
): ReadContent {
  const pollId = pollCreationMessageKey?.id ?? ''
  const poll = phone.findPoll(pollId)
  if (!poll || !vote?.encPayload || !vote.encIv) throw new Error('a vote on a poll that this phone does not know')
  const place = { pollId, creator: poll.creator, voter: phone.author }
  const chosen = openVote(poll.secret, place, { encPayload: vote.encPayload, encIv: vote.encIv }, poll.options)
  return { ...base('vote'), target: pollId, details: { vote: chosen } }
}

interface WireFile {
  directPath?: string | null
  mediaKey?: Uint8Array | null
  fileSha256?: Uint8Array | null
  mimetype?: string | null
  fileLength?: number | { toNumber(): number } | null
  contextInfo?: proto.IContextInfo | null
  width?: number | null
  height?: number | null
  seconds?: number | null
  caption?: string | null
  fileName?: string | null
  waveform?: Uint8Array | null
}

function readMedia(message: proto.IMessage, phone: ReadingPhone): ReadContent | null {
  const found: [MediaKind, WireFile | null | undefined][] = [
    ['image', message.imageMessage],
    ['video', message.videoMessage ?? message.ptvMessage],
    [message.audioMessage?.ptt ? 'voice' : 'audio', message.audioMessage],
    ['document', message.documentMessage],
    ['sticker', message.stickerMessage],
  ]
  const [kind, wire] = found.find(([, one]) => one) ?? []
  if (!kind || !wire) return null
  const plain = wire.directPath && wire.mediaKey ? phone.openFile(kind, wire.directPath, wire.mediaKey) : null
  if (!plain) throw new Error(`the file of ${kind} does not open`)
  const media = sha256Hex(plain)
  if (wire.fileSha256 && Buffer.from(wire.fileSha256).toString('hex') !== media)
    throw new Error('the file has another hash')
  const content = { ...base(kind), text: wire.caption ?? '', media }
  return withContext(content, wire.contextInfo, { file: fileOf(kind, wire) })
}

function sha256Hex(bytes: Buffer): string {
  return hashOf(bytes).toString('hex')
}

function fileOf(kind: MediaKind, wire: WireFile): FileDetails {
  const isSeen = kind === 'image' || kind === 'video' || kind === 'sticker'
  const isHeard = kind === 'video' || kind === 'voice' || kind === 'audio'
  return {
    name: kind === 'document' ? (wire.fileName ?? null) : null,
    mime: wire.mimetype ?? '',
    bytes: Number(wire.fileLength ?? 0),
    width: isSeen ? wire.width || null : null,
    height: isSeen ? wire.height || null : null,
    durationS: isHeard ? (wire.seconds ?? null) : null,
    waveform: kind === 'voice' && wire.waveform?.length ? Buffer.from(wire.waveform).toString('base64') : null,
  }
}

function readOther(message: proto.IMessage): ReadContent | null {
  const { locationMessage, liveLocationMessage, contactMessage, contactsArrayMessage } = message
  if (locationMessage ?? liveLocationMessage) return readLocation(message)
  if (contactMessage)
    return withContext(base('contact'), contactMessage.contextInfo, { contacts: [card(contactMessage)] })
  if (contactsArrayMessage) {
    const contacts = (contactsArrayMessage.contacts ?? []).map(card)
    return withContext(base('contact'), contactsArrayMessage.contextInfo, { contacts })
  }
  const poll =
    message.pollCreationMessage ??
    message.pollCreationMessageV2 ??
    message.pollCreationMessageV3 ??
    message.pollCreationMessageV5
  if (!poll) return null
  const options = (poll.options ?? []).map((option) => option.optionName ?? '')
  const multiple = poll.selectableOptionsCount !== 1
  return withContext(base('poll'), poll.contextInfo, { poll: { question: poll.name ?? '', options, multiple } })
}

function readLocation({ locationMessage, liveLocationMessage }: proto.IMessage): ReadContent {
  const place = locationMessage ?? liveLocationMessage
  const location = {
    latitude: place?.degreesLatitude ?? 0,
    longitude: place?.degreesLongitude ?? 0,
    name: (locationMessage ? locationMessage.name : liveLocationMessage?.caption) || null,
    address: locationMessage?.address || null,
    live: !locationMessage,
  }
  return withContext(base('location'), place?.contextInfo, { location })
}

function card({ displayName, vcard }: proto.Message.IContactMessage): { name: string; phones: string[] } {
  const phones = [...(vcard ?? '').matchAll(/^(?:item\d+\.)?TEL[^:\r\n]*:(.*)$/gim)].map((match) => match[1]!.trim())
  return { name: displayName ?? '', phones }
}
