/** Reads TL schema text (the public notation of Telegram's binary types) into constructor definitions. */
import { readFileSync } from 'node:fs'

export type TlType =
  | { kind: 'int' | 'long' | 'double' | 'int128' | 'int256' | 'string' | 'bytes' | 'bool' | 'true' | 'flags' | 'query' }
  | { kind: 'vector'; boxed: boolean; item: TlType }
  | { kind: 'object'; name: string; bare: boolean }

export interface TlField {
  name: string
  type: TlType
  /** Present only when this bit of that flags field is set. */
  flag: { field: string; bit: number } | null
}

export interface TlConstructor {
  name: string
  /** Unsigned 32-bit constructor number. */
  id: number
  fields: TlField[]
  result: TlType
  isFunction: boolean
  /** The highest API layer that uses this form; null: the newest. */
  untilLayer: number | null
}

const PRIMITIVES = new Map<string, TlType>(
  (['int', 'long', 'double', 'int128', 'int256', 'string', 'bytes', 'true'] as const).map((kind) => [kind, { kind }]),
)

function parseType(text: string): TlType {
  const primitive = PRIMITIVES.get(text)
  if (primitive) return primitive
  if (text === '#') return { kind: 'flags' }
  if (text === 'Bool') return { kind: 'bool' }
  if (text.startsWith('!')) return { kind: 'query' }
  const vector = /^([Vv])ector<(.+)>$/.exec(text)
  if (vector) return { kind: 'vector', boxed: vector[1] === 'V', item: parseType(vector[2] ?? '') }
  const bare = /(^|\.)[a-z]\w*$/.test(text)
  return { kind: 'object', name: text, bare }
}

function parseField(text: string): TlField {
  const match = /^(\w+):(?:(\w+)\.(\d+)\?)?(.+)$/.exec(text)
  if (!match) throw new Error(`TL field not understood: ${text}`)
  const [, name = '', flagField, bit, type = ''] = match
  return { name, type: parseType(type), flag: flagField ? { field: flagField, bit: Number(bit) } : null }
}

/** Parses schema text. `// until layer N` lines mark older forms. Throws on a line that is not TL. */
export function parseTlSchema(text: string): TlConstructor[] {
  const constructors: TlConstructor[] = []
  let isFunction = false
  let untilLayer: number | null = null
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '---functions---') isFunction = true
    else if (line === '---types---') isFunction = false
    else if (line.startsWith('//')) untilLayer = Number(/until layer (\d+)$/.exec(line)?.[1] ?? 0) || untilLayer
    else if (line !== '') {
      const match = /^([\w.]+)#([0-9a-f]{1,8}) (.*)= (.+);$/.exec(line)
      if (!match) throw new Error(`TL line not understood: ${line}`)
      const [, name = '', id = '', fields = '', result = ''] = match
      constructors.push({
        name,
        id: Number.parseInt(id, 16),
        fields: fields.split(' ').filter(Boolean).map(parseField),
        result: result === 'X' ? { kind: 'query' } : parseType(result),
        isFunction,
        untilLayer,
      })
    }
  }
  return constructors
}

/** Constructor definitions by number (for reading) and by name and layer (for writing). */
export class TlSchema {
  readonly #byId = new Map<number, TlConstructor>()
  readonly #byName = new Map<string, TlConstructor[]>()

  constructor(constructors: TlConstructor[]) {
    for (const constructor of constructors) {
      // A form that did not change between two marks is listed twice with the same number.
      if (!this.#byId.has(constructor.id)) this.#byId.set(constructor.id, constructor)
      const forms = this.#byName.get(constructor.name) ?? []
      forms.push(constructor)
      forms.sort((a, b) => (a.untilLayer ?? Infinity) - (b.untilLayer ?? Infinity))
      this.#byName.set(constructor.name, forms)
    }
  }

  /** Definition for a constructor number from the wire, or null when this schema does not know it. */
  find(id: number): TlConstructor | null {
    return this.#byId.get(id) ?? null
  }

  /** The form of a constructor that clients of this layer understand. Throws when the name is unknown: a bug of ours. */
  get(name: string, layer: number): TlConstructor {
    const form = this.#byName.get(name)?.find((one) => one.untilLayer === null || layer <= one.untilLayer)
    if (!form) throw new Error(`TL constructor ${name} is not in the schema`)
    return form
  }
}

/** The newest layer that schema/api.tl describes. */
export const NEWEST_LAYER = 229

function readSchemaFile(name: string): TlConstructor[] {
  return parseTlSchema(readFileSync(new URL(`./schema/${name}`, import.meta.url), 'utf8'))
}

let loaded: TlSchema | null = null

/** The simulator's schema: service types, API of the newest layer, older forms. Read once. */
export function simulatorSchema(): TlSchema {
  loaded ??= new TlSchema(['mtproto.tl', 'api.tl', 'api-older-layers.tl'].flatMap(readSchemaFile))
  return loaded
}
