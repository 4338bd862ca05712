/** Routes the library's warnings into the host's log without numbers, keys or content. */
import type { ChannelHost } from '../channel.ts'

/** The part of pino's interface that the library uses. */
export interface LibraryLogger {
  level: string
  child(bindings: Record<string, unknown>): LibraryLogger
  trace(value: unknown, message?: string): void
  debug(value: unknown, message?: string): void
  info(value: unknown, message?: string): void
  warn(value: unknown, message?: string): void
  error(value: unknown, message?: string): void
}

/** Message ids, numbers, addresses and base64 in a log line are all longer than any word of the library's sentences. */
function redact(line: string): string {
  return line
    .slice(0, 160)
    .replaceAll(/\S*@\S*/g, '#')
    .replaceAll(/\d{4,}/g, '#')
    .replaceAll(/[A-Za-z0-9+/=_-]{20,}/g, '#')
}

function statusOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null) return null
  for (const entry of [value, ...Object.values(value)]) {
    const output = typeof entry === 'object' && entry !== null && 'output' in entry ? entry.output : null
    if (
      typeof output === 'object' &&
      output !== null &&
      'statusCode' in output &&
      typeof output.statusCode === 'number'
    )
      return output.statusCode
  }
  return null
}

/** Objects are never logged: the library puts whole stanzas and sessions there. */
export function libraryLogger(host: Pick<ChannelHost, 'log'>): LibraryLogger {
  const report = (level: 'warn' | 'error', value: unknown, message: string | undefined) => {
    const line = typeof value === 'string' ? value : (message ?? '')
    host.log(level, 'whatsapp_library', { line: redact(line), status: statusOf(value) })
  }
  const logger: LibraryLogger = {
    level: 'warn',
    child: () => logger,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (value, message) => report('warn', value, message),
    error: (value, message) => report('error', value, message),
  }
  return logger
}
