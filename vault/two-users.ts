/** Started as root, gateway and keeper become two unprivileged users whose only common ground is the gateway's socket. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CodedError } from '../shared/contracts/contract.ts'

export interface Identity {
  uid: number
  gid: number
}
export interface TwoUsers {
  gateway: Identity
  keeper: Identity
}

// Beyond what distributions give out by themselves; no account of these numbers has to exist.
const group = 64_003
const users: TwoUsers = { gateway: { uid: 64_001, gid: group }, keeper: { uid: 64_002, gid: group } }

const probe = `import { accessSync, constants } from 'node:fs'
accessSync(process.argv[1], constants.X_OK)
await import(process.argv[2])`

/**
 * Gives each process its half of the data folder. null: not root, or the program or the folder is out of these users' reach (then
 * `complain` gets one line) and both run as the starting user.
 */
export function prepareTwoUsers(data: string, entry: string, complain: (line: string) => void): TwoUsers | null {
  if (process.getuid?.() !== 0) return null
  chmodSync(data, 0o711)
  const args = ['--input-type=module', '-e', probe, data, pathToFileURL(entry).href]
  const tried = spawnSync(process.execPath, args, { ...users.gateway, cwd: '/', stdio: 'ignore', timeout: 20_000 })
  if (tried.status !== 0) {
    chmodSync(data, 0o700)
    complain('vault: program or data folder cannot be read by other users; gateway and keeper both run as root')
    return null
  }
  chownSync(data, 0, 0)
  give(join(data, 'gateway'), users.gateway)
  give(join(data, 'keeper'), users.keeper)
  // The exported root key waits here to be taken away; the keeper has no business with it.
  const exported = join(data, 'keeper', 'root')
  if (existsSync(exported)) give(exported, { uid: 0, gid: 0 })
  // The keeper passes through to the socket and the URL, and can list nothing.
  chmodSync(join(data, 'gateway'), 0o710)
  chmodSync(join(data, 'keeper'), 0o700)
  return users
}

/** Symbolic links are changed themselves, never what they point to. */
function give(path: string, to: Identity): void {
  lchownSync(path, to.uid, to.gid)
  if (!lstatSync(path).isDirectory()) return
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) give(child, to)
    else lchownSync(child, to.uid, to.gid)
  }
}

/**
 * A copy of a root-only file that the other user can read, in memory only (/dev/shm), until `forget`. Throws CodedError
 * ('passphrase_unreadable').
 */
export function lendFile(file: string, to: Identity): { path: string; forget(): void } {
  try {
    const folder = mkdtempSync('/dev/shm/sealdesk-')
    const forget = (): void => rmSync(folder, { recursive: true, force: true })
    try {
      const path = join(folder, 'lent')
      writeFileSync(path, readFileSync(file), { mode: 0o400, flag: 'wx' })
      chownSync(path, to.uid, to.gid)
      chownSync(folder, to.uid, to.gid)
      return { path, forget }
    } catch (error) {
      forget()
      throw error
    }
  } catch {
    throw new CodedError('passphrase_unreadable', 'the passphrase file cannot be handed to the keeper’s user')
  }
}
