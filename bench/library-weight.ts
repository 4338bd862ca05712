/**
 * What the providers' libraries weigh once they are loaded: a plain process that loads what the engine loads, against one that does not, both
 * after a collection as the engine has it at rest.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../scripts/root.ts'
import { memoryOf, totalMb } from './process-tree.ts'

/** As in the channels' library.ts. */
const libraries = [
  '@whiskeysockets/baileys',
  'telegram/index.js',
  'telegram/sessions/index.js',
  'telegram/extensions/index.js',
  'telegram/client/updates/index.js',
  'telegram/Password.js',
  'telegram/network/index.js',
]

/** As the engine's rest.ts does it; that file itself would bring Node's reader of types along. */
const collect = [
  "const { Session } = await import('node:inspector/promises')",
  'const session = new Session()',
  'session.connect()',
  "await session.post('HeapProfiler.collectGarbage')",
  'session.disconnect()',
].join('; ')

/** In half of the processes the allocator keeps 13 MB more between blocks that are in use: the least of five has none of that. */
const weighings = 5

/** In MB of proportional memory. */
export async function weighLibraries(): Promise<number> {
  const weights: number[] = []
  for (let i = 0; i < weighings; i++) weights.push(await weigh(libraries))
  return Math.min(...weights) - (await weigh([]))
}

async function weigh(modules: string[]): Promise<number> {
  const load = `await Promise.all(${JSON.stringify(modules)}.map((one) => import(one)))`
  const script = `${load}; ${collect}; process.stdout.write('loaded'); process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('the libraries do not load'))),
    ])
    return totalMb(memoryOf(child.pid ?? 0))
  } finally {
    child.kill('SIGKILL')
  }
}
