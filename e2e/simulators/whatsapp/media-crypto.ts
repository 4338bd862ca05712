/** WhatsApp's encryption of files: AES-256-CBC with ten bytes of HMAC behind it, keys from the message's media key by kind. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { MediaKind } from '../../../shared/contracts/neutral-message.ts'

const MAC_BYTES = 10

/** `history`: the blobs with which phones fill a new device. */
export type BlobKind = MediaKind | 'history'

const INFO: Record<BlobKind, string> = {
  image: 'WhatsApp Image Keys',
  sticker: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  voice: 'WhatsApp Audio Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  history: 'WhatsApp History Keys',
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function expand(mediaKey: Uint8Array, kind: BlobKind): { iv: Buffer; key: Buffer; macKey: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), INFO[kind], 112))
  return { iv: bytes.subarray(0, 16), key: bytes.subarray(16, 48), macKey: bytes.subarray(48, 80) }
}

function codeOf(macKey: Buffer, iv: Buffer, ciphertext: Uint8Array): Buffer {
  return createHmac('sha256', macKey).update(iv).update(ciphertext).digest().subarray(0, MAC_BYTES)
}

export function encryptMedia(bytes: Uint8Array, mediaKey: Uint8Array, kind: BlobKind): Buffer {
  const { iv, key, macKey } = expand(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()])
  return Buffer.concat([ciphertext, codeOf(macKey, iv, ciphertext)])
}

/** Throws when the code does not fit or the padding is wrong. */
export function decryptMedia(blob: Uint8Array, mediaKey: Uint8Array, kind: BlobKind): Buffer {
  const { iv, key, macKey } = expand(mediaKey, kind)
  const ciphertext = blob.subarray(0, -MAC_BYTES)
  const code = blob.subarray(-MAC_BYTES)
  if (code.length !== MAC_BYTES || !timingSafeEqual(code, codeOf(macKey, iv, ciphertext))) {
    throw new Error('the code of the file does not fit')
  }
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}
