/** `npm run bench`: each benchmark in a process of its own, a verdict for each, exit 0 only when all pass. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Part, Report } from '../../bench/benchmark.ts'
import { benchmarks } from '../../bench/benchmarks.ts'
import { root } from '../root.ts'

const usage = `npm run bench -- [ID…] [--json]
  Ours against its control, interleaved in one run; the ratio is the median of the rounds, the spread its range.
  ≥ goals compare throughput, ≤ goals time. An inconclusive one is repeated once. Exit 0 only if every verdict is pass.
  --json   one JSON line per benchmark: {id, goal, control, ours, ratio, spread, verdict, …}
`

async function help(): Promise<string> {
  const all = await Promise.all([...benchmarks.values()].map((load) => load()))
  return `${usage}\n${all.map(({ id, what }) => `  ${id.padEnd(14)} ${what}`).join('\n')}`
}

const deadlineMs = 15 * 60_000
let running: ChildProcess | null = null
let stopped = false

/** Rejects with a one-line reason when the benchmark breaks off. */
async function runOne(id: string): Promise<Report> {
  const script = join(root, 'bench', 'run-one.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, id], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: deadlineMs,
  })
  running = child
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  running = null
  if (code !== 0) throw new Error(`${id} broke off; its reason is above`)
  return JSON.parse(text) as Report
}

async function runWithRepeat(id: string): Promise<Report> {
  const first = await runOne(id)
  if (first.verdict !== 'inconclusive' || stopped) return first
  process.stderr.write(`${id}: inconclusive, once more\n`)
  return runOne(id)
}

function tableLine(cells: string[]): string {
  const widths = [34, 8, 14, 14, 8, 18, 8]
  return cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')
}

function partLine(name: string, part: Part): string {
  const figure = (value: number | null): string => (value === null ? '-' : `${value} ${part.unit}`)
  const spread = part.spread ? `${part.spread[0]} … ${part.spread[1]}` : '-'
  const short = (value: number | null): string => (value === null ? '-' : String(value))
  const cells = [name, part.goal, figure(part.control), figure(part.ours), short(part.ratio), spread]
  return tableLine([...cells, short(part.cpuRatio), part.verdict])
}

function print(one: Report): void {
  const parts: Part[] = one.parts.length > 0 ? one.parts : [one]
  // The verdict of the whole stands in the first line; a check can make it worse than every part's.
  for (const [i, part] of parts.entries())
    console.log(partLine(i === 0 ? `${one.id}: ${part.name}` : `  ${part.name}`, part))
  for (const check of one.checks.filter(({ held }) => !held)) console.log(`  not held: ${check.name} (${check.detail})`)
  if (parts.length > 1 || one.verdict !== parts[0]!.verdict) console.log(`  together: ${one.verdict}`)
}

async function run(args: string[]): Promise<number> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
  if (values.help) {
    console.log(await help())
    return 0
  }
  const unknown = positionals.find((id) => !benchmarks.has(id))
  if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}; --help lists them`)
  const chosen = [...benchmarks.keys()].filter((id) => positionals.length === 0 || positionals.includes(id))
  if (!values.json)
    console.log(tableLine(['benchmark', 'goal', 'control', 'ours', 'ratio', 'spread', 'cpu', 'verdict']))
  let passed = 0
  for (const id of chosen) {
    if (stopped) break
    try {
      const one = await runWithRepeat(id)
      if (one.verdict === 'pass') passed++
      if (values.json) console.log(JSON.stringify(one))
      else print(one)
    } catch (error) {
      if (!stopped) process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  return passed === chosen.length ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true
    running?.kill('SIGTERM')
  })
}
try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}\n`)
  process.exitCode = 1
}
