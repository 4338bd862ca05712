/** The padding inside a Signal message. */
import { randomInt } from 'node:crypto'

/** Padding is 1 to 16 bytes, each with the number of them. */
const MAX_PADDING = 16

export function pad(bytes: Uint8Array): Buffer {
  const count = randomInt(1, MAX_PADDING + 1)
  return Buffer.concat([bytes, Buffer.alloc(count, count)])
}

/** Throws when the last byte names no padding that is there. */
export function unpad(bytes: Uint8Array): Buffer {
  const count = bytes[bytes.length - 1] ?? 0
  if (count === 0 || count > bytes.length) throw new Error('the message is not padded')
  return Buffer.from(bytes.subarray(0, bytes.length - count))
}
