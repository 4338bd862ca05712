/** Where a vault's files stand below its data folder. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'

export interface DataFolder {
  keeper: string
  keeperDatabase: string
  keyring: string
  index: string
  adminSocket: string
  masterKey: string
  masterSalt: string
  /** Exported for keeping offline; the keeper never reads it. */
  rootKey: string
  exports: string
  blobs: string
  consoleTls: TlsFiles
  consolePort: string
  gateway: string
  gatewaySocket: string
  gatewayTls: TlsFiles
}

export interface TlsFiles {
  key: string
  certificate: string
  /** The authority, public; absent where a certificate was given. */
  ca: string
}

const tlsFiles = (folder: string): TlsFiles => ({
  key: join(folder, 'server.key'),
  certificate: join(folder, 'server.pem'),
  ca: join(folder, 'ca.pem'),
})

export function dataFolder(root: string): DataFolder {
  const keeper = join(root, 'keeper')
  const gateway = join(root, 'gateway')
  return {
    keeper,
    keeperDatabase: join(keeper, 'keeper.db'),
    keyring: join(keeper, 'keyring.db'),
    index: join(keeper, 'index.db'),
    adminSocket: join(keeper, 'admin.sock'),
    masterKey: join(keeper, 'master.key'),
    masterSalt: join(keeper, 'master.salt'),
    rootKey: join(keeper, 'root', 'root.key'),
    exports: join(keeper, 'exports'),
    blobs: join(keeper, 'blobs'),
    consoleTls: tlsFiles(join(keeper, 'tls')),
    consolePort: join(keeper, 'console-port'),
    gateway,
    gatewaySocket: join(gateway, 'gateway.sock'),
    gatewayTls: tlsFiles(join(gateway, 'tls')),
  }
}

/** Writes a new file (0600, durable), its folders (0700) where they are missing. Throws the system's EEXIST when it is there already. */
export function writeNewFile(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const handle = openSync(file, 'wx', 0o600)
  try {
    writeSync(handle, typeof content === 'string' ? Buffer.from(content, 'utf8') : content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Throws CodedError('not_initialised'): `vault:admin init` has not run for this folder. */
export function requireInitialised(folder: DataFolder): void {
  if (!existsSync(folder.keyring))
    throw new CodedError('not_initialised', 'this data folder holds no vault; run vault:admin init first')
}
