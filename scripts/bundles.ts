/** Builds the bundles of desktop, console and vault, and only when a source is newer than what was built. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'vite'
import {
  consoleBundle,
  engineBundle,
  gatewayBundle,
  keeperBundle,
  mainBundle,
  preloadBundle,
  rendererBundle,
  type BundleOptions,
} from '../vite.bundles.config.ts'
import { root } from './root.ts'

/** Between making the lock and writing its owner into it. */
const unclaimedMs = 5_000

/** What is built together, from which rooms. */
const groups = {
  desktop: {
    rooms: ['electron', 'engine', 'renderer', 'shared'],
    bundles: [mainBundle, preloadBundle, engineBundle, rendererBundle],
  },
  console: { rooms: ['console', 'shared'], bundles: [consoleBundle] },
  vault: { rooms: ['vault', 'shared'], bundles: [gatewayBundle, keeperBundle] },
} as const
export type BundleGroup = keyof typeof groups
const commonSources = ['package.json', 'package-lock.json', 'vite.bundles.config.ts']

export interface BuildRequest {
  packaged?: boolean
  /** Absolute folder; default: dist in the checkout. */
  out?: string
}

function optionsOf(request: BuildRequest): BundleOptions {
  return { packaged: request.packaged ?? false, out: request.out ?? join(root, 'dist') }
}

/** Builds a group in any case; throws the bundler's error. Resolves with the folder. */
export async function buildGroup(group: BundleGroup, request: BuildRequest = {}): Promise<string> {
  const options = optionsOf(request)
  const stamp = await sourceStamp(group, options.packaged)
  await rm(stampFile(group, options.out), { force: true })
  for (const bundle of groups[group].bundles) await build(bundle(options))
  // Written last: a broken or half-made build is built again.
  await writeFile(stampFile(group, options.out), stamp)
  return options.out
}

/** Builds what is older than its sources; two starters at once are served one after the other. */
export async function ensureBundles(
  wanted: readonly BundleGroup[] = ['desktop', 'console'],
  request: BuildRequest = {},
  say: (line: string) => void = (line) => console.error(line),
): Promise<string> {
  const { out, packaged } = optionsOf(request)
  for (const group of wanted) {
    if (await isCurrent(group, out, packaged)) continue
    await withLock(`${out}.lock`, async () => {
      if (await isCurrent(group, out, packaged)) return
      say(`building the ${group}`)
      await buildGroup(group, request)
    })
  }
  return out
}

async function isCurrent(group: BundleGroup, out: string, packaged: boolean): Promise<boolean> {
  const built = await readFile(stampFile(group, out), 'utf8').catch(() => null)
  return built !== null && built === (await sourceStamp(group, packaged))
}

function stampFile(group: BundleGroup, out: string): string {
  return join(out, `.${group}-stamp`)
}

/** Names, sizes and times of all sources: some hundred stats, a few milliseconds. */
async function sourceStamp(group: BundleGroup, packaged: boolean): Promise<string> {
  const files = commonSources.map((name) => join(root, name))
  for (const room of groups[group].rooms) {
    for (const entry of await readdir(join(root, room), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !/\.(?:test\.tsx?|md)$/.test(entry.name)) files.push(join(entry.parentPath, entry.name))
    }
  }
  const hash = createHash('sha256').update(`packaged=${packaged}\n`)
  for (const file of files.sort()) {
    // Gone between listing and looking: the next start sees it.
    const found = await stat(file).catch(() => null)
    if (found) hash.update(`${file} ${found.size} ${found.mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** A folder as lock; one left by a killed builder is taken over once its process is gone. */
async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await mkdir(dirname(folder), { recursive: true })
      await mkdir(folder)
      await writeFile(join(folder, 'pid'), String(process.pid))
      break
    } catch {
      const holder = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => '0'))
      const made = await stat(folder).catch(() => null)
      const abandoned = holder > 0 ? !isAlive(holder) : made !== null && Date.now() - made.mtimeMs > unclaimedMs
      if (abandoned) await rm(folder, { recursive: true, force: true })
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  try {
    return await work()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
