/** Sends hostile inputs and valid neighbours to a target in groups, and finds crashes, hangs and lost neighbours. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRandom, type Random } from '../harness/seed.ts'

export interface FuzzInput {
  label: string
  bytes: Buffer
}

export interface FuzzTarget<I extends FuzzInput> {
  readonly name: string
  /** Everything runs and is ready. */
  open(): Promise<void>
  close(): Promise<void>
  /** The same for the same numbers, but for ids that the provider gives. */
  make(random: Random): I
  /** Sends the inputs with the valid neighbour somewhere among or behind them; resolves when the neighbour is on its way. */
  send(inputs: I[], neighbour: string, random: Random): Promise<void>
  /** Resolves when the neighbour is recorded. */
  recorded(neighbour: string): Promise<void>
  /** What is not as it must be by now, in words. */
  faults(): string[]
  /** Where it stands, for whoever looks for the reason of a finding. */
  standing(): string
  /** What was seen, for the closing line. */
  counts(): Record<string, number>
}

export interface FuzzRun {
  seed: number
  cases: number
  say(line: string): void
}

const groupSize = 20
const neighbourMs = 60_000
const stallMs = 5_000
const findingsAtMost = 8

/** The numbers of one case, whatever came before it. */
export function caseRandom(seed: number, n: number): Random {
  return createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b))
}

class Watch {
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  readonly #unhandled: string[] = []
  #cpu = process.cpuUsage()
  readonly #note = (error: unknown): void => {
    this.#unhandled.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  constructor() {
    process.on('unhandledRejection', this.#note)
    process.on('uncaughtException', this.#note)
    this.#delay.enable()
  }

  /** Since the last time. */
  take(): string[] {
    const longestMs = this.#delay.max / 1e6
    this.#delay.reset()
    const { user, system } = process.cpuUsage(this.#cpu)
    this.#cpu = process.cpuUsage()
    // On a machine that is busy with other things the loop stands still as well, without working.
    const isBusy = (user + system) / 1000 > stallMs * 0.8
    const found = this.#unhandled.splice(0).map((text) => `crash: ${text.slice(0, 1500)}`)
    if (longestMs > stallMs && isBusy) found.push(`hang: the event loop stood still for ${Math.round(longestMs)} ms`)
    return found
  }

  close(): void {
    process.off('unhandledRejection', this.#note)
    process.off('uncaughtException', this.#note)
    this.#delay.disable()
  }
}

async function withinDeadline(work: Promise<void>, what: string): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`lost: ${what} did not come within ${neighbourMs} ms`]), neighbourMs)
  })
  const done = work.then(
    () => [],
    (error: unknown) => [`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
  )
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}

function described(first: number, inputs: FuzzInput[]): string[] {
  return inputs.map(({ label, bytes }, index) => {
    const hex =
      bytes.length > 4096 ? `${bytes.toString('hex', 0, 4096)}… (${bytes.length} bytes)` : bytes.toString('hex')
    return `  case ${first + index} ${label}: ${hex}`
  })
}

/** What was found, in words with seed, case numbers and inputs; empty when every promise held. */
export async function runFuzz<I extends FuzzInput>(
  target: FuzzTarget<I>,
  { seed, cases, say }: FuzzRun,
): Promise<string[]> {
  const startedAt = performance.now()
  const findings: string[] = []
  const watch = new Watch()
  await target.open()
  try {
    for (let first = 0; first < cases && findings.length < findingsAtMost; first += groupSize) {
      const inputs = Array.from({ length: Math.min(groupSize, cases - first) }, (_, index) =>
        target.make(caseRandom(seed, first + index)),
      )
      const neighbour = `neighbour ${first / groupSize}`
      const round = target.send(inputs, neighbour, caseRandom(seed, -first - 2)).then(() => target.recorded(neighbour))
      const found = [...(await withinDeadline(round, neighbour)), ...watch.take(), ...target.faults()]
      if (found.length > 0) {
        findings.push(
          [
            `seed ${seed}, ${target.name} (${target.standing()}): ${found.join('; ')}`,
            ...described(first, inputs),
          ].join('\n'),
        )
        say(findings.at(-1)!)
        await target.close()
        await target.open()
        watch.take()
      } else if ((first / groupSize) % 500 === 499) say(`${target.name}: ${first + groupSize} inputs`)
    }
  } finally {
    await target.close()
    watch.close()
  }
  const counts = Object.entries(target.counts()).map(([name, count]) => `${count} ${name}`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  say(`${target.name}: ${cases} inputs in ${seconds} s, ${findings.length} findings, ${counts.join(', ')}`)
  return findings
}
