/** search: finding text in the recorded messages, against the bare full-text query; and whether everything is found. */
import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeIndex, findText } from '../engine/cache/search.ts'
import { indexQuery } from '../shared/domain/search-text.ts'
import type { Benchmark, Check } from './benchmark.ts'
import { createMessageEvents } from './corpus.ts'
import { openOurs, recordBatch, type OurCache } from './our-cache.ts'
import { openRaw } from './raw-cache.ts'
import { interleave, take } from './rounds.ts'

const messages = 30_000
/** What a screen of hits holds. */
const limit = 50
const repeats = 20
const queries = {
  zh: ['的', '好', '价', '发货', '报价', '价单', '报价单', '起订量', '什么时候'],
  en: ['a', 'c', 'pr', 'sa', 'con', 'sam', 'price', 'container deposit'],
  de: ['f', 'w', 'fü', 'Gr', 'Lie', 'Str', 'Straße', 'Angebot Menge'],
}

/** Chinese is found anywhere; words of letters at their beginning, each word of the query in any order. */
function expected(text: string, query: string): boolean {
  if (/\p{Script=Han}/u.test(query)) return text.includes(query)
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return query
    .toLowerCase()
    .split(' ')
    .every((part) => words.some((word) => word.startsWith(part)))
}

/** instr() names the candidates among all messages; it knows neither words nor the case of letters outside ASCII. */
function recall({ cache }: OurCache, query: string): { found: number; wanted: number } {
  const han = /\p{Script=Han}/u.test(query)
  const all = cache.all<{ n: number; text: string }>(
    han ? 'SELECT n, text FROM messages WHERE instr(text, ?) > 0' : 'SELECT n, text FROM messages WHERE ? IS NOT NULL',
    [query],
  )
  const wanted = all.filter((row) => expected(row.text, query)).map((row) => row.n)
  const found = new Set(findText(cache, query, messages).map((key) => key.n))
  return { found: wanted.filter((n) => found.has(n)).length, wanted: wanted.length }
}

function checkRecall(ours: OurCache): Check[] {
  return Object.entries(queries).flatMap(([language, list]) =>
    [1, 2, 3].flatMap((length) => {
      const chosen = list.filter((query) => Math.min([...query].length, 3) === length)
      const sums = chosen.map((query) => recall(ours, query))
      const [found, wanted] = [sums.reduce((n, one) => n + one.found, 0), sums.reduce((n, one) => n + one.wanted, 0)]
      // A query that is in no text proves nothing.
      const held = chosen.length > 0 && sums.every((one) => one.wanted > 0) && found === wanted
      return { name: `recall ${language} ${length}${length === 3 ? '+' : ''}`, held, detail: `${found} of ${wanted}` }
    }),
  )
}

export const search: Benchmark = {
  id: 'search',
  what: 'findText with its joins / the bare full-text query on the same index',
  async run(setting) {
    const key = randomBytes(32)
    const file = join(setting.folder, 'cache.db')
    const events = createMessageEvents(messages, 3)
    const ours = openOurs(file, key, events)
    for (let from = 0; from < messages; from += 1000) recordBatch(ours, events.slice(from, from + 1000))
    completeIndex(ours.cache)
    // The cache keeps its file to itself: the bare queries have a copy.
    ours.cache.get('PRAGMA wal_checkpoint(TRUNCATE)')
    const copy = join(setting.folder, 'raw.db')
    copyFileSync(file, copy)
    const raw = openRaw(copy, key)
    const statement = raw.prepare('SELECT rowid AS n FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?', {
      persistent: true,
    })
    const all = Object.values(queries).flat()
    const prepared = all.map((query) => indexQuery(query))
    const rounds = await interleave(setting, {
      ours: () =>
        take(
          all.length * repeats,
          (query: string) => findText(ours.cache, query, limit),
          (index) => all[index % all.length]!,
        ),
      control: () =>
        take(
          all.length * repeats,
          (query: string | null) => statement.all([query, limit]),
          (index) => prepared[index % all.length]!,
        ),
    })
    const checks = checkRecall(ours)
    raw.close()
    ours.cache.close()
    return {
      comparisons: [{ name: 'query', goal: { at: 'most', ratio: 1.3 }, rounds, perSample: null, cpuCounts: true }],
      checks,
    }
  },
}
