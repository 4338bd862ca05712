/** `npm run test:long`: kill loops, fuzzing and what else takes long; `-- NAME` runs one. */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { root } from '../root.ts'
import { closingLine, runProject } from '../vitest-run.ts'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stderr.write(
    'npm run test:long [-- NAME]\n  Long tests; SEALDESK_SEED=N repeats a run. The last line is `N passed, N failed`.\n',
  )
  process.exit(0)
}
const seed = process.env['SEALDESK_SEED'] ?? String(randomInt(1, 2 ** 31))
process.stdout.write(`seed ${seed}\n`)
const built = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', join(root, 'scripts', 'commands', 'build.ts')],
  {
    cwd: root,
    stdio: ['ignore', 2, 2],
  },
)
if (built.status !== 0) {
  process.stdout.write('the bundles did not build\n0 passed, 1 failed\n')
  process.exit(1)
}
const { line, failed } = closingLine([await runProject('long', args, { SEALDESK_SEED: seed })])
process.stdout.write(`${line}\n`)
process.exit(failed ? 1 : 0)
