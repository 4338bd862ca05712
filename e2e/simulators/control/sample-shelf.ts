/** A calm picture to look at: boxes on the two boards of a shelf, each seed with other boxes. Squares as `mosaicJpeg` takes them. */

export interface Squares {
  columns: number
  rows: number
  /** Three bytes each, row by row: brightness and the two colour differences, 128 is none. */
  colours: Uint8Array
}

const [columns, rows] = [48, 32]
const boards = [15, 29]
const wood = [96, 112, 146] as const

interface Box {
  left: number
  right: number
  top: number
  board: number
  colour: readonly [number, number, number]
}

/** `seed`: at least 64 bytes of noise. */
export function shelfSquares(seed: Uint8Array): Squares {
  let taken = 0
  const next = (below: number): number => seed[taken++ % seed.length]! % below
  const boxes: Box[] = boards.flatMap((board) => {
    const made: Box[] = []
    for (let left = 2 + next(3); left < columns - 7;) {
      const right = left + 5 + next(6)
      const colour = [110 + next(70), 108 + next(40), 108 + next(48)] as const
      made.push({ left, right: Math.min(right, columns - 2), top: board - 5 - next(8), board, colour })
      left = right + 1 + next(2)
    }
    return made
  })
  const colours = new Uint8Array(columns * rows * 3)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const [light, blue, red] = colourAt(boxes, x, y)
      // No two pictures are alike, whatever stands on their boards.
      colours.set([light + (seed[(y * columns + x) % seed.length]! & 3), blue, red], (y * columns + x) * 3)
    }
  return { columns, rows, colours }
}

function colourAt(boxes: readonly Box[], x: number, y: number): readonly [number, number, number] {
  if (boards.some((board) => y === board || y === board + 1)) return wood
  const box = boxes.find((one) => x >= one.left && x <= one.right && y >= one.top && y < one.board)
  if (!box) return [206 - y, 126, 130]
  const [light, blue, red] = box.colour
  // The lid catches light, the right side lies in the shade.
  return [light + (y === box.top ? 24 : 0) - (x === box.right ? 26 : 0), blue, red]
}
