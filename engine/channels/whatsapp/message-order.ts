/**
 * Lets the library deal with one message after the other: by itself it works on several at once until each is
 * decrypted, and lets a live message overtake those of the offline queue.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ChannelTimers } from './tuning.ts'

/** A queued message that the library drops without decrypting it holds up live ones no longer than this. */
const OFFLINE_PATIENCE_MS = 3000

export class MessageOrder {
  readonly #timers: ChannelTimers
  readonly #offline = new Set<BinaryNode>()
  /** Messages that the library was given and is not done with, by the time of their arrival. */
  readonly #open = new Map<BinaryNode, number>()
  #tail: Promise<void> = Promise.resolve()
  #drained: (() => void)[] = []

  constructor(timers: ChannelTimers) {
    this.#timers = timers
  }

  /** An encrypted message from the offline queue has arrived. */
  queued(node: BinaryNode): void {
    this.#offline.add(node)
  }

  /** It was decrypted or has failed. */
  settled(node: BinaryNode): void {
    if (!this.#offline.delete(node) || this.#offline.size > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** How long the oldest live message has been waiting to be dealt with; 0 when none is. */
  stalledMs(): number {
    const [since] = this.#open.values()
    return since === undefined ? 0 : this.#timers.monotonic() - since
  }

  /** Calls the library's handler now for queued messages, which it orders itself, and in turn for live ones. */
  pass(node: BinaryNode, handle: () => unknown): Promise<void> {
    if (node.attrs['offline'] !== undefined) return Promise.resolve(handle()).then(() => undefined)
    this.#open.set(node, this.#timers.monotonic())
    const turn = this.#tail
      .then(() => this.#offlineDone())
      // The library's work hangs together by promises alone: a burst of messages would keep everything else waiting to its end.
      .then(() => nextTurn())
      .then(handle)
      .then(() => undefined)
      .finally(() => this.#open.delete(node))
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  #offlineDone(): Promise<void> {
    if (this.#offline.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const stop = this.#timers.after(OFFLINE_PATIENCE_MS, () => {
        this.#offline.clear()
        resolve()
      })
      this.#drained.push(() => {
        stop()
        resolve()
      })
    })
  }
}
