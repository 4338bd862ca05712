/** Gathers what changed into at most one delta per frame and topic. */
import type { ConversationView, MessageView, StatusView, WindowEvent } from '../../shared/contracts/window.ts'
import { findMessage, type MessageKey, type MessageRow } from '../cache/messages.ts'
import type { PairingStep } from '../channels/channel.ts'
import type { Touched } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { colleaguesView } from './colleagues.ts'
import { activityView } from './customer-activity.ts'
import { messageRef, toMessageViews } from './message-views.ts'
import { getConversationView } from './views.ts'

const frameMs = 16
const statusMs = 100
/** A hint that comes and goes ten thousand times a second is told ten times. */
const activityMs = 100
/** More than this in one frame is history: the window asks for what it shows. */
const mostPerFrame = 500

export interface BroadcastOptions {
  session(): Session | null
  isOpen(): boolean
  status(): StatusView
  tell(event: WindowEvent): void
}

export class Broadcast {
  readonly #options: BroadcastOptions
  readonly #conversations = new Set<number>()
  readonly #messages = new Map<string, MessageKey>()
  #frame: NodeJS.Timeout | null = null
  #status: NodeJS.Timeout | null = null
  #activity: NodeJS.Timeout | null = null

  constructor(options: BroadcastOptions) {
    this.#options = options
  }

  touched(touched: Touched): void {
    for (const id of touched.conversations) this.#conversations.add(id)
    for (const key of touched.messages) {
      this.#messages.set(messageRef(key), key)
      this.#conversations.add(key.conversation)
    }
    this.#frame ??= setTimeout(() => this.#tell(), frameMs)
  }

  /** At once when the lock changes, else gathered. */
  statusChanged(atOnce = false): void {
    if (atOnce) {
      if (this.#status) clearTimeout(this.#status)
      this.#status = null
      this.#options.tell({ event: 'status', status: this.#options.status() })
      return
    }
    this.#status ??= setTimeout(() => this.statusChanged(true), statusMs)
  }

  /** Rare, and too late to be gathered: who is typing now. */
  colleagues(conversation: number): void {
    const session = this.#options.session()
    if (session && this.#options.isOpen())
      this.#options.tell({ event: 'colleagues', ...colleaguesView(session, conversation) })
  }

  /** What customers do; gathered, but told before a message that ends it. */
  activity(): void {
    this.#activity ??= setTimeout(() => this.#tellActivity(), activityMs)
  }

  #tellActivity(): void {
    if (this.#activity) clearTimeout(this.#activity)
    this.#activity = null
    const session = this.#options.session()
    const changed = session?.activity.takeChanged() ?? []
    if (!session || !this.#options.isOpen()) return
    const views = changed.flatMap((id) => activityView(session, id) ?? [])
    if (views.length > 0) this.#options.tell({ event: 'customer-activity', changed: views })
  }

  /** Passing: what a window that opens now has missed comes with the next piece. */
  uploading(key: MessageKey, progress: { sent: number; bytes: number } | null): void {
    if (this.#options.session() && this.#options.isOpen())
      this.#options.tell({ event: 'upload', message: messageRef(key), progress })
  }

  pairing(account: string, step: PairingStep): void {
    this.#options.tell({ event: 'pairing', account, step })
  }

  #tell(): void {
    this.#frame = null
    const session = this.#options.session()
    const conversations = [...this.#conversations]
    const keys = [...this.#messages.values()].slice(-mostPerFrame)
    this.#conversations.clear()
    this.#messages.clear()
    if (this.#activity) this.#tellActivity()
    // A locked screen learns nothing.
    if (!session || !this.#options.isOpen()) return
    const views = new Map<number, ConversationView>(
      conversations.map((id) => [id, getConversationView(session.cache, { id })]),
    )
    const rows = new Map<number, MessageRow[]>()
    for (const key of keys) {
      const row = findMessage(session.cache, key)
      if (!row) continue
      const own = rows.get(key.conversation)
      if (own) own.push(row)
      else rows.set(key.conversation, [row])
    }
    const messages: MessageView[] = [...rows].flatMap(([id, own]) => toMessageViews(session.cache, id, own))
    if (messages.length > 0) this.#options.tell({ event: 'messages', changed: messages })
    if (views.size > 0) this.#options.tell({ event: 'conversations', changed: [...views.values()] })
  }

  stop(): void {
    if (this.#frame) clearTimeout(this.#frame)
    if (this.#status) clearTimeout(this.#status)
    if (this.#activity) clearTimeout(this.#activity)
  }
}
