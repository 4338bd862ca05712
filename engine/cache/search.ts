/** Full-text search over bigrams; the index follows the messages behind a watermark, a search first closes the gap. */
import { indexQuery, indexText } from '../../shared/domain/search-text.ts'
import type { Cache, Reader, Writer } from './database.ts'
import type { MessageKey } from './messages.ts'
import { findNumber, putValue } from './meta.ts'

const sliceSize = 1000

/** Indexes the next messages behind the watermark. Returns how many; 0: the index is complete. */
export function indexNext(writer: Writer, limit = sliceSize): number {
  const done = findNumber(writer, 'indexedNumber') ?? 0
  const rows = writer.all<{ n: number; text: string }>(
    `SELECT p.n, m.text FROM places p JOIN messages m ON m.conversation = p.conversation AND m.at = p.at AND m.n = p.n
     WHERE p.n > ? ORDER BY p.n LIMIT ?`,
    [done, limit],
  )
  for (const row of rows)
    writer.run('INSERT INTO search (rowid, text) VALUES (?, ?)', [row.n, indexText(row.text.slice(0, 100_000))])
  const last = rows.at(-1)
  if (last) putValue(writer, 'indexedNumber', last.n)
  return rows.length
}

/** Indexes all that is waiting, in slices of one transaction each. */
export function completeIndex(cache: Cache): void {
  while (cache.transaction((writer) => indexNext(writer)) === sliceSize);
}

/** Newest first. An unsearchable text finds nothing. */
export function findText(reader: Reader, text: string, limit: number): MessageKey[] {
  const query = indexQuery(text)
  if (query === null) return []
  return reader.all<MessageKey>(
    `SELECT p.conversation, p.at, p.n FROM search CROSS JOIN places p ON p.n = search.rowid
     WHERE search MATCH ? ORDER BY search.rowid DESC LIMIT ?`,
    [query, limit],
  )
}
