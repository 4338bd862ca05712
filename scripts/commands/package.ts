/** `npm run package`: the workstation as something that can be installed. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureElectron } from '../electron-runtime.ts'
import { makeDeb } from '../package/deb.ts'
import { makeFolder } from '../package/folder.ts'
import { identify } from '../package/identity.ts'
import { root } from '../root.ts'

const HELP = `npm run package -- --target deb|dir [options]

  --target deb   a Debian package for x64
  --target dir   the same program as a folder
  --out DIR      where it goes (default: out)
  --json         one line: {"target","path","electron","version"}
  --help         this text

  Every package of this version is a test package: it is not signed and says so in its name.
  SOURCE_DATE_EPOCH sets the times in it (default: the last commit's).`

const later = ['nsis', 'msi', 'dmg', 'pkg']

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: 'string' },
      out: { type: 'string', default: join(root, 'out') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const { target } = values
  if (target !== undefined && later.includes(target)) throw new Error(`--target ${target} is not built yet`)
  if (target !== 'deb' && target !== 'dir') throw new Error('--target deb or --target dir is needed')
  if (process.platform !== 'linux') throw new Error(`--target ${target} is made on Linux`)
  const out = resolve(values.out)
  const made = await make(target, out)
  if (values.json) console.log(JSON.stringify(made))
  else console.error(`made ${made.path} (${made.version}, Electron ${made.electron}): a TEST package`)
}

async function make(
  target: 'deb' | 'dir',
  out: string,
): Promise<Record<'target' | 'path' | 'electron' | 'version', string>> {
  const identity = identify()
  const epochS = sourceEpoch()
  // Whatever the caller's shell says: a development build of React tells where it was made.
  process.env['NODE_ENV'] = 'production'
  const runtime = await ensureElectron((line) => console.error(line))
  // Beside the result: the program's folder is moved, not copied, and the bundler finds node_modules from here.
  const work = await mkdtemp(join(root, '.package-'))
  try {
    const folder = target === 'dir' ? join(out, `${identity.name}-linux-${process.arch}`) : join(work, 'folder')
    await makeFolder({ identity, runtime, folder, work })
    const described = { target, electron: runtime.version, version: identity.version }
    if (target === 'dir') return { ...described, path: folder }
    const file = join(out, `${identity.name}_${identity.debianVersion}_amd64.deb`)
    await makeDeb({ identity, folder, work, file, epochS })
    return { ...described, path: file }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Throws where nothing tells a time that stays the same. */
function sourceEpoch(): number {
  const given = process.env['SOURCE_DATE_EPOCH']
  const said = given ?? spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout
  if (!/^\d{1,11}\s*$/.test(said ?? ''))
    throw new Error('set SOURCE_DATE_EPOCH: there is no commit to take the time from')
  return Number(said)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  console.error(`package: ${message}`)
  process.exitCode = 1
}
