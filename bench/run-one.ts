/** Runs one benchmark in a process of its own, so that no other one's heap is in it; prints its report as one JSON line. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { killDescendants } from './process-tree.ts'

const rounds = 7
const [id] = process.argv.slice(2)
const load = benchmarks.get(id ?? '')
if (!load) throw new Error(`there is no benchmark ${id ?? ''}`)
const benchmark = await load()
const folder = mkdtempSync(join(tmpdir(), `sealdesk-bench-${benchmark.id}-`))
process.on('exit', () => {
  killDescendants()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const say = (line: string): void => void process.stderr.write(`${benchmark.id}: ${line}\n`)
const measured = await benchmark.run({ folder, rounds, say })
process.stdout.write(`${JSON.stringify(report(benchmark.id, measured))}\n`, () => process.exit(0))
