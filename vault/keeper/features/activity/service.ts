/** What happened on each account: messages a day, answer times, who waits, and how complete the record is. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Ground } from '../../ground.ts'
import { marks } from '../intake/effects.ts'
import {
  countByQuarter,
  countFiles,
  countMarked,
  countMessages,
  countWaiting,
  listActiveSince,
  listAnswerTimes,
  listOfTwo,
  quarterMs,
} from './queries.ts'

export interface Traffic {
  in: number
  out: number
}
export interface Happened {
  days: Traffic[]
  /** How long each turn waited that was answered on a day, ms; by day. */
  took: number[][]
}
/** Waiting less than an hour, four hours, a day, and longer. */
export type Ages = [number, number, number, number]
export interface Standing {
  waiting: { waiting: number; oldestAt: number | null; ages: Ages }
  completeness: { messages: number; raw: number; unproven: number; filesMissing: number; filesWaiting: number }
}

export interface Activity {
  /** `days`: where each begins and where the last ends. As it was at most a minute ago. */
  happened(account: string, days: readonly number[]): Promise<Happened>
  /** As it is now. */
  standing(): Promise<(account: string) => Standing>
}

const freshMs = 60_000
const hourMs = 3_600_000
const lookBackMs = 7 * 24 * hourMs
/** Conversations at a time: between two chunks the keeper does other work. */
const chunk = 50
const mostKept = 2000

export function createActivity({ store, clock }: Pick<Ground, 'store' | 'clock'>): Activity {
  const kept = new Map<string, { at: number; happened: Promise<Happened> }>()
  /** One account after the other, or their chunks would hold up the keeper together. */
  let tail: Promise<unknown> = Promise.resolve()
  const count = async (account: string, days: readonly number[]): Promise<Happened> => {
    const [from, until] = [days[0]!, days.at(-1)!]
    const found: Happened = { days: days.slice(1).map(() => ({ in: 0, out: 0 })), took: days.slice(1).map(() => []) }
    const conversations = (await listActiveSince(store, account, from)).map((row) => row.id)
    for (let start = 0; start < conversations.length; start += chunk) {
      await turn()
      const these = conversations.slice(start, start + chunk)
      for (const { quarter, direction, n } of await countByQuarter(store, these, from, until))
        found.days[dayOf(days, quarter * quarterMs)]![direction] += n
      const ofTwo = (await listOfTwo(store, these)).map((row) => row.id)
      const times = await listAnswerTimes(store, ofTwo, { lookBack: from - lookBackMs, from, until })
      for (const { took, answered } of times) found.took[dayOf(days, answered)]!.push(took)
    }
    return found
  }
  return {
    happened(account, days) {
      const key = `${account} ${days.join(' ')}`
      const known = kept.get(key)
      if (known && clock.now() - known.at < freshMs) return known.happened
      if (kept.size >= mostKept) kept.clear()
      const happened = tail.then(() => count(account, days))
      tail = happened.catch(() => undefined)
      kept.set(key, { at: clock.now(), happened })
      happened.catch(() => kept.delete(key))
      return happened
    },
    async standing() {
      const now = clock.now()
      const [waiting, marked, files, messages] = await Promise.all([
        countWaiting(store, { hour: now - hourMs, hours: now - 4 * hourMs, day: now - 24 * hourMs }),
        countMarked(store, { raw: marks.raw, unproven: marks.late | marks.unproven }),
        countFiles(store),
        countMessages(store),
      ])
      const by = <Row extends { account: string }>(rows: Row[]): Map<string, Row> =>
        new Map(rows.map((row) => [row.account, row]))
      const [waitingBy, markedBy, filesBy, messagesBy] = [by(waiting), by(marked), by(files), by(messages)]
      return (account) => ({
        waiting: waitingOf(waitingBy.get(account)),
        completeness: {
          messages: messagesBy.get(account)?.n ?? 0,
          raw: markedBy.get(account)?.raw ?? 0,
          unproven: markedBy.get(account)?.unproven ?? 0,
          filesMissing: filesBy.get(account)?.missing ?? 0,
          filesWaiting: filesBy.get(account)?.waiting ?? 0,
        },
      })
    },
  }
}

function waitingOf(
  row: { n: number; oldest: number; hour: number; hours: number; day: number } | undefined,
): Standing['waiting'] {
  if (!row) return { waiting: 0, oldestAt: null, ages: [0, 0, 0, 0] }
  const { n, oldest, hour, hours, day } = row
  return { waiting: n, oldestAt: oldest, ages: [hour, hours - hour, day - hours, n - day] }
}

/** A quarter that a day's beginning cuts belongs to the day in which it begins. */
function dayOf(days: readonly number[], at: number): number {
  const next = days.findIndex((begins) => begins > at)
  return next === -1 ? days.length - 2 : Math.max(0, next - 1)
}

/** Nearest rank; `share` between 0 and 1. Null where there is nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
