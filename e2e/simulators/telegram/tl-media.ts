/** Media as TL objects: what a message carries beside its text, and what clients hand in. */
import type { FileStore, StoredFile } from './files.ts'
import type { Media, Poll, TelegramUser } from './model.ts'
import type { TlObject } from './tl-codec.ts'

/** From this width on a picture is stored progressively, as Telegram does with large ones. */
const PROGRESSIVE_FROM = 1000

function thumbnailSizes(file: StoredFile): TlObject[] {
  const { thumbnail } = file
  if (!thumbnail) return []
  const { bytes, stripped, width: w, height: h } = thumbnail
  return [
    { _: 'photoStrippedSize', type: 'i', bytes: stripped },
    { _: 'photoSize', type: 'm', w, h, size: bytes.length },
  ]
}

/** The name of the size that holds the whole picture. */
export function wholeSize(file: StoredFile): 'x' | 'y' {
  return file.width >= PROGRESSIVE_FROM ? 'y' : 'x'
}

export function photoObject(file: StoredFile, files: FileStore): TlObject {
  const { width: w, height: h } = file
  const size = file.bytes.length
  const whole: TlObject =
    wholeSize(file) === 'y'
      ? { _: 'photoSizeProgressive', type: 'y', w, h, sizes: [Math.ceil(size / 4), Math.ceil(size / 2), size] }
      : { _: 'photoSize', type: 'x', w, h, size }
  return {
    _: 'photo',
    id: file.id,
    access_hash: file.accessHash,
    file_reference: files.reference(file),
    date: file.date,
    sizes: [...thumbnailSizes(file), whole],
    dc_id: file.dcId,
  }
}

export function documentObject(file: StoredFile, files: FileStore): TlObject {
  const thumbs = thumbnailSizes(file)
  return {
    _: 'document',
    id: file.id,
    access_hash: file.accessHash,
    file_reference: files.reference(file),
    date: file.date,
    mime_type: file.mime,
    size: BigInt(file.bytes.length),
    thumbs: thumbs.length > 0 ? thumbs : undefined,
    dc_id: file.dcId,
    attributes: file.attributes,
  }
}

function documentMedia(file: StoredFile, ttlSeconds: number | null, files: FileStore): TlObject {
  const has = (name: string): TlObject | undefined => file.attributes.find((attribute) => attribute._ === name)
  return {
    _: 'messageMediaDocument',
    video: has('documentAttributeVideo') !== undefined,
    round: has('documentAttributeVideo')?.['round_message'] === true,
    voice: has('documentAttributeAudio')?.['voice'] === true,
    document: documentObject(file, files),
    ttl_seconds: ttlSeconds ?? undefined,
  }
}

function plainText(text: string): TlObject {
  return { _: 'textWithEntities', text, entities: [] }
}

export function pollObject(poll: Poll): TlObject {
  return {
    _: 'poll',
    id: poll.id,
    closed: poll.closed,
    public_voters: poll.publicVoters,
    multiple_choice: poll.multiple,
    question: plainText(poll.question),
    answers: poll.options.map(({ text, option }) => ({ _: 'pollAnswer', text: plainText(text), option })),
    hash: 0n,
  }
}

const RECENT_VOTERS = 3

/** The results as the viewer may see them: the numbers of each option only after a vote of their own, or at the poll's end. */
export function pollResults(poll: Poll, viewer: TelegramUser, author: TelegramUser): TlObject {
  const own = poll.votes.get(viewer)
  const isOpen = own !== undefined || poll.closed || author === viewer
  const recent = [...poll.votes.keys()].slice(-RECENT_VOTERS).reverse()
  const voters = (index: number): number =>
    [...poll.votes.values()].filter((vote) => vote.chosen.includes(index)).length
  return {
    _: 'pollResults',
    results: isOpen
      ? poll.options.map(({ option }, index) => ({
          _: 'pollAnswerVoters',
          chosen: own?.chosen.includes(index) ?? false,
          option,
          voters: voters(index),
          recent_voters: [],
        }))
      : undefined,
    total_voters: poll.votes.size,
    recent_voters:
      poll.publicVoters && recent.length > 0
        ? recent.map((user) => ({ _: 'peerUser', user_id: BigInt(user.id) }))
        : undefined,
  }
}

function webPage(media: Media & { kind: 'webpage' }, id: bigint): TlObject {
  const { url, title, description } = media
  return {
    _: 'webPage',
    id,
    url,
    display_url: url.replace(/^https?:\/\//, ''),
    hash: 0,
    type: 'article',
    title: title ?? undefined,
    description: description ?? undefined,
  }
}

function geoMedia(media: Media & { kind: 'geo' }): TlObject {
  const geo = { _: 'geoPoint', long: media.longitude, lat: media.latitude, access_hash: 0n }
  if (media.period !== null) return { _: 'messageMediaGeoLive', geo, period: media.period }
  if (!media.venue) return { _: 'messageMediaGeo', geo }
  return { _: 'messageMediaVenue', geo, ...media.venue, provider: '', venue_id: '', venue_type: '' }
}

/** A message's media as this viewer gets it. */
export function mediaObject(media: Media, viewer: TelegramUser, author: TelegramUser, files: FileStore): TlObject {
  switch (media.kind) {
    case 'photo':
      return {
        _: 'messageMediaPhoto',
        photo: photoObject(media.file, files),
        ttl_seconds: media.ttlSeconds ?? undefined,
      }
    case 'document':
      return documentMedia(media.file, media.ttlSeconds, files)
    case 'geo':
      return geoMedia(media)
    case 'contact':
      return {
        _: 'messageMediaContact',
        phone_number: media.phone,
        first_name: media.firstName,
        last_name: media.lastName,
        vcard: media.vcard,
        user_id: BigInt(media.userId),
      }
    case 'poll':
      return {
        _: 'messageMediaPoll',
        poll: pollObject(media.poll),
        results: pollResults(media.poll, viewer, author),
      }
    case 'webpage':
      return { _: 'messageMediaWebPage', webpage: webPage(media, BigInt(author.id)) }
    case 'unsupported':
      return { _: 'messageMediaUnsupported' }
  }
}
