/** `npm run check`: types, lint, format and dead code, side by side. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'

const rooms = [
  'shared',
  'shared/formats',
  'engine',
  'electron',
  'renderer',
  'vault',
  'console',
  'e2e',
  'bench',
  'scripts',
]
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

interface Check {
  name: string
  command: string
  args: string[]
}
const checks: Check[] = [
  ...rooms
    .filter((room) => existsSync(join(root, room, 'tsconfig.json')))
    .map((room) => ({ name: `types ${room}`, command: bin('tsc'), args: ['-p', join(room, 'tsconfig.json')] })),
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: bin('prettier'), args: ['--check', '--log-level=warn', '--cache', '.'] },
  { name: 'dead code', command: bin('knip'), args: ['--no-progress'] },
]

function run(check: Check): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(check.command, check.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (output += part.toString()))
    child.on('exit', (code) => {
      process.stdout.write(code === 0 ? `ok    ${check.name}\n` : `FAIL  ${check.name}\n${output}\n`)
      resolve(code === 0)
    })
  })
}

const queue = [...checks]
let sound = true
async function worker(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) sound = (await run(next)) && sound
}
await Promise.all([worker(), worker(), worker()])
process.exit(sound ? 0 : 1)
