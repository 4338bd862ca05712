/** Telegram's orders to wait, kept per kind of request so that they outlive a restart. */
import { z } from 'zod'
import type { ChannelFault, ChannelHost } from '../channel.ts'

const floodSchema = z.strictObject({ code: z.string(), text: z.string(), until: z.int() })
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class Floods {
  readonly #host: Pick<ChannelHost, 'store' | 'clock'>

  constructor(host: Pick<ChannelHost, 'store' | 'clock'>) {
    this.#host = host
  }

  /** kind: the kind of request, or a conversation in slow mode. */
  note(kind: string, fault: ChannelFault): void {
    this.#host.store.putState('flood', kind, encoder.encode(JSON.stringify(fault)))
  }

  /** The order of this kind that is still in force. */
  find(kind: string): ChannelFault | null {
    const { store, clock } = this.#host
    const kept = store.getState('flood', kind)
    if (!kept) return null
    const flood = floodSchema.parse(JSON.parse(decoder.decode(kept)))
    if (flood.until > clock.now()) return flood
    store.putState('flood', kind, null)
    return null
  }
}
