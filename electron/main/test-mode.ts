/** The simulated world's clock, for builds that are not packaged; packaged builds get test-mode.closed.ts in this module's place. */
import { CodedError } from '../../shared/contracts/contract.ts'
import { systemClock, type ClockSource } from './clock.ts'

const retryMs = 500
const maxLineLength = 4096
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * The clock pushed by SEALDESK_CLOCK_URL as server-sent events `{"now": epochMs}`, the system's until its first reading and where
 * it is not set. Throws CodedError('endpoint_refused') for anything but loopback.
 */
export function openClock(env: Record<string, string | undefined>): ClockSource {
  const url = env['SEALDESK_CLOCK_URL']
  if (!url) return systemClock
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol !== 'http:' || !loopbackHosts.has(parsed.hostname)) {
    throw new CodedError('endpoint_refused', 'SEALDESK_CLOCK_URL is not loopback')
  }
  const stop = new AbortController()
  let offset = 0
  const apply = (now: number): void => {
    offset = now - Date.now()
  }
  void follow(url, apply, stop.signal)
  return { now: () => Date.now() + offset, close: () => stop.abort() }
}

/** Follows the pushed readings until aborted; a lost stream is opened again. */
async function follow(url: string, apply: (now: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const reply = await fetch(url, { headers: { accept: 'text/event-stream' }, signal })
      if (reply.body) await readEvents(reply.body, apply)
    } catch {
      // Closed or away: the last reading runs on.
    }
    await new Promise<void>((resolve) => {
      setTimeout(resolve, retryMs).unref()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, apply: (now: number) => void): Promise<void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n')
    text = lines.pop() ?? ''
    if (text.length > maxLineLength) return
    for (const line of lines) {
      const now = readReading(line)
      if (now !== null) apply(now)
    }
  }
}

/** The time in one line of the stream, null when it carries none. */
export function readReading(line: string): number | null {
  if (!line.startsWith('data:')) return null
  try {
    const reading: unknown = JSON.parse(line.slice(5))
    if (typeof reading !== 'object' || reading === null || !('now' in reading)) return null
    return typeof reading.now === 'number' && Number.isSafeInteger(reading.now) ? reading.now : null
  } catch {
    return null
  }
}
