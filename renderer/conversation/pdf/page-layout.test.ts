import { expect, test } from 'vitest'
import {
  canvasSize,
  keepPlace,
  layPages,
  pagesInSight,
  soundSize,
  topOf,
  zoomBy,
  zoomSteps,
  type PageSize,
} from './page-layout.ts'

const sheet: PageSize = { width: 600, height: 800 }
const sheets = (count: number): PageSize[] => Array.from({ length: count }, () => sheet)

test('pages stand one under the other, as wide as there is room, and no wider than can be read', () => {
  const narrow = layPages(sheets(2), 300, 1)
  expect(narrow.boxes).toEqual([
    { top: 14, width: 300, height: 400 },
    { top: 428, width: 300, height: 400 },
  ])
  expect(narrow).toMatchObject({ height: 842, width: 300 })
  expect(layPages(sheets(1), 4000, 1).boxes[0]).toMatchObject({ width: 920 })
  expect(layPages(sheets(1), 300, 2).boxes[0]).toMatchObject({ width: 600, height: 800 })
})

test('a small page is not blown up without end, and a ribbon does not become an endless one', () => {
  expect(layPages([{ width: 100, height: 200 }], 800, 1).boxes[0]).toMatchObject({ width: 200, height: 400 })
  const ribbon = layPages([{ width: 10, height: 14_400 }], 800, 1).boxes[0]
  expect(ribbon!.height).toBeLessThan(24 * 800)
  expect(layPages([{ width: 14_400, height: 1 }], 800, 1).boxes[0]).toMatchObject({ width: 800, height: 1 })
})

test('of a thousand pages only those in sight and one around them are wanted', () => {
  const layout = layPages(sheets(1000), 300, 1)
  expect(pagesInSight(layout, 0, 600)).toEqual({ first: 0, last: 2, current: 0 })
  expect(pagesInSight(layout, topOf(layout, 500), 600)).toEqual({ first: 499, last: 502, current: 500 })
  expect(pagesInSight(layout, layout.height - 600, 600)).toEqual({ first: 997, last: 999, current: 999 })
  expect(pagesInSight(layout, 1e9, 600)).toMatchObject({ last: 999, current: 999 })
})

test('the page that is read is the one with its half in sight, or the one that fills the view', () => {
  const small = layPages(sheets(10), 300, 1)
  expect(pagesInSight(small, 14 + 190, 600).current).toBe(0)
  expect(pagesInSight(small, 14 + 210, 600).current).toBe(1)
  const large = layPages(sheets(10), 300, 4)
  expect(pagesInSight(large, 1_200, 600).current).toBe(0)
  expect(pagesInSight(large, 1_400, 600).current).toBe(1)
  for (let page = 0; page < 9; page += 1) expect(pagesInSight(small, topOf(small, page), 200).current).toBe(page)
  // Everything in sight at once: it begins at the beginning.
  expect(pagesInSight(small, 0, 10_000).current).toBe(0)
})

test('zooming and a size that is learned later keep what is at the upper edge', () => {
  const [before, after] = [layPages(sheets(9), 300, 1), layPages(sheets(9), 300, 2)]
  const middle = before.boxes[4]!.top + before.boxes[4]!.height / 2
  expect(keepPlace(before, after, middle)).toBe(after.boxes[4]!.top + after.boxes[4]!.height / 2)
  expect(keepPlace(before, after, topOf(before, 3))).toBe(topOf(after, 3))
  const learned = layPages([{ width: 600, height: 300 }, ...sheets(8)], 300, 1)
  expect(keepPlace(before, learned, topOf(before, 3) + 40)).toBe(topOf(learned, 3) + 40)
})

test('a canvas is as fine as the screen, within what can be had', () => {
  expect(canvasSize({ width: 300, height: 400 }, 2)).toEqual({ width: 600, height: 800 })
  const large = canvasSize({ width: 3_680, height: 4_906 }, 2)
  expect(large.width * large.height).toBeLessThanOrEqual(16_000_000)
  expect(large.width / large.height).toBeCloseTo(3_680 / 4_906, 3)
  expect(canvasSize({ width: 1, height: 60_000 }, 3)).toEqual({ width: 1, height: 16_384 })
})

test('a page without a sound size is taken for a sheet', () => {
  for (const bad of [0, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(soundSize({ width: bad, height: 10 })).toEqual({ width: 794, height: 1123 })
  }
  expect(soundSize(sheet)).toEqual(sheet)
})

test('zoom goes from step to step and ends where the steps end', () => {
  expect([zoomBy(1, 1), zoomBy(1, -1), zoomBy(1.1, -1)]).toEqual([1.25, 0.75, 1])
  expect([zoomBy(zoomSteps.at(-1)!, 1), zoomBy(zoomSteps[0]!, -1)]).toEqual([4, 0.5])
})
