/** What made-up files are: of their type, repeatable, each another one, and as large as asked for. */
import { expect, it } from 'vitest'
import { mediaKinds } from '../../../shared/contracts/neutral-message.ts'
import { sampleFile } from './sample-files.ts'

const beginnings = {
  image: 'ffd8ffe0',
  voice: '4f676753',
  audio: '4f676753',
  document: '25504446',
  sticker: '52494646',
}

it('made-up files begin as their type does, and the same seed makes the same file', () => {
  for (const kind of mediaKinds) {
    const [one, same, other] = ['a', 'a', 'b'].map((seed) => sampleFile(kind, seed))
    expect(one!.bytes.equals(same!.bytes)).toBe(true)
    expect(one!.bytes.equals(other!.bytes)).toBe(false)
    expect(one!.details.bytes).toBe(one!.bytes.length)
    if (kind !== 'video') expect(one!.bytes.subarray(0, 4).toString('hex')).toBe(beginnings[kind])
  }
})

it('a picture ends where its coded data end, and is filled up to the size asked for', () => {
  const { bytes, details } = sampleFile('image', 'a')
  expect(bytes.subarray(-2).toString('hex')).toBe('ffd9')
  expect([details.width, details.height]).toEqual([384, 256])
  const large = sampleFile('image', 'a', 1_000_000)
  expect(large.bytes.length).toBe(1_000_000)
  expect(large.bytes.subarray(0, bytes.length).equals(bytes)).toBe(true)
})
