/** Follows own messages from the hand-over to the server's acknowledgement and tells what became of each. */
import { ChannelError, withdrawn, type SendOutcome, type SendRequest } from '../channel.ts'
import type { Outgoing } from './outgoing.ts'
import { stanzaTime } from './places.ts'
import { fault, refuseRequest } from './refusals.ts'
import type { SendScope } from './signal-journal.ts'
import { nackFault } from './translate-receipts.ts'
import type { Tuning } from './tuning.ts'

/** What a send needs of the connection. */
export interface Relay {
  /** The LID to write to; null when the number is not on WhatsApp. Rejects when nobody answered. */
  resolve(address: string): Promise<string | null>
  /** Uploads the file and builds the message, and remembers it. Throws ChannelError for what cannot be said. */
  prepare(request: SendRequest, jid: string, signal: AbortSignal): Promise<Outgoing>
  /** Encrypts and hands over; resolves when the stanza is written to the socket. */
  relay(request: { jid: string; outgoing: Outgoing; id: string; scope: SendScope }): Promise<void>
  /** Until when the account may not write to strangers, epoch ms; null where nobody says. Never rejects. */
  restrictedUntil(): Promise<number | null>
}

interface Waiting {
  scope: SendScope
  /** Ends an upload that nobody waits for any more. */
  abort: AbortController
  /** The server has refused it; only the end of the restriction is still asked for. */
  refused: boolean
  /** From the hand-over on an answer is waited for. */
  handedOver(): void
  settle(outcome: SendOutcome): void
  result: Promise<SendOutcome>
}

/** The account may not write to strangers for a time. */
const RESTRICTED = '463'

const NOT_CONNECTED: SendOutcome = {
  outcome: 'not-sent',
  fault: fault('whatsapp_not_connected', 'the account is not connected'),
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
  acknowledged(relay: Relay, attrs: Record<string, string>): void {
    const id = attrs['id'] ?? ''
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    const error = attrs['error']
    if (error !== undefined) void this.#refuse(waiting, error, relay)
    else waiting.settle({ outcome: 'accepted', providerId: id, time: stanzaTime(attrs['t']) })
  }

  async #refuse(waiting: Waiting, error: string, relay: Relay): Promise<void> {
    if (waiting.refused) return
    waiting.refused = true
    const until = error === RESTRICTED ? await relay.restrictedUntil() : null
    waiting.settle({ outcome: 'refused', fault: nackFault(error, until) })
  }

  /** The connection is over: what was handed over is unknown, the rest was not sent and never will be. */
  connectionClosed(): void {
    for (const waiting of this.#waiting.values()) this.#cut(waiting, 'whatsapp_cut', 'the connection closed meanwhile')
  }

  #wait(id: string): Waiting {
    const { promise, resolve } = deferred()
    const scope: SendScope = { encrypting: false, cancelled: false }
    let stopTimer: () => void = () => undefined
    const waiting: Waiting = {
      scope,
      abort: new AbortController(),
      refused: false,
      handedOver: () => {
        stopTimer = this.#tuning.timers.after(this.#tuning.ackTimeoutMs, () =>
          this.#cut(waiting, 'whatsapp_no_answer', 'WhatsApp did not acknowledge the message'),
        )
      },
      result: promise,
      settle: (outcome) => {
        stopTimer()
        waiting.abort.abort()
        if (this.#waiting.get(id) === waiting) this.#waiting.delete(id)
        resolve(outcome)
      },
    }
    this.#waiting.set(id, waiting)
    return waiting
  }

  #cut(waiting: Waiting, code: string, text: string): void {
    const { scope } = waiting
    if (waiting.refused) return
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
    const { signal: held } = request
    const { signal } = waiting.abort
    let outgoing: Outgoing
    try {
      outgoing = await relay.prepare(request, jid, held ? AbortSignal.any([signal, held]) : signal)
    } catch (error) {
      waiting.settle(held?.aborted ? { outcome: 'refused', fault: withdrawn } : failedPreparation(error))
      return
    }
    if (held?.aborted) return waiting.settle({ outcome: 'refused', fault: withdrawn })
    if (waiting.scope.cancelled) return
    waiting.handedOver()
    try {
      await relay.relay({ jid, outgoing, id: request.clientId, scope: waiting.scope })
    } catch (error) {
      waiting.scope.cancelled = true
      if (!waiting.refused) waiting.settle(failedRelay(error, waiting.scope))
    }
  }
}

/** Codes of what may work at another time. */
const TRANSIENT = new Set(['whatsapp_upload_failed', 'whatsapp_group_unresolved', 'whatsapp_store_failed'])

function failedPreparation(error: unknown): SendOutcome {
  if (!(error instanceof ChannelError))
    return { outcome: 'not-sent', fault: fault('whatsapp_not_prepared', 'the message could not be made ready') }
  const told = fault(error.code, error.message)
  return TRANSIENT.has(error.code) ? { outcome: 'not-sent', fault: told } : { outcome: 'refused', fault: told }
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
