/** A reader of protobuf bytes as small as messages need; every limit is here, because whoever writes to the account chooses the bytes. */

export class MalformedMessage extends Error {
  readonly code = 'whatsapp_malformed_message'
}

interface Field {
  number: number
  /** Value of varints; 0 for the others. */
  value: number
  /** Content of length-delimited and fixed fields, else null. */
  bytes: Uint8Array | null
}

/** More than any message of the protocol has; a million empty fields would cost memory only. */
const FIELDS_LIMIT = 20_000
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** No more is decoded than is kept, and no half of a sign is left at the cut. */
function decodeText(bytes: Uint8Array, limit: number): string {
  const text = utf8.decode(bytes.length > limit * 3 + 3 ? bytes.subarray(0, limit * 3 + 3) : bytes)
  if (text.length <= limit) return text
  const cut = text.slice(0, limit)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) throw new MalformedMessage('varint is cut')
    // Numbers beyond 2^53 lose precision; no field read here is that large.
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  throw new MalformedMessage('varint is too long')
}

function splitFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    if (fields.length >= FIELDS_LIMIT) throw new MalformedMessage('too many fields')
    const tag = readVarint(bytes, at)
    const number = Math.floor(tag.value / 8)
    const wire = tag.value % 8
    at = tag.next
    if (wire === 0) {
      const { value, next } = readVarint(bytes, at)
      fields.push({ number, value, bytes: null })
      at = next
      continue
    }
    let length = wire === 1 ? 8 : 4
    if (wire === 2) {
      const prefix = readVarint(bytes, at)
      length = prefix.value
      at = prefix.next
    } else if (wire !== 1 && wire !== 5) throw new MalformedMessage('unknown wire type')
    if (length > bytes.length - at) throw new MalformedMessage('field is cut')
    fields.push({ number, value: 0, bytes: bytes.subarray(at, at + length) })
    at += length
  }
  return fields
}

/** The fields of one message. A field that comes twice counts with its last value, as protobuf has it. */
export class Fields {
  readonly #fields: Field[]

  /** Throws MalformedMessage when a length points outside. */
  constructor(bytes: Uint8Array) {
    this.#fields = splitFields(bytes)
  }

  /** Numbers of the fields that hold a message, a text or bytes, in their order. */
  filled(): number[] {
    return this.#fields.flatMap(({ number, bytes }) => (bytes === null ? [] : [number]))
  }

  bytes(number: number): Uint8Array | null {
    return this.#fields.findLast((field) => field.number === number && field.bytes !== null)?.bytes ?? null
  }

  /** Bytes of at most `limit`, null for longer ones and for none. */
  shortBytes(number: number, limit: number): Uint8Array | null {
    const bytes = this.bytes(number)
    return bytes && bytes.length > 0 && bytes.length <= limit ? bytes : null
  }

  list(number: number, limit: number): Uint8Array[] {
    return this.#fields
      .flatMap((field) => (field.number === number && field.bytes !== null ? [field.bytes] : []))
      .slice(0, limit)
  }

  /** A text cut to `limit` UTF-16 units; null where there is none. */
  text(number: number, limit = Infinity): string | null {
    const bytes = this.bytes(number)
    return bytes === null ? null : decodeText(bytes, limit)
  }

  texts(number: number, count: number, limit: number): string[] {
    return this.list(number, count).map((bytes) => decodeText(bytes, limit))
  }

  /** A varint as a whole number from 0; null for an absent or absurd one. */
  number(number: number, limit = Number.MAX_SAFE_INTEGER): number | null {
    const field = this.#fields.findLast((one) => one.number === number && one.bytes === null)
    return field && field.value <= limit ? field.value : null
  }

  flag(number: number): boolean {
    return (this.number(number) ?? 0) !== 0
  }

  /** A double; null for an absent one and for what is no number. */
  double(number: number): number | null {
    const bytes = this.bytes(number)
    if (bytes === null || bytes.length !== 8) return null
    const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
    return Number.isFinite(value) ? value : null
  }

  /** A nested message; null where there is none. Throws MalformedMessage. */
  message(number: number): Fields | null {
    const bytes = this.bytes(number)
    return bytes === null ? null : new Fields(bytes)
  }
}
