/** Changes protobuf bytes where it hurts: wire types, lengths, numbers, depth, repetitions; pure functions of the random numbers. */
import type { Random } from '../harness/seed.ts'
import { hostileText, mutated, randomBytesOf } from './hostile.ts'

interface Field {
  number: number
  wire: number
  /** Of length-delimited fields the content, else the bytes as they stand. */
  value: Buffer
}

const numbers = [
  0n,
  1n,
  127n,
  128n,
  (1n << 31n) - 1n,
  1n << 31n,
  (1n << 32n) - 1n,
  (1n << 53n) + 1n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
]

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

function readVarint(bytes: Buffer, from: number): { value: bigint; next: number } | null {
  let value = 0n
  for (let at = from; at < Math.min(bytes.length, from + 10); at++) {
    const byte = bytes[at] ?? 0
    value |= BigInt(byte & 127) << BigInt(7 * (at - from))
    if (byte < 128) return { value, next: at + 1 }
  }
  return null
}

/** null: these bytes are no protobuf. */
function parse(bytes: Buffer): Field[] | null {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    if (!tag || tag.value >> 3n === 0n || tag.value >> 3n > 20_000n) return null
    const wire = Number(tag.value & 7n)
    const begin = tag.next
    if (wire === 2) {
      const length = readVarint(bytes, begin)
      if (!length || length.value > BigInt(bytes.length - length.next)) return null
      at = length.next + Number(length.value)
      fields.push({ number: Number(tag.value >> 3n), wire, value: bytes.subarray(length.next, at) })
      continue
    }
    const end =
      wire === 0 ? readVarint(bytes, begin)?.next : wire === 1 ? begin + 8 : wire === 5 ? begin + 4 : undefined
    if (end === undefined || end > bytes.length) return null
    fields.push({ number: Number(tag.value >> 3n), wire, value: bytes.subarray(begin, end) })
    at = end
  }
  return fields
}

function write(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, value }) => [
      varint((BigInt(number) << 3n) | BigInt(wire)),
      ...(wire === 2 ? [varint(BigInt(value.length))] : []),
      value,
    ]),
  )
}

function changedValue({ number, wire, value }: Field, random: Random): Field {
  switch (random.below(7)) {
    case 0:
      return { number, wire: 0, value: varint(random.pick(numbers)) }
    case 1:
      return { number, wire: 2, value: Buffer.from(hostileText(random)) }
    case 2:
      return { number, wire: 2, value: randomBytesOf(random, random.below(200)) }
    case 3:
      return { number, wire: random.below(8), value }
    case 4:
      return { number: random.pick([1, 2, 3, 12, 35, 37, 40, 55, 4000, 536_870_911]), wire, value }
    case 5:
      return { number, wire: 2, value: Buffer.alloc(0) }
    default:
      return {
        number,
        wire: wire === 2 ? 2 : 0,
        value: wire === 2 && value.length > 0 ? mutated(value, random) : varint(random.pick(numbers)),
      }
  }
}

/** One change somewhere in the tree. */
function changeOnce(bytes: Buffer, random: Random, depth: number): Buffer {
  const fields = parse(bytes)
  if (!fields || fields.length === 0) return bytes.length > 0 ? mutated(bytes, random) : randomBytesOf(random, 8)
  const at = random.below(fields.length)
  const field = fields[at]!
  const kind = random.below(12)
  if (field.wire === 2 && kind < 6 && depth < 12) {
    fields[at] = { ...field, value: changeOnce(field.value, random, depth + 1) }
  } else if (kind < 9) {
    fields[at] = changedValue(field, random)
  } else if (kind === 9) {
    fields.splice(at, 1)
  } else if (kind === 10) {
    fields.push(...Array.from({ length: 1 + random.below(50) }, () => field))
  } else {
    fields[at] = nested(field, random)
  }
  return write(fields)
}

/** The field inside itself, many times. */
function nested(field: Field, random: Random): Field {
  let value = field.value
  for (let left = random.pick([2, 20, 200, 2000]); left > 0; left--) value = write([{ ...field, wire: 2, value }])
  return { ...field, wire: 2, value }
}

export function changedProtobuf(bytes: Buffer, random: Random): Buffer {
  let changed = bytes
  for (let left = 1 + random.below(5); left > 0; left--) changed = changeOnce(changed, random, 0)
  return random.below(10) === 0 ? mutated(changed, random) : changed
}
