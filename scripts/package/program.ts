/** Puts bundles and packages into one archive: sorted, native modules beside it, nothing that only development needs. */
import { cp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { createPackageFromFiles } from '@electron/asar'
import { buildGroup } from '../bundles.ts'
import { root } from '../root.ts'
import type { Identity } from './identity.ts'
import { findRuntimeFiles } from './node-modules.ts'

const bundles = ['electron', 'engine', 'renderer']

/** Makes `<resources>/app.asar` and what stands beside it; `work` is a folder for the while. */
export async function makeProgram(identity: Identity, work: string, resources: string): Promise<void> {
  const dist = join(work, 'dist')
  await buildGroup('desktop', { packaged: true, out: dist })
  const app = join(work, 'app')
  for (const bundle of bundles) await cp(join(dist, bundle), join(app, 'dist', bundle), { recursive: true })
  for (const file of findRuntimeFiles(root, { os: process.platform, arch: process.arch })) {
    await mkdir(dirname(join(app, file.to)), { recursive: true })
    await cp(file.from, join(app, file.to))
  }
  await cp(join(root, 'LICENSE'), join(app, 'LICENSE'))
  await writeFile(join(app, 'package.json'), packageJson(identity))
  await mkdir(resources, { recursive: true })
  const files = await listSorted(app)
  await createPackageFromFiles(app, join(resources, 'app.asar'), files, {}, { unpack: '*.node' })
  await rm(app, { recursive: true })
  await rm(dist, { recursive: true })
}

function packageJson(identity: Identity): string {
  const manifest = {
    name: identity.name,
    productName: identity.title,
    desktopName: `${identity.name}.desktop`,
    version: identity.version,
    license: 'AGPL-3.0-or-later',
    type: 'module',
    main: 'dist/electron/main/index.js',
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Absolute paths of all files and folders; a folder comes before what is in it. */
async function listSorted(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const byName = (path: string): string => relative(folder, path).split(sep).join('/')
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort((a, b) => (byName(a) < byName(b) ? -1 : 1))
}

/** Sets every time in a folder, itself included. */
export async function setTimes(folder: string, at: Date): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await utimes(join(entry.parentPath, entry.name), at, at)
  }
  await utimes(folder, at, at)
}
