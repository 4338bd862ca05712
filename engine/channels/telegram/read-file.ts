/** Reads Telegram's photos and documents: what kind of message they make, what their sender says of the file, where it lies. */
import type { Api } from 'telegram/index.js'
import type { FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { StoredMedia } from './inbox-row.ts'
import { encodeReference, type MediaReference } from './media-reference.ts'

export interface ReadFile {
  kind: MediaKind
  file: FileDetails
  media: StoredMedia | null
  /** Telegram's own id of the file. */
  id: string
}

/** Makes a JPEG of the few bytes that Telegram sends as a first impression. */
export type ExpandThumbnail = (bytes: Buffer) => Buffer

const thumbnailBytes = 65_536
const waveformBars = 256

/** null: the photo is not there any more. */
export function readPhoto(photo: Api.TypePhoto | undefined, expand: ExpandThumbnail): ReadFile | null {
  if (photo?.className !== 'Photo') return null
  const largest = largestSize(photo.sizes)
  if (!largest) return null
  const id = photo.id.toString()
  return {
    kind: 'image',
    file: {
      name: null,
      mime: 'image/jpeg',
      bytes: count(largest.bytes),
      width: count(largest.w),
      height: count(largest.h),
      durationS: null,
      waveform: null,
    },
    media: storedMedia(
      { ...place(photo), type: 'photo', size: largest.type, bytes: largest.bytes },
      photo.sizes,
      expand,
    ),
    id,
  }
}

/** null: the document is not there any more. */
export function readDocument(document: Api.TypeDocument | undefined, expand: ExpandThumbnail): ReadFile | null {
  if (document?.className !== 'Document') return null
  const read = readAttributes(document.attributes)
  const bytes = Number(document.size.toString())
  const known = Number.isSafeInteger(bytes) && bytes >= 0
  return {
    kind: read.kind,
    file: {
      name: read.name,
      mime: document.mimeType.slice(0, 128),
      bytes: known ? bytes : 0,
      width: read.width,
      height: read.height,
      durationS: read.durationS,
      waveform: read.waveform,
    },
    media: storedMedia(
      { ...place(document), type: 'document', size: '', bytes: known ? bytes : null },
      document.thumbs ?? [],
      expand,
    ),
    id: document.id.toString(),
  }
}

function place(file: Api.Photo | Api.Document): Pick<MediaReference, 'v' | 'id' | 'hash' | 'reference' | 'dc'> {
  return {
    v: 1,
    id: file.id.toString(),
    hash: file.accessHash.toString(),
    reference: file.fileReference.toString('base64'),
    dc: file.dcId,
  }
}

function storedMedia(
  reference: MediaReference,
  sizes: Api.TypePhotoSize[],
  expand: ExpandThumbnail,
): StoredMedia | null {
  try {
    return { reference: encodeReference(reference), bytes: reference.bytes, thumbnail: readThumbnail(sizes, expand) }
  } catch {
    // A place that breaks the bounds cannot be asked for either.
    return null
  }
}

type Attributes = Pick<FileDetails, 'name' | 'width' | 'height' | 'durationS' | 'waveform'> & { kind: MediaKind }

function readAttributes(attributes: Api.TypeDocumentAttribute[]): Attributes {
  const read: Attributes = { kind: 'document', name: null, width: null, height: null, durationS: null, waveform: null }
  for (const attribute of attributes.slice(0, 32)) {
    switch (attribute.className) {
      case 'DocumentAttributeFilename':
        read.name = attribute.fileName.slice(0, 512)
        break
      case 'DocumentAttributeImageSize':
        read.width = count(attribute.w)
        read.height = count(attribute.h)
        break
      case 'DocumentAttributeVideo':
        // A moving sticker is a video as well.
        if (read.kind !== 'sticker') read.kind = 'video'
        read.width = count(attribute.w)
        read.height = count(attribute.h)
        read.durationS = count(Math.round(attribute.duration))
        break
      case 'DocumentAttributeAudio':
        read.kind = attribute.voice ? 'voice' : 'audio'
        read.durationS = count(attribute.duration)
        if (attribute.waveform && attribute.waveform.length > 0) read.waveform = readWaveform(attribute.waveform)
        break
      case 'DocumentAttributeSticker':
      case 'DocumentAttributeCustomEmoji':
        read.kind = 'sticker'
        break
      default:
    }
  }
  return read
}

/** Five bits a bar, little-endian, to base64 of one byte a bar from 0 to 100. */
export function readWaveform(packed: Uint8Array): string {
  const bars = Math.min(waveformBars, Math.floor((packed.length * 8) / 5))
  const bytes = Buffer.alloc(bars)
  for (let bar = 0; bar < bars; bar++) {
    const bit = bar * 5
    const pair = (packed[bit >> 3] ?? 0) | ((packed[(bit >> 3) + 1] ?? 0) << 8)
    bytes[bar] = Math.round((((pair >> (bit & 7)) & 31) * 100) / 31)
  }
  return bytes.toString('base64')
}

/** The way back of `readWaveform`. */
export function packWaveform(waveform: string): Buffer {
  const bars = Buffer.from(waveform, 'base64').subarray(0, waveformBars)
  const packed = Buffer.alloc(Math.ceil((bars.length * 5) / 8) + 1)
  bars.forEach((value, bar) => {
    const bit = bar * 5
    const shifted = Math.round((Math.min(100, value) * 31) / 100) << (bit & 7)
    packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (shifted & 255)
    packed[(bit >> 3) + 1] = (packed[(bit >> 3) + 1] ?? 0) | (shifted >> 8)
  })
  return packed.subarray(0, packed.length - 1)
}

function largestSize(sizes: Api.TypePhotoSize[]): { type: string; w: number; h: number; bytes: number } | null {
  let largest: { type: string; w: number; h: number; bytes: number } | null = null
  for (const size of sizes.slice(0, 64)) {
    if (!('w' in size)) continue
    const bytes = sizeBytes(size)
    if (!largest || size.w * size.h > largest.w * largest.h)
      largest = { type: size.type.slice(0, 8), w: size.w, h: size.h, bytes: count(bytes) }
  }
  return largest
}

function sizeBytes(size: Api.PhotoSize | Api.PhotoCachedSize | Api.PhotoSizeProgressive): number {
  if (size.className === 'PhotoSize') return size.size
  return size.className === 'PhotoCachedSize' ? size.bytes.length : Math.max(0, ...size.sizes.slice(0, 64))
}

function readThumbnail(sizes: Api.TypePhotoSize[], expand: ExpandThumbnail): string | null {
  const cached = sizes.find((size) => size.className === 'PhotoCachedSize')
  const stripped = sizes.find((size) => size.className === 'PhotoStrippedSize')
  for (const jpeg of [cached?.bytes, stripped && stripped.bytes.length > 3 ? expand(stripped.bytes) : undefined])
    if (jpeg && jpeg.length <= thumbnailBytes && jpeg[0] === 0xff && jpeg[1] === 0xd8) return jpeg.toString('base64')
  return null
}

function count(value: number): number {
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}
