/** Where the pages of a document stand one under the other, which of them are in sight, and how finely they are drawn. */

/** A page's own size, in CSS pixels at its natural scale. */
export interface PageSize {
  width: number
  height: number
}

/** CSS pixels from the beginning of the column. */
export interface PageBox extends PageSize {
  top: number
}

export interface PageLayout {
  boxes: readonly PageBox[]
  /** Of the whole column. */
  height: number
  width: number
}

const gapPx = 14
/** Lines longer than this are hard to read; whoever wants more zooms in. */
const widestPx = 920
/** A receipt or a stamp is not blown up to the width of a letter. */
const mostEnlarged = 2
/** A page that is a ribbon gets narrower instead of endless. */
const mostAspect = 24

/** Limits of one canvas: above the first it becomes coarser, above the second Chromium draws nothing. */
const mostPixels = 16_000_000
const mostSide = 16_384

export const zoomSteps: readonly number[] = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]

/** The next step up (1) or down (-1), or the same at the end. */
export function zoomBy(zoom: number, way: 1 | -1): number {
  const next = way === 1 ? zoomSteps.find((one) => one > zoom) : zoomSteps.findLast((one) => one < zoom)
  return next ?? zoom
}

/** `room` is what there is in width; at zoom 1 pages fill it up to a comfortable width. */
export function layPages(sizes: readonly PageSize[], room: number, zoom: number): PageLayout {
  const column = Math.max(80, Math.min(room, widestPx))
  let top = gapPx
  let widest = 0
  const boxes = sizes.map((size): PageBox => {
    const fitted = Math.min(column, size.width * mostEnlarged)
    const aspect = size.height / size.width
    const width = Math.max(1, Math.round(fitted * Math.min(1, mostAspect / aspect) * zoom))
    const height = Math.max(1, Math.round(width * aspect))
    const box = { top, width, height }
    top += height + gapPx
    widest = Math.max(widest, width)
    return box
  })
  return { boxes, height: top, width: widest }
}

/** A page that claims to have no size, or one that no sheet has, is taken for a sheet. */
export function soundSize(size: PageSize): PageSize {
  const { width, height } = size
  const sound = Number.isFinite(width) && Number.isFinite(height) && width >= 1 && height >= 1
  return sound ? { width, height } : { width: 794, height: 1123 }
}

/** The first page whose end is below a place. */
function firstBelow(boxes: readonly PageBox[], place: number): number {
  let [from, to] = [0, boxes.length]
  while (from < to) {
    const middle = (from + to) >> 1
    const box = boxes[middle]
    if (box && box.top + box.height > place) to = middle
    else from = middle + 1
  }
  return Math.min(from, boxes.length - 1)
}

export interface PageWindow {
  /** Numbers from 0, both included: what is in sight and one page around it. */
  first: number
  last: number
  /** The page that is being read. */
  current: number
}

export function pagesInSight(layout: PageLayout, top: number, height: number): PageWindow {
  const { boxes } = layout
  const seen = firstBelow(boxes, top)
  let last = seen
  while (last + 1 < boxes.length && (boxes[last + 1]?.top ?? 0) < top + height) last += 1
  return {
    first: Math.max(0, seen - 1),
    last: Math.min(boxes.length - 1, last + 1),
    current: readAt(layout, seen, top, height),
  }
}

/** The first page of which half is in sight, or that fills more than half of the view; at the very end the last one. */
function readAt({ boxes, height: whole }: PageLayout, seen: number, top: number, height: number): number {
  if (top > 0 && top + height >= whole - 1) return boxes.length - 1
  const box = boxes[seen]
  const isLeft = box && box.top + box.height <= top + Math.min(height, box.height) / 2
  return isLeft && seen + 1 < boxes.length ? seen + 1 : seen
}

/** Where to scroll so that a page begins at the upper edge. */
export function topOf(layout: PageLayout, page: number): number {
  return Math.max(0, (layout.boxes[page]?.top ?? 0) - gapPx)
}

/** After zooming or a change of sizes: what stood at the upper edge stands there again. */
export function keepPlace(before: PageLayout, after: PageLayout, top: number): number {
  const page = firstBelow(before.boxes, top)
  const [was, is] = [before.boxes[page], after.boxes[page]]
  if (!was || !is) return top
  // Within a gap the distance stays, within a page the part of it.
  if (top <= was.top) return Math.max(0, is.top - (was.top - top))
  return is.top + ((top - was.top) / was.height) * is.height
}

/** Pixels of a page's canvas; `ratio` are the device's pixels in one of CSS. Whole, at least 1, never beyond what can be had. */
export function canvasSize(box: PageSize, ratio: number): PageSize {
  const finest = Math.min(
    ratio,
    Math.sqrt(mostPixels / (box.width * box.height)),
    mostSide / Math.max(box.width, box.height),
  )
  return {
    width: Math.max(1, Math.floor(box.width * finest)),
    height: Math.max(1, Math.floor(box.height * finest)),
  }
}
