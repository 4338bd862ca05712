/** Keeps the intake going: woken by hints, polling without them, patient with a gateway or a disk that is away. */
import type { Client } from '../../shared/contracts/contract.ts'
import type { gatewayContract } from '../../shared/contracts/keeper-link.ts'
import type { Keeper } from './keeper.ts'

export interface IntakeLoop {
  /** Something has grown: look now. */
  wake(): void
  /** Highest position that the gateway has given, as far as known. */
  head(): number
  stop(): Promise<void>
}

const pollMs = 2_000
const pullLimit = 200

type LoopKeeper = Pick<Keeper, 'intake' | 'search' | 'alerts' | 'log'>

export function startIntakeLoop(
  keeper: LoopKeeper,
  ask: Client<typeof gatewayContract>,
  connected: () => boolean,
): IntakeLoop {
  let head = 0
  let stopped = false
  let wakeUp: (() => void) | null = null
  let isAwake = false

  const pullOnce = async (): Promise<boolean> => {
    const after = await keeper.intake.mark()
    const page = await ask('intake.pull', { after, limit: pullLimit })
    head = Math.max(page.head, head)
    for (const row of page.rows) {
      if (stopped) return false
      await keeper.intake.apply(row)
    }
    const last = page.rows.at(-1)
    if (last) await ask('intake.drop', { upTo: last.position })
    return last !== undefined && last.position < page.head
  }
  const work = async (): Promise<void> => {
    await keeper.alerts.pull(async (after) => (await ask('alerts.pull', { after })).alerts)
    while (!stopped && (await pullOnce()));
    await keeper.search.catchUp()
  }
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      if (isAwake || stopped) return resolve()
      const timer = setTimeout(() => wakeUp?.(), pollMs)
      wakeUp = () => {
        clearTimeout(timer)
        wakeUp = null
        resolve()
      }
    })
  const run = async (): Promise<void> => {
    while (!stopped) {
      isAwake = false
      try {
        if (connected()) await work()
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : null
        if (code) keeper.log.event('intake_waits', { reason: code })
        else keeper.log.bug(error)
        isAwake = false
      }
      await rest()
    }
  }
  const loop = run()
  return {
    wake() {
      isAwake = true
      wakeUp?.()
    },
    head: () => head,
    async stop() {
      stopped = true
      wakeUp?.()
      await loop
    },
  }
}
