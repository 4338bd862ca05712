/** Files of messages as addresses that the page can show: read in pieces, kept within a bound, revoked when nobody shows them. */
import type { Client } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'

const pieceBytes = 1_048_576
/** What nobody shows at the moment stays up to this, so that scrolling back is quick. */
const idleBytes = 96 * 1_048_576
/** Beyond this the browser would put the bytes into a file of its own, in plain. */
export const largestShownBytes = 256 * 1_048_576
const readsAtOnce = 3

export interface HeldFile {
  url: string
  blob: Blob
}

export interface MediaCache {
  /** One showing of a message's file. `file` rejects with the engine's code, `media_too_large` or `media_released`. */
  show(message: string, mime: string): { file: Promise<HeldFile>; release(): void }
  /** Revokes everything, shown or not: the lock. */
  clear(): void
}

interface Entry {
  file: Promise<HeldFile>
  held: HeldFile | null
  shows: number
  stop: AbortController
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** A few reads at once; typing and sending share the line with them. */
function createGate(most: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

export function createMediaCache(
  call: Client<typeof windowContract>,
  urls: { make(blob: Blob): string; revoke(url: string): void } = {
    make: (blob) => URL.createObjectURL(blob),
    revoke: (url) => URL.revokeObjectURL(url),
  },
  keptBytes = idleBytes,
): MediaCache {
  /** In the order of last use, oldest first. */
  const entries = new Map<string, Entry>()
  const gate = createGate(readsAtOnce)

  const read = async (message: string, mime: string, signal: AbortSignal): Promise<HeldFile> => {
    const pieces: Uint8Array<ArrayBuffer>[] = []
    let offset = 0
    for (;;) {
      if (signal.aborted) throw coded('media_released')
      const { data, bytes } = await gate(() => call('media.read', { message, offset, length: pieceBytes }))
      if (bytes > largestShownBytes) throw coded('media_too_large')
      pieces.push(new Uint8Array(data))
      offset += data.length
      if (offset >= bytes) break
      if (data.length === 0) throw coded('media_damaged')
    }
    if (signal.aborted) throw coded('media_released')
    const blob = new Blob(pieces, { type: mime })
    return { url: urls.make(blob), blob }
  }

  const drop = (message: string, entry: Entry): void => {
    if (entries.get(message) === entry) entries.delete(message)
    entry.stop.abort()
    if (entry.held) urls.revoke(entry.held.url)
    entry.held = null
  }

  const trim = (): void => {
    let idle = 0
    for (const [message, entry] of [...entries].reverse()) {
      if (entry.shows > 0) continue
      idle += entry.held?.blob.size ?? 0
      if (!entry.held || idle > keptBytes) drop(message, entry)
    }
  }

  const open = (message: string, mime: string): Entry => {
    const stop = new AbortController()
    const entry: Entry = { held: null, shows: 0, stop, file: read(message, mime, stop.signal) }
    entry.file.then(
      (held) => {
        // Let go of while its last piece came.
        if (stop.signal.aborted) return urls.revoke(held.url)
        entry.held = held
        trim()
      },
      () => drop(message, entry),
    )
    return entry
  }

  return {
    show(message, mime) {
      const entry = entries.get(message) ?? open(message, mime)
      entries.delete(message)
      entries.set(message, entry)
      entry.shows += 1
      let released = false
      return {
        file: entry.file,
        release() {
          if (released) return
          released = true
          entry.shows -= 1
          if (entry.shows === 0) trim()
        },
      }
    },
    clear() {
      for (const [message, entry] of entries) drop(message, entry)
    },
  }
}
