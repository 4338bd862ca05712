import { deflateSync } from 'node:zlib'
import { decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import type { BinaryNode } from './binary-node.ts'
import { DecodeError, decodeNode } from './decoder.ts'
import { encodeNode } from './encoder.ts'
import { SeededSource } from './seeded.ts'
import { doubleTokens, singleTokens } from './tokens.ts'

const SEED = Number(process.env.CODEC_SEED ?? Date.now() % 1_000_000)
const source = new SeededSource(SEED)

function pick(limit: number): number {
  return source.next('pick', 4).readUInt32BE(0) % limit
}

/** Strings of each form that the binary has: tokens, digits, hex, JIDs with and without device, plain text. */
function randomString(): string {
  const digits = source.digits(`digits/${pick(1e9)}`, 1 + pick(30))
  const forms = [
    () => singleTokens[1 + pick(singleTokens.length - 1)] ?? 'id',
    () => doubleTokens[pick(4)]?.[pick(200)] ?? 'id',
    () => digits,
    () => `${digits}-${pick(100)}.${pick(9)}`,
    () =>
      source
        .next('hex', 1 + pick(40))
        .toString('hex')
        .toUpperCase(),
    () => `${digits}@s.whatsapp.net`,
    () => `${digits}@lid`,
    () => `${digits}:${1 + pick(99)}@lid`,
    () => `${digits}:${1 + pick(99)}@s.whatsapp.net`,
    () => `Zoë ${digits} 你好`,
    () => 'x'.repeat(pick(600)),
  ]
  return forms[pick(forms.length)]?.() ?? ''
}

function randomNode(depth: number): BinaryNode {
  const attrs: Record<string, string> = {}
  for (let left = pick(6); left > 0; left -= 1) attrs[randomString() || 'id'] = randomString()
  const node: BinaryNode = { tag: randomString() || 'iq', attrs }
  const kind = pick(4)
  if (kind === 1) node.content = source.next('bytes', 1 + pick(3000))
  if (kind === 2) node.content = singleTokens[3 + pick(100)] ?? 'id'
  if (kind === 3 && depth < 4) {
    const many = depth === 0 && pick(20) === 0
    node.content = Array.from({ length: many ? 300 : pick(4) }, () => randomNode(depth + 1))
  }
  return node
}

describe(`binary XML (CODEC_SEED=${SEED})`, () => {
  const nodes = Array.from({ length: 300 }, () => randomNode(0))

  test('what it writes it reads again', () => {
    for (const node of nodes) expect(decodeNode(encodeNode(node))).toEqual(node)
  })

  test('the library reads what it writes, and it reads what the library writes', async () => {
    for (const node of nodes) {
      expect(await decodeBinaryNode(encodeNode(node))).toEqual(node)
      expect(decodeNode(encodeBinaryNode(node))).toEqual(node)
    }
  })

  test('it writes the same bytes as the library', () => {
    for (const node of nodes) expect(encodeNode(node).equals(encodeBinaryNode(node))).toBe(true)
  })

  test('every token of the tables has the library’s bytes', () => {
    for (const token of [...singleTokens.slice(1), ...doubleTokens.flat()]) {
      const node = { tag: 'iq', attrs: { id: token } }
      expect(encodeNode(node).equals(encodeBinaryNode(node)), token).toBe(true)
      expect(decodeNode(encodeNode(node)).attrs.id).toBe(token)
    }
  })

  test('large contents and compressed stanzas survive', () => {
    for (const size of [255, 256, (1 << 20) - 1, 1 << 20, 3_000_000]) {
      const node = { tag: 'enc', attrs: {}, content: Buffer.alloc(size, 7) }
      const encoded = encodeNode(node)
      expect((decodeNode(encoded).content as Buffer).length).toBe(size)
      const compressed = Buffer.concat([Buffer.from([2]), deflateSync(encoded.subarray(1))])
      expect((decodeNode(compressed).content as Buffer).length).toBe(size)
    }
  })

  test('strings that only look like addresses come back unchanged', () => {
    for (const id of ['@', 'a:b@c', 'a@b@c', '1:0@lid', '1:007@lid', '1:300@lid', 'a_1@lid', 'Mail me: x@y.z', '']) {
      expect(decodeNode(encodeNode({ tag: 'iq', attrs: { id } })).attrs.id).toBe(id)
    }
  })

  test('cut, changed and random bytes are refused or read, never more than that', () => {
    const refused: number[] = []
    for (const node of nodes.slice(0, 100)) {
      const encoded = encodeNode(node)
      for (let round = 0; round < 20; round += 1) {
        const broken = Buffer.from(encoded.subarray(0, 1 + pick(encoded.length)))
        broken[pick(broken.length)] = pick(256)
        try {
          decodeNode(broken)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
          refused.push(round)
        }
      }
    }
    expect(refused.length).toBeGreaterThan(1000)
  })

  test('endless nesting is refused', () => {
    const nested = Buffer.concat([Buffer.from([0]), Buffer.alloc(1_000_000, Buffer.from([248, 2, 3, 248, 1]))])
    expect(() => decodeNode(nested)).toThrow(DecodeError)
    const jids = Buffer.concat([Buffer.from([0, 248, 1]), Buffer.alloc(1_000_000, 250)])
    expect(() => decodeNode(jids)).toThrow(DecodeError)
  })
})
