/** Remembers messages that could not be decrypted until they are sent again, or records that they never were. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ChannelStore } from '../channel.ts'
import type { JournalEntry } from './auth-state.ts'
import type { OwnAddresses } from './kept-event.ts'
import { messageKey, undecryptedRow } from './stanza-rows.ts'

const STATE = 'undecrypted'

interface Waiting {
  attrs: Record<string, string>
  since: number
  note: string
}

function isWaiting(value: unknown): value is Waiting {
  if (typeof value !== 'object' || value === null) return false
  const { attrs, since, note } = value as Record<string, unknown>
  return typeof attrs === 'object' && attrs !== null && typeof since === 'number' && typeof note === 'string'
}

class Probed extends Error {}

/** Asks the inbox by an insertion that is always taken back. */
function isKept(store: ChannelStore, key: string): boolean {
  try {
    store.transaction(() => {
      if (store.putInbox({ key, kind: 'probe', raw: Uint8Array.of(0) })) throw new Probed()
    })
    return true
  } catch (error) {
    if (error instanceof Probed) return false
    throw error
  }
}

export class Undecrypted {
  readonly #store: ChannelStore
  readonly #clock: { now(): number }
  readonly #keys: Set<string>

  constructor(store: ChannelStore, clock: { now(): number }) {
    this.#store = store
    this.#clock = clock
    this.#keys = new Set(store.listState(STATE).map(({ id }) => id))
  }

  /** Tells whether the message is in the inbox already, else remembers it. Throws what the store throws. */
  failed(node: BinaryNode, reason: string): 'kept' | 'waiting' {
    const key = messageKey(node)
    if (isKept(this.#store, key)) return 'kept'
    if (this.#keys.has(key)) return 'waiting'
    const waiting: Waiting = { attrs: { ...node.attrs }, since: this.#clock.now(), note: reason.slice(0, 64) }
    const value = Buffer.from(JSON.stringify(waiting), 'utf8')
    this.#store.transaction(() => this.#store.putState(STATE, key, value))
    this.#keys.add(key)
    return 'waiting'
  }

  /** What to write together with the row of a message that came after all; by the row's key. */
  resolution(key: string): JournalEntry['state'] {
    return this.#keys.has(key) ? [{ type: STATE, id: key, value: null }] : []
  }

  /** `written`: the resolution was written with a row. Throws what the store throws. */
  resolved(key: string, written: boolean): void {
    if (!this.#keys.delete(key) || written) return
    this.#store.transaction(() => this.#store.putState(STATE, key, null))
  }

  /** Records what has waited longer than `limitMs`; returns how many rows were written. Throws what the store throws. */
  giveUp(limitMs: number, me: OwnAddresses): number {
    if (this.#keys.size === 0) return 0
    let given = 0
    for (const { id, value } of this.#store.listState(STATE)) {
      const waiting: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
      if (isWaiting(waiting) && this.#clock.now() - waiting.since < limitMs) continue
      this.#store.transaction(() => {
        if (isWaiting(waiting)) this.#store.putInbox(undecryptedRow(waiting.attrs, me, waiting.note))
        this.#store.putState(STATE, id, null)
      })
      this.#keys.delete(id)
      given += 1
    }
    return given
  }
}
