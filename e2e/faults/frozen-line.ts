/** A line that is dead without being closed: how long the screen goes on calling the account live, per channel. */
import { defaultTiming } from '../../engine/channels/telegram/timing.ts'
import { DEFAULT_TUNING } from '../../engine/channels/whatsapp/tuning.ts'
import { FaultBench, type FaultRow } from '../harness/fault-bench.ts'
import type { Tuned } from '../harness/local-engine.ts'

/** The channels' own durations by which they find a dead line, `faster` times shorter. */
function shortened(faster: number): Tuned {
  const { keepAliveMs, silentAfterMs, lostAfterMs, watchEveryMs } = DEFAULT_TUNING
  const { heartbeatMs, silentMs, answerMs } = defaultTiming
  return {
    whatsapp: {
      keepAliveMs: keepAliveMs / faster,
      silentAfterMs: silentAfterMs / faster,
      lostAfterMs: lostAfterMs / faster,
      watchEveryMs: watchEveryMs / faster,
    },
    telegram: { heartbeatMs: heartbeatMs / faster, silentMs: silentMs / faster, answerMs: answerMs / faster },
  }
}

const row = (channel: FaultRow['channel'], took: (ms: number) => void): FaultRow => ({
  name: `${channel} frozen`,
  channel,
  act: async (scene) => {
    await scene.saidAndSeen('before it')
    // Longer than the channels wait: only another connection brings what was said.
    await scene.fault('freeze', { value: 600_000 })
    const frozenAt = performance.now()
    await scene.say('into the ice')
    await scene.line('account', { account: scene.account.id, state: 'silent' }, 90_000)
    took(performance.now() - frozenAt)
    await scene.line('recorded', { text: 'into the ice' }, 60_000)
  },
  screen: { account: 'live', page: ['in before it received', 'in into the ice received'] },
  vault: ['in before it received', 'in into the ice received'],
})

/** Both channels at once. `faster` 1: an engine process of its own, as it is used. Milliseconds as they would be with the usual durations. */
export async function freezeLines({ seed, faster }: { seed: number; faster: number }): Promise<number[]> {
  const bench = await FaultBench.open(seed, faster === 1 ? null : shortened(faster))
  try {
    const took: number[] = []
    const rows = (['whatsapp', 'telegram'] as const).map((channel) => row(channel, (ms) => took.push(ms * faster)))
    await Promise.all(rows.map((each) => bench.run(each)))
    return took
  } finally {
    await bench.close()
  }
}
