/** Fills the search index behind the intake, and forgets whom it must forget. */
import { indexQuery, indexText } from '../../../../shared/domain/search-text.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'
import type { Store } from '../../../database/open.ts'
import { createContent } from '../../content/content.ts'
import type { Ground } from '../../ground.ts'
import {
  deleteEntry,
  deleteIdentity,
  deleteQueue,
  findMatches,
  insertEntry,
  listQueue,
  type QueueRow,
} from './queries.ts'

export interface Search {
  /** Indexes what waits. Safe to repeat after a crash at any moment. */
  catchUp(): Promise<void>
  forget(identity: string): Promise<void>
  find(text: string, limit: number): Promise<{ identity: string; conversation: string; at: number; ord: string }[]>
}

const step = 200
/** Longer texts are found by their beginning. */
const longestText = 64 * 1024

export function createSearch(
  { store, keyring }: Ground,
  index: Store,
  textOf: (decoded: DecodedPayload | null) => string | null,
): Search {
  let running: Promise<void> = Promise.resolve()
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const mine = running.then(run)
    running = mine.catch(() => undefined)
    return mine
  }
  const indexStep = async (): Promise<number> => {
    const rows = await listQueue(store, step)
    const last = rows.at(-1)
    if (!last) return 0
    const content = createContent(store, keyring)
    const texts: { row: QueueRow; words: string }[] = []
    const gone: QueueRow[] = []
    for (const row of rows) {
      if (row.ledger === null || row.seq === null) {
        gone.push(row)
        continue
      }
      const text = textOf(await content.decoded(row.ledger, row.seq))
      if (text) texts.push({ row, words: indexText(text.slice(0, longestText)) })
    }
    await index.transaction(async (db) => {
      for (const { row, words } of texts) await insertEntry(db, row, words)
      for (const row of gone) await deleteEntry(db, row)
    })
    await store.transaction((db) => deleteQueue(db, last.id))
    return rows.length
  }
  return {
    catchUp: () =>
      inTurn(async () => {
        while ((await indexStep()) === step);
      }),
    // In turn: a text that is being indexed at this moment must not come after its own forgetting.
    forget: (identity) =>
      inTurn(async () => {
        await index.transaction((db) => deleteIdentity(db, identity))
        // The log still holds the pages as they were.
        await index.purge({ rewrite: false })
      }),
    async find(text, limit) {
      const query = indexQuery(text)
      return query === null ? [] : findMatches(index, query, limit)
    },
  }
}
