/** The rows of one open conversation: order, merging, day marks; pure, so that it can be tested without a screen. */
import { isChange } from '../../shared/contracts/neutral-message.ts'
import type { MessageView } from '../../shared/contracts/window.ts'
import { pictureBox } from '../media/file-words.ts'

export const maxRows = 2_000

export function compareMessages(a: MessageView, b: MessageView): number {
  return a.at - b.at || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)
}

export interface Loaded {
  messages: readonly MessageView[]
  /** Cursor to earlier ones, or the message before which they stand; null: the first message is loaded. */
  before: string | null
  /** False in a window that is detached: newer messages stand behind its last one. */
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

/** Adds a later page to a detached window; what grows beyond `maxRows` is dropped at the oldest end. */
export function appendPage(loaded: Loaded, page: readonly MessageView[], atNewest: boolean): Loaded {
  const merged = { ...mergeMessages({ ...loaded, atNewest: true }, page), atNewest }
  if (merged.messages.length <= maxRows) return merged
  const messages = merged.messages.slice(-maxRows)
  return { messages, before: messages[0]?.id ?? null, atNewest }
}

/** The first message at or after a moment, where the loaded part can tell; else null. */
export function findFrom({ messages, before, atNewest }: Loaded, at: number): string | null {
  const [first] = messages
  if (!first || (first.at >= at && before !== null)) return null
  const found = messages.find((message) => message.at >= at && hasRow(message))
  return found?.id ?? (atNewest ? (messages.findLast(hasRow)?.id ?? null) : null)
}

export type Row =
  | { type: 'day'; key: string; at: number }
  | { type: 'unread'; key: string; count: number }
  | { type: 'notice'; key: string; message: MessageView }
  /**
   * One message, or the pictures of one album. `first` and `last` of a run by the same person: only there a bubble has its name, its
   * tail and its gap.
   */
  | { type: 'message'; key: string; messages: readonly [MessageView, ...MessageView[]]; first: boolean; last: boolean }

const runMs = 5 * 60_000
const largestAlbum = 20

/** Changes show themselves in what they change; a row of their own would say it twice. */
function hasRow(message: MessageView): boolean {
  return message.kind === 'raw' || !isChange(message.kind)
}

function isNotice(message: MessageView): boolean {
  return message.kind === 'service' || message.kind === 'call'
}

function isPicture(message: MessageView): boolean {
  return message.kind === 'image' || message.kind === 'video'
}

function sameSide(a: MessageView, b: MessageView): boolean {
  return a.direction === b.direction && a.author?.key === b.author?.key
}

/** In one run: the same person, shortly after another. */
function joins(a: MessageView | undefined, b: MessageView | undefined): boolean {
  return a !== undefined && b !== undefined && !isNotice(a) && !isNotice(b) && sameSide(a, b) && b.at - a.at < runMs
}

function inAlbum(album: readonly MessageView[], next: MessageView): boolean {
  const id = album[0]?.details?.album
  return (
    id !== undefined &&
    id === next.details?.album &&
    album.length < largestAlbum &&
    album.every((one) => isPicture(one) && sameSide(one, next)) &&
    isPicture(next)
  )
}

/** `unread` is the first message that had not been read when the conversation was opened. */
export function toRows(
  messages: readonly MessageView[],
  dayOf: (at: number) => number,
  unread: { message: string; count: number } | null,
): Row[] {
  const rows: Row[] = []
  const shown = messages.filter(hasRow)
  let day = Number.NaN
  for (let i = 0; i < shown.length; i += 1) {
    const message = shown[i]
    if (!message) break
    const today = dayOf(message.at)
    const newDay = today !== day
    if (newDay) rows.push({ type: 'day', key: `day-${today}`, at: message.at })
    day = today
    const marked = unread?.message === message.id
    if (marked) rows.push({ type: 'unread', key: 'unread', count: unread.count })
    if (isNotice(message)) {
      rows.push({ type: 'notice', key: message.id, message })
      continue
    }
    const previous = shown[i - 1]
    const album: [MessageView, ...MessageView[]] = [message]
    for (let next = shown[i + 1]; next && inAlbum(album, next) && next.id !== unread?.message; next = shown[i + 1]) {
      album.push(next)
      i += 1
    }
    const end = album.at(-1) ?? message
    const next = shown[i + 1]
    rows.push({
      type: 'message',
      key: message.id,
      messages: album,
      first: newDay || marked || !joins(previous, message),
      last: !next || dayOf(next.at) !== today || !joins(end, next) || unread?.message === next.id,
    })
  }
  return rows
}

/** The row in which a message stands; -1: none. */
export function rowOf(rows: readonly Row[], message: string): number {
  return rows.findIndex(
    (row) => row.key === message || (row.type === 'message' && row.messages.some((one) => one.id === message)),
  )
}

/** About how high a row is before it has been measured; pictures have their box from the start. */
export function estimateHeight(row: Row | undefined): number {
  if (row?.type !== 'message') return 40
  const [message] = row.messages
  if (row.messages.length > 1) return 40 + Math.ceil(row.messages.length / 2) * 160
  const text = message.text === '' ? 0 : 20 * Math.ceil(Math.min(message.text.length, 1_500) / 70)
  switch (message.kind) {
    case 'image':
    case 'video':
      return 30 + pictureBox(message.details?.file).height + text
    case 'sticker':
      return 190
    case 'voice':
    case 'audio':
      return 72
    case 'document':
      return 86 + text
    case 'location':
    case 'contact':
      return 92
    case 'poll':
      return 90 + 44 * (message.details?.poll?.options.length ?? 2)
    default:
      return 24 + Math.max(20, text)
  }
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
