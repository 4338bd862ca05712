/** The gateway's log: one JSON line on stderr per event, with a code and opaque ids only. */

export interface Log {
  (code: string, ids?: Record<string, string | number>): void
}

export const stderrLog: Log = (code, ids = {}) => {
  process.stderr.write(`${JSON.stringify({ at: Date.now(), process: 'gateway', code, ...ids })}\n`)
}

/** Reports a bug once: its name and place in the program, never its message, which may quote what came in. */
export function reportBug(log: Log, error: unknown): void {
  const place = error instanceof Error ? /\n\s+at ([^\n]{1,200})/.exec(error.stack ?? '')?.[1] : undefined
  const code = error instanceof Error && 'code' in error ? String(error.code).slice(0, 64) : ''
  log('bug', { name: error instanceof Error ? error.name : typeof error, place: place ?? '', cause: code })
}
