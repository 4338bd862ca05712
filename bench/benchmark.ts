/** What a benchmark is, and how its rounds become a verdict: ours beside its control, in the same run, never a pass by default. */

/** at-least: ours' throughput by the control's; at-most: ours' time by the control's. */
export interface Goal {
  at: 'least' | 'most'
  ratio: number
}

/**
 * What one side took in one round: the wall time of each sample in ms (the same work on both sides) and the CPU time of all. A benchmark of
 * another unit has its figures in the place of the times.
 */
export interface Taken {
  samplesMs: number[]
  cpuMs: number
}
export interface Round {
  ours: Taken
  control: Taken
}

export interface Comparison {
  name: string
  goal: Goal
  rounds: Round[]
  /** Units of work in a sample, for figures per second; null: the figure is the sample's time in ms. */
  perSample: number | null
  /** Of a sample, where it is not a time. */
  unit?: 'MB' | '%'
  /** Where both sides are bound by the processor, CPU time has to meet the goal as well; elsewhere it is only told. */
  cpuCounts: boolean
  /** True: the control shows that this machine cannot measure it now. */
  disturbed?: boolean
  /** Which figure of a side's samples is compared with the control's p50. */
  figure?: 'p50' | 'p95'
}

/** Something that must hold besides the figures. */
export interface Check {
  name: string
  held: boolean
  detail: string
}

export interface Measured {
  /** The first one is the benchmark's figure. */
  comparisons: [Comparison, ...Comparison[]]
  checks: Check[]
}

export interface BenchmarkSetting {
  /** An empty folder of this run; removed afterwards. */
  folder: string
  /** Rounds that count; at least five. */
  rounds: number
  say(line: string): void
}

export interface Benchmark {
  id: string
  /** Ours against the control, in one line. */
  what: string
  run(setting: BenchmarkSetting): Promise<Measured>
}

export type Verdict = 'pass' | 'miss' | 'inconclusive'

export interface Part {
  name: string
  goal: string
  unit: 'ms' | '1/s' | 'MB' | '%'
  control: number
  ours: number
  /** Median of the rounds' ratios; null where there is none. */
  ratio: number | null
  /** Smallest and largest ratio of a round. */
  spread: [number, number] | null
  cpuRatio: number | null
  /** p95 by p50 of the control's samples, over all rounds. */
  unrest: number
  verdict: Verdict
}
export interface Report extends Part {
  id: string
  parts: Part[]
  checks: Check[]
}

const fewestRounds = 5
/** From here on the control itself is no measure. */
const tooMuchUnrest = 6

/** Of sorted or unsorted numbers; NaN for none. */
export function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return NaN
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function inGoalsDirection(goal: Goal, ours: number, control: number): number {
  return goal.at === 'least' ? control / ours : ours / control
}

function meets(goal: Goal, ratio: number): boolean {
  return goal.at === 'least' ? ratio >= goal.ratio : ratio <= goal.ratio
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

export function judge(comparison: Comparison): Part {
  const { goal, rounds, perSample } = comparison
  const figure = (taken: Taken): number => quantile(taken.samplesMs, comparison.figure === 'p95' ? 0.95 : 0.5)
  const controls = rounds.flatMap((round) => round.control.samplesMs)
  const unrest = quantile(controls, 0.95) / quantile(controls, 0.5)
  const ratios = rounds.map(({ ours, control }) =>
    inGoalsDirection(goal, figure(ours), quantile(control.samplesMs, 0.5)),
  )
  const cpuRatios = rounds.map(({ ours, control }) =>
    inGoalsDirection(goal, ours.cpuMs / ours.samplesMs.length, control.cpuMs / control.samplesMs.length),
  )
  const shown = (ms: number): number => rounded(perSample === null ? ms : (perSample * 1000) / ms)
  const known = ratios.every(Number.isFinite) && (!comparison.cpuCounts || cpuRatios.every(Number.isFinite))
  const usable = rounds.length >= fewestRounds && known && unrest < tooMuchUnrest && !comparison.disturbed
  const [ratio, cpuRatio] = [median(ratios), median(cpuRatios)]
  const reached = meets(goal, ratio) && (!comparison.cpuCounts || meets(goal, cpuRatio))
  return {
    name: comparison.name,
    goal: `${goal.at === 'least' ? '≥' : '≤'} ${goal.ratio}`,
    unit: comparison.unit ?? (perSample === null ? 'ms' : '1/s'),
    control: shown(median(rounds.map((round) => quantile(round.control.samplesMs, 0.5)))),
    ours: shown(median(rounds.map((round) => figure(round.ours)))),
    ratio: Number.isFinite(ratio) ? rounded(ratio) : null,
    spread: known && ratios.length > 0 ? [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))] : null,
    cpuRatio: Number.isFinite(cpuRatio) ? rounded(cpuRatio) : null,
    unrest: rounded(unrest),
    verdict: usable ? (reached ? 'pass' : 'miss') : 'inconclusive',
  }
}

/** A check that does not hold is a miss whatever the figures say; an unusable figure leaves the whole inconclusive. */
export function report(id: string, measured: Measured): Report {
  const [first, ...others] = measured.comparisons.map(judge)
  const verdicts = [first!, ...others].map((part) => part.verdict)
  const broken = measured.checks.some((check) => !check.held)
  const verdict =
    broken || verdicts.includes('miss') ? 'miss' : verdicts.includes('inconclusive') ? 'inconclusive' : 'pass'
  return { id, ...first!, verdict, parts: others.length > 0 ? [first!, ...others] : [], checks: measured.checks }
}
