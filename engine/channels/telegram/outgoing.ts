/** From neutral content to the request that Telegram understands. */
import type { Api } from 'telegram/index.js'
import type { Entity } from '../../../shared/contracts/neutral-message.ts'
import { type OutgoingFile, type SendRequest } from '../channel.ts'
import { fault } from './faults.ts'
import type { TelegramLibrary } from './library.ts'
import { packWaveform } from './read-file.ts'
import type { UploadedFile } from './upload.ts'

type InputPeer = Api.InputPeerUser | Api.InputPeerChat | Api.InputPeerChannel
type BubbleRequest = Api.messages.SendMessage | Api.messages.SendMedia

export interface OutgoingContext {
  library: TelegramLibrary
  peer: InputPeer
  /** For mentions; null where the account may not name this person. */
  inputUser(address: string): Api.InputUser | null
}

const photoBytes = 10 * 1024 * 1024
const photoTypes = new Set(['image/jpeg', 'image/png', 'image/webp'])

export class Unsendable extends Error {
  readonly fault
  constructor(code: string, text: string) {
    super(text)
    this.fault = fault(code, text)
  }
}

/** Throws Unsendable for what Telegram has no form for. */
export function bubbleRequest(
  context: OutgoingContext,
  request: SendRequest,
  uploaded: UploadedFile | null,
): BubbleRequest {
  const { library, peer } = context
  const { Api } = library
  const { content, clientId } = request
  const shared = {
    peer,
    message: content.text,
    randomId: library.toLong(clientId),
    replyTo: content.reply ? new Api.InputReplyToMessage({ replyToMsgId: Number(content.reply) }) : undefined,
    entities: inputEntities(context, content.entities, content.details?.mentions ?? []),
  }
  if (content.kind === 'text') return new Api.messages.SendMessage({ ...shared, noWebpage: true })
  return new Api.messages.SendMedia({ ...shared, media: inputMedia(library, request, uploaded) })
}

/** Telegram takes the words and the file from the original itself. */
export function forwardRequest(
  { library, peer }: OutgoingContext,
  { clientId, origin }: SendRequest,
  fromPeer: InputPeer,
): Api.messages.ForwardMessages {
  return new library.Api.messages.ForwardMessages({
    fromPeer,
    id: [Number(origin?.providerId)],
    randomId: [library.toLong(clientId)],
    toPeer: peer,
  })
}

function inputMedia(library: TelegramLibrary, request: SendRequest, uploaded: UploadedFile | null): Api.TypeInputMedia {
  const { Api, toLong } = library
  const { content, file } = request
  const details = content.details ?? {}
  if (uploaded && file) return fileMedia(library, content.kind, file, uploaded)
  if (content.kind === 'location' && details.location) {
    const { latitude, longitude, name, address } = details.location
    const geoPoint = new Api.InputGeoPoint({ lat: latitude, long: longitude })
    if (name === null && address === null) return new Api.InputMediaGeoPoint({ geoPoint })
    return new Api.InputMediaVenue({
      geoPoint,
      title: name ?? '',
      address: address ?? '',
      provider: '',
      venueId: '',
      venueType: '',
    })
  }
  if (content.kind === 'contact') return contactMedia(library, details.contacts ?? [])
  if (content.kind === 'poll' && details.poll) {
    const { question, options, multiple } = details.poll
    const plain = (text: string) => new Api.TextWithEntities({ text, entities: [] })
    const answers = options.map(
      (text, index) => new Api.PollAnswer({ text: plain(text), option: Buffer.from([48 + index]) }),
    )
    // Who voted for what is a change of the conversation like any other: it is kept, so it is not secret.
    const poll = new Api.Poll({
      id: toLong(0),
      question: plain(question),
      answers,
      multipleChoice: multiple,
      publicVoters: true,
      hash: toLong(0),
    })
    return new Api.InputMediaPoll({ poll })
  }
  throw new Unsendable('telegram_content_incomplete', 'The message lacks what its kind needs')
}

function contactMedia(library: TelegramLibrary, contacts: { name: string; phones: string[] }[]) {
  const [contact, ...others] = contacts
  const [phone, ...phones] = contact?.phones ?? []
  if (!contact || phone === undefined || others.length > 0 || phones.length > 0)
    throw new Unsendable('telegram_one_contact', 'A Telegram card holds one person and one number')
  const [firstName = '', ...rest] = contact.name.split(' ')
  return new library.Api.InputMediaContact({ phoneNumber: phone, firstName, lastName: rest.join(' '), vcard: '' })
}

function fileMedia(
  { Api }: TelegramLibrary,
  kind: string,
  file: OutgoingFile,
  { file: input, thumb }: UploadedFile,
): Api.TypeInputMedia {
  if (kind === 'image' && file.bytes <= photoBytes && photoTypes.has(file.mime))
    return new Api.InputMediaUploadedPhoto({ file: input })
  const attributes: Api.TypeDocumentAttribute[] = []
  const duration = file.durationS ?? 0
  const w = file.width ?? 0
  const h = file.height ?? 0
  if (kind === 'video') attributes.push(new Api.DocumentAttributeVideo({ duration, w, h, supportsStreaming: true }))
  else if (kind === 'voice') {
    const waveform = file.waveform ? packWaveform(file.waveform) : undefined
    attributes.push(new Api.DocumentAttributeAudio({ voice: true, duration, waveform }))
  } else if (kind === 'audio') attributes.push(new Api.DocumentAttributeAudio({ duration }))
  else if (w > 0 && h > 0) attributes.push(new Api.DocumentAttributeImageSize({ w, h }))
  if (kind === 'sticker')
    attributes.push(new Api.DocumentAttributeSticker({ alt: '', stickerset: new Api.InputStickerSetEmpty() }))
  if (file.name !== null) attributes.push(new Api.DocumentAttributeFilename({ fileName: file.name }))
  const mimeType = file.mime || 'application/octet-stream'
  return new Api.InputMediaUploadedDocument({
    file: input,
    thumb,
    mimeType,
    attributes,
    forceFile: kind === 'document' ? true : undefined,
  })
}

/** What the neutral form cannot tell whole (a custom emoji, the language of code) goes as plain text. */
export function inputEntities(
  { library, inputUser }: OutgoingContext,
  entities: Entity[],
  mentions: string[],
): Api.TypeMessageEntity[] | undefined {
  const { Api } = library
  const made: Api.TypeMessageEntity[] = []
  const named = [...mentions]
  for (const { type, offset, length, url } of entities) {
    const at = { offset, length }
    if (type === 'mention_name') {
      const userId = inputUser(named.shift() ?? '')
      if (userId) made.push(new Api.InputMessageEntityMentionName({ ...at, userId }))
    } else if (type === 'bold') made.push(new Api.MessageEntityBold(at))
    else if (type === 'italic') made.push(new Api.MessageEntityItalic(at))
    else if (type === 'underline') made.push(new Api.MessageEntityUnderline(at))
    else if (type === 'strike') made.push(new Api.MessageEntityStrike(at))
    else if (type === 'spoiler') made.push(new Api.MessageEntitySpoiler(at))
    else if (type === 'code') made.push(new Api.MessageEntityCode(at))
    else if (type === 'text_url' && url) made.push(new Api.MessageEntityTextUrl({ ...at, url }))
    else if (type === 'pre') made.push(new Api.MessageEntityPre({ ...at, language: '' }))
    else if (type === 'blockquote') made.push(new Api.MessageEntityBlockquote(at))
  }
  return made.length > 0 ? made : undefined
}
