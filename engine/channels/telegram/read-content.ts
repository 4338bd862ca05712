/** Reads what a Telegram message says: text, file, place, card or poll, in the neutral form. */
import type { Api } from 'telegram/index.js'
import { linkTarget, type Details, type Entity, type MessageKind } from '../../../shared/contracts/neutral-message.ts'
import type { StoredMedia } from './inbox-row.ts'
import { digestOf } from './message-memory.ts'
import { userAddress } from './peers.ts'
import { type ExpandThumbnail, readDocument, readPhoto } from './read-file.ts'

export interface ReadContent {
  kind: MessageKind
  text: string
  entities: Entity[]
  details: Details | null
  media: StoredMedia | null
  /** Names the file or the place; a change of it is an edit. */
  shows: string | null
  poll: Api.Poll | null
}

type Said = Pick<Api.UpdateShortMessage, 'message' | 'entities' | 'fwdFrom' | 'ttlPeriod'> &
  Partial<Pick<Api.Message, 'media' | 'groupedId' | 'richMessage'>>
type Shown = Pick<ReadContent, 'kind' | 'details' | 'media' | 'shows'> & { poll?: Api.Poll }

const entitiesAtMost = 1024

/** A string: why the message cannot be shown and is kept raw. */
export function readContent(message: Said, expand: ExpandThumbnail): ReadContent | string {
  const shown = message.media ? readMedia(message.media, expand) : plain
  if (typeof shown === 'string') return shown
  if (shown.kind === 'text' && message.message === '') return message.richMessage ? 'rich_message' : 'no_text'
  const given = (message.entities ?? []).slice(0, entitiesAtMost)
  const details: Details = { ...shown.details, ...describe(message, given) }
  return {
    poll: null,
    ...shown,
    text: message.message,
    entities: given.map(neutralEntity),
    details: Object.keys(details).length === 0 ? null : details,
  }
}

const plain: Shown = { kind: 'text', details: null, media: null, shows: null }

function describe(message: Said, entities: Api.TypeMessageEntity[]): Details {
  const details: Details = {}
  const mentions = entities
    .filter((entity) => entity.className === 'MessageEntityMentionName')
    .map(({ userId }) => userAddress(userId.toString()))
  if (mentions.length > 0) details.mentions = mentions
  if (message.fwdFrom) details.forwarded = true
  if (message.ttlPeriod && message.ttlPeriod > 0) details.expiresS = message.ttlPeriod
  if (message.groupedId) details.album = message.groupedId.toString()
  return details
}

function readMedia(media: Api.TypeMessageMedia, expand: ExpandThumbnail): Shown | string {
  switch (media.className) {
    case 'MessageMediaEmpty':
      return plain
    case 'MessageMediaWebPage':
      return { ...plain, details: readPreview(media.webpage) }
    case 'MessageMediaPhoto':
      return readShownFile(readPhoto(media.photo, expand), media.ttlSeconds) ?? gone('image', 'image/jpeg', media)
    case 'MessageMediaDocument':
      return (
        readShownFile(readDocument(media.document, expand), media.ttlSeconds) ??
        gone(media.voice ? 'voice' : 'video', media.voice ? 'audio/ogg' : 'video/mp4', media)
      )
    case 'MessageMediaGeo':
      return readLocation(media.geo, null, false)
    case 'MessageMediaGeoLive':
      return readLocation(media.geo, null, true)
    case 'MessageMediaVenue':
      return readLocation(media.geo, media, false)
    case 'MessageMediaContact': {
      const name = [media.firstName, media.lastName].filter(Boolean).join(' ').slice(0, 512)
      const phones = media.phoneNumber ? [media.phoneNumber.slice(0, 64)] : []
      return { kind: 'contact', details: { contacts: [{ name, phones }] }, media: null, shows: null }
    }
    case 'MessageMediaPoll':
      return readPoll(media.poll)
    default:
      return `media:${media.className}`
  }
}

function readShownFile(read: ReturnType<typeof readPhoto>, ttlSeconds: number | undefined): Shown | null {
  if (!read) return null
  const details: Details = { file: read.file }
  // Its sender wants it gone after one look; it is looked at on the phone, and nobody fetches it here.
  if (ttlSeconds) details.viewOnce = true
  return { kind: read.kind, details, media: ttlSeconds ? null : read.media, shows: read.id }
}

/** A file that has burnt already; without such a time to live nothing is known of it. */
function gone(kind: 'image' | 'video' | 'voice', mime: string, media: { className: string; ttlSeconds?: number }) {
  if (!media.ttlSeconds) return `media:${media.className}:empty`
  const file = { name: null, mime, bytes: 0, width: null, height: null, durationS: null, waveform: null }
  return { kind, details: { file, viewOnce: true as const }, media: null, shows: null }
}

function readPreview(page: Api.TypeWebPage): Details | null {
  if (page.className !== 'WebPage') return null
  const title = page.title?.slice(0, 1024) || page.siteName?.slice(0, 1024) || null
  return { preview: { url: page.url.slice(0, 4096), title, description: page.description?.slice(0, 4096) || null } }
}

function readLocation(geo: Api.TypeGeoPoint, venue: Api.MessageMediaVenue | null, live: boolean): Shown | string {
  if (geo.className !== 'GeoPoint') return 'location:empty'
  const { lat: latitude, long: longitude } = geo
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return 'location:out_of_range'
  const name = venue?.title.slice(0, 512) || null
  const address = venue?.address.slice(0, 1024) || null
  const location = { latitude, longitude, name, address, live }
  return { kind: 'location', details: { location }, media: null, shows: `${latitude},${longitude}` }
}

function readPoll(poll: Api.Poll): Shown | string {
  const options = poll.answers.slice(0, 32).map(({ text }) => text.text.slice(0, 512))
  if (options.length === 0) return 'poll:empty'
  const question = poll.question.text.slice(0, 1024)
  const multiple = poll.multipleChoice === true
  return { kind: 'poll', details: { poll: { question, options, multiple } }, media: null, shows: null, poll }
}

/** `MessageEntityTextUrl` → `text_url`; offsets stay in UTF-16 units as Telegram counts them. */
export function neutralEntity(entity: Api.TypeMessageEntity): Entity {
  const type = entity.className
    .replace(/^(Input)?MessageEntity/, '')
    .replace(/(?<!^)([A-Z])/g, '_$1')
    .toLowerCase()
  const url = entity.className === 'MessageEntityTextUrl' ? linkTarget(entity.url) : null
  const place = { offset: Math.max(0, entity.offset), length: Math.max(0, entity.length) }
  return { type: type.slice(0, 32), ...place, ...(url === null ? {} : { url }) }
}

/** What must be remembered of a message so that a change of it can be told from a mere notice. */
export function seenOf(at: string, content: ReadContent, edit: number | null) {
  return { at, said: digestOf(content.text, content.entities), shows: content.shows, edit }
}
