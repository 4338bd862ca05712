/** Takes rounds: both sides in turn, the first one changing, after a warm-up that does not count. */
import type { BenchmarkSetting, Round, Taken } from './benchmark.ts'

/** `round` counts from 0 (the warm-up); each side is asked once per round. */
export type Side = (round: number) => Promise<Taken>

export async function interleave(setting: BenchmarkSetting, sides: { ours: Side; control: Side }): Promise<Round[]> {
  const rounds: Round[] = []
  for (let round = 0; round <= setting.rounds; round++) {
    let ours: Taken
    let control: Taken
    if (round % 2 === 0) {
      control = await sides.control(round)
      ours = await sides.ours(round)
    } else {
      ours = await sides.ours(round)
      control = await sides.control(round)
    }
    if (round > 0) rounds.push({ ours, control })
  }
  return rounds
}

/** Runs the samples one after the other; `prepare` is not measured. CPU time is this process's, all threads. */
export async function take<T>(
  count: number,
  run: (prepared: T, index: number) => unknown,
  prepare: (index: number) => T,
): Promise<Taken> {
  const taken: Taken = { samplesMs: [], cpuMs: 0 }
  for (let index = 0; index < count; index++) {
    const prepared = prepare(index)
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    await run(prepared, index)
    taken.samplesMs.push(performance.now() - startedAt)
    const used = process.cpuUsage(cpu)
    taken.cpuMs += (used.user + used.system) / 1000
  }
  return taken
}
