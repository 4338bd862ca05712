/** The rows of one open conversation: order, merging, day marks; pure, so that it can be tested without a screen. */
import type { MessageView } from '../../shared/contracts/window.ts'

export const maxRows = 2_000

export function compareMessages(a: MessageView, b: MessageView): number {
  return a.at - b.at || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)
}

export interface Loaded {
  messages: readonly MessageView[]
  /** Cursor to earlier ones; null: the first message is loaded. */
  before: string | null
  /** False when newer ones were dropped to keep the window small. */
  atNewest: boolean
}

/**
 * Known messages are replaced wherever they are. An unknown one comes in only where its neighbours are loaded: before the first
 * loaded one it comes with its page, after the last one of a detached window with the way back to the newest.
 */
export function mergeMessages(loaded: Loaded, changed: readonly MessageView[]): Loaded {
  if (changed.length === 0) return loaded
  const byId = new Map(loaded.messages.map((message) => [message.id, message]))
  const first = loaded.messages[0]
  const last = loaded.messages.at(-1)
  for (const message of changed) {
    const known = byId.has(message.id)
    if (!known && loaded.before !== null && first && compareMessages(message, first) < 0) continue
    if (!known && !loaded.atNewest && last && compareMessages(message, last) > 0) continue
    byId.set(message.id, message)
  }
  return { ...loaded, messages: [...byId.values()].sort(compareMessages) }
}

/** Adds an earlier page; what grows beyond `maxRows` is dropped at the newest end. */
export function prependPage(loaded: Loaded, page: readonly MessageView[], before: string | null): Loaded {
  const merged = mergeMessages({ ...loaded, before: null }, page)
  if (merged.messages.length <= maxRows) return { ...merged, before }
  return { messages: merged.messages.slice(0, maxRows), before, atNewest: false }
}

export type Row =
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string; count: number }
  /** `first` and `last` of a run by the same side: only there a bubble has its tail and its gap. */
  | { type: 'message'; key: string; message: MessageView; first: boolean; last: boolean }

const runMs = 5 * 60_000

/** `unread` is the first message that had not been read when the conversation was opened. */
export function toRows(
  messages: readonly MessageView[],
  dayOf: (at: number) => number,
  unread: { message: string; count: number } | null,
): Row[] {
  const rows: Row[] = []
  let day = Number.NaN
  messages.forEach((message, i) => {
    const today = dayOf(message.at)
    const newDay = today !== day
    if (newDay) rows.push({ type: 'day', key: `day-${today}`, at: message.at })
    day = today
    const marked = unread?.message === message.id
    if (marked) rows.push({ type: 'unread', key: 'unread', count: unread.count })
    const previous = messages[i - 1]
    const next = messages[i + 1]
    const joins = (a: MessageView, b: MessageView): boolean => a.direction === b.direction && b.at - a.at < runMs
    rows.push({
      type: 'message',
      key: message.id,
      message,
      first: newDay || marked || !previous || !joins(previous, message),
      last: !next || dayOf(next.at) !== today || !joins(message, next) || unread?.message === next.id,
    })
  })
  return rows
}

/** The first of the newest `count` incoming messages; null when there are none. */
export function firstUnread(
  messages: readonly MessageView[],
  count: number,
): { message: string; count: number } | null {
  if (count <= 0) return null
  let left = count
  let found: MessageView | null = null
  for (let i = messages.length - 1; i >= 0 && left > 0; i -= 1) {
    const message = messages[i]
    if (message?.direction !== 'in') continue
    found = message
    left -= 1
  }
  return found && { message: found.id, count }
}
