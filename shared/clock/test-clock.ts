/** The simulated world's clock, for builds that are not packaged; packaged builds get test-clock.closed.ts in this module's place. */
import { z } from 'zod'
import { CodedError } from '../contracts/contract.ts'
import { systemClockSource, type ClockSource } from './clock.ts'

const readingSchema = z.object({ now: z.int() })
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost'])
const retryMs = 500
const maxLineBytes = 4096

/**
 * The clock at SEALDESK_CLOCK_URL (GET answers {"now": ms}; with `accept: text/event-stream` changes are pushed), or the system's
 * clock when it is not set. Between two readings time runs on. Throws CodedError 'endpoint_refused' for anything but loopback,
 * 'clock_away' when the first reading fails.
 */
export async function openClock(env: Record<string, string | undefined>): Promise<ClockSource> {
  const url = readUrl(env)
  return url === null ? systemClockSource : followFrom(url, await readOnce(url))
}

/** The same for a program that cannot wait at its start: the system's time until the first reading is pushed. */
export function openClockAtOnce(env: Record<string, string | undefined>): ClockSource {
  const url = readUrl(env)
  return url === null ? systemClockSource : followFrom(url, Date.now())
}

function readUrl(env: Record<string, string | undefined>): string | null {
  const url = env['SEALDESK_CLOCK_URL']
  if (!url) return null
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed?.protocol !== 'http:' || !loopbackHosts.has(parsed.hostname)) {
    throw new CodedError('endpoint_refused', 'SEALDESK_CLOCK_URL is not loopback')
  }
  return url
}

function followFrom(url: string, now: number): ClockSource {
  const stop = new AbortController()
  let reading = { at: performance.now(), now }
  const apply = (pushed: number): void => {
    reading = { at: performance.now(), now: pushed }
  }
  void follow(url, apply, stop.signal)
  return {
    now: () => Math.round(reading.now + performance.now() - reading.at),
    close: () => stop.abort(),
  }
}

async function readOnce(url: string): Promise<number> {
  try {
    const reply = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(5_000) })
    return readingSchema.parse(await reply.json()).now
  } catch {
    throw new CodedError('clock_away', 'the clock at SEALDESK_CLOCK_URL does not answer')
  }
}

/** Follows the pushed readings until aborted; a lost stream is opened again. */
async function follow(url: string, apply: (now: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const reply = await fetch(url, { headers: { accept: 'text/event-stream' }, signal })
      if (reply.headers.get('content-type')?.startsWith('text/event-stream') && reply.body)
        await readEvents(reply.body, apply)
      else await reply.body?.cancel()
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
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    if (text.length > maxLineBytes) return
    for (const line of lines) {
      if (!line.startsWith('data:')) continue
      const reading = readingSchema.safeParse(JSON.parse(line.slice(5)))
      if (reading.success) apply(reading.data.now)
    }
  }
}
