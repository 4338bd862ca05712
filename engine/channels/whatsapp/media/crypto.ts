/** How WhatsApp seals files: AES-256-CBC with a key of the file's own, and the first ten bytes of an HMAC behind it. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Decipheriv, Hmac } from 'node:crypto'
import { ChannelError } from '../../channel.ts'
import { MEDIA_TYPES } from './reference.ts'
import type { MediaType } from './reference.ts'

export const BLOCK_BYTES = 16
export const MAC_BYTES = 10

export interface MediaKeys {
  iv: Buffer
  cipherKey: Buffer
  macKey: Buffer
}

export function mediaKeys(mediaKey: Uint8Array, type: MediaType): MediaKeys {
  const info = Buffer.from(MEDIA_TYPES[type].keys, 'utf8')
  const expanded = Buffer.from(hkdfSync('sha256', mediaKey, new Uint8Array(32), info, 112))
  return { iv: expanded.subarray(0, 16), cipherKey: expanded.subarray(16, 48), macKey: expanded.subarray(48, 80) }
}

/** Bytes that a plain file of so many has at the provider. */
export function encryptedSize(bytes: number): number {
  return (Math.floor(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES + MAC_BYTES
}

/** Opens a file piece by piece. From the middle it needs the block before as the first bytes, and the MAC cannot be checked. */
export class MediaOpener {
  readonly #decipher: Decipheriv
  readonly #mac: Hmac | null
  /** What may still turn out to be the MAC. */
  #held: Buffer = Buffer.alloc(0)

  /** `previous`: the encrypted block before the offset; null at the beginning. */
  constructor(keys: MediaKeys, previous: Uint8Array | null) {
    this.#decipher = createDecipheriv('aes-256-cbc', keys.cipherKey, previous ?? keys.iv)
    this.#mac = previous ? null : createHmac('sha256', keys.macKey).update(keys.iv)
  }

  /** The plain bytes that are certain so far. */
  push(piece: Uint8Array): Buffer {
    const all = Buffer.concat([this.#held, piece])
    const certain = Math.max(0, all.length - MAC_BYTES)
    const sealed = all.subarray(0, certain)
    this.#held = Buffer.from(all.subarray(certain))
    this.#mac?.update(sealed)
    return this.#decipher.update(sealed)
  }

  /** The rest. Throws ChannelError `media_damaged` for a cut or changed file. */
  end(): Buffer {
    const mac = this.#mac?.digest().subarray(0, MAC_BYTES)
    if (this.#held.length !== MAC_BYTES || (mac && !timingSafeEqual(mac, this.#held)))
      throw new ChannelError('media_damaged', 'the file does not match its check code')
    try {
      return this.#decipher.final()
    } catch {
      throw new ChannelError('media_damaged', 'the file is cut or was changed')
    }
  }
}

export interface Sealed {
  /** SHA-256 of what was read and of what was written, 32 bytes each. */
  sha256: Buffer
  encSha256: Buffer
  bytes: number
}

/** Seals the pieces of a plain file; `done` is told the sums after the last piece. */
export async function* sealMedia(
  pieces: AsyncIterable<Uint8Array>,
  keys: MediaKeys,
  done: (sealed: Sealed) => void,
): AsyncGenerator<Buffer> {
  const cipher = createCipheriv('aes-256-cbc', keys.cipherKey, keys.iv)
  const mac = createHmac('sha256', keys.macKey).update(keys.iv)
  const plainSum = createHash('sha256')
  const sealedSum = createHash('sha256')
  let bytes = 0
  const sealed = (piece: Buffer): Buffer => {
    mac.update(piece)
    sealedSum.update(piece)
    return piece
  }
  for await (const piece of pieces) {
    bytes += piece.length
    plainSum.update(piece)
    yield sealed(cipher.update(piece))
  }
  yield sealed(cipher.final())
  const code = mac.digest().subarray(0, MAC_BYTES)
  sealedSum.update(code)
  yield code
  done({ sha256: plainSum.digest(), encSha256: sealedSum.digest(), bytes })
}
