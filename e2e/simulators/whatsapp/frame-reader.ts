/** Cuts the byte stream of a client into frames: an intro once, then three bytes of length before each frame. */

/** "WA", protocol version 6, token dictionary 3: mixed into the handshake, so both sides must mean the same. */
export const NOISE_HEADER = Buffer.from([0x57, 0x41, 6, 3])
const ROUTING_MAGIC = Buffer.from('ED')
const ROUTING_PREFIX_BYTES = 7
/** Routing information is some bytes; the length field would allow 16 MB. */
const MAX_ROUTING_BYTES = 4096
export const MAX_FRAME_BYTES = (1 << 24) - 1

/** A frame for the wire; throws when it is longer than the length field can say. */
export function frame(body: Uint8Array): Buffer {
  if (body.length > MAX_FRAME_BYTES) throw new Error('the frame is longer than 16 MB')
  const head = Buffer.alloc(3)
  head.writeUIntBE(body.length, 0, 3)
  return Buffer.concat([head, body])
}

export class FrameReader {
  #chunks: Buffer[] = []
  #length = 0
  #introSeen = false

  /** The frames that became complete; throws when the intro is not WhatsApp's. */
  push(bytes: Uint8Array): Buffer[] {
    this.#chunks.push(Buffer.from(bytes))
    this.#length += bytes.length
    if (!this.#introSeen && !this.#readIntro()) return []
    const frames: Buffer[] = []
    for (;;) {
      if (this.#length < 3) return frames
      const size = this.#joined().readUIntBE(0, 3)
      if (this.#length < size + 3) return frames
      frames.push(this.#take(size + 3).subarray(3))
    }
  }

  #readIntro(): boolean {
    const head = this.#joined()
    if (head.length < 2) return false
    let skip = 0
    if (head.subarray(0, 2).equals(ROUTING_MAGIC)) {
      if (head.length < ROUTING_PREFIX_BYTES) return false
      const size = head.readUIntBE(4, 3)
      if (size > MAX_ROUTING_BYTES) throw new Error('the routing information is too long')
      skip = ROUTING_PREFIX_BYTES + size
    }
    if (head.length < skip + NOISE_HEADER.length) return false
    if (!head.subarray(skip, skip + NOISE_HEADER.length).equals(NOISE_HEADER)) throw new Error('not a WhatsApp stream')
    this.#take(skip + NOISE_HEADER.length)
    this.#introSeen = true
    return true
  }

  #joined(): Buffer {
    const joined = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  #take(count: number): Buffer {
    const joined = this.#joined()
    this.#chunks = [joined.subarray(count)]
    this.#length -= count
    return joined.subarray(0, count)
  }
}
