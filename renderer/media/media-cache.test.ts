import { expect, test } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { createMediaCache, largestShownBytes } from './media-cache.ts'

const piece = 1_048_576

/** The engine's side of media.read over files of given sizes. */
function engine(files: Record<string, number>) {
  const asked: string[] = []
  const call = async (method: string, input: { message: string; offset: number; length: number }) => {
    const bytes = files[input.message]
    asked.push(`${input.message}@${input.offset / piece}`)
    if (method !== 'media.read' || bytes === undefined) throw Object.assign(new Error('no'), { code: 'media_missing' })
    const length = Math.min(input.length, bytes - input.offset)
    return { data: new Uint8Array(length).fill(input.offset / piece), bytes, mime: 'image/jpeg' }
  }
  const live = new Set<string>()
  let made = 0
  const urls = {
    make: () => {
      made += 1
      live.add(`u${made}`)
      return `u${made}`
    },
    revoke: (url: string) => void live.delete(url),
  }
  return { call: call as unknown as Client<typeof windowContract>, urls, live, asked }
}

test('a file is read piece by piece, once for all who show it', async () => {
  const { call, urls, live, asked } = engine({ m: 2 * piece + 5 })
  const cache = createMediaCache(call, urls)
  const [a, b] = [cache.show('m', 'image/jpeg'), cache.show('m', 'image/jpeg')]
  const file = await a.file
  expect(await b.file).toBe(file)
  expect(file.blob.size).toBe(2 * piece + 5)
  expect(file.blob.type).toBe('image/jpeg')
  expect(asked).toEqual(['m@0', 'm@1', 'm@2'])
  a.release()
  b.release()
  expect(live.size).toBe(1)
  expect((await cache.show('m', 'image/jpeg').file).url).toBe(file.url)
})

test('what nobody shows is revoked beyond the bound, the oldest first; what is shown stays', async () => {
  const { call, urls, live } = engine({ a: 60, b: 60, c: 60, shown: 500 })
  const cache = createMediaCache(call, urls, 130)
  const shown = await cache.show('shown', 'image/png').file
  const known: string[] = []
  for (const name of ['a', 'b', 'c']) {
    const showing = cache.show(name, 'image/png')
    known.push((await showing.file).url)
    showing.release()
  }
  expect([...live]).toEqual([shown.url, ...known.slice(1)])
  cache.clear()
  expect(live.size).toBe(0)
})

test('a row that scrolls away before its file came leaves nothing behind', async () => {
  const { call, urls, live } = engine({ m: 3 * piece })
  const cache = createMediaCache(call, urls)
  const showing = cache.show('m', 'image/jpeg')
  showing.release()
  await expect(showing.file).rejects.toMatchObject({ code: 'media_released' })
  expect(live.size).toBe(0)
  // Shown again it is read again.
  expect((await cache.show('m', 'image/jpeg').file).blob.size).toBe(3 * piece)
})

test('a missing file and one that is too large are refused with their code', async () => {
  const { call, urls } = engine({ huge: largestShownBytes + 1 })
  const cache = createMediaCache(call, urls)
  await expect(cache.show('gone', 'image/jpeg').file).rejects.toMatchObject({ code: 'media_missing' })
  await expect(cache.show('huge', 'image/jpeg').file).rejects.toMatchObject({ code: 'media_too_large' })
})
