/** cache-ingest: many messages into cache, ledger and search index, against raw inserts of the same rows. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { completeIndex } from '../engine/cache/search.ts'
import type { Benchmark } from './benchmark.ts'
import { createMessageEvents, type MessageEvent } from './corpus.ts'
import { openOurs, recordBatch } from './our-cache.ts'
import { RawCache, readRows, type MessageRows } from './raw-cache.ts'
import { interleave, take } from './rounds.ts'

const batchSize = 1000
const batchesPerRound = 5

export const cacheIngest: Benchmark = {
  id: 'cache-ingest',
  what: 'recording with ledger and search index / raw inserts of the same rows; commits of 1000',
  async run(setting) {
    const key = randomBytes(32)
    const events = createMessageEvents(batchSize * batchesPerRound * (setting.rounds + 1), 1)
    const slice = <T>(all: T[], round: number, index: number): T[] => {
      const from = (round * batchesPerRound + index) * batchSize
      return all.slice(from, from + batchSize)
    }
    setting.say('making the rows of the control')
    const template = openOurs(join(setting.folder, 'template.db'), key, events)
    for (let from = 0; from < events.length; from += batchSize)
      recordBatch(template, events.slice(from, from + batchSize))
    const rows = readRows(template.cache)
    template.cache.close()

    const ours = openOurs(join(setting.folder, 'ours.db'), key, events)
    const raw = new RawCache(join(setting.folder, 'raw.db'), key)
    raw.putPeople(rows)
    const rounds = await interleave(setting, {
      ours: (round) =>
        take(
          batchesPerRound,
          (batch: MessageEvent[]) => {
            recordBatch(ours, batch)
            completeIndex(ours.cache)
          },
          (index) => slice(events, round, index),
        ),
      control: (round) =>
        take(
          batchesPerRound,
          (batch: MessageRows[]) => raw.put(batch, { index: true, inboxFrom: null }),
          (index) => slice(rows.messages, round, index),
        ),
    })
    const stored = ours.cache.get<{ n: number }>('SELECT count(*) AS n FROM messages')!.n
    const inRaw = raw.db.prepare('SELECT count(*) AS n FROM messages').get<{ n: number }>()?.n
    ours.cache.close()
    raw.db.close()
    return {
      comparisons: [
        { name: 'messages', goal: { at: 'least', ratio: 0.8 }, rounds, perSample: batchSize, cpuCounts: true },
      ],
      checks: [
        { name: 'both hold every message', held: stored === events.length && inRaw === stored, detail: String(stored) },
      ],
    }
  },
}
