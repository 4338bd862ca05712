/** MTProto's TCP framings (full, intermediate, padded intermediate, abridged, each also obfuscated), server side. */
import { createCipheriv, createDecipheriv, randomInt, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

type Framing = 'full' | 'intermediate' | 'padded' | 'abridged'

export class TransportError extends Error {}

/** A client's packet; real servers take containers of up to 1 MB. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024
const OBFUSCATION_HEADER_BYTES = 64
const INTERMEDIATE_TAG = 0xeeeeeeee
const PADDED_TAG = 0xdddddddd
const ABRIDGED_TAG = 0xefefefef

interface StreamCipher {
  update(data: Buffer): Buffer
}

function framingOfTag(tag: number): Framing | null {
  if (tag === INTERMEDIATE_TAG) return 'intermediate'
  if (tag === PADDED_TAG) return 'padded'
  return tag === ABRIDGED_TAG ? 'abridged' : null
}

function checkLength(length: number, least: number): number {
  if (length < least || length > MAX_FRAME_BYTES) throw new TransportError(`frame of ${length} bytes refused`)
  return length
}

/** One connection's framing: finds out which one the client speaks, cuts its bytes into packets, frames the answers. */
export class ServerTransport {
  #buffer: Buffer = Buffer.alloc(0)
  #framing: Framing | null = null
  #receiveCipher: StreamCipher | null = null
  #sendCipher: StreamCipher | null = null
  #receiveSequence = 0
  #sendSequence = 0

  get framing(): Framing | null {
    return this.#framing
  }

  get obfuscated(): boolean {
    return this.#sendCipher !== null
  }

  /** Takes bytes from the socket and returns the packets that are complete. Throws TransportError: close the connection. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#receiveCipher ? this.#receiveCipher.update(chunk) : chunk
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes])
    if (!this.#framing && !this.#detect()) return []
    const packets: Buffer[] = []
    for (let packet = this.#next(); packet; packet = this.#next()) packets.push(packet)
    return packets
  }

  #detect(): boolean {
    if (this.#buffer.length < 1) return false
    if (this.#buffer[0] === 0xef) return this.#use('abridged', 1)
    if (this.#buffer.length < 8) return false
    const tagged = framingOfTag(this.#buffer.readUInt32LE())
    if (tagged) return this.#use(tagged, 4)
    // A full frame starts with its length and the sequence number 0; an obfuscated header never has zeros there.
    if (this.#buffer.readUInt32LE(4) === 0) return this.#use('full', 0)
    return this.#buffer.length >= OBFUSCATION_HEADER_BYTES && this.#detectObfuscated()
  }

  #use(framing: Framing, skip: number): boolean {
    this.#framing = framing
    this.#buffer = this.#buffer.subarray(skip)
    return true
  }

  #detectObfuscated(): boolean {
    const header = this.#buffer.subarray(0, OBFUSCATION_HEADER_BYTES)
    const reversed = Buffer.from(header.subarray(8, 56)).reverse()
    const receive = createDecipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56))
    const framing = framingOfTag(receive.update(header).readUInt32LE(56))
    if (!framing) throw new TransportError('no known transport')
    this.#receiveCipher = receive
    this.#sendCipher = createCipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32, 48))
    this.#buffer = receive.update(this.#buffer.subarray(OBFUSCATION_HEADER_BYTES))
    this.#framing = framing
    return true
  }

  #next(): Buffer | null {
    if (this.#framing === 'full') return this.#nextFull()
    if (this.#framing === 'abridged') return this.#nextAbridged()
    return this.#nextIntermediate()
  }

  #take(header: number, length: number): Buffer | null {
    if (this.#buffer.length < header + length) return null
    const packet = this.#buffer.subarray(header, header + length)
    this.#buffer = this.#buffer.subarray(header + length)
    return packet
  }

  #nextFull(): Buffer | null {
    if (this.#buffer.length < 4) return null
    const length = checkLength(this.#buffer.readUInt32LE(), 16)
    const frame = this.#take(0, length)
    if (!frame) return null
    if (crc32(frame.subarray(0, length - 4)) !== frame.readUInt32LE(length - 4)) throw new TransportError('bad CRC')
    if (frame.readUInt32LE(4) !== this.#receiveSequence++) throw new TransportError('bad sequence number')
    return frame.subarray(8, length - 4)
  }

  #nextAbridged(): Buffer | null {
    if (this.#buffer.length < 4) return null
    // The top bit asks for a quick acknowledgement, which a server may leave out.
    const words = (this.#buffer[0] ?? 0) & 0x7f
    const long = words === 0x7f
    return this.#take(long ? 4 : 1, checkLength((long ? this.#buffer.readUIntLE(1, 3) : words) * 4, 8))
  }

  #nextIntermediate(): Buffer | null {
    if (this.#buffer.length < 4) return null
    const length = checkLength((this.#buffer.readUInt32LE() & 0x7fffffff) >>> 0, 8)
    const packet = this.#take(4, length)
    if (!packet || this.#framing === 'intermediate') return packet
    // Padding: an encrypted packet is 24 bytes of header and whole AES blocks, a plain one tells its own length.
    const plain = packet.readBigInt64LE() === 0n
    return plain || length < 24 ? packet : packet.subarray(0, length - ((length - 24) % 16))
  }

  /** Frames one packet for this client. Must not be called before the client has sent its first bytes. */
  frame(packet: Buffer): Buffer {
    const framed = this.#framePlain(packet)
    return this.#sendCipher ? this.#sendCipher.update(framed) : framed
  }

  #framePlain(packet: Buffer): Buffer {
    if (this.#framing === 'full') return this.#frameFull(packet)
    if (this.#framing === 'abridged') {
      const words = packet.length / 4
      const header =
        words < 0x7f ? Buffer.from([words]) : Buffer.from([0x7f, words & 255, (words >> 8) & 255, words >> 16])
      return Buffer.concat([header, packet])
    }
    const padding = this.#framing === 'padded' && packet.length >= 24 ? randomBytes(randomInt(16)) : Buffer.alloc(0)
    const header = Buffer.alloc(4)
    header.writeUInt32LE(packet.length + padding.length)
    return Buffer.concat([header, packet, padding])
  }

  #frameFull(packet: Buffer): Buffer {
    const frame = Buffer.alloc(packet.length + 12)
    frame.writeUInt32LE(frame.length)
    frame.writeUInt32LE(this.#sendSequence++, 4)
    packet.copy(frame, 8)
    frame.writeUInt32LE(crc32(frame.subarray(0, -4)), frame.length - 4)
    return frame
  }
}
