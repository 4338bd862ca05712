/** What a screenshot of the whole screen shows of the visible mark: the attacker's view, taken with ImageMagick. */
import { execFileSync } from 'node:child_process'

/** Of the display that Desktop opens. */
const screen = { width: 1280, height: 800 }
export type Area = { x: number; y: number; width: number; height: number }

/** The whole screen as somebody else on this machine sees it: three bytes per pixel. */
export function readScreen(display: string): Buffer {
  return execFileSync('import', ['-window', 'root', '-depth', '8', 'rgb:-'], {
    env: { ...process.env, DISPLAY: display },
    maxBuffer: 16 * 1024 * 1024,
  })
}

/** Regions of 420 × 180 in the white window that hold no more than a few pixels of another colour: without a mark. */
export function unmarkedRegions(pixels: Buffer, window: Area): Area[] {
  if (pixels.length !== screen.width * screen.height * 3)
    throw new Error('the screenshot has another size than the screen')
  const inked = ({ x, y, width, height }: Area): number => {
    let count = 0
    for (let row = y; row < y + height; row += 1) {
      for (let column = x; column < x + width; column += 1) {
        if (pixels[(row * screen.width + column) * 3]! < 250) count += 1
      }
    }
    return count
  }
  const found: Area[] = []
  for (let y = window.y; y + 180 <= window.y + window.height; y += 90) {
    for (let x = window.x; x + 420 <= window.x + window.width; x += 105) {
      const area = { x, y, width: 420, height: 180 }
      const count = inked(area)
      // A page that is not white at all would count as inked: the mark is thin.
      if (count < 200 || count > (420 * 180) / 2) found.push(area)
    }
  }
  return found
}
