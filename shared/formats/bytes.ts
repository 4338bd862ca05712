/** Length-prefixed binary framing, random ids and hashes: the small alphabet that every format here is written in. */
import { createHash, hash, randomFillSync } from 'node:crypto'

export class FormatError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** One call into the generator for many small draws: asking it for 16 bytes costs as much as asking for thousands. */
const drawn = Buffer.alloc(8192)
let drawnTo = drawn.length

/** Fresh random bytes, at most 64. What has been given out is wiped from the store. */
export function drawRandom(bytes: number): Buffer {
  if (drawnTo + bytes > drawn.length) {
    randomFillSync(drawn)
    drawnTo = 0
  }
  const out = Buffer.from(drawn.subarray(drawnTo, drawnTo + bytes))
  drawn.fill(0, drawnTo, drawnTo + bytes)
  drawnTo += bytes
  return out
}

/** A random id of about 127 bits, 22 characters of base64url, never beginning like a command's option. Says nothing about what it names. */
export function randomId(): string {
  for (;;) {
    const id = drawRandom(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

/** A digest as a string and back costs half of what node takes to hand out a buffer. */
export function sha256(...parts: Uint8Array[]): Buffer {
  if (parts.length === 1) return Buffer.from(hash('sha256', parts[0]!, 'binary'), 'binary')
  const running = createHash('sha256')
  for (const part of parts) running.update(part)
  return running.digest()
}

/** HMAC's block for SHA-256: so much room a text needs before it for `hmacOfTail`. */
export const hmacBlock = 64
const outer = Buffer.alloc(hmacBlock + 32)

/**
 * HMAC-SHA256 of what stands in `block` behind its first 64 bytes, with a key of at most 64 bytes; node's own builds a key object for each
 * call, which costs ten times the hashing. Overwrites the room before it, so that nothing is copied.
 */
export function hmacOfTail(key: Uint8Array, block: Buffer, encoding: 'base64url' | 'binary'): string {
  block.fill(0x36, 0, hmacBlock)
  outer.fill(0x5c, 0, hmacBlock)
  for (let i = 0; i < key.length; i++) {
    block[i]! ^= key[i]!
    outer[i]! ^= key[i]!
  }
  outer.write(hash('sha256', block, 'binary'), hmacBlock, 'binary')
  return hash('sha256', outer, encoding)
}

/** HMAC-SHA256 with a key of at most 64 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(hmacBlock + data.length)
  block.set(data, hmacBlock)
  return Buffer.from(hmacOfTail(key, block, 'binary'), 'binary')
}

/** Every part preceded by its length as unsigned 32-bit big-endian. */
export function frame(parts: Uint8Array[]): Buffer {
  let size = 0
  for (const part of parts) size += 4 + part.length
  const framed = Buffer.allocUnsafe(size)
  let at = 0
  for (const part of parts) {
    at = framed.writeUInt32BE(part.length, at)
    framed.set(part, at)
    at += part.length
  }
  return framed
}

/** The inverse of frame. Throws FormatError('format_truncated') when lengths and bytes disagree. */
export function unframe(bytes: Uint8Array): Buffer[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Buffer[] = []
  let at = 0
  while (at < view.length) {
    if (at + 4 > view.length) throw new FormatError('format_truncated', 'a length is cut off')
    const length = view.readUInt32BE(at)
    at += 4
    if (at + length > view.length) throw new FormatError('format_truncated', 'a part is cut off')
    parts.push(view.subarray(at, at + length))
    at += length
  }
  return parts
}
