/** The media kinds of a message: what their sender says of the file, and what a download needs. */
import type { FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import { encodeReference } from './media/reference.ts'
import type { MediaType } from './media/reference.ts'
import type { MediaOffer } from '../channel.ts'
import type { Fields } from './protobuf.ts'

/** Field numbers, which differ from kind to kind; 0: the kind has no such field. */
interface Layout {
  type: MediaType
  url: number
  mime: number
  sha256: number
  bytes: number
  key: number
  encSha256: number
  path: number
  caption: number
  seconds: number
  height: number
  width: number
  thumbnail: number
  viewOnce: number
}

const IMAGE: Layout = {
  type: 'image',
  url: 1,
  mime: 2,
  caption: 3,
  sha256: 4,
  bytes: 5,
  height: 6,
  width: 7,
  key: 8,
  encSha256: 9,
  path: 11,
  thumbnail: 16,
  viewOnce: 25,
  seconds: 0,
}
const VIDEO: Layout = {
  type: 'video',
  url: 1,
  mime: 2,
  sha256: 3,
  bytes: 4,
  seconds: 5,
  key: 6,
  caption: 7,
  height: 9,
  width: 10,
  encSha256: 11,
  path: 13,
  thumbnail: 16,
  viewOnce: 20,
}
const AUDIO: Layout = {
  type: 'audio',
  url: 1,
  mime: 2,
  sha256: 3,
  bytes: 4,
  seconds: 5,
  key: 7,
  encSha256: 8,
  path: 9,
  viewOnce: 21,
  caption: 0,
  height: 0,
  width: 0,
  thumbnail: 0,
}
const DOCUMENT: Layout = {
  type: 'document',
  url: 1,
  mime: 2,
  sha256: 4,
  bytes: 5,
  key: 7,
  encSha256: 9,
  path: 10,
  thumbnail: 16,
  caption: 20,
  seconds: 0,
  height: 0,
  width: 0,
  viewOnce: 0,
}
const STICKER: Layout = {
  type: 'sticker',
  url: 1,
  sha256: 2,
  encSha256: 3,
  key: 4,
  mime: 5,
  height: 6,
  width: 7,
  path: 8,
  bytes: 9,
  caption: 0,
  seconds: 0,
  thumbnail: 0,
  viewOnce: 0,
}
const AUDIO_IS_VOICE = 6
const AUDIO_WAVEFORM = 19
const DOCUMENT_NAME = 8
const DOCUMENT_TITLE = 3

/** By the number of the kind's field in `Message`; 66 is a round video note. */
const LAYOUTS: Record<number, Layout> = { 3: IMAGE, 7: DOCUMENT, 8: AUDIO, 9: VIDEO, 26: STICKER, 66: VIDEO }

export interface ReadMedia {
  kind: MediaKind
  caption: string
  file: FileDetails
  viewOnce: boolean
  /** Null where the message has no key or no place of the file. */
  offer: MediaOffer | null
}

const THUMBNAIL_LIMIT = 65_536
const BARS_LIMIT = 256
const SIDE_LIMIT = 1_000_000

function hexDigest(bytes: Uint8Array | null): string | null {
  return bytes?.length === 32 ? Buffer.from(bytes).toString('hex') : null
}

function jpeg(bytes: Uint8Array | null): Uint8Array | null {
  return bytes && bytes[0] === 0xff && bytes[1] === 0xd8 ? bytes : null
}

/** One byte a bar; what is higher than the scale counts as its end. */
function waveform(bars: Uint8Array | null): string | null {
  if (!bars || bars.length === 0) return null
  return Buffer.from(bars.subarray(0, BARS_LIMIT).map((bar) => Math.min(bar, 100))).toString('base64')
}

function offerOf(fields: Fields, layout: Layout): MediaOffer | null {
  const key = fields.bytes(layout.key)
  const directPath = fields.text(layout.path, 4096) || null
  const url = fields.text(layout.url, 4096) || null
  if (key?.length !== 32 || (directPath === null && url === null)) return null
  const sha256 = hexDigest(fields.bytes(layout.sha256))
  const bytes = fields.number(layout.bytes)
  const encSha256 = hexDigest(fields.bytes(layout.encSha256))
  const reference = encodeReference({ type: layout.type, key, directPath, url, sha256, encSha256, bytes })
  const thumbnail = layout.thumbnail === 0 ? null : jpeg(fields.shortBytes(layout.thumbnail, THUMBNAIL_LIMIT))
  return { reference, bytes, sha256, thumbnail }
}

/** `number`: the kind's field in `Message`. Null for kinds that carry no file. Throws MalformedMessage. */
export function readMedia(number: number, fields: Fields): ReadMedia | null {
  const layout = Object.hasOwn(LAYOUTS, number) ? LAYOUTS[number] : undefined
  if (!layout) return null
  const isVoice = layout === AUDIO && fields.flag(AUDIO_IS_VOICE)
  const name = layout === DOCUMENT ? fields.text(DOCUMENT_NAME, 512) || fields.text(DOCUMENT_TITLE, 512) : null
  return {
    kind: isVoice ? 'voice' : layout.type,
    caption: layout.caption === 0 ? '' : (fields.text(layout.caption) ?? ''),
    file: {
      name: name || null,
      mime: fields.text(layout.mime, 128) || 'application/octet-stream',
      bytes: fields.number(layout.bytes) ?? 0,
      width: layout.width === 0 ? null : fields.number(layout.width, SIDE_LIMIT),
      height: layout.height === 0 ? null : fields.number(layout.height, SIDE_LIMIT),
      durationS: layout.seconds === 0 ? null : fields.number(layout.seconds),
      waveform: isVoice ? waveform(fields.bytes(AUDIO_WAVEFORM)) : null,
    },
    viewOnce: layout.viewOnce !== 0 && fields.flag(layout.viewOnce),
    offer: offerOf(fields, layout),
  }
}
