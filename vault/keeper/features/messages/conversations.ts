/** The list of conversations: filtered and paged over what stands in clear, its titles opened for the page that is asked for. */
import { createContent } from '../../content/content.ts'
import type { Ground } from '../../ground.ts'
import { titleOf } from './opened.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { pageConversations, type ConversationFilter, type ConversationView } from './queries.ts'

export interface ConversationQuery extends ConversationFilter {
  waiting: boolean
  order: 'newest' | 'waiting'
  /** Looked for in titles. */
  text: string
  after: string | null
  limit: number
}
export type Titled = ConversationView & { title: string }

/** Titles are encrypted one by one: a search for one page opens them for so long, and says where it stopped. */
const searchMs = 100
const step = 200

/** Throws CodedError('cursor_malformed'). The caller has written down that the list was looked at. */
export async function pageTitled(
  { store, keyring }: Pick<Ground, 'store' | 'keyring'>,
  query: ConversationQuery,
): Promise<{ conversations: Titled[]; after: string | null }> {
  const content = createContent(store, keyring)
  const wanted = folded(query.text)
  const found: Titled[] = []
  let place = query.after === null ? null : placeOf(query.after)
  const until = performance.now() + searchMs
  do {
    const size = wanted === '' ? query.limit : step
    const rows = await pageConversations(store, query, place, size)
    await content.readLabels(rows.map((row) => row.identity))
    for (const row of rows) {
      const title = titleOf(await content.label(row.identity))
      place = { at: query.order === 'waiting' ? (row.since ?? 0) : row.last_at, id: row.id }
      if (!folded(title).includes(wanted)) continue
      found.push({ ...row, title })
      // The row behind the last one may be the end: then the next page is empty, and says so.
      if (found.length === query.limit)
        return { conversations: found, after: toCursor({ at: place.at, ord: place.id }) }
    }
    if (rows.length < size) return { conversations: found, after: null }
  } while (performance.now() < until)
  return { conversations: found, after: place && toCursor({ at: place.at, ord: place.id }) }
}

function placeOf(cursor: string): { at: number; id: string } {
  const { at, ord } = fromCursor(cursor)
  return { at, id: ord }
}

const folded = (text: string): string => text.normalize('NFKC').trim().toLocaleLowerCase()
