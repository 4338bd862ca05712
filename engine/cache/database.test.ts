import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cache } from './database.ts'
import { findText, putValue } from './meta.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sealdesk-cache-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('what is written stands after reopening, and the file shows none of it', () => {
  const key = randomBytes(32)
  const cache = new Cache(join(folder, 'a.db'), key)
  cache.transaction((writer) => putValue(writer, 'word', 'Ana Souza asked for 40 crates'))
  cache.close()
  const again = new Cache(join(folder, 'a.db'), key)
  expect(findText(again, 'word')).toBe('Ana Souza asked for 40 crates')
  again.close()
  const bytes = readFileSync(join(folder, 'a.db'))
  expect(bytes.includes('Ana Souza')).toBe(false)
  expect(bytes.subarray(0, 15).toString()).not.toBe('SQLite format 3')
  expect(bytes.includes(key)).toBe(false)
})

test('another key is refused with its code', () => {
  new Cache(join(folder, 'a.db'), randomBytes(32)).close()
  expect(() => new Cache(join(folder, 'a.db'), randomBytes(32))).toThrow(
    expect.objectContaining({ code: 'cache_key_wrong' }),
  )
})

test('a cache of a later version is refused', () => {
  const key = randomBytes(32)
  const cache = new Cache(join(folder, 'a.db'), key)
  cache.get('PRAGMA user_version = 99')
  cache.close()
  expect(() => new Cache(join(folder, 'a.db'), key)).toThrow(expect.objectContaining({ code: 'cache_newer' }))
})

test('a failed transaction leaves nothing, tells those who hold copies, and skips what waited for its commit', () => {
  const cache = new Cache(join(folder, 'a.db'), randomBytes(32))
  const told: string[] = []
  cache.onRollback(() => told.push('rolled back'))
  const fail = () =>
    cache.transaction((writer) => {
      putValue(writer, 'a', 1)
      cache.afterCommit(() => told.push('committed'))
      cache.transaction((inner) => putValue(inner, 'b', 2))
      throw new Error('no')
    })
  expect(fail).toThrow('no')
  expect(told).toEqual(['rolled back'])
  expect(cache.all('SELECT key FROM meta')).toEqual([])
  cache.transaction(() => cache.afterCommit(() => told.push('committed')))
  expect(told).toEqual(['rolled back', 'committed'])
  cache.close()
})

test('letting go of held pages loses nothing, and kept statements go on', () => {
  const cache = new Cache(join(folder, 'a.db'), randomBytes(32))
  const words = Array.from({ length: 2000 }, (_, i) => `word ${i}`)
  cache.transaction((writer) => words.forEach((word, i) => putValue(writer, `key ${i}`, word)))
  const read = (): (string | null)[] => words.map((_, i) => findText(cache, `key ${i}`))
  expect(read()).toEqual(words)
  cache.shrink()
  expect(read()).toEqual(words)
  cache.transaction((writer) => putValue(writer, 'key 0', 'another'))
  cache.shrink()
  expect(findText(cache, 'key 0')).toBe('another')
  cache.close()
})
