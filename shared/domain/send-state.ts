/** The life of an own message: states only move forward, except that anything open may fail and unknown may resolve. */
export const sendStates = ['queued', 'sending', 'unknown', 'failed', 'sent', 'delivered', 'read'] as const
export type SendState = (typeof sendStates)[number]

const rank: Record<SendState, number> = { queued: 0, sending: 1, unknown: 2, failed: 3, sent: 4, delivered: 5, read: 6 }

/**
 * The state after a report. A late or repeated report never moves a message back; `failed` counts only while the
 * provider has not taken the message; a resend of an unknown or failed message starts again with `sending`.
 */
export function nextSendState(current: SendState, reported: SendState): SendState {
  if (reported === 'sending') return rank[current] <= rank.failed ? 'sending' : current
  if (reported === 'failed') return rank[current] < rank.sent ? 'failed' : current
  return rank[reported] > rank[current] ? reported : current
}
