import { expect, test } from 'vitest'
import { oggFromWebm, packetSamples } from './ogg.ts'

const unknown = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
const element = (id: number[], content: number[]): number[] => [
  ...id,
  0x40 | (content.length >> 8),
  content.length & 255,
  ...content,
]
const head = [...new TextEncoder().encode('OpusHead'), 1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]
/** 20 ms of CELT in one frame: the first byte is 0x98. */
const packet = (size: number): number[] => [0x98, ...Array.from({ length: size - 1 }, (_unused, i) => i % 251)]
const block = (data: number[]): number[] => element([0xa3], [0x81, 0, 0, 0x80, ...data])

function webm(clusters: number[][][]): Uint8Array {
  const tracks = element([0x16, 0x54, 0xae, 0x6b], element([0xae], element([0x63, 0xa2], head)))
  const inside = clusters.flatMap((blocks) => [0x1f, 0x43, 0xb6, 0x75, ...unknown, ...blocks.flatMap(block)])
  return Uint8Array.from([
    ...element([0x1a, 0x45, 0xdf, 0xa3], [1, 2]),
    0x18,
    0x53,
    0x80,
    0x67,
    ...unknown,
    ...tracks,
    ...inside,
  ])
}

interface Page {
  flags: number
  granule: number
  sequence: number
  packets: number[][]
}

function readPages(bytes: Uint8Array): Page[] {
  const pages: Page[] = []
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, at)
    expect(new TextDecoder().decode(bytes.subarray(at, at + 4))).toBe('OggS')
    const count = bytes[at + 26] ?? 0
    const sizes = [...bytes.subarray(at + 27, at + 27 + count)]
    const packets: number[][] = [[]]
    let data = at + 27 + count
    for (const size of sizes) {
      packets.at(-1)?.push(...bytes.subarray(data, data + size))
      data += size
      if (size < 255) packets.push([])
    }
    pages.push({
      flags: bytes[at + 5] ?? 0,
      granule: Number(view.getBigUint64(6, true)),
      sequence: view.getUint32(18, true),
      packets: packets.slice(0, -1),
    })
    at = data
  }
  return pages
}

test('the packets of a recording come through whole and in order, with their time', () => {
  const packets = [packet(10), packet(255), packet(600), ...Array.from({ length: 60 }, () => packet(80))]
  const ogg = oggFromWebm(webm([packets.slice(0, 2), packets.slice(2)]))
  const pages = readPages(ogg?.bytes ?? new Uint8Array())
  expect(pages[0]).toMatchObject({ flags: 2, granule: 0, packets: [head] })
  expect(new TextDecoder().decode(Uint8Array.from(pages[1]?.packets[0] ?? []).subarray(0, 8))).toBe('OpusTags')
  expect(pages.slice(2).flatMap((page) => page.packets)).toEqual(packets)
  expect(pages.map((page) => page.sequence)).toEqual(pages.map((_unused, i) => i))
  expect(pages.at(-1)).toMatchObject({ flags: 4, granule: packets.length * 960 })
  expect(ogg?.durationS).toBeCloseTo(packets.length * 0.02)
})

test('the sum of an Ogg page is the one that players compute', () => {
  // The sum of a page is made over the page with its sum set to zero; a known page of RFC 3533 form.
  const bytes = oggFromWebm(webm([[packet(3)]]))?.bytes ?? new Uint8Array()
  const end = 27 + 1 + head.length
  const page = bytes.slice(0, end)
  const told = new DataView(page.buffer).getUint32(22, true)
  page.fill(0, 22, 26)
  let sum = 0
  for (const byte of page) {
    sum ^= byte << 24
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  }
  expect(told).toBe(sum >>> 0)
})

test('what is no recording is left as it is', () => {
  expect(oggFromWebm(new Uint8Array())).toBeNull()
  expect(oggFromWebm(Uint8Array.from([0, 1, 2, 3]))).toBeNull()
  expect(oggFromWebm(webm([]))).toBeNull()
  expect(oggFromWebm(webm([[packet(40)]]).subarray(0, -5))).toBeNull()
})

test('a packet tells how long it sounds', () => {
  expect([[0x98], [0x99], [0x08], [0x7b, 3], []].map((bytes) => packetSamples(Uint8Array.from(bytes)))).toEqual([
    960, 1920, 960, 2880, 480,
  ])
})
