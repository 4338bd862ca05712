/** Silence as Ogg Opus (RFC 7845): what phones send as a voice note, and players play. */
import { createHash } from 'node:crypto'

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let value = index << 24
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value >>> 0
})

/** The checksum of Ogg pages: polynomial 04c11db7, from zero, not reflected. */
function checksum(bytes: Uint8Array): number {
  let value = 0
  for (const byte of bytes) value = ((value << 8) ^ crcTable[((value >>> 24) ^ byte) & 255]!) >>> 0
  return value
}

const firstPage = 2
const lastPage = 4

function page(serial: number, number: number, flags: number, granule: number, packets: Buffer[]): Buffer {
  const lacing = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ])
  const head = Buffer.alloc(27)
  head.write('OggS', 0, 'latin1')
  head[5] = flags
  head.writeBigUInt64LE(BigInt(granule), 6)
  head.writeUInt32LE(serial, 14)
  head.writeUInt32LE(number, 18)
  head[26] = lacing.length
  const whole = Buffer.concat([head, Buffer.from(lacing), ...packets])
  whole.writeUInt32LE(checksum(whole), 22)
  return whole
}

/** So many seconds of silence, at most 5; files of different seeds differ in the serial number of their stream. */
export function silentOgg(seconds: number, seed: string): Buffer {
  const serial = createHash('sha256').update(seed).digest().readUInt32LE()
  const head = Buffer.from('OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0', 'latin1')
  const tags = Buffer.from('OpusTags\x08\0\0\0sealdesk\0\0\0\0', 'latin1')
  // 20 ms each, 48,000 samples a second.
  const packets = Array.from({ length: Math.min(seconds, 5) * 50 }, () => Buffer.from([0xf8, 0xff, 0xfe]))
  return Buffer.concat([
    page(serial, 0, firstPage, 0, [head]),
    page(serial, 1, 0, 0, [tags]),
    page(serial, 2, lastPage, packets.length * 960, packets),
  ])
}
