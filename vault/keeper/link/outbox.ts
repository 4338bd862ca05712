/** Carries the keeper's signed decisions to the gateway in order, at least once: also those made while it was away. */
import type { Input } from '../../../shared/contracts/contract.ts'
import type { gatewayContract } from '../../../shared/contracts/keeper-link.ts'
import type { Store, Writer } from '../../database/open.ts'
import type { Log } from '../report.ts'
import { deleteOutbox, firstOutbox, insertOutbox } from './queries.ts'

type Decision = 'device.put' | 'device.revoke' | 'lease.put' | 'policy.put'
type Ask = (method: Decision, input: never) => Promise<unknown>

export interface Outbox {
  /** Inside the decision's transaction. Returns the entry's id. */
  put<M extends Decision>(db: Writer, method: M, input: Input<typeof gatewayContract, M>): Promise<number>
  /** Sends what waits. The gateway's answer to the entry, or null while it is away (then it follows at the next connection). */
  deliver(id: number): Promise<unknown>
  /** Sends everything that waits; for a new connection. */
  flush(): Promise<void>
}

/** These leave the entry where it is: the gateway has not decided anything. */
const away = new Set([
  'gateway_away',
  'peer_gone',
  'peer_away',
  'deadline',
  'unreadable_reply',
  'internal',
  'storage_full',
  'storage_failed',
  'storage_closed',
  'database_damaged',
  'trust_missing',
  'busy',
])
const keptAnswers = 100

export function createOutbox(store: Store, ask: Ask, log: Log): Outbox {
  const answers = new Map<number, unknown>()
  let running: Promise<void> | null = null

  const sendOne = async (): Promise<boolean> => {
    const row = await firstOutbox(store)
    if (!row) return false
    try {
      answers.set(row.id, await ask(row.method as Decision, JSON.parse(row.input) as never))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal'
      if (away.has(code)) return false
      // Refused for good: holding it back would hold back everything behind it.
      log.event('decision_refused', { method: row.method, refusal: code })
      answers.set(row.id, null)
    }
    await store.transaction((db) => deleteOutbox(db, row.id))
    if (answers.size > keptAnswers) answers.delete(answers.keys().next().value ?? 0)
    return true
  }
  const drain = async (): Promise<void> => {
    while (await sendOne());
  }
  /** One after the other; a caller that comes during a run gets one of its own behind it. */
  const flush = async (): Promise<void> => {
    while (running) await running.catch(() => undefined)
    running = drain().finally(() => (running = null))
    return running
  }
  return {
    put: (db, method, input) => insertOutbox(db, method, JSON.stringify(input)),
    flush,
    async deliver(id) {
      if (!answers.has(id)) await flush()
      const answer = answers.get(id) ?? null
      answers.delete(id)
      return answer
    },
  }
}
