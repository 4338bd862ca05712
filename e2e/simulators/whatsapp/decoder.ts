/** Reads stanzas in WhatsApp's binary XML, trusting nothing that they claim. */
import { inflateSync } from 'node:zlib'
import type { BinaryNode } from './binary-node.ts'
import { DOMAINS, doubleTokens, HEX_ALPHABET, NIBBLE_ALPHABET, singleTokens, TAG } from './tokens.ts'

const FLAG_COMPRESSED = 2
const MAX_DEPTH = 32
const JID_TAGS = new Set<number>([TAG.jidPair, TAG.adJid, TAG.fbJid, TAG.interopJid])
/** Also bounds what a compressed stanza may blow up to. */
const MAX_STANZA_BYTES = 1 << 24

/** The bytes are not a stanza. */
export class DecodeError extends Error {}

/** One stanza with its flags byte; throws DecodeError on anything else, also on bytes left over. */
export function decodeNode(bytes: Uint8Array): BinaryNode {
  const reader = new Reader(inflated(Buffer.from(bytes)))
  const node = reader.node(0)
  if (!reader.finished) throw new DecodeError('bytes after the stanza')
  return node
}

function inflated(bytes: Buffer): Buffer {
  const flags = bytes[0]
  if (flags === undefined) throw new DecodeError('an empty stanza')
  if ((flags & FLAG_COMPRESSED) === 0) return bytes.subarray(1)
  try {
    return inflateSync(bytes.subarray(1), { maxOutputLength: MAX_STANZA_BYTES })
  } catch {
    throw new DecodeError('the compressed stanza cannot be opened')
  }
}

function isListTag(tag: number): boolean {
  return tag === TAG.listEmpty || tag === TAG.list8 || tag === TAG.list16
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get finished(): boolean {
    return this.#at === this.#bytes.length
  }

  node(depth: number): BinaryNode {
    if (depth > MAX_DEPTH) throw new DecodeError('stanzas nested too deep')
    const size = this.#listSize(this.#byte())
    if (size === 0) throw new DecodeError('a node without a tag')
    const tag = this.#string(this.#byte())
    if (tag === '') throw new DecodeError('a node with an empty tag')
    // No prototype: the names come from the wire.
    const attrs = Object.create(null) as Record<string, string>
    for (let index = 0; index < (size - 1) >> 1; index += 1) {
      const name = this.#string(this.#byte())
      attrs[name] = this.#string(this.#byte())
    }
    return size % 2 === 1 ? { tag, attrs } : { tag, attrs, content: this.#content(depth) }
  }

  #content(depth: number): BinaryNode[] | Buffer | string {
    const tag = this.#byte()
    if (isListTag(tag)) {
      const items: BinaryNode[] = []
      for (let left = this.#listSize(tag); left > 0; left -= 1) items.push(this.node(depth + 1))
      return items
    }
    const length = this.#binaryLength(tag)
    return length === undefined ? this.#string(tag) : Buffer.from(this.#take(length))
  }

  #string(tag: number): string {
    if (tag === TAG.listEmpty) return ''
    if (tag >= TAG.dictionary0 && tag <= TAG.dictionary3) return this.#doubleToken(tag - TAG.dictionary0)
    if (tag < TAG.dictionary0) return this.#known(singleTokens[tag])
    const length = this.#binaryLength(tag)
    if (length !== undefined) return this.#take(length).toString('utf8')
    if (tag === TAG.nibble8) return this.#packed(NIBBLE_ALPHABET)
    if (tag === TAG.hex8) return this.#packed(HEX_ALPHABET)
    if (tag === TAG.jidPair) return this.#jidPair()
    if (tag === TAG.adJid) return this.#adJid()
    if (tag === TAG.fbJid) return this.#fbJid()
    if (tag === TAG.interopJid) return this.#interopJid()
    throw new DecodeError(`tag ${tag} cannot start a string`)
  }

  #doubleToken(dictionary: number): string {
    return this.#known(doubleTokens[dictionary]?.[this.#byte()])
  }

  #known(token: string | undefined): string {
    if (token === undefined) throw new DecodeError('a token outside the tables')
    return token
  }

  #packed(alphabet: string): string {
    const head = this.#byte()
    let text = ''
    const bytes = this.#take(head & 127)
    for (const [index, value] of bytes.entries()) {
      text += this.#packedCharacter(alphabet, value >> 4)
      const last = index === bytes.length - 1
      if (!(last && head & 128)) text += this.#packedCharacter(alphabet, value & 15)
    }
    return text
  }

  #packedCharacter(alphabet: string, value: number): string {
    const character = alphabet.charAt(value)
    if (character === '') throw new DecodeError('a packed character outside the alphabet')
    return character
  }

  #jidPair(): string {
    const user = this.#part()
    const server = this.#part()
    if (server === '') throw new DecodeError('a JID without a server')
    return `${user}@${server}`
  }

  #adJid(): string {
    const domain = this.#byte()
    const device = this.#byte()
    const user = this.#part()
    const server = DOMAINS.find(([number]) => number === domain)?.[1] ?? 's.whatsapp.net'
    return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`
  }

  #fbJid(): string {
    const user = this.#part()
    const device = this.#take(2).readUInt16BE(0)
    return `${user}:${device}@${this.#part()}`
  }

  #interopJid(): string {
    const user = this.#part()
    const device = this.#take(2).readUInt16BE(0)
    const integrator = this.#take(2).readUInt16BE(0)
    return `${integrator}-${user}:${device}@${this.#part()}`
  }

  /** User or server of a JID; a JID inside a JID would let a client nest without end. */
  #part(): string {
    const tag = this.#byte()
    if (JID_TAGS.has(tag)) throw new DecodeError('a JID inside a JID')
    return this.#string(tag)
  }

  #binaryLength(tag: number): number | undefined {
    if (tag === TAG.binary8) return this.#byte()
    if (tag === TAG.binary20) return this.#take(3).readUIntBE(0, 3) & 0xfffff
    if (tag === TAG.binary32) return this.#take(4).readUInt32BE(0)
    return undefined
  }

  #listSize(tag: number): number {
    if (tag === TAG.listEmpty) return 0
    if (tag === TAG.list8) return this.#byte()
    if (tag === TAG.list16) return this.#take(2).readUInt16BE(0)
    throw new DecodeError(`tag ${tag} does not start a list`)
  }

  #byte(): number {
    return this.#take(1).readUInt8(0)
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new DecodeError('the stanza ends too early')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}
