/** Keeps the files coming: woken by hints for single files, looking at everything from time to time without them. */
import type { Client } from '../../shared/contracts/contract.ts'
import type { gatewayContract } from '../../shared/contracts/keeper-link.ts'
import type { Keeper } from './keeper.ts'

export interface MediaLoop {
  /** This file may be complete now, or has just been told of; null: look at all of them. */
  wake(blob: string | null): void
  stop(): Promise<void>
}

const sweepMs = 30_000
/** More hints than this become one look at everything. */
const mostHints = 1_000

export function startMediaLoop(
  { media, log }: Pick<Keeper, 'media' | 'log'>,
  ask: Client<typeof gatewayContract>,
  connected: () => boolean,
): MediaLoop {
  let hints = new Set<string>()
  let all = true
  let stopped = false
  let wakeUp: (() => void) | null = null

  const guarded: Client<typeof gatewayContract> = (method, input) =>
    stopped ? Promise.reject(new Error('stopped')) : ask(method, input)
  const work = async (): Promise<void> => {
    const due = all ? [null] : [...hints]
    all = false
    hints = new Set()
    for (const blob of due) {
      try {
        if (!stopped) await media.fetch(guarded, blob)
      } catch (error) {
        if (stopped) return
        const code = error instanceof Error && 'code' in error ? String(error.code) : null
        if (code) log.event('media_waits', { reason: code })
        else log.bug(error)
      }
    }
  }
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      if (all || hints.size > 0 || stopped) return resolve()
      const timer = setTimeout(() => {
        all = true
        wakeUp?.()
      }, sweepMs)
      wakeUp = () => {
        clearTimeout(timer)
        wakeUp = null
        resolve()
      }
    })
  const run = async (): Promise<void> => {
    while (!stopped) {
      if (connected()) await work()
      else {
        // A new connection wakes for everything.
        hints.clear()
        all = false
      }
      await rest()
    }
  }
  const wake: MediaLoop['wake'] = (blob) => {
    if (blob === null || hints.size >= mostHints) all = true
    else hints.add(blob)
    wakeUp?.()
  }
  media.watch(wake)
  const loop = run()
  return {
    wake,
    async stop() {
      stopped = true
      wakeUp?.()
      await loop
    },
  }
}
