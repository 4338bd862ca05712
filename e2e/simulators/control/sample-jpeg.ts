/** A JPEG of flat squares: baseline coding with nothing but the DC term of each block, so that the whole encoder is a page. */

/** Code lengths of the standard DC table (ITU-T T.81, table K.3): how many codes of 1 to 16 bits; symbols are 0 to 11. */
const dcCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
const dcCodes: { code: number; bits: number }[] = []
{
  let code = 0
  for (const [index, count] of dcCounts.entries()) {
    for (let n = 0; n < count; n++) dcCodes.push({ code: code++, bits: index + 1 })
    code <<= 1
  }
}

class BitWriter {
  readonly #bytes: number[] = []
  #held = 0
  #count = 0

  put(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1)
      if (++this.#count === 8) this.#flush()
    }
  }

  #flush(): void {
    this.#bytes.push(this.#held)
    // A byte of ones inside the coded data is told from a marker by a zero.
    if (this.#held === 0xff) this.#bytes.push(0)
    this.#held = 0
    this.#count = 0
  }

  end(): Buffer {
    while (this.#count > 0) this.put(1, 1)
    return Buffer.from(this.#bytes)
  }
}

function segment(marker: number, ...body: (number | readonly number[])[]): Buffer {
  const bytes = Buffer.from(body.flat())
  return Buffer.concat([Buffer.from([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255]), bytes])
}

/** Squares of 8 × 8 pixels, row by row; three bytes each: brightness and the two colour differences, 128 is none. */
export function mosaicJpeg(columns: number, rows: number, colours: Uint8Array): Buffer {
  const components = [1, 2, 3]
  const bits = new BitWriter()
  const before = [0, 0, 0]
  for (let square = 0; square < columns * rows; square++) {
    for (const component of [0, 1, 2]) {
      // The DC term is eight times the mean; the quantisation step of eight takes it back.
      const value = (colours[square * 3 + component] ?? 128) - 128
      const difference = value - before[component]!
      before[component] = value
      const size = 32 - Math.clz32(Math.abs(difference))
      const { code, bits: length } = dcCodes[size]!
      bits.put(code, length)
      bits.put(difference < 0 ? difference + (1 << size) - 1 : difference, size)
      // The only AC code: end of block.
      bits.put(0, 1)
    }
  }
  const [width, height] = [columns * 8, rows * 8]
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(
      0xdb,
      0,
      Array.from({ length: 64 }, () => 8),
    ),
    segment(
      0xc0,
      8,
      [height >> 8, height & 255, width >> 8, width & 255, 3],
      components.flatMap((id) => [id, 0x11, 0]),
    ),
    segment(
      0xc4,
      0x00,
      dcCounts,
      Array.from({ length: 12 }, (_, symbol) => symbol),
    ),
    segment(0xc4, 0x10, [1, ...Array.from({ length: 15 }, () => 0)], 0),
    segment(
      0xda,
      3,
      components.flatMap((id) => [id, 0x00]),
      [0, 63, 0],
    ),
    bits.end(),
    Buffer.from([0xff, 0xd9]),
  ])
}
