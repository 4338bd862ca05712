/** Sends without an answer yet, kept so that their echo is recognised when the answer never comes. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ChannelStore } from '../channel.ts'
import { userAddress } from './peers.ts'
import type { OwnMessage } from './read-message.ts'

const intentSchema = z.strictObject({ peer: z.string(), text: z.string(), at: z.number() })

const stateType = 'intent'
const keptMs = 7 * 24 * 60 * 60 * 1000
/** Telegram's clock and ours may differ by this much. */
const skewMs = 10 * 60 * 1000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export class OwnSends {
  readonly #store: ChannelStore
  readonly #inFlight = new Set<string>()

  constructor(store: ChannelStore) {
    this.#store = store
  }

  /** Before the network gets it. peer: an address; text: see `intentText`; at: epoch ms. */
  begin(clientId: string, peer: string, text: string, at: number): void {
    const intent = { peer, text: digest(text), at }
    this.#store.transaction(() => {
      for (const { id, value } of this.#store.listState(stateType))
        if (read(value).at < at - keptMs) this.#store.putState(stateType, id, null)
      this.#store.putState(stateType, clientId, encoder.encode(JSON.stringify(intent)))
    })
    this.#inFlight.add(clientId)
  }

  /** The call is over, whatever came of it. */
  end(clientId: string): void {
    this.#inFlight.delete(clientId)
  }

  /** It is known what became of it; inside the transaction that records that. */
  settle(clientId: string): void {
    if (this.#store.getState(stateType, clientId)) this.#store.putState(stateType, clientId, null)
  }

  /**
   * The client id of an own message that came back without one: after a cut, a difference does not name random_ids.
   * Same person, same text, not older than the send. A send still under way can only be in a difference, because
   * Telegram pushes own messages to the other devices alone.
   */
  match(message: OwnMessage): string | null {
    const text = digest(message.text)
    let found: { id: string; at: number } | null = null
    for (const { id, value } of this.#store.listState(stateType)) {
      const intent = read(value)
      // Noted down before there were groups, a person is a bare id.
      const peer = /^\d+$/.test(intent.peer) ? userAddress(intent.peer) : intent.peer
      if (peer !== message.peer || intent.text !== text) continue
      if (message.date * 1000 < intent.at - skewMs) continue
      if (message.path === 'live' && this.#inFlight.has(id)) continue
      if (!found || intent.at < found.at) found = { id, at: intent.at }
    }
    return found?.id ?? null
  }
}

function read(value: Uint8Array): z.infer<typeof intentSchema> {
  return intentSchema.parse(JSON.parse(decoder.decode(value)))
}
