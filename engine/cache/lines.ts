/** The last lines of the list: what a commit's messages leave there, written once per conversation and not once per message. */
import type { Writer } from './database.ts'

interface Line {
  /** Of the newest message. */
  at: number
  text: string
  kind: string
  mine: number
  author: number | null
  /** Messages that nobody here has read yet. */
  unread: number
}
/** By conversation; to be put before anything else reads or writes the list's lines in this transaction. */
export type Lines = Map<number, Line>

/** Of two messages of one time the later one stands in the list. */
export function addLine(lines: Lines, conversation: number, line: Line): void {
  const before = lines.get(conversation)
  const unread = (before?.unread ?? 0) + line.unread
  lines.set(conversation, { ...(before && before.at > line.at ? before : line), unread })
}

export function putLine(writer: Writer, conversation: number, line: Line): void {
  const { at } = line
  writer.run(
    `UPDATE conversations SET
       lastText = CASE WHEN ? >= lastAt THEN ? ELSE lastText END,
       lastKind = CASE WHEN ? >= lastAt THEN ? ELSE lastKind END,
       lastDirection = CASE WHEN ? >= lastAt THEN ? ELSE lastDirection END,
       lastAuthor = CASE WHEN ? >= lastAt THEN ? ELSE lastAuthor END,
       lastAt = max(lastAt, ?), unread = unread + ?,
       -- Somebody who writes is back on the table, unless nothing more is to be heard of the conversation.
       archived = CASE WHEN ? > 0 AND muted = 0 THEN 0 ELSE archived END
     WHERE id = ?`,
    [at, line.text, at, line.kind, at, line.mine, at, line.author, at, line.unread, line.unread, conversation],
  )
}

export function putLines(writer: Writer, lines: Lines): void {
  for (const [conversation, line] of lines) putLine(writer, conversation, line)
  lines.clear()
}
