/** An X server whose pixels can be read from a file: tells when something has really been painted. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { endProcess } from '../scripts/virtual-display.ts'

export interface WatchedDisplay {
  /** For DISPLAY. */
  name: string
  /** Resolves with the moment (performance.now) at which text stands on the screen; rejects after 60 s. */
  painted(): Promise<number>
  /** Resolves when no text stands on the screen any more (a cursor may stay). */
  empty(): Promise<void>
  stop(): Promise<void>
}

const limitMs = 60_000
const pollMs = 5
/** Two for a window on the empty screen; the edges of letters make many more. */
const coloursOfText = 12
/** Every so many pixels are looked at. */
const stride = 3

export async function startWatchedDisplay(folder: string): Promise<WatchedDisplay> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x840x24', '-fbdir', folder, '-nolisten', 'tcp', '-noreset']
  const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const failed = once(server, 'error').then(([error]) => {
    throw error
  })
  failed.catch(() => {})
  const [text] = (await Promise.race([once(server.stdio[3]!, 'data'), failed])) as [Buffer]
  const file = openSync(join(folder, 'Xvfb_screen0'), 'r')
  const screen = Buffer.alloc(fstatSync(file).size)
  const colours = (): number => {
    readSync(file, screen, 0, screen.length, 0)
    // An XWD header: its own size first, the number of colour-map entries (12 bytes each) as its twentieth word.
    const start = screen.readUInt32BE(0) + screen.readUInt32BE(19 * 4) * 12
    const seen = new Set<number>()
    for (let at = start; at + 4 <= screen.length && seen.size < coloursOfText; at += 4 * stride)
      seen.add(screen.readUInt32LE(at) & 0xffffff)
    return seen.size
  }
  const until = async (reached: () => boolean): Promise<number> => {
    const startedAt = performance.now()
    while (!reached()) {
      if (performance.now() - startedAt > limitMs) throw new Error('the screen does not change')
      await wait(pollMs)
    }
    return performance.now()
  }
  return {
    name: `:${text.toString('utf8').trim()}`,
    painted: () => until(() => colours() >= coloursOfText),
    empty: async () => void (await until(() => colours() < coloursOfText)),
    async stop() {
      closeSync(file)
      await endProcess(server, 5_000)
    },
  }
}
