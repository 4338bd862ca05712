/** `npm test`: builds the bundles, then runs everything but the long tests. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../root.ts'
import { closingLine, runProject } from '../vitest-run.ts'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stderr.write(
    'npm test [-- FILTER]\n  Unit, integration and e2e tests; the last line is `N passed, N failed`.\n',
  )
  process.exit(0)
}
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
const all = [await runProject('rooms', args)]
for (const project of ['e2e', 'timed']) all.push(await runProject(project, [...args, '--passWithNoTests']))
const { line, failed } = closingLine(all)
process.stdout.write(`${line}\n`)
process.exit(failed ? 1 : 0)
