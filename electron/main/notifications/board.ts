/** What stands on the desktop now: one notification per conversation, one for all where they are many, and nothing that a lock should hide. */
import type { NotificationView } from '../../../shared/contracts/notifications.ts'
import { wordNotification, type Wording } from './wording.ts'

/** More conversations than this share one notification. */
export const mostShown = 4
/** After something was shown nothing else is for this long; what comes meanwhile is shown together. */
export const pauseMs = 2_000

export interface Shown {
  close(): void
}

export interface BoardOptions {
  name: string
  show(wording: Wording, on: { chosen(): void; dismissed(): void }): Shown
  /** A person chose a notification: the window comes to the front, whether it is locked or not. */
  front(): void
  /** The workstation is open: the window is to show this conversation. */
  open(conversation: string): void
}

/** Under which the one for all is kept; no conversation's id. */
const together = ''

export class NotificationBoard {
  readonly #options: BoardOptions
  /** Told and not over yet, the newest last. */
  readonly #standing = new Map<string, NotificationView>()
  /** Not shown yet. */
  readonly #fresh = new Set<string>()
  readonly #shown = new Map<string, Shown>()
  #locked = true
  /** Chosen while locked. */
  #wanted: string | null = null
  #pause: ReturnType<typeof setTimeout> | null = null

  constructor(options: BoardOptions) {
    this.#options = options
  }

  take(given: NotificationView): void {
    const { conversation } = given
    const notification = this.#locked ? { ...given, content: null } : given
    this.#standing.delete(conversation)
    this.#standing.set(conversation, notification)
    this.#fresh.add(conversation)
    if (this.#pause === null) this.#turn()
  }

  over(conversations: readonly string[]): void {
    for (const conversation of conversations) this.#drop(conversation)
    if (this.#standing.size === 0) this.#close(together)
  }

  /** What was told belongs to the state before: what may be seen differs, and whoever unlocks looks at the window. */
  lock(isLocked: boolean): void {
    this.#locked = isLocked
    this.clear()
    if (isLocked || this.#wanted === null) return
    this.#options.open(this.#wanted)
    this.#wanted = null
  }

  clear(): void {
    this.#standing.clear()
    this.#fresh.clear()
    for (const key of this.#shown.keys()) this.#close(key)
  }

  #turn(): void {
    this.#pause = null
    if (this.#fresh.size === 0) return
    const standing = [...this.#standing.values()]
    const isOne = standing.length > mostShown || standing.some((one) => one.content === null)
    if (isOne) {
      for (const key of this.#shown.keys()) this.#close(key)
      this.#show(together, standing)
    } else {
      this.#close(together)
      for (const one of standing) if (this.#fresh.has(one.conversation)) this.#show(one.conversation, [one])
    }
    this.#fresh.clear()
    this.#pause = setTimeout(() => this.#turn(), pauseMs)
  }

  #show(key: string, all: readonly NotificationView[]): void {
    this.#close(key)
    const shown = this.#options.show(wordNotification(all, this.#options.name), {
      chosen: () => {
        if (this.#shown.get(key) === shown) this.#chosen(key, all)
      },
      dismissed: () => {
        if (this.#shown.get(key) === shown) this.#seen(key, all)
      },
    })
    this.#shown.set(key, shown)
  }

  #chosen(key: string, all: readonly NotificationView[]): void {
    const newest = all.at(-1)!.conversation
    this.#seen(key, all)
    this.#options.front()
    if (this.#locked) this.#wanted = newest
    else this.#options.open(newest)
  }

  /** What came while it stood there has not been seen. */
  #seen(key: string, all: readonly NotificationView[]): void {
    for (const { conversation } of all) if (!this.#fresh.has(conversation)) this.#standing.delete(conversation)
    this.#close(key)
  }

  #drop(conversation: string): void {
    this.#standing.delete(conversation)
    this.#fresh.delete(conversation)
    this.#close(conversation)
  }

  #close(key: string): void {
    const shown = this.#shown.get(key)
    // First forgotten, so that its own end is not taken for a person's.
    this.#shown.delete(key)
    shown?.close()
  }
}
