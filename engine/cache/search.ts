/** Full-text search over bigrams; the index follows the messages behind a watermark, a search first closes the gap. */
import { indexQuery, indexText } from '../../shared/domain/search-text.ts'
import type { Cache, Reader, Writer } from './database.ts'
import { readDetails, type MessageKey } from './messages.ts'
import { findNumber, putValue } from './meta.ts'

const sliceSize = 1000

interface Searchable {
  text: string
  details: string | null
  /** Later texts of the same message. */
  edits: string | null
}
const searchable = `m.text, m.details,
  (SELECT group_concat(c.text, ' ') FROM changes c
   WHERE c.conversation = m.conversation AND c.target = m.providerId AND c.kind = 'edit') AS edits`

/** Words of a message: its texts, and what its file, place, poll or contact is called. */
function wordsOf(row: Searchable): string {
  const texts = [row.text.slice(0, 100_000)]
  if (row.edits !== null) texts.push(row.edits.slice(0, 100_000))
  const details = row.details === null ? null : readDetails(row.details)
  if (details?.file?.name) texts.push(details.file.name)
  if (details?.location) texts.push(details.location.name ?? '', details.location.address ?? '')
  if (details?.poll) texts.push(details.poll.question, ...details.poll.options)
  if (details?.contacts) texts.push(...details.contacts.map((contact) => contact.name))
  return indexText(texts.length === 1 ? texts[0]! : texts.join(' '))
}

/** Indexes the next messages behind the watermark. Returns how many; 0: the index is complete. */
export function indexNext(writer: Writer, limit = sliceSize): number {
  const done = findNumber(writer, 'indexedNumber') ?? 0
  const rows = writer.all<Searchable & { n: number }>(
    `SELECT p.n, ${searchable}
     FROM places p JOIN messages m ON m.conversation = p.conversation AND m.at = p.at AND m.n = p.n
     WHERE p.n > ? ORDER BY p.n LIMIT ?`,
    [done, limit],
  )
  for (const row of rows) writer.run('INSERT INTO search (rowid, text) VALUES (?, ?)', [row.n, wordsOf(row)])
  const last = rows.at(-1)
  if (last) putValue(writer, 'indexedNumber', last.n)
  return rows.length
}

/** Something about a message that may be indexed already has a new text. */
export function reindexText(writer: Writer, key: MessageKey): void {
  if (key.n > (findNumber(writer, 'indexedNumber') ?? 0)) return
  const row = writer.get<Searchable>(
    `SELECT ${searchable} FROM messages m WHERE m.conversation = ? AND m.at = ? AND m.n = ?`,
    [key.conversation, key.at, key.n],
  )
  if (!row) return
  writer.run('DELETE FROM search WHERE rowid = ?', [key.n])
  writer.run('INSERT INTO search (rowid, text) VALUES (?, ?)', [key.n, wordsOf(row)])
}

/** Indexes all that is waiting, in slices of one transaction each. */
export function completeIndex(cache: Cache): void {
  while (cache.transaction((writer) => indexNext(writer)) === sliceSize);
}

/** Newest first, in all conversations or in one. An unsearchable text finds nothing. */
export function findText(
  reader: Reader,
  text: string,
  limit: number,
  conversation: number | null = null,
): MessageKey[] {
  const query = indexQuery(text)
  if (query === null) return []
  return reader.all<MessageKey>(
    `SELECT p.conversation, p.at, p.n FROM search CROSS JOIN places p ON p.n = search.rowid
     WHERE search MATCH ? AND p.conversation = coalesce(?, p.conversation) ORDER BY search.rowid DESC LIMIT ?`,
    [query, conversation, limit],
  )
}
