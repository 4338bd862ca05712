/** Which installed packages the desktop loads at run time, and which of their files are needed for that. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

export interface PackagedFile {
  /** Absolute path of the file as it is now. */
  from: string
  /** Path in the program's folder, with `/`. */
  to: string
}

/** What the engine's bundle loads; everything else comes with these. Main's bundle loads nothing but Electron. */
const loaded = ['@signalapp/sqlcipher', '@whiskeysockets/baileys', 'hash-wasm', 'libsignal', 'telegram', 'ws']

/** Dependencies that hold types or what only a compiler needs. */
const neverLoaded = /^(?:@types\/.*|undici-types|node-addon-api)$/
const neededEnding = /\.(?:js|cjs|mjs|json|wasm|node)$/
const licence = /^(?:licen[cs]e|copying|notice)(?:[-._].*)?$/i
const notNeeded = /(?:^|\/)(?:tests?|__tests__|examples?|docs?|benchmarks?|bench|coverage|man|scripts|\.[^/]+)(?:\/|$)/i
const developersFile =
  /(?:\.(?:test|spec|bench)\.[cm]?js|(?:^|\/)(?:tsconfig.*\.json|\.[^/]+|gulpfile\.js|Gruntfile\.js|index\.html))$/

/** Sorted by their target. Throws for a dependency that is not installed. */
export function findRuntimeFiles(root: string, platform: { os: string; arch: string }): PackagedFile[] {
  const folders = new Map<string, Set<string>>()
  for (const name of loaded) addPackage(name, root, root, folders)
  const files: PackagedFile[] = []
  for (const [folder] of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const from = join(entry.parentPath, entry.name)
      const inside = relative(folder, from).split(sep).join('/')
      if (entry.isFile() && isNeeded(inside, platform)) {
        files.push({ from, to: relative(root, from).split(sep).join('/') })
      }
    }
  }
  return files.sort((a, b) => (a.to < b.to ? -1 : 1))
}

function addPackage(name: string, from: string, root: string, folders: Map<string, Set<string>>): void {
  if (neverLoaded.test(name)) return
  const folder = findPackage(name, from, root)
  if (folders.has(folder)) return
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>
  }
  const dependencies = new Set(Object.keys(manifest.dependencies ?? {}))
  folders.set(folder, dependencies)
  for (const dependency of dependencies) addPackage(dependency, folder, root, folders)
}

function findPackage(name: string, from: string, root: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === root || folder === dirname(folder)) throw new Error(`the package ${name} is not installed`)
  }
}

/** `inside` is the path in the package. */
export function isNeeded(inside: string, platform: { os: string; arch: string }): boolean {
  // Of a package inside another one its own pass decides.
  if (inside.includes('node_modules/')) return false
  const prebuilt = /^prebuilds\/([^/]+)\//.exec(inside)?.[1]
  if (prebuilt !== undefined && prebuilt !== `${platform.os}-${platform.arch}`) return false
  const name = inside.slice(inside.lastIndexOf('/') + 1)
  if (licence.test(name)) return true
  return neededEnding.test(name) && !notNeeded.test(inside) && !developersFile.test(inside)
}
