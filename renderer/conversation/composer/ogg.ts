/**
 * Puts the Opus packets of a recording from WebM, which Chromium writes, into Ogg, which phones play as a voice note.
 * WebM: https://www.rfc-editor.org/rfc/rfc9559 (Matroska); Ogg Opus: https://www.rfc-editor.org/rfc/rfc7845.
 */

/** Matroska elements that lead to the packets. */
const ids = {
  segment: 0x18538067,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  codecPrivate: 0x63a2,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
} as const
const containers = new Set<number>([ids.segment, ids.cluster, ids.tracks, ids.trackEntry, ids.blockGroup])

const mostPackets = 400_000
const samplesPerSecond = 48_000

/** Null: not a WebM recording with Opus in it. */
export function oggFromWebm(webm: Uint8Array): { bytes: Uint8Array<ArrayBuffer>; durationS: number } | null {
  const found = readWebm(webm)
  if (!found || found.packets.length === 0) return null
  const samples = found.packets.reduce((sum, packet) => sum + packetSamples(packet), 0)
  return { bytes: writeOgg(found.head, found.packets), durationS: samples / samplesPerSecond }
}

function readWebm(bytes: Uint8Array): { head: Uint8Array; packets: Uint8Array[] } | null {
  const packets: Uint8Array[] = []
  let head: Uint8Array | null = null
  // Containers are stepped into and everything else is stepped over, so no size of a container is needed: in a recording they are
  // unknown, and clusters of unknown size end where the next one begins.
  for (let at = 0; at < bytes.length;) {
    const id = vint(bytes, at, true)
    const size = id && vint(bytes, id.next, false)
    if (!id || !size || packets.length > mostPackets) return null
    if (containers.has(id.value)) {
      at = size.next
      continue
    }
    const end = size.next + size.value
    if (size.unknown || end > bytes.length) return null
    if (id.value === ids.codecPrivate) head = bytes.subarray(size.next, end)
    else if (id.value === ids.simpleBlock || id.value === ids.block) {
      const track = vint(bytes, size.next, false)
      // Behind the track number: two bytes of time, one of flags. Laced blocks do not occur in recordings.
      if (track && track.next + 3 < end) packets.push(bytes.subarray(track.next + 3, end))
    }
    at = end
  }
  return head ? { head, packets } : null
}

/** A number of variable length; for ids the marker bit belongs to the value. */
function vint(
  bytes: Uint8Array,
  at: number,
  keepMarker: boolean,
): { value: number; next: number; unknown: boolean } | null {
  const first = bytes[at]
  if (first === undefined || first === 0) return null
  const length = Math.clz32(first) - 23
  if (at + length > bytes.length) return null
  let value = keepMarker ? first : first & ((1 << (8 - length)) - 1)
  let ones = (first | (0xff << (8 - length))) % 256 === 0xff
  for (let i = 1; i < length; i += 1) {
    const byte = bytes[at + i] ?? 0
    value = value * 256 + byte
    ones &&= byte === 0xff
  }
  return { value, next: at + length, unknown: ones && !keepMarker }
}

/** How long a packet sounds, from its first byte (RFC 6716, section 3.1). */
export function packetSamples(packet: Uint8Array): number {
  const toc = packet[0] ?? 0
  const config = toc >> 3
  const frame =
    config < 12
      ? [480, 960, 1920, 2880][config % 4]
      : config < 16
        ? [480, 960][config % 2]
        : [120, 240, 480, 960][config % 4]
  const frames = [1, 2, 2, (packet[1] ?? 1) & 63][toc & 3] ?? 1
  return (frame ?? 960) * frames
}

const serial = 0x5ea1de5c
const lacing = 255

function writeOgg(head: Uint8Array, packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pages: Uint8Array[] = []
  const add = (inside: readonly Uint8Array[], granule: number, flags: number): void => {
    pages.push(page(inside, granule, flags, pages.length))
  }
  add([head], 0, 2)
  add([tags()], 0, 0)
  let granule = 0
  let inside: Uint8Array[] = []
  let segments = 0
  packets.forEach((packet, i) => {
    const needed = Math.floor(packet.length / lacing) + 1
    if (inside.length > 0 && (segments + needed > lacing || inside.length >= 50)) {
      add(inside, granule, 0)
      inside = []
      segments = 0
    }
    // A page holds at most 255 segments; no recording has a packet of more than that.
    if (needed > lacing) return
    inside.push(packet)
    segments += needed
    granule += packetSamples(packet)
    if (i === packets.length - 1) add(inside, granule, 4)
  })
  const whole = new Uint8Array(pages.reduce((sum, one) => sum + one.length, 0))
  let at = 0
  for (const one of pages) {
    whole.set(one, at)
    at += one.length
  }
  return whole
}

/** Nobody needs to know which program recorded it. */
function tags(): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set(new TextEncoder().encode('OpusTags'))
  return bytes
}

function page(packets: readonly Uint8Array[], granule: number, flags: number, sequence: number): Uint8Array {
  const sizes = packets.flatMap((packet) => [
    ...Array.from({ length: Math.floor(packet.length / lacing) }, () => lacing),
    packet.length % lacing,
  ])
  const bytes = new Uint8Array(27 + sizes.length + packets.reduce((sum, packet) => sum + packet.length, 0))
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('OggS'))
  bytes[5] = flags
  view.setBigUint64(6, BigInt(granule), true)
  view.setUint32(14, serial, true)
  view.setUint32(18, sequence, true)
  bytes[26] = sizes.length
  bytes.set(sizes, 27)
  let at = 27 + sizes.length
  for (const packet of packets) {
    bytes.set(packet, at)
    at += packet.length
  }
  view.setUint32(22, checksum(bytes), true)
  return bytes
}

/** CRC-32 of Ogg: polynomial 0x04c11db7, not reflected, beginning with 0. */
const table = Uint32Array.from({ length: 256 }, (_unused, i) => {
  let value = i << 24
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value
})

function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum << 8) ^ (table[((sum >>> 24) ^ byte) & 255] ?? 0)
  return sum >>> 0
}
