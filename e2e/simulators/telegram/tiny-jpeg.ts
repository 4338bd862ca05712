/** Draws small pictures as real JPEG files, for thumbnails and test photos: flat blocks, so that no DCT is needed. */

/** The header that clients put before a stripped thumbnail (public protocol fact); its tables serve all our pictures. */
const HEADER = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H///' +
    '/6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAAA' +
    'AAADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhBy' +
    'JxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT' +
    'lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAA' +
    'AAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRom' +
    'JygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExc' +
    'bHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwA=',
  'base64',
)
const FOOTER = Buffer.from('ffd9', 'hex')
/** Where the frame's height and width stand in the header, two bytes each. */
const HEIGHT_AT = 163
const WIDTH_AT = 165
const MCU_PIXELS = 16

/** The standard Huffman codes for the size of a block's mean: [code, bits] by size. */
const LUMA_SIZES: [number, number][] = [
  [0b00, 2],
  [0b010, 3],
  [0b011, 3],
  [0b100, 3],
  [0b101, 3],
  [0b110, 3],
  [0b1110, 4],
]
const CHROMA_SIZES: [number, number][] = [
  [0b00, 2],
  [0b01, 2],
  [0b10, 2],
  [0b110, 3],
  [0b1110, 4],
  [0b11110, 5],
  [0b111110, 6],
]

class BitWriter {
  readonly #bytes: number[] = []
  #value = 0
  #bits = 0

  put(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#value = (this.#value << 1) | ((value >> bit) & 1)
      if (++this.#bits === 8) this.#flush()
    }
  }

  #flush(): void {
    this.#bytes.push(this.#value)
    if (this.#value === 0xff) this.#bytes.push(0)
    this.#value = 0
    this.#bits = 0
  }

  result(): Buffer {
    while (this.#bits > 0) this.put(1, 1)
    return Buffer.from(this.#bytes)
  }
}

/** One flat block: how far its mean is from the last one's, and that nothing else follows. */
function putBlock(writer: BitWriter, difference: number, sizes: [number, number][], end: [number, number]): void {
  const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference))
  const [code, bits] = sizes[size] ?? [0, 2]
  writer.put(code, bits)
  if (size > 0) writer.put(difference > 0 ? difference : difference + (1 << size) - 1, size)
  writer.put(...end)
}

function scan(width: number, height: number, seed: number): Buffer {
  const writer = new BitWriter()
  const last = [0, 0, 0]
  const columns = Math.ceil(width / MCU_PIXELS)
  const rows = Math.ceil(height / MCU_PIXELS)
  const step = (channel: number, value: number, chroma: boolean): void => {
    const difference = value - (last[channel] ?? 0)
    putBlock(writer, difference, chroma ? CHROMA_SIZES : LUMA_SIZES, chroma ? [0b00, 2] : [0b1010, 4])
    last[channel] = value
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const shade = ((row * 5 + column * 7 + seed) % 31) - 15
      for (let block = 0; block < 4; block++) step(0, shade + block, false)
      step(1, (seed % 13) - 6, true)
      step(2, ((seed >> 4) % 13) - 6, true)
    }
  return writer.result()
}

/** A picture of this size; the seed decides its colours. */
export function drawJpeg(width: number, height: number, seed: number): Buffer {
  const header = Buffer.from(HEADER)
  header.writeUInt16BE(height, HEIGHT_AT)
  header.writeUInt16BE(width, WIDTH_AT)
  return Buffer.concat([header, scan(width, height, seed), FOOTER])
}

/** The same as a stripped thumbnail (photoStrippedSize.bytes); sides below 256. */
export function drawStripped(width: number, height: number, seed: number): Buffer {
  return Buffer.concat([Buffer.from([1, height, width]), scan(width, height, seed)])
}
