/** The files of this world: parts as they are uploaded, whole files, their references and thumbnails. */
import { createHash, createHmac } from 'node:crypto'
import { RpcError } from './tl-fields.ts'
import type { TlObject } from './tl-codec.ts'
import { drawJpeg, drawStripped } from './tiny-jpeg.ts'

export interface StoredFile {
  id: bigint
  accessHash: bigint
  bytes: Buffer
  mime: string
  /** Epoch seconds. */
  date: number
  dcId: number
  sha256: string
  /** Photos, and documents that show something. */
  width: number
  height: number
  /** Of documents. */
  attributes: TlObject[]
  /** A small JPEG to be downloaded as size `m`, and one inside the message; null: it has none. */
  thumbnail: { bytes: Buffer; stripped: Buffer; width: number; height: number } | null
  /** Grows when its references expire. */
  generation: number
  /** Epoch seconds: when the reference that messages carry now was given. */
  referencedAt: number
  gone: boolean
}

interface NewFile {
  bytes: Buffer
  mime: string
  width: number
  height: number
  attributes: TlObject[]
  /** A thumbnail that its sender gave; `draw`: one is made, as Telegram does of pictures and videos. */
  thumbnail: Buffer | 'draw' | null
  dcId: number
}

interface Upload {
  parts: Map<number, Buffer>
  /** Big files say how many parts there are; null: a small one. */
  total: number | null
}

/** What Telegram takes in one part. */
const MAX_PART_BYTES = 512 * 1024
const MAX_PARTS = 4000
/** Uploads of one account that are kept unfinished; older ones are dropped. */
const MAX_UPLOADS = 64
/** A file reference is good for so long. */
const REFERENCE_LIFETIME_S = 24 * 3600
/** After so long messages carry a new one. Until then a message has the same bytes whenever it is told: in the push, in the record. */
const REFERENCE_RENEWED_S = REFERENCE_LIFETIME_S / 2
const THUMBNAIL_SIDE = 320
const STRIPPED_SIDE = 40

/** The largest size with these proportions that fits a square of `side`. */
function fit(width: number, height: number, side: number): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

export class FileStore {
  readonly #secret: (text: string) => Buffer
  readonly #date: () => number
  readonly #files = new Map<bigint, StoredFile>()
  readonly #uploads = new Map<string, Map<bigint, Upload>>()
  #count = 0

  constructor(secret: (text: string) => Buffer, date: () => number) {
    this.#secret = secret
    this.#date = date
  }

  add(file: NewFile): StoredFile {
    const secret = this.#secret(`file ${++this.#count}`)
    const date = this.#date()
    const stored = {
      id: BigInt.asUintN(62, secret.readBigInt64LE()) | 1n,
      accessHash: secret.readBigInt64LE(8),
      bytes: file.bytes,
      mime: file.mime,
      date,
      dcId: file.dcId,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
      width: file.width,
      height: file.height,
      attributes: file.attributes,
      thumbnail: this.#thumbnail(file),
      generation: 0,
      referencedAt: date,
      gone: false,
    }
    this.#files.set(stored.id, stored)
    return stored
  }

  #thumbnail(file: NewFile): StoredFile['thumbnail'] {
    if (file.thumbnail === null) return null
    const [width, height] = [file.width || THUMBNAIL_SIDE, file.height || THUMBNAIL_SIDE]
    const small = fit(width, height, THUMBNAIL_SIDE)
    const tiny = fit(width, height, STRIPPED_SIDE)
    const drawn = file.thumbnail === 'draw' ? drawJpeg(small.width, small.height, this.#count) : file.thumbnail
    return { bytes: drawn, stripped: drawStripped(tiny.width, tiny.height, this.#count), ...small }
  }

  find(id: bigint): StoredFile | null {
    return this.#files.get(id) ?? null
  }

  /** The file reference as messages carry it from now on. */
  reference(file: StoredFile): Buffer {
    const now = this.#date()
    if (Math.abs(now - file.referencedAt) > REFERENCE_RENEWED_S) file.referencedAt = now
    return this.#sign(file, file.referencedAt)
  }

  #sign(file: StoredFile, date: number): Buffer {
    const stamp = Buffer.alloc(5)
    stamp.writeUInt8(1)
    stamp.writeUInt32BE(Math.max(0, date), 1)
    const text = `${file.id} ${file.generation} ${date}`
    return Buffer.concat([
      stamp,
      createHmac('sha256', this.#secret('references')).update(text).digest().subarray(0, 16),
    ])
  }

  /** The file that a request names. Throws FILE_REFERENCE_*, LOCATION_INVALID. */
  open(id: bigint, accessHash: bigint, reference: Buffer): StoredFile {
    const file = this.find(id)
    if (!file || file.accessHash !== accessHash || file.gone) throw new RpcError(400, 'LOCATION_INVALID')
    if (reference.length === 0) throw new RpcError(400, 'FILE_REFERENCE_EMPTY')
    if (reference.length !== 21) throw new RpcError(400, 'FILE_REFERENCE_INVALID')
    const date = reference.readUInt32BE(1)
    if (!reference.equals(this.#sign(file, date)) || this.#date() > date + REFERENCE_LIFETIME_S)
      throw new RpcError(400, 'FILE_REFERENCE_EXPIRED')
    return file
  }

  /** Keeps one part of an upload until the file is used. Throws FILE_PART_*. */
  savePart(account: string, id: bigint, part: number, total: number | null, bytes: Buffer): void {
    if (part < 0 || part >= MAX_PARTS || (total !== null && total > 0 && part >= total))
      throw new RpcError(400, 'FILE_PART_INVALID')
    if (total !== null && total > MAX_PARTS) throw new RpcError(400, 'FILE_PARTS_INVALID')
    if (bytes.length === 0) throw new RpcError(400, 'FILE_PART_EMPTY')
    if (bytes.length > MAX_PART_BYTES) throw new RpcError(400, 'FILE_PART_TOO_BIG')
    const uploads = this.#uploads.get(account) ?? new Map<bigint, Upload>()
    this.#uploads.set(account, uploads)
    const upload = uploads.get(id) ?? { parts: new Map<number, Buffer>(), total }
    upload.total = total
    upload.parts.set(part, Buffer.from(bytes))
    uploads.set(id, upload)
    for (const oldest of uploads.keys()) {
      if (uploads.size <= MAX_UPLOADS) break
      uploads.delete(oldest)
    }
  }

  /** The uploaded file behind an InputFile; its parts stay until `forget`. Throws FILE_PART*, MD5_CHECKSUM_INVALID. */
  assemble(account: string, input: { id: bigint; parts: number; md5: string | null }): Buffer {
    const upload = this.#uploads.get(account)?.get(input.id)
    if (input.parts <= 0 || input.parts > MAX_PARTS) throw new RpcError(400, 'FILE_PARTS_INVALID')
    const parts: Buffer[] = []
    for (let index = 0; index < input.parts; index++) {
      const part = upload?.parts.get(index)
      if (!part) throw new RpcError(400, `FILE_PART_${index}_MISSING`)
      if (index < input.parts - 1 && (part.length % 1024 !== 0 || part.length !== (parts[0] ?? part).length))
        throw new RpcError(400, 'FILE_PART_SIZE_INVALID')
      parts.push(part)
    }
    const bytes = Buffer.concat(parts)
    if (input.md5 && createHash('md5').update(bytes).digest('hex') !== input.md5.toLowerCase())
      throw new RpcError(400, 'MD5_CHECKSUM_INVALID')
    return bytes
  }

  forget(account: string, id: bigint): void {
    this.#uploads.get(account)?.delete(id)
  }
}
