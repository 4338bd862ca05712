/** How WhatsApp encrypts files: AES-256-CBC and a cut HMAC under keys that follow from the message's media key. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'
import type { MediaKind } from '../../../shared/contracts/neutral-message.ts'

const MAC_BYTES = 10

const INFO: Record<MediaKind, string> = {
  image: 'WhatsApp Image Keys',
  sticker: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  voice: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
}

/** The path under which a kind lies at the media server. */
export const MEDIA_PATHS: Record<MediaKind, string> = {
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
}

function keysOf(mediaKey: Uint8Array, kind: MediaKind): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const all = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), INFO[kind], 112))
  return { iv: all.subarray(0, 16), cipherKey: all.subarray(16, 48), macKey: all.subarray(48, 80) }
}

function macOf(macKey: Buffer, iv: Buffer, ciphertext: Uint8Array): Buffer {
  return createHmac('sha256', macKey).update(iv).update(ciphertext).digest().subarray(0, MAC_BYTES)
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Ciphertext and its code, as they lie at the server. */
export function sealFile(plain: Uint8Array, mediaKey: Uint8Array, kind: MediaKind): Buffer {
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([ciphertext, macOf(macKey, iv, ciphertext)])
}

/** Null when the code does not fit or the padding is none. */
export function openFile(sealed: Uint8Array, mediaKey: Uint8Array, kind: MediaKind): Buffer | null {
  if (sealed.length < MAC_BYTES + 16 || mediaKey.length !== 32) return null
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const ciphertext = sealed.subarray(0, sealed.length - MAC_BYTES)
  if (!macOf(macKey, iv, ciphertext).equals(sealed.subarray(sealed.length - MAC_BYTES))) return null
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch {
    return null
  }
}
