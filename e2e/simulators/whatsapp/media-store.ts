/** The encrypted files on the simulated media servers, and the phones' way to put one there. */
import type { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { MediaReference } from './content-read.ts'
import { decryptMedia, encryptMedia, sha256 } from './media-crypto.ts'
import type { BlobKind } from './media-crypto.ts'
import type { SeededSource } from './seeded.ts'

export interface Blob {
  /** With the query that the message carries it with. */
  directPath: string
  bytes: Buffer
  /** Ids of the accounts that it was sent by or to. */
  accounts: Set<string>
  /** No more to be had under this path. */
  gone: boolean
  /** The phone does not have it any more either. */
  lost: boolean
}

/** A file as a message refers to it. */
export interface StoredFile {
  plain: Uint8Array
  fields: Pick<
    proto.Message.IImageMessage,
    'url' | 'directPath' | 'mediaKey' | 'fileSha256' | 'fileEncSha256' | 'fileLength'
  >
}

export type MediaCheck = { ok: true; plain: Buffer } | { ok: false; problem: string }

function pathOf(directPath: string): string {
  const query = directPath.indexOf('?')
  return query < 0 ? directPath : directPath.slice(0, query)
}

export class MediaStore {
  readonly #source: SeededSource
  readonly #blobs = new Map<string, Blob>()
  /** `127.0.0.1:PORT` of the server while it runs. */
  host: string | null = null

  constructor(source: SeededSource) {
    this.#source = source
  }

  put(bytes: Buffer, accounts: Iterable<string>): Blob {
    const name = this.#source.next('media-path', 16).toString('hex')
    const directPath = `/v/t62.7118-24/${name}_n.enc?ccb=11-4&oh=${name.slice(0, 12)}&oe=7FFFFFFF&_nc_sid=5e03e0`
    const blob = { directPath, bytes, accounts: new Set(accounts), gone: false, lost: false }
    this.#blobs.set(pathOf(directPath), blob)
    return blob
  }

  /** `path` with or without its query. */
  find(path: string): Blob | undefined {
    return this.#blobs.get(pathOf(path))
  }

  url({ directPath }: Blob): string {
    return `https://${this.host ?? 'mmg.whatsapp.net'}${directPath}`
  }

  /** A phone encrypts and uploads a file. */
  store(plain: Uint8Array, kind: BlobKind, accounts: Iterable<string>): StoredFile {
    const mediaKey = this.#source.next('media-key', 32)
    const bytes = encryptMedia(plain, mediaKey, kind)
    const blob = this.put(bytes, accounts)
    return {
      plain,
      fields: {
        url: this.url(blob),
        directPath: blob.directPath,
        mediaKey,
        fileSha256: sha256(plain),
        fileEncSha256: sha256(bytes),
        fileLength: plain.length,
      },
    }
  }

  /** The same bytes under a new path, as after a phone uploaded its file again; null when nobody has them. */
  storeAgain(directPath: string): Blob | null {
    const earlier = this.find(directPath)
    return earlier && !earlier.lost ? this.put(earlier.bytes, earlier.accounts) : null
  }

  /** Fetches a message's file as its receiver does, and checks every hash and code that it carries. */
  check({ kind, fields }: MediaReference): MediaCheck {
    const blob = this.find(fields.directPath || urlPath(fields.url))
    if (!blob || blob.gone) return { ok: false, problem: 'no such file' }
    if (fields.mediaKey?.length !== 32) return { ok: false, problem: 'no media key' }
    if (!sameBytes(fields.fileEncSha256, sha256(blob.bytes))) return { ok: false, problem: 'wrong fileEncSha256' }
    const plain = this.#decrypt(blob, fields.mediaKey, kind)
    if (!plain) return { ok: false, problem: 'cannot be decrypted' }
    if (!sameBytes(fields.fileSha256, sha256(plain))) return { ok: false, problem: 'wrong fileSha256' }
    if (Number(fields.fileLength ?? 0) !== plain.length) return { ok: false, problem: 'wrong fileLength' }
    return { ok: true, plain }
  }

  #decrypt(blob: Blob, mediaKey: Uint8Array, kind: MediaKind): Buffer | null {
    try {
      return decryptMedia(blob.bytes, mediaKey, kind)
    } catch {
      return null
    }
  }
}

function urlPath(url: string | null | undefined): string {
  return url && URL.canParse(url) ? new URL(url).pathname : ''
}

function sameBytes(one: Uint8Array | null | undefined, other: Buffer): boolean {
  return Boolean(one) && other.equals(one ?? Buffer.alloc(0))
}
