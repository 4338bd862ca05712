/**
 * Compares an installed package with the list that it was made with. It finds damage and half-done changes. Who can write to the folder can
 * change list and program together: against that stands that the folder is root's.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CodedError } from '../../shared/contracts/contract.ts'
import {
  packageManifestName,
  packageManifestSchema,
  type PackageManifest,
} from '../../shared/contracts/package-manifest.ts'

/** What our own code is in; the rest is Electron. */
const ownFolder = 'resources/'

/** Throws CodedError('package_changed') when the list is missing or cannot be read. */
export function readManifest(folder: string): PackageManifest {
  try {
    return packageManifestSchema.parse(JSON.parse(readFileSync(join(folder, packageManifestName), 'utf8')))
  } catch {
    throw changed(packageManifestName)
  }
}

/**
 * Looks at everything below `resources`, before any of it is used. Throws CodedError('package_changed') for a file that differs, is
 * missing, or is not in the list. Inside Electron `process.noAsar` must be set meanwhile: the archive is looked at as a file.
 */
export function checkOwnFiles(folder: string, manifest: PackageManifest): void {
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (!name.startsWith(ownFolder)) continue
    const bytes = readOrNull(join(folder, name))
    if (bytes?.length !== expected.bytes || createHash('sha256').update(bytes).digest('hex') !== expected.sha256) {
      throw changed(name)
    }
  }
  for (const entry of readdirSync(join(folder, ownFolder), { recursive: true, withFileTypes: true })) {
    const name = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isDirectory() && name !== packageManifestName && !Object.hasOwn(manifest.files, name))
      throw changed(name)
  }
}

/** Looks at Electron's own files, without holding up the start: they are large, and the running one is among them. */
export async function checkRuntimeFiles(folder: string, manifest: PackageManifest): Promise<void> {
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (name.startsWith(ownFolder)) continue
    const path = join(folder, name)
    const hash = createHash('sha256')
    try {
      if (statSync(path).size !== expected.bytes) throw changed(name)
      await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
    } catch {
      throw changed(name)
    }
    if (hash.digest('hex') !== expected.sha256) throw changed(name)
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

function changed(name: string): CodedError {
  return new CodedError('package_changed', `${name} is not as it was installed`)
}
