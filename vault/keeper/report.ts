/** The keeper's log: one JSON line on stderr with a code and opaque ids, never content. */

export type LogFields = Record<string, string | number | boolean | null>
export interface Log {
  event(code: string, fields?: LogFields): void
  /** A bug: its place in our code, not its message, which may hold content. */
  bug(error: unknown): void
}

export function createLog(write: (line: string) => void): Log {
  const event = (code: string, fields: LogFields = {}): void =>
    write(`${JSON.stringify({ at: new Date().toISOString(), process: 'keeper', code, ...fields })}\n`)
  return {
    event,
    bug(error) {
      const stack = error instanceof Error ? (error.stack ?? '') : ''
      const place = stack
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 6)
      const code = error instanceof Error && 'code' in error ? String(error.code).slice(0, 64) : null
      event('bug', { name: error instanceof Error ? error.name : typeof error, error: code, place: place.join(' <') })
    },
  }
}
