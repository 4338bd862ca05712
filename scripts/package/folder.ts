/** The program as one folder that can be started: Electron under our name, our archive, and the list of all files. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  packageManifestName,
  packageManifestSchema,
  type PackageManifest,
} from '../../shared/contracts/package-manifest.ts'
import type { ElectronRuntime } from '../electron-runtime.ts'
import { setFuses } from './fuses.ts'
import type { Identity } from './identity.ts'
import { makeProgram } from './program.ts'

/** Chromium's own words, in the languages of the screens; elsewhere it falls back to en-US. */
const locales = /\/locales\/(?!(?:de|en-GB|en-US|zh-CN)\.pak$)/

/** Files of Electron that are started themselves. */
const programs = ['chrome-sandbox', 'chrome_crashpad_handler']

export interface FolderRequest {
  identity: Identity
  runtime: ElectronRuntime
  /** Absolute folder to be made; what was there goes. */
  folder: string
  /** Absolute folder for the while. */
  work: string
}

export async function makeFolder({ identity, runtime, folder, work }: FolderRequest): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  const from = dirname(runtime.executable)
  // The runtime's own program (resources/app, default_app.asar) stays behind: only our archive may be loaded.
  await cp(from, folder, { recursive: true, filter: (path) => path !== join(from, 'resources') && !locales.test(path) })
  const executable = join(folder, identity.name)
  await rename(join(folder, relative(from, runtime.executable)), executable)
  await setFuses(executable)
  await makeProgram(identity, work, join(folder, 'resources'))
  await setModes(folder, [identity.name, ...programs])
  await writeFile(join(folder, packageManifestName), `${JSON.stringify(await listFiles(folder), null, 1)}\n`, {
    mode: 0o644,
  })
}

/** The same modes whatever umask and origin: all may read, only the programs are executable. */
async function setModes(folder: string, executables: string[]): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    await chmod(path, entry.isDirectory() || executables.includes(relative(folder, path)) ? 0o755 : 0o644)
  }
}

async function listFiles(folder: string): Promise<PackageManifest> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
  const files: PackageManifest['files'] = {}
  for (const name of names) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name), { highWaterMark: 1 << 20 }), hash)
    files[name] = { bytes: (await stat(join(folder, name))).size, sha256: hash.digest('hex') }
  }
  return packageManifestSchema.parse({ format: 'sealdesk/package/1', files })
}
