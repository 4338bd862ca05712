/** The reconnect table: what follows when WhatsApp, the network or the channel itself closed a connection. */
import type { AccountState, ChannelFault } from '../channel.ts'
import type { Tuning } from './tuning.ts'

export interface Closing {
  /** The library's code: a stream error's, a failure's, or an HTTP-like one for the network. */
  code: number
  /** The code comes from the socket or a proxy before it, not from WhatsApp. */
  fromTransport: boolean
}

export interface Past {
  /** Reconnections since the last healthy connection. */
  attempts: number
  /** The connection was the first one after a restart that the server had asked for (515: after pairing, or later) and had not logged in. */
  afterRestart: boolean
  /** A refusal right after the restart has been forgiven once already. */
  forgiven: boolean
}

export interface Verdict {
  state: AccountState
  fault: ChannelFault | null
  /** Milliseconds until the next connection; null: only a person starts it again. */
  reconnectInMs: number | null
  /** The device's registration is over: pairing is needed. */
  unlinked: boolean
  /** The server has asked for a new connection. */
  restarts: boolean
  /** This was the one forgiven refusal after a restart. */
  forgives: boolean
}

export const NO_PAST: Past = { attempts: 0, afterRestart: false, forgiven: false }

/** The account itself could not be written: nothing may be acknowledged, so the channel ended the connection. */
export const STORE_FAILED = 599

const RESTART = 515

/** Verdicts that end the account's running until a person acts. */
const FINAL: Record<number, { state: AccountState; code: string; text: string; unlinked: boolean }> = {
  401: { state: 'unpaired', code: 'whatsapp_unlinked', text: 'this device was removed on the phone', unlinked: true },
  403: { state: 'banned', code: 'whatsapp_banned', text: 'WhatsApp has blocked the account', unlinked: false },
  405: { state: 'outdated', code: 'whatsapp_outdated', text: 'WhatsApp refuses this client version', unlinked: false },
  411: { state: 'unpaired', code: 'whatsapp_mismatch', text: 'the phone has no linked devices', unlinked: true },
  419: { state: 'unpaired', code: 'whatsapp_unlinked', text: 'this device was removed on the phone', unlinked: true },
  440: { state: 'replaced', code: 'whatsapp_replaced', text: 'the account was opened elsewhere', unlinked: false },
}

/** Exponential with jitter of a third both ways, never above the cap. */
export function backoffMs(attempts: number, tuning: Pick<Tuning, 'backoffBaseMs' | 'backoffCapMs' | 'timers'>): number {
  const plain = Math.min(tuning.backoffCapMs, tuning.backoffBaseMs * 2 ** Math.min(attempts, 30))
  return Math.min(tuning.backoffCapMs, Math.round(plain * (2 / 3 + (tuning.timers.random() * 2) / 3)))
}

export function judgeClosing(
  closing: Closing,
  past: Past,
  tuning: Pick<Tuning, 'backoffBaseMs' | 'backoffCapMs' | 'timers'>,
): Verdict {
  const base = { unlinked: false, restarts: false, forgives: false }
  if (closing.code === RESTART && !closing.fromTransport)
    return { ...base, restarts: true, state: 'connecting', fault: null, reconnectInMs: 0 }
  const final = closing.fromTransport ? undefined : FINAL[closing.code]
  if (final?.unlinked && past.afterRestart && !past.forgiven) {
    // Seen in the field: a 401 on the first login after a restart, gone on the second.
    return { ...base, state: 'connecting', fault: null, reconnectInMs: tuning.backoffBaseMs, forgives: true }
  }
  if (final) {
    const fault = { code: final.code, text: final.text, until: null }
    return { ...base, state: final.state, fault, reconnectInMs: null, unlinked: final.unlinked }
  }
  const fault =
    closing.code === STORE_FAILED
      ? { code: 'whatsapp_store_failed', text: 'messages could not be written to disk', until: null }
      : { code: `whatsapp_closed_${closing.code}`, text: 'the connection was lost', until: null }
  return { ...base, state: 'down', fault, reconnectInMs: backoffMs(past.attempts, tuning) }
}

export function afterLogin(past: Past): Past {
  return { ...past, afterRestart: false, forgiven: false }
}

export function afterClosing(past: Past, verdict: Verdict): Past {
  return {
    attempts: past.attempts + (verdict.reconnectInMs === 0 ? 0 : 1),
    afterRestart: past.afterRestart || verdict.restarts,
    forgiven: past.forgiven || verdict.forgives,
  }
}
