import { gzipSync } from 'node:zlib'
import { Api } from 'telegram/index.js'
import { BinaryReader } from 'telegram/extensions/index.js'
import { GZIPPacked } from 'telegram/tl/core/index.js'
import { beforeAll, expect, test } from 'vitest'
import { loadLibrary } from './library.ts'
import { Undecodable } from './tolerant-reading.ts'

beforeAll(async () => {
  await loadLibrary()
})

interface Message {
  obj: unknown
}

const read = (bytes: Buffer): unknown => new BinaryReader(bytes).tgReadObject()
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

async function container(...bodies: Buffer[]): Promise<unknown[]> {
  const items = bodies.flatMap((body) => [Buffer.alloc(12, 1), word(body.length), body])
  const bytes = Buffer.concat([word(0x73f1f8dc), word(bodies.length), ...items])
  const { messages } = (await read(bytes)) as { messages: Message[] }
  return Promise.all(messages.map(({ obj }) => obj))
}

const tooLong = new Api.UpdatesTooLong().getBytes()
const deletion = (messages: number[]) =>
  new Api.UpdateShort({ update: new Api.UpdateDeleteMessages({ messages, pts: 7, ptsCount: 2 }), date: 9 }).getBytes()

test('a list that is cut spoils no list that is read after it', () => {
  // Without the repair the library takes every later list of messages for a single number.
  expect(() => read(deletion([1, 2, 3]).subarray(0, 24))).toThrow()
  expect(read(deletion([1, 2]))).toMatchObject({ update: { messages: [1, 2], pts: 7 }, date: 9 })
})

test('what is kept of an object are the bytes as they came', () => {
  const odd = Buffer.from(deletion([]))
  // Bool where the update should stand: written anew it fails.
  const bytes = Buffer.concat([odd.subarray(0, 4), word(0x997275b5), odd.subarray(-4)])
  expect((read(bytes) as Api.UpdateShort).getBytes().equals(bytes)).toBe(true)
})

test('in a container each stands for itself: noise, a cut object and a broken packing cost no neighbour', async () => {
  const noise = Buffer.from('011bb81b7c0e9b3f2c1f', 'hex')
  const packing = Buffer.concat([word(0x3072cfa1), Buffer.from([7]), Buffer.from('no zlib')])
  const cut = deletion([1, 2, 3]).subarray(0, 20)
  const objects = await container(noise, tooLong, packing, cut, deletion([5]))
  const bytesOf = (object: unknown) => (object instanceof Undecodable ? object.bytes : null)
  expect(objects.map(bytesOf)).toEqual([noise, null, packing, cut, null])
  expect(objects[1]).toMatchObject({ className: 'UpdatesTooLong' })
  expect(objects[4]).toMatchObject({ update: { messages: [5] } })
})

test('a length that lies ends the container and nothing else', async () => {
  const bytes = Buffer.concat([word(0x73f1f8dc), word(3), Buffer.alloc(12, 1), word(0x7fffffff), tooLong])
  const { messages } = (await read(bytes)) as { messages: Message[] }
  expect(messages).toHaveLength(1)
  expect(messages[0]?.obj).toMatchObject({ className: 'UpdatesTooLong' })
})

test('packed data unpacks to no more than a limit', () => {
  expect(GZIPPacked.ungzip(gzipSync(Buffer.alloc(1000))).length).toBe(1000)
  expect(() => GZIPPacked.ungzip(gzipSync(Buffer.alloc(40 * 1024 * 1024)))).toThrow('larger than')
})

test('a packing where an object should stand is refused, and its failure is nobody’s crash', async () => {
  const packing = Buffer.concat([word(0x3072cfa1), Buffer.from([3]), Buffer.from('bad')])
  const bytes = Buffer.concat([deletion([]).subarray(0, 4), packing, word(9)])
  expect(() => read(bytes)).toThrow('packing')
  // An unhandled rejection would fail this file.
  await new Promise((resolve) => setImmediate(resolve))
})

test('endless nesting is refused before the stack ends', () => {
  const bold = word(new Api.TextBold({ text: new Api.TextEmpty() }).CONSTRUCTOR_ID)
  expect(() => read(Buffer.concat(Array.from({ length: 50_000 }, () => bold)))).toThrow('nested too deeply')
})
