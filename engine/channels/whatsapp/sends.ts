/** Follows own messages from the hand-over to the server's acknowledgement and tells what became of each. */
import type { ChannelFault, SendOutcome, SendRequest } from '../channel.ts'
import { personAddress } from './address.ts'
import type { SendScope } from './signal-journal.ts'
import { nackFault, stanzaTime } from './translate.ts'
import type { Tuning } from './tuning.ts'

/** WhatsApp's own limit of a text message, in UTF-16 units. */
export const TEXT_LIMIT = 65_536

/** What a send needs of the connection. */
export interface Relay {
  /** The LID to write to; null when the number is not on WhatsApp. Rejects when nobody answered. */
  resolve(address: string): Promise<string | null>
  /** Encrypts and hands over; resolves when the stanza is written to the socket. */
  relay(request: { jid: string; text: string; id: string; scope: SendScope }): Promise<void>
}

interface Waiting {
  scope: SendScope
  settle(outcome: SendOutcome): void
  result: Promise<SendOutcome>
}

function fault(code: string, text: string): ChannelFault {
  return { code, text, until: null }
}

const NOT_CONNECTED: SendOutcome = {
  outcome: 'not-sent',
  fault: fault('whatsapp_not_connected', 'the account is not connected'),
}

/** Faults that are known before anything is sent; null when the request may go on. */
export function refuseRequest(request: SendRequest): ChannelFault | null {
  if (!/^[0-9A-Za-z.-]{8,64}$/.test(request.clientId)) return fault('whatsapp_bad_id', 'the message id is malformed')
  if (personAddress(request.address) !== request.address)
    return fault('whatsapp_bad_address', 'this is no address of a person')
  if (request.replyTo !== null) return fault('whatsapp_no_replies', 'replying to a message is not possible yet')
  if (request.text === '') return fault('whatsapp_empty_text', 'the message is empty')
  if (request.text.length > TEXT_LIMIT) return fault('whatsapp_text_too_long', 'the message is longer than 65536')
  return null
}

export class Sends {
  readonly #waiting = new Map<string, Waiting>()
  readonly #tuning: Tuning

  constructor(tuning: Tuning) {
    this.#tuning = tuning
  }

  /** True while the answer to this id decides a send. */
  awaits(id: string): boolean {
    return this.#waiting.has(id)
  }

  /** Never rejects. Two calls with one id at the same time are one send. */
  send(relay: Relay | null, request: SendRequest): Promise<SendOutcome> {
    const refused = refuseRequest(request)
    if (refused) return Promise.resolve({ outcome: 'refused', fault: refused })
    const running = this.#waiting.get(request.clientId)
    if (running) return running.result
    if (!relay) return Promise.resolve(NOT_CONNECTED)
    const waiting = this.#wait(request.clientId)
    void this.#hand(relay, request, waiting)
    return waiting.result
  }

  /** The server's answer to an own message; unknown ids are ignored. */
  acknowledged(attrs: Record<string, string>): void {
    const id = attrs['id'] ?? ''
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    const error = attrs['error']
    if (error !== undefined) waiting.settle({ outcome: 'refused', fault: nackFault(error) })
    else waiting.settle({ outcome: 'accepted', providerId: id, time: stanzaTime(attrs['t']) })
  }

  /** The connection is over: what was handed over is unknown, the rest was not sent and never will be. */
  connectionClosed(): void {
    for (const waiting of this.#waiting.values()) this.#cut(waiting, 'whatsapp_cut', 'the connection closed meanwhile')
  }

  #wait(id: string): Waiting {
    const { promise, resolve } = deferred()
    const scope: SendScope = { encrypting: false, cancelled: false }
    const stopTimer = this.#tuning.timers.after(this.#tuning.ackTimeoutMs, () =>
      this.#cut(waiting, 'whatsapp_no_answer', 'WhatsApp did not acknowledge the message'),
    )
    const waiting: Waiting = {
      scope,
      result: promise,
      settle: (outcome) => {
        stopTimer()
        if (this.#waiting.get(id) === waiting) this.#waiting.delete(id)
        resolve(outcome)
      },
    }
    this.#waiting.set(id, waiting)
    return waiting
  }

  #cut(waiting: Waiting, code: string, text: string): void {
    const { scope } = waiting
    // From here on a send that has not begun to encrypt is stopped before it can.
    scope.cancelled = true
    waiting.settle({ outcome: scope.encrypting ? 'unknown' : 'not-sent', fault: fault(code, text) })
  }

  async #hand(relay: Relay, request: SendRequest, waiting: Waiting): Promise<void> {
    let jid: string | null
    try {
      jid = await relay.resolve(request.address)
    } catch {
      waiting.settle({
        outcome: 'not-sent',
        fault: fault('whatsapp_address_unresolved', 'WhatsApp did not tell whether the number exists'),
      })
      return
    }
    if (jid === null) {
      waiting.settle({ outcome: 'refused', fault: fault('whatsapp_unknown_number', 'the number is not on WhatsApp') })
      return
    }
    try {
      await relay.relay({ jid, text: request.text, id: request.clientId, scope: waiting.scope })
    } catch (error) {
      waiting.scope.cancelled = true
      waiting.settle(failedRelay(error, waiting.scope))
    }
  }
}

/** 428 is thrown by the library before it writes to a socket that is no longer open, 500 when no device could be encrypted for. */
function failedRelay(error: unknown, scope: SendScope): SendOutcome {
  const status = boomStatus(error)
  const reason = error instanceof Error ? error.message : ''
  if (reason === 'All encryptions failed')
    return { outcome: 'not-sent', fault: fault('whatsapp_no_session', 'no device of this person could be reached') }
  if (!scope.encrypting || status === 428)
    return { outcome: 'not-sent', fault: fault('whatsapp_not_handed_over', 'the message did not leave') }
  return { outcome: 'unknown', fault: fault('whatsapp_relay_failed', 'the message may have left') }
}

/** The status of the library's errors; 0 for others. */
export function boomStatus(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('output' in error)) return 0
  const { output } = error
  if (typeof output !== 'object' || output === null || !('statusCode' in output)) return 0
  return typeof output.statusCode === 'number' ? output.statusCode : 0
}

function deferred(): { promise: Promise<SendOutcome>; resolve(outcome: SendOutcome): void } {
  let resolve: (outcome: SendOutcome) => void = () => undefined
  const promise = new Promise<SendOutcome>((settle) => (resolve = settle))
  return { promise, resolve }
}
