/** Length-prefixed binary framing, random ids and hashes: the small alphabet that every format here is written in. */
import { createHash, randomBytes } from 'node:crypto'

export class FormatError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A random id of about 127 bits, 22 characters of base64url, never beginning like a command's option. Says nothing about what it names. */
export function randomId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Every part preceded by its length as unsigned 32-bit big-endian. */
export function frame(parts: Uint8Array[]): Buffer {
  const prefixed: Uint8Array[] = []
  for (const part of parts) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    prefixed.push(length, part)
  }
  return Buffer.concat(prefixed)
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
