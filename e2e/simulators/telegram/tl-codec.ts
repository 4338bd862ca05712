/** Reads and writes TL values: the binary form of everything that Telegram clients and servers exchange. */
import {
  NEWEST_LAYER,
  simulatorSchema,
  type TlConstructor,
  type TlField,
  type TlSchema,
  type TlType,
} from './tl-schema.ts'

/** A TL object: `_` is the constructor's name, the other members are its fields by their schema names. */
export interface TlObject {
  _: string
  [field: string]: TlValue
}
export type TlValue = number | bigint | string | boolean | Uint8Array | TlObject | TlValue[] | undefined

export class TlError extends Error {
  readonly code: 'truncated' | 'unknown_constructor' | 'malformed' | 'too_deep'
  constructor(code: TlError['code'], message: string) {
    super(message)
    this.code = code
  }
}

const VECTOR_ID = 0x1cb5c415
const BOOL_TRUE_ID = 0x997275b5
const BOOL_FALSE_ID = 0xbc799737
/** Deeper nesting than any API type needs; bounds recursion on hostile input. */
const MAX_DEPTH = 32
/** A TL string's length field has 24 bits. */
export const MAX_TL_STRING_BYTES = 0xffffff

export class TlReader {
  readonly #bytes: Buffer
  readonly #schema: TlSchema
  #offset = 0

  constructor(bytes: Buffer, schema: TlSchema = simulatorSchema()) {
    this.#bytes = bytes
    this.#schema = schema
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  raw(length: number): Buffer {
    if (length < 0 || length > this.remaining) throw new TlError('truncated', 'TL data ends too early')
    const slice = this.#bytes.subarray(this.#offset, this.#offset + length)
    this.#offset += length
    return slice
  }

  int(): number {
    return this.raw(4).readInt32LE()
  }

  /** An unsigned 32-bit number: constructor ids and flags. */
  uint(): number {
    return this.raw(4).readUInt32LE()
  }

  long(): bigint {
    return this.raw(8).readBigInt64LE()
  }

  bytes(): Buffer {
    let length = this.raw(1).readUInt8()
    let header = 1
    if (length === 254) {
      length = this.raw(3).readUIntLE(0, 3)
      header = 4
    } else if (length === 255) throw new TlError('malformed', 'TL string has a bad length mark')
    const value = this.raw(length)
    this.raw((4 - ((header + length) % 4)) % 4)
    return value
  }

  /** The next boxed object. Throws TlError('unknown_constructor') for a number that the schema lacks. */
  object(depth = 0): TlObject {
    const id = this.uint()
    const constructor = this.#schema.find(id)
    if (!constructor) throw new TlError('unknown_constructor', `TL constructor ${id.toString(16)} is unknown`)
    return this.#fields(constructor, depth)
  }

  #fields(constructor: TlConstructor, depth: number): TlObject {
    if (depth > MAX_DEPTH) throw new TlError('too_deep', 'TL value is nested too deeply')
    const object: TlObject = { _: constructor.name }
    const flags = new Map<string, number>()
    for (const field of constructor.fields) {
      if (field.type.kind === 'flags') flags.set(field.name, this.uint())
      else if (!field.flag || ((flags.get(field.flag.field) ?? 0) >>> field.flag.bit) & 1)
        object[field.name] = this.value(field.type, depth)
    }
    return object
  }

  value(type: TlType, depth = 0): TlValue {
    switch (type.kind) {
      case 'int':
      case 'flags':
        return this.int()
      case 'long':
        return this.long()
      case 'double':
        return this.raw(8).readDoubleLE()
      case 'int128':
        return this.raw(16)
      case 'int256':
        return this.raw(32)
      case 'bytes':
        return this.bytes()
      case 'string':
        return this.bytes().toString('utf8')
      case 'true':
        return true
      case 'bool':
        return this.#bool()
      case 'query':
        return this.raw(this.remaining)
      case 'vector':
        return this.#vector(type, depth)
      case 'object':
        return type.bare ? this.#fields(this.#schema.get(type.name, NEWEST_LAYER), depth + 1) : this.object(depth + 1)
    }
  }

  #bool(): boolean {
    const id = this.uint()
    if (id === BOOL_TRUE_ID) return true
    if (id === BOOL_FALSE_ID) return false
    throw new TlError('malformed', 'TL Bool has an unknown constructor')
  }

  #vector(type: { boxed: boolean; item: TlType }, depth: number): TlValue[] {
    if (type.boxed && this.uint() !== VECTOR_ID) throw new TlError('malformed', 'TL vector expected')
    const count = this.uint()
    // Every item takes at least 4 bytes, so a count beyond that is a lie that would only cost memory.
    if (count * 4 > this.remaining) throw new TlError('truncated', 'TL vector is longer than its data')
    const items: TlValue[] = []
    for (let index = 0; index < count; index++) items.push(this.value(type.item, depth + 1))
    return items
  }
}

function wrongType(constructor: string, field: string): Error {
  return new TypeError(`TL field ${constructor}.${field} has a value of the wrong type`)
}

/** Writes TL values in the forms of one API layer. A missing or wrong field is a bug of ours and throws TypeError. */
export class TlWriter {
  readonly #chunks: Buffer[] = []
  readonly #schema: TlSchema
  readonly #layer: number

  constructor(layer: number = NEWEST_LAYER, schema: TlSchema = simulatorSchema()) {
    this.#layer = layer
    this.#schema = schema
  }

  result(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  raw(bytes: Uint8Array): this {
    this.#chunks.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return this
  }

  int(value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value | 0)
    return this.raw(bytes)
  }

  long(value: bigint): this {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt.asIntN(64, value))
    return this.raw(bytes)
  }

  bytes(value: Uint8Array): this {
    if (value.length > MAX_TL_STRING_BYTES) throw new RangeError('TL string is longer than 16 MB')
    const short = value.length < 254
    const header = Buffer.alloc(short ? 1 : 4)
    if (short) header.writeUInt8(value.length)
    else header.writeUInt32LE(((value.length << 8) | 254) >>> 0)
    return this.raw(header)
      .raw(value)
      .raw(Buffer.alloc((4 - ((header.length + value.length) % 4)) % 4))
  }

  object(value: TlObject): this {
    const constructor = this.#schema.get(value._, this.#layer)
    this.int(constructor.id)
    return this.#fields(constructor, value)
  }

  #fields(constructor: TlConstructor, value: TlObject): this {
    for (const field of constructor.fields) {
      if (field.type.kind === 'flags') this.int(flagBits(constructor.fields, field.name, value))
      else if (!field.flag || isPresent(field, value)) {
        const member = value[field.name] ?? (field.flag ? undefined : emptyValue(field.type))
        this.value(field.type, member, constructor.name, field.name)
      }
    }
    return this
  }

  value(type: TlType, value: TlValue, owner = '', field = ''): this {
    switch (type.kind) {
      case 'int':
      case 'flags':
        if (typeof value === 'number') return this.int(value)
        break
      case 'long':
        if (typeof value === 'bigint' || typeof value === 'number') return this.long(BigInt(value))
        break
      case 'double':
        if (typeof value === 'number') return this.#double(value)
        break
      case 'int128':
      case 'int256':
        if (value instanceof Uint8Array && value.length === (type.kind === 'int128' ? 16 : 32)) return this.raw(value)
        break
      case 'bytes':
        if (value instanceof Uint8Array) return this.bytes(value)
        break
      case 'string':
        if (typeof value === 'string') return this.bytes(Buffer.from(value, 'utf8'))
        break
      case 'true':
        return this
      case 'bool':
        if (typeof value === 'boolean') return this.int(value ? BOOL_TRUE_ID : BOOL_FALSE_ID)
        break
      case 'query':
        if (value instanceof Uint8Array) return this.raw(value)
        break
      case 'vector':
        if (Array.isArray(value)) return this.#vector(type, value, owner, field)
        break
      case 'object':
        if (isTlObject(value))
          return type.bare ? this.#fields(this.#schema.get(type.name, this.#layer), value) : this.object(value)
    }
    throw wrongType(owner, field)
  }

  #double(value: number): this {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return this.raw(bytes)
  }

  #vector(type: { boxed: boolean; item: TlType }, items: TlValue[], owner: string, field: string): this {
    if (type.boxed) this.int(VECTOR_ID)
    this.int(items.length)
    for (const item of items) this.value(type.item, item, owner, field)
    return this
  }
}

function isPresent(field: TlField, value: TlObject): boolean {
  const member = value[field.name]
  return field.type.kind === 'true' ? member === true : member !== undefined
}

function flagBits(fields: TlField[], flagField: string, value: TlObject): number {
  let bits = 0
  for (const field of fields)
    if (field.flag?.field === flagField && isPresent(field, value)) bits |= 1 << field.flag.bit
  return bits
}

/** Vectors that a handler left out are empty; everything else that is mandatory must be given. */
function emptyValue(type: TlType): TlValue {
  return type.kind === 'vector' ? [] : undefined
}

export function isTlObject(value: TlValue): value is TlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

export function encodeTl(object: TlObject, layer?: number): Buffer {
  return new TlWriter(layer).object(object).result()
}

/** Decodes one boxed object that must fill the bytes completely. Throws TlError. */
export function decodeTl(bytes: Buffer): TlObject {
  const reader = new TlReader(bytes)
  const object = reader.object()
  if (reader.remaining > 0) throw new TlError('malformed', 'TL data has bytes left over')
  return object
}
