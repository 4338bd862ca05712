/** Methods that carry files up and down, and the reading of what clients hand in as media. */
import type { StoredFile } from '../files.ts'
import type { Media, SimulatorAccount } from '../model.ts'
import { optionBytes } from '../neutral.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { bytesOf, intOf, longOf, objectOf, objectsOf, optionalObjectOf, RpcError, textOf } from '../tl-fields.ts'
import { mediaObject, wholeSize } from '../tl-media.ts'
import { pictureSize } from '../picture-size.ts'
import { peerOf } from './peers.ts'

const MEBIBYTE = 1024 * 1024
/** Offsets and limits are multiples of this; with `precise` of the smaller one. */
const STEP = 4096
const PRECISE_STEP = 1024
const FALLBACK_SIZE = { width: 800, height: 600 }
const MAX_POLL_OPTIONS = 12

const STORAGE_TYPES = new Map([
  ['image/jpeg', 'storage.fileJpeg'],
  ['image/png', 'storage.filePng'],
  ['image/gif', 'storage.fileGif'],
  ['image/webp', 'storage.fileWebp'],
  ['application/pdf', 'storage.filePdf'],
  ['video/quicktime', 'storage.fileMov'],
])

/** The line breaks in the middle of an up- or download, before its answer leaves, when that fault is armed. */
function cutHere(reached: boolean, account: SimulatorAccount, context: RpcContext): void {
  if (reached && context.faults.take(account.info.id, 'cut-media') !== null) context.delivery = 'cut'
}

function saveFilePart(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const part = intOf(query, 'file_part')
  const bytes = bytesOf(query, 'bytes')
  context.files.savePart(account.info.id, longOf(query, 'file_id'), part, null, bytes)
  // How many parts follow is not said here: a second one, or a small first one, is taken for the middle.
  cutHere(part >= 1 || bytes.length % STEP !== 0, account, context)
  return true
}

function saveBigFilePart(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const [part, total] = [intOf(query, 'file_part'), intOf(query, 'file_total_parts')]
  context.files.savePart(account.info.id, longOf(query, 'file_id'), part, total, bytesOf(query, 'bytes'))
  cutHere(part * 2 >= total - 1, account, context)
  return true
}

/** Offset and limit as the server wants them: aligned, and never across a mebibyte. Throws OFFSET_INVALID, LIMIT_INVALID. */
function checkRange(offset: bigint, limit: number, precise: boolean): number {
  const step = precise ? PRECISE_STEP : STEP
  if (offset < 0n || offset > BigInt(Number.MAX_SAFE_INTEGER) || offset % BigInt(step) !== 0n)
    throw new RpcError(400, 'OFFSET_INVALID')
  const from = Number(offset)
  if (limit <= 0 || limit > MEBIBYTE || limit % step !== 0) throw new RpcError(400, 'LIMIT_INVALID')
  if (!precise && MEBIBYTE % limit !== 0) throw new RpcError(400, 'LIMIT_INVALID')
  if (Math.floor(from / MEBIBYTE) !== Math.floor((from + limit - 1) / MEBIBYTE))
    throw new RpcError(400, 'LIMIT_INVALID')
  return from
}

function expireMedia(id: bigint, account: SimulatorAccount, context: RpcContext): void {
  const file = context.files.find(id)
  const value = file && context.faults.take(account.info.id, 'expire-media')
  if (!file || value === null) return
  if (value === 1) file.gone = true
  else file.generation++
}

function bytesBehind(file: StoredFile, photo: boolean, size: string): Buffer {
  if (size === (photo ? wholeSize(file) : '')) return file.bytes
  if (size === 'm' && file.thumbnail) return file.thumbnail.bytes
  throw new RpcError(400, 'LOCATION_INVALID')
}

function getFile(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const location = objectOf(query, 'location')
  const photo = location._ === 'inputPhotoFileLocation'
  if (!photo && location._ !== 'inputDocumentFileLocation') throw new RpcError(400, 'LOCATION_INVALID')
  const limit = intOf(query, 'limit')
  const offset = checkRange(longOf(query, 'offset'), limit, query['precise'] === true)
  const id = longOf(location, 'id')
  expireMedia(id, account, context)
  const file = context.files.open(id, longOf(location, 'access_hash'), bytesOf(location, 'file_reference'))
  const { dc } = context.session.key
  if (dc !== null && dc !== file.dcId) throw new RpcError(303, `FILE_MIGRATE_${file.dcId}`)
  const bytes = bytesBehind(file, photo, textOf(location, 'thumb_size'))
  cutHere((offset + limit) * 2 >= bytes.length, account, context)
  const type = STORAGE_TYPES.get(file.mime) ?? 'storage.filePartial'
  return { _: 'upload.file', type: { _: type }, mtime: file.date, bytes: bytes.subarray(offset, offset + limit) }
}

/** Media that is ready to be posted; `commit` drops the upload that it was made of. */
export interface ReadyMedia {
  media: Media
  commit: () => void
}

function uploaded(
  input: TlObject,
  account: SimulatorAccount,
  context: RpcContext,
): { bytes: Buffer; commit: () => void } {
  if (input._ !== 'inputFile' && input._ !== 'inputFileBig') throw new RpcError(400, 'MEDIA_INVALID')
  const id = longOf(input, 'id')
  const md5 = input._ === 'inputFile' ? textOf(input, 'md5_checksum') || null : null
  const bytes = context.files.assemble(account.info.id, { id, parts: intOf(input, 'parts'), md5 })
  return { bytes, commit: () => context.files.forget(account.info.id, id) }
}

function homeDc(account: SimulatorAccount): number {
  return account.homeDc ?? DEFAULT_DC
}

/** The data centre of accounts that were never moved. */
export const DEFAULT_DC = 2

function ttlOf(input: TlObject): number | null {
  return input['ttl_seconds'] === undefined ? null : intOf(input, 'ttl_seconds')
}

function uploadedPhoto(input: TlObject, account: SimulatorAccount, context: RpcContext): ReadyMedia {
  const { bytes, commit } = uploaded(objectOf(input, 'file'), account, context)
  const size = pictureSize(bytes) ?? FALLBACK_SIZE
  const common = { mime: 'image/jpeg', attributes: [], thumbnail: 'draw' as const, dcId: homeDc(account) }
  const file = context.files.add({ bytes, ...size, ...common })
  return { media: { kind: 'photo', file, ttlSeconds: ttlOf(input) }, commit }
}

function uploadedDocument(input: TlObject, account: SimulatorAccount, context: RpcContext): ReadyMedia {
  const { bytes, commit } = uploaded(objectOf(input, 'file'), account, context)
  const given = optionalObjectOf(input, 'thumb')
  const small = given ? uploaded(given, account, context) : null
  const attributes = objectsOf(input, 'attributes')
  const mime = textOf(input, 'mime_type') || 'application/octet-stream'
  const shown = attributes.find((one) => one._ === 'documentAttributeVideo' || one._ === 'documentAttributeImageSize')
  const drawn = mime.startsWith('image/') || mime.startsWith('video/') ? ('draw' as const) : null
  const file = context.files.add({
    bytes,
    mime,
    width: shown ? intOf(shown, 'w') : 0,
    height: shown ? intOf(shown, 'h') : 0,
    attributes,
    thumbnail: small?.bytes ?? drawn,
    dcId: homeDc(account),
  })
  const both = (): void => {
    commit()
    small?.commit()
  }
  return { media: { kind: 'document', file, ttlSeconds: ttlOf(input) }, commit: both }
}

function knownFile(input: TlObject, context: RpcContext): StoredFile {
  const named = objectOf(input, 'id')
  if (named._ !== 'inputPhoto' && named._ !== 'inputDocument') throw new RpcError(400, 'MEDIA_EMPTY')
  return context.files.open(longOf(named, 'id'), longOf(named, 'access_hash'), bytesOf(named, 'file_reference'))
}

function readPoint(input: TlObject): { latitude: number; longitude: number } {
  const point = objectOf(input, 'geo_point')
  const [latitude, longitude] = [Number(point['lat']), Number(point['long'])]
  if (point._ !== 'inputGeoPoint' || !(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
    throw new RpcError(400, 'MEDIA_INVALID')
  return { latitude, longitude }
}

function readLocation(input: TlObject): Media {
  const point = readPoint(input)
  if (input._ === 'inputMediaGeoLive')
    return { kind: 'geo', ...point, venue: null, period: intOf(input, 'period') || 900 }
  if (input._ === 'inputMediaGeoPoint') return { kind: 'geo', ...point, venue: null, period: null }
  const venue = { title: textOf(input, 'title'), address: textOf(input, 'address') }
  return { kind: 'geo', ...point, venue, period: null }
}

/** A text as clients of newer layers (with entities) and older ones (bare) write it. */
function plainText(object: TlObject, field: string): string {
  return typeof object[field] === 'string' ? textOf(object, field) : textOf(objectOf(object, field), 'text')
}

function readPoll(input: TlObject, context: RpcContext): Media {
  const poll = objectOf(input, 'poll')
  const options = objectsOf(poll, 'answers').map((answer, index) => ({
    text: plainText(answer, 'text'),
    option: answer['option'] instanceof Uint8Array ? Buffer.from(answer['option']) : optionBytes(index),
  }))
  const distinct = new Set(options.map(({ option }) => option.toString('hex'))).size
  if (options.length < 1 || options.length > MAX_POLL_OPTIONS || distinct < options.length)
    throw new RpcError(400, 'POLL_ANSWERS_INVALID')
  const question = plainText(poll, 'question')
  if (question === '' || question.length > 300) throw new RpcError(400, 'POLL_QUESTION_INVALID')
  const multiple = poll['multiple_choice'] === true
  const publicVoters = poll['public_voters'] === true
  return { kind: 'poll', poll: context.newPoll({ question, options, multiple, publicVoters }) }
}

function readContact(input: TlObject, context: RpcContext): Media {
  const phone = textOf(input, 'phone_number')
  const userId = context.world.userByPhone(phone.replace(/\D/g, ''))?.id ?? 0
  const [firstName, lastName] = [textOf(input, 'first_name'), textOf(input, 'last_name')]
  return { kind: 'contact', phone, firstName, lastName, vcard: textOf(input, 'vcard'), userId }
}

/** What an InputMedia stands for. Throws MEDIA_*, FILE_*, POLL_*. */
export function readInputMedia(input: TlObject, account: SimulatorAccount, context: RpcContext): ReadyMedia {
  const ready = (media: Media): ReadyMedia => ({ media, commit: () => undefined })
  switch (input._) {
    case 'inputMediaUploadedPhoto':
      return uploadedPhoto(input, account, context)
    case 'inputMediaUploadedDocument':
      return uploadedDocument(input, account, context)
    case 'inputMediaPhoto':
      return ready({ kind: 'photo', file: knownFile(input, context), ttlSeconds: ttlOf(input) })
    case 'inputMediaDocument':
      return ready({ kind: 'document', file: knownFile(input, context), ttlSeconds: ttlOf(input) })
    case 'inputMediaGeoPoint':
    case 'inputMediaVenue':
    case 'inputMediaGeoLive':
      return ready(readLocation(input))
    case 'inputMediaContact':
      return ready(readContact(input, context))
    case 'inputMediaPoll':
      return ready(readPoll(input, context))
    default:
      throw new RpcError(400, 'MEDIA_INVALID')
  }
}

/** Stores an upload without sending it, for albums: the client then names it as known media. */
function uploadMedia(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  peerOf(query, account, context)
  const { media, commit } = readInputMedia(objectOf(query, 'media'), account, context)
  commit()
  return mediaObject(media, account.user, account.user, context.files)
}

export const mediaMethods: MethodTable = {
  open: {},
  account: {
    'upload.saveFilePart': saveFilePart,
    'upload.saveBigFilePart': saveBigFilePart,
    'upload.getFile': getFile,
    'messages.uploadMedia': uploadMedia,
  },
}
