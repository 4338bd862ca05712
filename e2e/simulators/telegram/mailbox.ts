/** One row of numbered events (pts) with its messages: an account's mailbox, or the one that a megagroup's members share. */
import type { Authorization } from './auth-keys.ts'
import type { Peer, Post, TelegramUser } from './model.ts'

/** One copy of a post. */
export interface StoredMessage {
  /** Id in this mailbox, from 1. */
  id: number
  /** The conversation, as the mailbox's owner sees it. */
  peer: Peer
  post: Post
  /** Id, in this mailbox, of the message that it answers. */
  replyTo: number | null
  /** Set on own messages: which device sent it, under which random_id. */
  sentBy: Authorization | null
  randomId: bigint | null
  /** pts after this message. */
  pts: number
  deleted: boolean
}

export type MailboxEvent = {
  /** The mailbox's pts after this event. */
  pts: number
  /** How much it moved the pts. */
  count: number
  /** Epoch seconds. */
  date: number
} & (
  | { kind: 'message'; message: StoredMessage }
  | { kind: 'edit'; message: StoredMessage }
  | { kind: 'delete'; ids: number[]; peer: Peer }
  | { kind: 'read-inbox'; peer: Peer; maxId: number; unread: number }
  | { kind: 'read-outbox'; peer: Peer; maxId: number }
)

export interface Dialog {
  peer: Peer
  /** Ascending; without deleted ones. */
  messages: StoredMessage[]
  readInboxMaxId: number
  readOutboxMaxId: number
}

export class Mailbox {
  /** A fresh mailbox starts at 1, as pts 0 is invalid. */
  pts = 1
  readonly events: MailboxEvent[] = []
  readonly dialogs = new Map<Peer, Dialog>()
  readonly contacts = new Set<TelegramUser>()
  readonly #now: () => number
  readonly #messages = new Map<number, StoredMessage>()
  #lastId = 0

  /** now: epoch seconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The message with this id, if it was not deleted. */
  message(id: number): StoredMessage | null {
    const message = this.#messages.get(id)
    return message && !message.deleted ? message : null
  }

  dialog(peer: Peer): Dialog {
    const known = this.dialogs.get(peer)
    if (known) return known
    const dialog = { peer, messages: [], readInboxMaxId: 0, readOutboxMaxId: 0 }
    this.dialogs.set(peer, dialog)
    return dialog
  }

  add(message: Omit<StoredMessage, 'id' | 'pts' | 'deleted'>): MailboxEvent & { kind: 'message' } {
    const stored = { ...message, id: ++this.#lastId, pts: this.pts + 1, deleted: false }
    this.#messages.set(stored.id, stored)
    this.dialog(message.peer).messages.push(stored)
    stored.post.copies.set(this, stored)
    return this.#record({ kind: 'message', message: stored, ...this.#next(1) })
  }

  /** The message's post was changed. */
  edit(message: StoredMessage): MailboxEvent {
    return this.#record({ kind: 'edit', message, ...this.#next(1) })
  }

  /** Removes messages of one conversation. */
  remove(messages: StoredMessage[], peer: Peer): MailboxEvent {
    const dialog = this.dialog(peer)
    for (const message of messages) message.deleted = true
    dialog.messages = dialog.messages.filter((message) => !message.deleted)
    const ids = messages.map((message) => message.id)
    return this.#record({ kind: 'delete', ids, peer, ...this.#next(ids.length) })
  }

  /** Marks incoming messages up to maxId as read; null when nothing changes. */
  readInbox(peer: Peer, maxId: number, owner: TelegramUser): MailboxEvent | null {
    const dialog = this.dialog(peer)
    const last = dialog.messages.findLast((message) => message.post.author !== owner && message.id <= maxId)
    if (!last || last.id <= dialog.readInboxMaxId) return null
    dialog.readInboxMaxId = last.id
    return this.#record({
      kind: 'read-inbox',
      peer,
      maxId: last.id,
      unread: unreadCount(dialog, owner),
      ...this.#next(1),
    })
  }

  /** The other side has read own messages up to maxId; null when nothing changes. */
  readOutbox(peer: Peer, maxId: number, owner: TelegramUser): MailboxEvent | null {
    const dialog = this.dialog(peer)
    const last = dialog.messages.findLast((message) => message.post.author === owner && message.id <= maxId)
    if (!last || last.id <= dialog.readOutboxMaxId) return null
    dialog.readOutboxMaxId = last.id
    return this.#record({ kind: 'read-outbox', peer, maxId: last.id, ...this.#next(1) })
  }

  /** A number that is given away without an event: the difference has nothing to tell of it. */
  skip(): number {
    return this.#next(1).pts
  }

  #next(count: number): { pts: number; count: number; date: number } {
    this.pts += count
    return { pts: this.pts, count, date: this.#now() }
  }

  #record<T extends MailboxEvent>(event: T): T {
    this.events.push(event)
    return event
  }

  /** Events with a pts above this one. */
  eventsAfter(pts: number): MailboxEvent[] {
    let low = 0
    let high = this.events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.events[middle]?.pts ?? Infinity) > pts) high = middle
      else low = middle + 1
    }
    return this.events.slice(low)
  }
}

export function unreadCount(dialog: Dialog, owner: TelegramUser): number {
  let count = 0
  for (let index = dialog.messages.length - 1; index >= 0; index--) {
    const message = dialog.messages[index]
    if (!message || message.id <= dialog.readInboxMaxId) break
    if (message.post.author !== owner) count++
  }
  return count
}

/** The newest message of a dialog that has one. */
export function topMessage(dialog: Dialog): StoredMessage {
  const message = dialog.messages.at(-1)
  if (!message) throw new Error('dialog without messages')
  return message
}
