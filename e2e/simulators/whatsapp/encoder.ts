/** Writes stanzas in WhatsApp's binary XML. */
import type { BinaryNode } from './binary-node.ts'
import { DOMAINS, HEX_ALPHABET, MAX_PACKED, NIBBLE_ALPHABET, TAG, tokenBytes } from './tokens.ts'

const NIBBLE = /^[0-9.-]+$/
const HEX = /^[0-9A-F]+$/
const DEVICE_JID = /^([^@:_\s]+):(\d{1,3})@([a-z.]+)$/
const PLAIN_JID = /^([^@:_\s]*)@([a-z0-9.]+)$/
/** The filler in the low half of the last byte when an odd number of characters is packed. */
const PACK_FILLER = 15

/** The stanza with its flags byte (0: not compressed). */
export function encodeNode(node: BinaryNode): Buffer {
  const parts: Buffer[] = [Buffer.from([0])]
  writeNode(parts, node)
  return Buffer.concat(parts)
}

function writeNode(parts: Buffer[], node: BinaryNode): void {
  const attributes = Object.entries(node.attrs)
  writeListHead(parts, 1 + attributes.length * 2 + (node.content === undefined ? 0 : 1))
  writeString(parts, node.tag)
  for (const [name, value] of attributes) {
    writeString(parts, name)
    writeString(parts, value)
  }
  if (node.content === undefined) return
  if (typeof node.content === 'string') {
    writeString(parts, node.content)
  } else if (Array.isArray(node.content)) {
    writeListHead(parts, node.content.length)
    for (const item of node.content) writeNode(parts, item)
  } else {
    writeBinary(parts, node.content)
  }
}

function writeListHead(parts: Buffer[], size: number): void {
  if (size === 0) parts.push(Buffer.from([TAG.listEmpty]))
  else if (size < 256) parts.push(Buffer.from([TAG.list8, size]))
  else if (size < 65_536) parts.push(Buffer.from([TAG.list16, size >> 8, size & 255]))
  else throw new Error('a list of the binary form holds at most 65,535 items')
}

function writeBinary(parts: Buffer[], bytes: Uint8Array): void {
  const head = Buffer.alloc(5)
  if (bytes.length < 256) {
    head.writeUInt8(TAG.binary8, 0)
    head.writeUInt8(bytes.length, 1)
    parts.push(head.subarray(0, 2))
  } else if (bytes.length < 1 << 20) {
    head.writeUInt8(TAG.binary20, 0)
    head.writeUIntBE(bytes.length, 1, 3)
    parts.push(head.subarray(0, 4))
  } else {
    head.writeUInt8(TAG.binary32, 0)
    head.writeUInt32BE(bytes.length, 1)
    parts.push(head)
  }
  parts.push(Buffer.from(bytes))
}

function writeString(parts: Buffer[], text: string): void {
  const token = tokenBytes.get(text)
  if (token) parts.push(token)
  else if (text.length > 0 && text.length <= MAX_PACKED && NIBBLE.test(text)) writePacked(parts, TAG.nibble8, text)
  else if (text.length > 0 && text.length <= MAX_PACKED && HEX.test(text)) writePacked(parts, TAG.hex8, text)
  else if (!writeJid(parts, text)) writeBinary(parts, Buffer.from(text, 'utf8'))
}

function writePacked(parts: Buffer[], tag: number, text: string): void {
  const alphabet = tag === TAG.nibble8 ? NIBBLE_ALPHABET : HEX_ALPHABET
  const size = Math.ceil(text.length / 2)
  const packed = Buffer.alloc(size + 2)
  packed[0] = tag
  packed[1] = size | (text.length % 2 === 1 ? 128 : 0)
  for (let index = 0; index < size; index += 1) {
    const high = alphabet.indexOf(text.charAt(index * 2))
    const low = index * 2 + 1 < text.length ? alphabet.indexOf(text.charAt(index * 2 + 1)) : PACK_FILLER
    packed[index + 2] = (high << 4) | low
  }
  parts.push(packed)
}

function writeJid(parts: Buffer[], text: string): boolean {
  const withDevice = DEVICE_JID.exec(text)
  const domain = withDevice && DOMAINS.find(([, server]) => server === withDevice[3])
  if (withDevice && domain) {
    const device = Number(withDevice[2])
    // ":0" and leading zeros would come back in another spelling.
    if (device < 1 || device > 255 || String(device) !== withDevice[2]) return false
    parts.push(Buffer.from([TAG.adJid, domain[0], device]))
    writeString(parts, withDevice[1] ?? '')
    return true
  }
  const plain = PLAIN_JID.exec(text)
  if (!plain) return false
  parts.push(Buffer.from([TAG.jidPair]))
  if (plain[1]) writeString(parts, plain[1])
  else parts.push(Buffer.from([TAG.listEmpty]))
  writeString(parts, plain[2] ?? '')
  return true
}
