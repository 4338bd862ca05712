/** The piece of a found text that shows why it was found. */
import { cutAt, safeLine } from '../text/safe-text.ts'

const before = 24
const longest = 160

export interface SnippetPart {
  text: string
  found: boolean
}

/** Words as the index sees them: runs of letters and digits, in any case. */
function words(question: string): string[] {
  return question.match(/[\p{L}\p{N}]+/gu) ?? []
}

/** One line around the first found word, with every found word marked. */
export function snippet(text: string, question: string): SnippetPart[] {
  const wanted = words(question).sort((a, b) => b.length - a.length)
  const escaped = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = escaped.length > 0 ? new RegExp(`(?:${escaped.join('|')})`, 'giu') : null
  const first = pattern ? text.search(pattern) : -1
  const from = Math.max(0, first - before)
  const line = (from > 0 ? '…' : '') + safeLine(cutAt(text.slice(from), longest), longest)
  if (!pattern) return [{ text: line, found: false }]
  const parts: SnippetPart[] = []
  let at = 0
  for (const match of line.matchAll(pattern)) {
    if (match.index > at) parts.push({ text: line.slice(at, match.index), found: false })
    parts.push({ text: match[0], found: true })
    at = match.index + match[0].length
  }
  if (at < line.length) parts.push({ text: line.slice(at), found: false })
  return parts
}
