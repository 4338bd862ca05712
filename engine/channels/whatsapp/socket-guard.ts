/** Keeps a hostile or broken frame from ending the process: the library's asynchronous listeners have no one who catches. */
import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BinaryNode } from '@whiskeysockets/baileys'

type Listener = (...values: unknown[]) => unknown

/** What a listener of the library threw or rejected with. */
export type ReportFailure = (event: string, error: unknown) => void

/** Calls a listener, perhaps later. */
export type Pass = (values: unknown[], call: () => unknown) => unknown

/** Wraps every listener that stands now, except the one for raw data, which `orderFrames` takes over. */
export function guardListeners(emitter: EventEmitter, report: ReportFailure, passes: Record<string, Pass>): void {
  for (const event of emitter.eventNames()) {
    if (event === 'message') continue
    const name = String(event)
    const pass = Object.hasOwn(passes, name) ? passes[name] : undefined
    for (const listener of emitter.listeners(event) as Listener[]) {
      emitter.off(event, listener)
      emitter.on(event, (...values: unknown[]) => {
        try {
          const result = pass ? pass(values, () => listener(...values)) : listener(...values)
          if (result instanceof Promise) result.catch((error: unknown) => report(name, error))
        } catch (error) {
          report(name, error)
        }
      })
    }
  }
}

/** The same for the library's bus of events, which gives itself out to whoever listens. */
export function guardBus(bus: { on(event: never, listener: never): void }, report: ReportFailure): void {
  const given: unknown = (bus.on as (event: string, listener: Listener) => unknown)('guarded', () => undefined)
  if (!(given instanceof EventEmitter)) throw new Error('the library no longer gives out its events')
  guardListeners(given, report, {})
}

const UNREADABLE_FRAMES_LIMIT = 4

/**
 * Lets the library read one chunk of the socket after the other and go on behind an unreadable frame; `giveUp` is
 * called when several in a row are unreadable, because then the ciphers no longer agree.
 */
export function orderFrames(emitter: EventEmitter, report: ReportFailure, giveUp: () => void): void {
  const [read] = emitter.listeners('message') as Listener[]
  if (!read) return
  emitter.off('message', read)
  let unreadable = 0
  let tail = Promise.resolve()

  const readChunk = async (chunk: unknown) => {
    let rest = chunk
    while (unreadable < UNREADABLE_FRAMES_LIMIT) {
      try {
        await read(rest)
        unreadable = 0
        return
      } catch (error) {
        unreadable += 1
        report('frame', error)
        // The bad frame is taken off; an empty chunk makes the library read what stands behind it.
        rest = Buffer.alloc(0)
      }
    }
    giveUp()
  }
  emitter.on('message', (chunk: unknown) => {
    tail = tail.then(() => readChunk(chunk)).then(() => nextTurn())
  })
}

/** Parts of the account's settings that WhatsApp keeps in step between devices. */
const COLLECTIONS = new Set(['critical_block', 'critical_unblock_low', 'regular_high', 'regular_low', 'regular'])

/**
 * Takes collections that do not exist out of the notice that they have changed: the library asks for each one until an answer names it,
 * without end, and holds up every message meanwhile.
 */
export function dropUnknownCollections(node: BinaryNode): void {
  if (node.tag !== 'notification' || node.attrs['type'] !== 'server_sync' || !Array.isArray(node.content)) return
  node.content = node.content.filter(({ tag, attrs }) => tag !== 'collection' || COLLECTIONS.has(attrs['name'] ?? ''))
}
