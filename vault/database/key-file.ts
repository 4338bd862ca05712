/** Master keys in 0600 files, and the database keys that are derived from them. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'

const keyBytes = 32

/** The 32-byte key in the file; makes one (0600, durable) when there is none. Throws CodedError('key_file_damaged'). */
export function readOrMakeKeyFile(file: string): Buffer {
  return readKeyFile(file) ?? makeKeyFile(file)
}

function readKeyFile(file: string): Buffer | null {
  let key: Buffer
  try {
    key = readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  if (key.length !== keyBytes) throw new CodedError('key_file_damaged', 'the master key file has another length')
  return key
}

/** Written aside and linked into place, so that a crash never leaves half a key and a second maker never replaces the first one's. */
function makeKeyFile(file: string): Buffer {
  const key = randomBytes(keyBytes)
  const aside = `${file}.${process.pid}.new`
  const handle = openSync(aside, 'wx', 0o600)
  try {
    writeSync(handle, key)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(aside, file)
  } catch (error) {
    const other = readKeyFile(file)
    if (!other) throw error
    return other
  } finally {
    unlinkSync(aside)
  }
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return key
}

/** The key for one database, for example `gateway.db`; another name gives an unrelated key. */
export function databaseKey(master: Uint8Array, name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, new Uint8Array(), `sealdesk/database/${name}`, 32))
}
