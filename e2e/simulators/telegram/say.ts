/** Turns what the control API says into a post: text with entities, files, places, cards, polls, calls. */
import type { Details, Entity, FileDetails } from '../../../shared/contracts/neutral-message.ts'
import { SimulatorError, type SayRequest } from '../provider.ts'
import type { NewPost } from './exchange.ts'
import type { FileStore } from './files.ts'
import { DEFAULT_DC } from './methods/media.ts'
import type { Media, Poll, TelegramUser } from './model.ts'
import { optionBytes, packBars } from './neutral.ts'
import { pictureSize } from './picture-size.ts'
import { MAX_TL_STRING_BYTES, type TlObject } from './tl-codec.ts'
import { simulatorSchema, NEWEST_LAYER } from './tl-schema.ts'
import type { TelegramWorld } from './world.ts'

export interface SayContext {
  world: TelegramWorld
  files: FileStore
  newPoll: (poll: Pick<Poll, 'question' | 'options' | 'multiple' | 'publicVoters'>) => Poll
}

type Content = Omit<NewPost, 'author' | 'peer' | 'origin' | 'randomId' | 'replyTo'>

/** ttl_seconds of a file that may be looked at once. */
export const VIEW_ONCE_SECONDS = 0x7fffffff
const LIVE_LOCATION_SECONDS = 900

function bad(message: string): never {
  throw new SimulatorError('bad_request', message)
}

/** bold → messageEntityBold; what an entity needs beyond its place is made up. */
function entityObject(entity: Entity, mentions: string[]): TlObject {
  const name = entity.type.replace(/(^|_)([a-z])/g, (_all, _mark, letter: string) => letter.toUpperCase())
  const base: TlObject = { _: `messageEntity${name}`, offset: entity.offset, length: entity.length }
  try {
    simulatorSchema().get(base._, NEWEST_LAYER)
  } catch {
    return bad(`Telegram has no entity ${entity.type}`)
  }
  if (entity.type === 'text_url') return { ...base, url: entity.url ?? 'https://example.com/' }
  if (entity.type === 'pre') return { ...base, language: '' }
  if (entity.type === 'custom_emoji') return { ...base, document_id: 1n }
  if (entity.type !== 'mention_name') return base
  const id = /^user:(\d+)$/.exec(mentions.shift() ?? '')?.[1]
  return { ...base, user_id: BigInt(id ?? bad('details.mentions names a user for each mention_name entity')) }
}

export function entityObjects(entities: Entity[], mentions: string[]): TlObject[] {
  const left = [...mentions]
  return entities.map((entity) => entityObject(entity, left))
}

/** What a request says, as a post. Throws SimulatorError('bad_request'). */
export function contentOf(request: SayRequest, author: TelegramUser, context: SayContext): Content {
  const details = request.details ?? {}
  const text = request.text.toWellFormed()
  if (Buffer.byteLength(text) > MAX_TL_STRING_BYTES) bad('text is over 16 MB')
  if (request.kind === 'call') return { action: callAction(details, context), ttlSeconds: 0 }
  return {
    text,
    entities: entityObjects(request.entities, details.mentions ?? []),
    media: mediaOf(request, details, text, context),
    forward: details.forwarded ? { from: author, date: context.world.date() } : null,
    album: details.album === undefined ? null : albumId(details.album),
    ...(details.expiresS === undefined ? {} : { ttlSeconds: details.expiresS }),
  }
}

function albumId(album: string): bigint {
  return /^\d{1,18}$/.test(album) ? BigInt(album) : bad('details.album is a decimal grouped_id')
}

function callAction(details: Details, { world }: SayContext): TlObject {
  const call = details.call ?? { video: false, outcome: 'missed' as const, durationS: null }
  if (call.outcome === 'ringing') bad('Telegram tells of a call when it has ended')
  const reasons = { missed: 'Missed', declined: 'Busy', answered: 'Hangup' }
  return {
    _: 'messageActionPhoneCall',
    video: call.video,
    call_id: world.secret(`call ${world.now()}`).readBigInt64LE(),
    reason: { _: `phoneCallDiscardReason${reasons[call.outcome]}` },
    duration: call.outcome === 'answered' ? (call.durationS ?? 0) : undefined,
  }
}

function mediaOf(request: SayRequest, details: Details, text: string, context: SayContext): Media | null {
  switch (request.kind) {
    case 'text':
      if (text === '') bad('a message has text')
      return details.preview ? { kind: 'webpage', ...details.preview } : null
    case 'location':
      return geoOf(details)
    case 'contact':
      return contactOf(details, context)
    case 'poll':
      return pollOf(details, context)
    case 'image':
    case 'video':
    case 'voice':
    case 'audio':
    case 'document':
    case 'sticker':
      return fileOf(request, details, context)
    default:
      return bad(`${request.kind} cannot be said`)
  }
}

function geoOf({ location }: Details): Media {
  if (!location) return bad('details.location is missing')
  const { latitude, longitude, name, address, live } = location
  const venue = name !== null || address !== null ? { title: name ?? '', address: address ?? '' } : null
  if (live && venue) bad('a live location has no name or address on Telegram')
  return { kind: 'geo', latitude, longitude, venue, period: live ? LIVE_LOCATION_SECONDS : null }
}

function contactOf({ contacts }: Details, { world }: SayContext): Media {
  const [contact, more] = contacts ?? []
  if (!contact || more || contact.phones.length > 1) return bad('Telegram sends one contact with one number at a time')
  const phone = contact.phones[0] ?? ''
  const userId = world.userByPhone(phone.replace(/\D/g, ''))?.id ?? 0
  const [firstName = '', ...rest] = contact.name.split(' ')
  return { kind: 'contact', phone, firstName, lastName: rest.join(' '), vcard: '', userId }
}

function pollOf({ poll }: Details, context: SayContext): Media {
  if (!poll) return bad('details.poll is missing')
  const options = poll.options.map((text, index) => ({ text, option: optionBytes(index) }))
  const { question, multiple } = poll
  return { kind: 'poll', poll: context.newPoll({ question, options, multiple, publicVoters: true }) }
}

const MIMES = {
  image: 'image/jpeg',
  video: 'video/mp4',
  voice: 'audio/ogg',
  audio: 'audio/mpeg',
  document: 'application/octet-stream',
  sticker: 'image/webp',
}

function fileOf(request: SayRequest, details: Details, { files }: SayContext): Media {
  const { media } = request
  if (!media || media.kind !== request.kind) return bad('media is the file of this kind')
  const bytes = Buffer.from(media.bytes)
  const given = details.file
  const mime = given?.mime || MIMES[media.kind]
  const ttlSeconds = details.viewOnce ? VIEW_ONCE_SECONDS : null
  if (media.kind === 'image') {
    const seen = pictureSize(bytes)
    const width = given?.width ?? seen?.width ?? 1280
    const height = given?.height ?? seen?.height ?? 960
    const common = { mime: 'image/jpeg', attributes: [], thumbnail: 'draw' as const, dcId: DEFAULT_DC }
    return { kind: 'photo', file: files.add({ bytes, width, height, ...common }), ttlSeconds }
  }
  const attributes = attributesOf(media.kind, given ?? null)
  const drawn = media.kind === 'video' || media.kind === 'sticker' || mime.startsWith('image/')
  const [width, height] = [given?.width ?? 0, given?.height ?? 0]
  const thumbnail = drawn ? ('draw' as const) : null
  const file = files.add({ bytes, mime, width, height, attributes, thumbnail, dcId: DEFAULT_DC })
  return { kind: 'document', file, ttlSeconds }
}

/** The attributes that make a document a film, a voice note and so on. */
function attributesOf(kind: Exclude<keyof typeof MIMES, 'image'>, file: FileDetails | null): TlObject[] {
  const [w, h] = [file?.width ?? 0, file?.height ?? 0]
  const duration = file?.durationS ?? 0
  const attributes: TlObject[] = []
  if (kind === 'video') attributes.push({ _: 'documentAttributeVideo', supports_streaming: true, duration, w, h })
  else if (typeof file?.width === 'number' && typeof file.height === 'number')
    attributes.push({ _: 'documentAttributeImageSize', w, h })
  if (kind === 'voice' || kind === 'audio') {
    const bars = file?.waveform ? packBars(Buffer.from(file.waveform, 'base64')) : undefined
    attributes.push({ _: 'documentAttributeAudio', voice: kind === 'voice', duration, waveform: bars })
  }
  if (kind === 'sticker')
    attributes.push({ _: 'documentAttributeSticker', alt: '🙂', stickerset: { _: 'inputStickerSetEmpty' } })
  if (typeof file?.name === 'string') attributes.push({ _: 'documentAttributeFilename', file_name: file.name })
  return attributes
}
