/** Keeps libsignal from printing Signal sessions, private keys included, to the console; everything else passes. */

/** How libsignal 6.0.0 begins the lines that it prints with or about a session. */
const PRINTED_BY_LIBSIGNAL = [
  'Closing session:',
  'Opening session:',
  'Removing old closed session:',
  'Session already closed',
  'Session already open',
  'Closing open session in favor of incoming prekey bundle',
  'Decrypted message with closed session.',
  'Failed to decrypt message with any known session...',
  'Session error:',
  'Migrating session to:',
  'V1 session storage migration error',
]

function isSession(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const name = value.constructor?.name
  return name === 'SessionEntry' || name === 'SessionRecord' || 'currentRatchet' in value
}

function isSessionPrint(values: unknown[]): boolean {
  const [first] = values
  return (
    values.some(isSession) ||
    (typeof first === 'string' && PRINTED_BY_LIBSIGNAL.some((beginning) => first.startsWith(beginning)))
  )
}

type Printer = (...values: unknown[]) => void
const LEVELS = ['log', 'info', 'warn', 'error', 'debug'] as const
const guarded = new WeakSet<object>()

/** Guards this console object; a second call changes nothing. */
export function silenceSessionPrinting(target: Record<(typeof LEVELS)[number], Printer>): void {
  if (guarded.has(target)) return
  guarded.add(target)
  for (const level of LEVELS) {
    const print = target[level].bind(target)
    target[level] = (...values) => {
      if (!isSessionPrint(values)) print(...values)
    }
  }
}
