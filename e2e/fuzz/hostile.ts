/** Values and byte changes that break careless readers; pure functions of the random numbers that they are given. */
import type { Random } from '../harness/seed.ts'

export const hostileInts = [
  0, 1, -1, 2, 3, 16, 127, 128, 255, 256, 65_535, 65_536, 0x7fffffff, -0x80000000, 1_000_000_007, -2, 8192,
] as const

export const hostileLongs = [
  0n,
  1n,
  -1n,
  (1n << 31n) - 1n,
  1n << 32n,
  (1n << 53n) + 1n,
  (1n << 63n) - 1n,
  -(1n << 63n),
  253_402_300_800n,
  -62_135_596_801n,
] as const

export const hostileTexts = [
  '',
  ' ',
  '\0',
  '\u202E\u2066txt.exe',
  '\uFEFF\uFFFE',
  '\uD83D',
  '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}',
  '../../../etc/passwd',
  'C:\\con\\nul',
  "'; DROP TABLE messages; --",
  '<img src=x onerror=alert(1)>',
  '{"__proto__":{"polluted":true}}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '%s%s%n%x',
  '${7*7}',
  'a\r\nb\u2028c\u2029d',
  'e\u0301'.repeat(40),
  'x'.repeat(3000),
  '\u0430'.repeat(70_000),
  'NaN',
  '-0',
  '1e999',
  '99999999999999999999999999',
  '-1',
  '0x10',
  '1.5',
] as const

/** Long ones are rare: they cost more than they find. */
export function hostileText(random: Random): string {
  const text = random.pick(hostileTexts)
  return text.length > 5000 && random.below(20) > 0 ? text.slice(0, 300) : text
}

export function randomBytesOf(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = random.below(256)
  return bytes
}

/** A length that is usually small and now and then beyond what a field should hold. */
export function someLength(random: Random): number {
  return random.below(40) === 0 ? 1000 + random.below(70_000) : random.below(60)
}

type Change = (bytes: Buffer, random: Random) => Buffer

const changes: Change[] = [
  // Cut.
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  // One bit.
  (bytes, random) => replaced(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8))),
  // One byte.
  (bytes, random) => replaced(bytes, random.below(bytes.length), () => random.pick([0, 1, 127, 128, 254, 255])),
  // A word.
  (bytes, random) => {
    const changed = Buffer.from(bytes)
    if (bytes.length >= 4) changed.writeInt32LE(random.pick(hostileInts), random.below(bytes.length - 3))
    return changed
  },
  // A piece twice.
  (bytes, random) => {
    const from = random.below(bytes.length)
    const to = from + random.below(bytes.length - from)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  // A piece left out.
  (bytes, random) => {
    const from = random.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(16))])
  },
  // A piece put in.
  (bytes, random) => {
    const at = random.below(bytes.length)
    const more = randomBytesOf(random, 1 + random.below(24))
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
  },
]

function replaced(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = change(changed[at] ?? 0) & 255
  return changed
}

/** One to four changes, one after the other. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let changed = bytes
  for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left--)
    changed = random.pick(changes)(changed, random)
  return changed
}
