/** One account's mailbox: its messages, dialogs, read marks, and the numbered event list (pts) that updates come from. */
import type { Authorization } from './auth-keys.ts'
import type { TlObject } from './tl-codec.ts'
import type { TelegramUser } from './world.ts'

export interface StoredMessage {
  /** Id in this mailbox, from 1. */
  id: number
  /** The other side of the conversation. */
  peer: TelegramUser
  out: boolean
  text: string
  entities: TlObject[]
  replyTo: number | null
  /** Epoch seconds. */
  date: number
  /** Set on own messages: which device sent it, under which random_id. */
  sentBy: Authorization | null
  randomId: bigint | null
  /** pts after this message. */
  pts: number
}

export type MailboxEvent = { pts: number } & (
  | { kind: 'message'; message: StoredMessage }
  | { kind: 'read-inbox'; peer: TelegramUser; maxId: number; unread: number }
  | { kind: 'read-outbox'; peer: TelegramUser; maxId: number }
)

export interface Dialog {
  peer: TelegramUser
  /** Ascending. */
  messages: StoredMessage[]
  readInboxMaxId: number
  readOutboxMaxId: number
}

export class Mailbox {
  /** The number of the last event; each event counts 1. A fresh mailbox starts at 1, as pts 0 is invalid. */
  pts = 1
  /** The event with pts n stands at n - 2: the first one gets pts 2, and each counts 1. */
  readonly events: MailboxEvent[] = []
  readonly dialogs = new Map<TelegramUser, Dialog>()
  readonly contacts = new Set<TelegramUser>()
  readonly #messages = new Map<number, StoredMessage>()
  readonly #byRandomId = new Map<bigint, StoredMessage>()
  #lastId = 0

  message(id: number): StoredMessage | null {
    return this.#messages.get(id) ?? null
  }

  /** The message that was already sent under this random_id, from whichever device. */
  sentUnder(randomId: bigint): StoredMessage | null {
    return this.#byRandomId.get(randomId) ?? null
  }

  dialog(peer: TelegramUser): Dialog {
    const known = this.dialogs.get(peer)
    if (known) return known
    const dialog = { peer, messages: [], readInboxMaxId: 0, readOutboxMaxId: 0 }
    this.dialogs.set(peer, dialog)
    return dialog
  }

  add(message: Omit<StoredMessage, 'id' | 'pts'>): MailboxEvent & { kind: 'message' } {
    const stored = { ...message, id: ++this.#lastId, pts: ++this.pts }
    this.#messages.set(stored.id, stored)
    if (stored.randomId !== null) this.#byRandomId.set(stored.randomId, stored)
    this.dialog(message.peer).messages.push(stored)
    const event = { kind: 'message' as const, message: stored, pts: stored.pts }
    this.events.push(event)
    return event
  }

  /** Marks incoming messages up to maxId as read; null when nothing changes. */
  readInbox(peer: TelegramUser, maxId: number): MailboxEvent | null {
    const dialog = this.dialog(peer)
    const last = dialog.messages.findLast((message) => !message.out && message.id <= maxId)
    if (!last || last.id <= dialog.readInboxMaxId) return null
    dialog.readInboxMaxId = last.id
    return this.#record({ kind: 'read-inbox', peer, maxId: last.id, unread: unreadCount(dialog), pts: ++this.pts })
  }

  /** The other side has read own messages up to maxId; null when nothing changes. */
  readOutbox(peer: TelegramUser, maxId: number): MailboxEvent | null {
    const dialog = this.dialog(peer)
    const last = dialog.messages.findLast((message) => message.out && message.id <= maxId)
    if (!last || last.id <= dialog.readOutboxMaxId) return null
    dialog.readOutboxMaxId = last.id
    return this.#record({ kind: 'read-outbox', peer, maxId: last.id, pts: ++this.pts })
  }

  #record(event: MailboxEvent): MailboxEvent {
    this.events.push(event)
    return event
  }

  /** Dialogs with messages, the newest first. */
  dialogsByRecency(): Dialog[] {
    return [...this.dialogs.values()]
      .filter((dialog) => dialog.messages.length > 0)
      .sort((a, b) => topMessage(b).id - topMessage(a).id)
  }

  unreadTotal(): number {
    return [...this.dialogs.values()].reduce((sum, dialog) => sum + unreadCount(dialog), 0)
  }
}

export function unreadCount(dialog: Dialog): number {
  let count = 0
  for (let index = dialog.messages.length - 1; index >= 0; index--) {
    const message = dialog.messages[index]
    if (!message || message.id <= dialog.readInboxMaxId) break
    if (!message.out) count++
  }
  return count
}

/** The newest message of a dialog that has one. */
export function topMessage(dialog: Dialog): StoredMessage {
  const message = dialog.messages.at(-1)
  if (!message) throw new Error('dialog without messages')
  return message
}
