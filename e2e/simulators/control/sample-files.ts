/** Files that the simulated world makes up: small valid ones, each different, the same for the same seed. */
import { createCipheriv, createHash } from 'node:crypto'
import type { FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import { mosaicJpeg } from './sample-jpeg.ts'
import { silentOgg } from './sample-ogg.ts'
import { shelfSquares } from './sample-shelf.ts'

export interface SampleFile {
  bytes: Buffer
  /** What a sender would say of it; `bytes` is the file's size. */
  details: FileDetails
}

/** Bytes that depend on the text only. */
export function seededBytes(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

const plain = { name: null, width: null, height: null, durationS: null, waveform: null }
const bars = 64

/**
 * A file of a kind. Pictures and voice notes can be shown and played (a shelf, silence); videos have only the outer form. `bytes`: the
 * file is filled up to so many; never cut, a smaller one stays as it is.
 */
export function sampleFile(kind: MediaKind, seed: string, bytes: number | null = null): SampleFile {
  const made = makeSample(kind, seed)
  const missing = Math.max(0, (bytes ?? 0) - made.bytes.length)
  const whole = missing > 0 ? Buffer.concat([made.bytes, seededBytes(`${seed} filling`, missing)]) : made.bytes
  return { bytes: whole, details: { ...made.details, bytes: whole.length } }
}

function makeSample(kind: MediaKind, seed: string): { bytes: Buffer; details: Omit<FileDetails, 'bytes'> } {
  switch (kind) {
    case 'image': {
      const { columns, rows, colours } = shelfSquares(seededBytes(seed, 512))
      const bytes = mosaicJpeg(columns, rows, colours)
      return { bytes, details: { ...plain, mime: 'image/jpeg', width: columns * 8, height: rows * 8 } }
    }
    case 'voice': {
      const waveform = seededBytes(seed, bars).map((byte) => byte % 101)
      const details = { ...plain, mime: 'audio/ogg; codecs=opus', durationS: 3 }
      return { bytes: silentOgg(3, seed), details: { ...details, waveform: Buffer.from(waveform).toString('base64') } }
    }
    case 'audio':
      return { bytes: silentOgg(2, seed), details: { ...plain, mime: 'audio/ogg', name: 'sample.ogg', durationS: 2 } }
    case 'video':
      return {
        bytes: movieShell(seed),
        details: { ...plain, mime: 'video/mp4', width: 320, height: 240, durationS: 2 },
      }
    case 'sticker':
      return {
        bytes: stickerWebp(seed),
        details: { ...plain, mime: 'image/webp', width: stickerPx, height: stickerPx },
      }
    case 'document':
      return { bytes: onePagePdf(seed), details: { ...plain, mime: 'application/pdf', name: 'offer.pdf' } }
  }
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

function movieShell(seed: string): Buffer {
  return Buffer.concat([
    box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1')),
    box('mdat', seededBytes(seed, 600)),
  ])
}

const stickerPx = 96

/** A round spot of one colour: lossless WebP whose only picture data is one bit per pixel, seen or not. */
function stickerWebp(seed: string): Buffer {
  const bits = new BitWriter()
  bits.put(stickerPx - 1, 14)
  bits.put(stickerPx - 1, 14)
  // Alpha is used, version 0; no transform, no colour cache, no groups of codes.
  bits.put(0b0001, 4)
  bits.put(0, 3)
  // Green, red and blue have one symbol each and cost nothing per pixel; alpha has two.
  for (const level of seededBytes(`${seed} colour`, 3)) bits.put(0b101 | (level << 3), 11)
  bits.put(0b111 | (0 << 3) | (255 << 11), 19)
  bits.put(0b0001, 4)
  const middle = (stickerPx - 1) / 2
  for (let i = 0; i < stickerPx * stickerPx; i += 1) {
    const [x, y] = [(i % stickerPx) - middle, Math.floor(i / stickerPx) - middle]
    bits.put(x * x + y * y < middle * middle ? 1 : 0, 1)
  }
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    riffChunk('VP8L', Buffer.concat([Buffer.from([0x2f]), bits.bytes()])),
    // Readers pass over it: two stickers are never the same file.
    riffChunk('SEED', seededBytes(seed, 32)),
  ])
  const head = Buffer.from('RIFF\0\0\0\0')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

function riffChunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

/** Lowest bit first, as WebP reads. */
class BitWriter {
  readonly #bits: number[] = []
  put(value: number, count: number): void {
    for (let i = 0; i < count; i += 1) this.#bits.push((value >> i) & 1)
  }
  bytes(): Buffer {
    const bytes = Buffer.alloc(Math.ceil(this.#bits.length / 8))
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3]! |= bit << (i & 7)
    return bytes
  }
}

function onePagePdf(seed: string): Buffer {
  const words = `Offer ${seededBytes(seed, 4).toString('hex')}`
  const drawing = `BT /F1 24 Tf 72 720 Td (${words}) Tj ET`
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${drawing.length}>>stream\n${drawing}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj${object}endobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const end = `trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(`${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}${end}`, 'latin1')
}
