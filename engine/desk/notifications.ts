/** Decides for which arriving messages a person is called from the desktop, and what may be said of them there. */
import type { Handlers, Input } from '../../shared/contracts/contract.ts'
import {
  languageSchema,
  notificationLevelSchema,
  type NotificationLevel,
  type notificationsContract,
  type NotificationView,
} from '../../shared/contracts/notifications.ts'
import type { ConversationView, StatusView } from '../../shared/contracts/window.ts'
import type { Reader } from '../cache/database.ts'
import { findText, putValue } from '../cache/meta.ts'
import { findMessage, readDetails, type MessageKey, type MessageRow } from '../cache/messages.ts'
import type { Touched } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { toMessageViews } from './message-views.ts'
import { getConversationView, withKnownNames } from './views.ts'

/** One word to main for what arrives together. */
export const gatherMs = 100
/** What is older by the provider's time is history that was fetched or caught up; the list shows it, nobody is called for it. */
export const newsMs = 15 * 60_000
const textLength = 300
const levelKey = 'notifications.level'
const languageKey = 'notifications.language'

export interface NotifierOptions {
  session(): Session | null
  lock(): StatusView['lock']
  now(): number
  tell(notification: NotificationView): void
  /** Nothing is new in these conversations any more. */
  over(conversations: string[]): void
  unread(count: number): void
}

export class Notifier {
  readonly #options: NotifierOptions
  /** What arrived per conversation since the last flush; nothing: something else changed there. */
  readonly #changed = new Map<number, MessageKey[]>()
  /** How many messages the desktop was told of, per conversation. */
  readonly #told = new Map<number, number>()
  #watched: string | null = null
  /** Null: not told yet. */
  #unread: number | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** After the commit. */
  touched({ conversations, recorded }: Touched): void {
    const since = this.#options.now() - newsMs
    for (const id of conversations) if (!this.#changed.has(id)) this.#changed.set(id, [])
    // A history of years comes this way as well: only what may be news is remembered.
    for (const one of recorded)
      if ('key' in one && one.key.at > since) this.#changed.get(one.key.conversation)?.push(one.key)
    this.#timer ??= setTimeout(() => this.flush(), gatherMs)
  }

  /** What stands before a person's eyes needs no call; null: nothing does. */
  watched(conversation: string | null): void {
    this.#watched = conversation
  }

  /** The lock has fallen or opened: what was told before is taken back, and whoever opens it looks at the window. */
  lockChanged(): void {
    this.#watched = null
    this.#told.clear()
    this.#countUnread()
  }

  /** What has been gathered, now. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const changed = [...this.#changed]
    this.#changed.clear()
    const session = this.#options.session()
    if (!session) return
    const over = changed.flatMap(([id, keys]) => this.#follow(session.cache, id, keys) ?? [])
    if (over.length > 0) this.#options.over(over)
    this.#countUnread()
  }

  /** The conversation's id when what was told of it is over. */
  #follow(cache: Reader, id: number, keys: MessageKey[]): string | null {
    const view = getConversationView(cache, { id })
    if (view.unread === 0 || view.muted || view.archived) return this.#told.delete(id) ? view.id : null
    const level = levelOf(cache)
    if (view.id === this.#watched || level === 'off') return null
    const rows = keys.flatMap((key) => findMessage(cache, key) ?? []).filter(isNews)
    const newest = rows.sort((a, b) => a.at - b.at || a.n - b.n).at(-1)
    if (!newest) return null
    const count = Math.min((this.#told.get(id) ?? 0) + rows.length, view.unread)
    this.#told.set(id, count)
    const content = this.#options.lock() === 'open' && level === 'content' ? contentOf(cache, view, newest) : null
    this.#options.tell({ conversation: view.id, count, language: languageOf(cache), content })
    return null
  }

  #countUnread(): void {
    const cache = this.#options.session()?.cache
    const sql = 'SELECT coalesce(sum(unread), 0) AS unread FROM conversations WHERE unread > 0 AND muted = 0'
    const unread = cache?.get<{ unread: number }>(sql)?.unread ?? 0
    if (unread === this.#unread) return
    this.#unread = unread
    this.#options.unread(unread)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }
}

/** Somebody else's words, and a call that nobody took; not what the provider notes. */
function isNews(row: MessageRow): boolean {
  if (row.mine === 1 || row.kind === 'service') return false
  return row.kind !== 'call' || readDetails(row.details)?.call?.outcome === 'missed'
}

function contentOf(cache: Reader, view: ConversationView, row: MessageRow): NotificationView['content'] {
  const message = toMessageViews(cache, row.conversation, [row])[0]
  const text = message === undefined || row.kind === 'raw' ? '' : message.text
  return {
    title: view.title.slice(0, 512),
    author: view.group ? (message?.author?.name.slice(0, 512) ?? null) : null,
    kind: message?.kind ?? 'raw',
    text: withKnownNames(cache, { ...view, text: text.slice(0, textLength) }).slice(0, 512),
  }
}

function levelOf(cache: Reader): NotificationLevel {
  return notificationLevelSchema.catch('content').parse(findText(cache, levelKey))
}

function languageOf(cache: Reader): NotificationView['language'] {
  return languageSchema.catch('en').parse(findText(cache, languageKey))
}

export interface NotificationDeskHost {
  /** Throws CodedError('locked') when there is no open session. */
  session(): Session
  watched(conversation: string | null): void
}

export function createNotificationDesk(host: NotificationDeskHost): Handlers<typeof notificationsContract> {
  return {
    'notifications.get': () => ({ level: levelOf(host.session().cache) }),
    'notifications.set': (input) => setNotifications(host.session(), input),
    'conversation.watched': ({ conversation }) => {
      // Not content, but a locked window watches nothing.
      host.session()
      host.watched(conversation)
      return {}
    },
  }
}

function setNotifications(
  { cache }: Session,
  { level, language }: Input<typeof notificationsContract, 'notifications.set'>,
): Record<string, never> {
  cache.transaction((writer) => {
    if (level !== undefined) putValue(writer, levelKey, level)
    if (language !== undefined) putValue(writer, languageKey, language)
  })
  return {}
}
