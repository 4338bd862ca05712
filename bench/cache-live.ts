/** cache-live: ten inbox rows recorded in one durable commit, against a raw durable commit of the same rows. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { createMessageEvents, type MessageEvent } from './corpus.ts'
import { account, openOurs, recordBatch, type OurCache } from './our-cache.ts'
import { RawCache, readRows } from './raw-cache.ts'
import { interleave, take } from './rounds.ts'

const groupSize = 10
const groupsPerRound = 40
/** Events that arrive alone, in the second comparison. */
const singlesPerRound = 40

function putInbox({ store }: OurCache, events: MessageEvent[], from: number): void {
  store.transaction(() => {
    for (const [i, event] of events.entries()) store.putInbox({ key: String(from + i), kind: 'bench', raw: event.raw })
  })
}

export const cacheLive: Benchmark = {
  id: 'cache-live',
  what: 'Recorder.recordGroup of 10 inbox rows / a raw synchronous=FULL commit of the same rows',
  async run(setting) {
    const key = randomBytes(32)
    const grouped = groupSize * groupsPerRound * (setting.rounds + 1)
    const events = createMessageEvents(2 * grouped, 2)
    const template = openOurs(join(setting.folder, 'template.db'), key, events)
    recordBatch(template, events)
    const rows = readRows(template.cache)
    template.cache.close()

    const ours = openOurs(join(setting.folder, 'ours.db'), key, events)
    const raw = new RawCache(join(setting.folder, 'raw.db'), key)
    raw.putPeople(rows)
    const start = (round: number, index: number): number => (round * groupsPerRound + index) * groupSize
    const controlFrom = (first: number) => (round: number) =>
      take(
        groupsPerRound,
        (from: number) => raw.put(rows.messages.slice(from, from + groupSize), { index: false, inboxFrom: from + 1 }),
        (index) => {
          const from = first + start(round, index)
          const group = events.slice(from, from + groupSize)
          raw.putInbox(
            group.map((event, i) => ({ key: String(from + i), raw: new Uint8Array(event.raw) })),
            account,
          )
          return from
        },
      )
    const groups = await interleave(setting, {
      ours: (round) =>
        take(
          groupsPerRound,
          () => ours.recorder.recordGroup(),
          (index) => {
            const from = start(round, index)
            putInbox(ours, events.slice(from, from + groupSize), from)
          },
        ),
      control: controlFrom(0),
    })
    // Here the first commit, by which the event itself is kept, is measured as well.
    const singles = await interleave(setting, {
      ours: (round) =>
        take(
          singlesPerRound,
          (at: number) => {
            putInbox(ours, events.slice(at, at + 1), at)
            ours.recorder.recordGroup()
          },
          (index) => grouped + round * singlesPerRound + index,
        ),
      control: controlFrom(grouped),
    })
    const expected = grouped + singlesPerRound * (setting.rounds + 1)
    const stored = ours.cache.get<{ n: number }>('SELECT count(*) AS n FROM messages')!.n
    const waiting = ours.cache.get<{ n: number }>('SELECT count(*) AS n FROM inbox WHERE done = 0')!.n
    ours.cache.close()
    raw.db.close()
    return {
      comparisons: [
        {
          name: 'group of 10',
          goal: { at: 'least', ratio: 0.7 },
          rounds: groups,
          perSample: groupSize,
          cpuCounts: false,
        },
        {
          name: 'event to durable',
          goal: { at: 'most', ratio: 2 },
          rounds: singles,
          perSample: null,
          cpuCounts: false,
        },
      ],
      checks: [
        { name: 'every row recorded', held: stored === expected && waiting === 0, detail: `${stored} messages` },
      ],
    }
  },
}
