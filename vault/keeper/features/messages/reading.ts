/** Which messages of a conversation a page holds: before a place, after one, or from a moment on. */
import type { Reader } from '../../../database/open.ts'
import { fromCursor } from './cursor.ts'
import { hasMessageBefore, pageMessages, pageMessagesAfter, type StoredMessage } from './queries.ts'

/** At most one is not null; none: the newest page. */
export interface Where {
  before: string | null
  after: string | null
  /** Epoch ms. */
  at: number | null
}

interface Rows {
  rows: StoredMessage[]
  /** Where there is more, when only the first `shown` of the rows were shown. */
  more(shown: number): { ascending: boolean; before: boolean; after: boolean }
}

const readPage = 100
/** Behind every possible place. */
const newest = { at: Number.MAX_SAFE_INTEGER, ord: '' }

/** Throws CodedError('cursor_malformed') before anything is read. */
export function pageAt(where: Where): (db: Reader, conversation: string) => Promise<Rows> {
  if (where.after !== null) {
    const place = fromCursor(where.after)
    return (db, conversation) => forward(db, conversation, place)
  }
  if (where.at !== null) {
    const place = { at: where.at, ord: '' }
    return async (db, conversation) => {
      const found = await forward(db, conversation, place)
      return found.rows.length > 0 ? found : backward(db, conversation, newest, false)
    }
  }
  const place = where.before === null ? newest : fromCursor(where.before)
  return (db, conversation) => backward(db, conversation, place, where.before !== null)
}

async function forward(db: Reader, conversation: string, place: { at: number; ord: string }): Promise<Rows> {
  const rows = await pageMessagesAfter(db, conversation, place, readPage)
  const first = rows[0]
  const before = first !== undefined && (await hasMessageBefore(db, conversation, first))
  return {
    rows,
    more: (shown) => ({ ascending: true, before, after: shown < rows.length || rows.length === readPage }),
  }
}

async function backward(
  db: Reader,
  conversation: string,
  place: { at: number; ord: string },
  hasAfter: boolean,
): Promise<Rows> {
  const rows = await pageMessages(db, conversation, place, readPage)
  return {
    rows,
    more: (shown) => ({ ascending: false, before: shown < rows.length || rows.length === readPage, after: hasAfter }),
  }
}
