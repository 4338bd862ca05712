/** The TCP framings against frames built by hand from the protocol. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ServerTransport, TransportError } from './transport.ts'

const packets = [Buffer.alloc(40, 1), Buffer.alloc(24 + 16 * 40, 2), Buffer.alloc(24 + 16 * 100, 3)]

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function full(packet: Buffer, sequence: number): Buffer {
  const head = Buffer.concat([int(packet.length + 12), int(sequence), packet])
  return Buffer.concat([head, int(crc32(head))])
}

function abridged(packet: Buffer): Buffer {
  const words = packet.length / 4
  const header = words < 127 ? Buffer.from([words]) : Buffer.from([127, words & 255, (words >> 8) & 255, words >> 16])
  return Buffer.concat([header, packet])
}

function intermediate(packet: Buffer, padding = 0): Buffer {
  return Buffer.concat([int(packet.length + padding), packet, randomBytes(padding)])
}

const streams: [string, Buffer][] = [
  ['full', Buffer.concat(packets.map(full))],
  ['abridged', Buffer.concat([Buffer.from([0xef]), ...packets.map(abridged)])],
  ['intermediate', Buffer.concat([int(0xeeeeeeee), ...packets.map((packet) => intermediate(packet))])],
  ['padded', Buffer.concat([int(0xdddddddd), ...packets.map((packet, index) => intermediate(packet, index * 7))])],
]

/** A client's obfuscated2 stream: 64 random bytes with the transport's tag inside, then everything under AES-CTR. */
function obfuscate(tag: number, plain: Buffer): { stream: Buffer; open: (answer: Buffer) => Buffer } {
  const header = randomBytes(64)
  header[0] = 0x11
  header[4] = 0x22
  header.writeUInt32LE(tag, 56)
  const cipher = createCipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56))
  const encrypted = cipher.update(header)
  const reversed = Buffer.from(header.subarray(8, 56)).reverse()
  const answers = createDecipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32, 48))
  const sent = Buffer.concat([header.subarray(0, 56), encrypted.subarray(56), cipher.update(plain)])
  return { stream: sent, open: (answer) => answers.update(answer) }
}

describe('receiving', () => {
  it.each(streams)('cuts a %s stream into its packets, however it arrives', (framing, stream) => {
    for (const step of [1, 7, 1000, stream.length]) {
      const transport = new ServerTransport()
      const got: Buffer[] = []
      for (let start = 0; start < stream.length; start += step)
        got.push(...transport.push(stream.subarray(start, start + step)))
      expect(transport.framing).toBe(framing)
      expect(got.map((packet) => packet.length)).toEqual(packets.map((packet) => packet.length))
      expect(got.every((packet, index) => packet.equals(packets[index] ?? packet.subarray(1)))).toBe(true)
    }
  })

  it('opens an obfuscated stream and answers under its own key', () => {
    const plain = Buffer.concat(packets.map(abridged))
    const { stream, open } = obfuscate(0xefefefef, plain)
    const transport = new ServerTransport()
    const got = [stream.subarray(0, 30), stream.subarray(30, 99), stream.subarray(99)].flatMap((part) =>
      transport.push(part),
    )
    expect(got.map((packet) => packet.length)).toEqual(packets.map((packet) => packet.length))
    expect(transport.obfuscated).toBe(true)
    expect(open(transport.frame(Buffer.alloc(24, 9)))).toEqual(abridged(Buffer.alloc(24, 9)))
  })

  it('refuses a frame whose checksum or sequence number is wrong', () => {
    const broken = full(Buffer.alloc(40, 1), 0)
    broken[20] = 99
    expect(() => new ServerTransport().push(broken)).toThrow(TransportError)
    const repeated = Buffer.concat([full(Buffer.alloc(40), 0), full(Buffer.alloc(40), 0)])
    expect(() => new ServerTransport().push(repeated)).toThrow(TransportError)
  })

  it('refuses a length that no client sends before its bytes arrive', () => {
    expect(() => new ServerTransport().push(Buffer.concat([int(0xeeeeeeee), int(0x7ffffff0)]))).toThrow(TransportError)
    expect(() => new ServerTransport().push(Buffer.concat([int(0x7ffffff0), int(0)]))).toThrow(TransportError)
  })

  it('refuses a stream that is no transport at all', () => {
    const request = Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: somebody\r\n\r\n`)
    expect(() => new ServerTransport().push(request)).toThrow(TransportError)
  })
})

describe('sending', () => {
  it('numbers full frames and protects them with a checksum', () => {
    const transport = new ServerTransport()
    transport.push(full(Buffer.alloc(40), 0))
    expect([transport.frame(Buffer.alloc(8, 5)), transport.frame(Buffer.alloc(12, 6))]).toEqual([
      full(Buffer.alloc(8, 5), 0),
      full(Buffer.alloc(12, 6), 1),
    ])
  })
})
