/** Keeps the visible mark on a window's page: from before its first frame, renewed each minute and after every navigation. */
import type { WebContents } from 'electron'
import type { ClockSource } from '../../shared/clock/clock.ts'
import { markStyle, markText, type MarkOwner } from './mark-style.ts'

const checkMs = 5_000

export class VisibleMark {
  readonly #contents: WebContents
  readonly #clock: ClockSource
  #owner: MarkOwner
  #key: string | null = null
  #text = ''
  #queue: Promise<void> = Promise.resolve()
  readonly #timer: ReturnType<typeof setInterval>

  constructor(contents: WebContents, clock: ClockSource, owner: MarkOwner) {
    this.#contents = contents
    this.#clock = clock
    this.#owner = owner
    this.#timer = setInterval(() => void this.#refresh(), checkMs)
  }

  setOwner(owner: MarkOwner): void {
    this.#owner = owner
    void this.#refresh()
  }

  /** A new document has no mark: to be called when it exists. Resolves when the mark is in it; rejects when it cannot be. */
  async renew(): Promise<void> {
    this.#key = null
    this.#text = ''
    await this.#refresh()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** One at a time, or two renewals would each leave a style behind. */
  #refresh(): Promise<void> {
    const next = this.#queue.then(() => this.#insert())
    this.#queue = next.catch(() => undefined)
    return next
  }

  async #insert(): Promise<void> {
    const text = markText(this.#owner, new Date(this.#clock.now()))
    if (text === this.#text || this.#contents.isDestroyed()) return
    const old = this.#key
    this.#key = await this.#contents.insertCSS(markStyle(text), { cssOrigin: 'user' })
    this.#text = text
    // The new one stands before the old one goes: there is no frame without.
    if (old !== null) await this.#contents.removeInsertedCSS(old)
  }
}
