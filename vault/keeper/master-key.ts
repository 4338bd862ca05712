/** The keeper's master key: stretched from a passphrase file, or a random file of its own where none is given. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { argon2id } from 'hash-wasm'
import { CodedError } from '../../shared/contracts/contract.ts'
import { argonCost } from '../../shared/formats/pin.ts'
import { readOrMakeKeyFile } from '../database/key-file.ts'
import { writeNewFile, type DataFolder } from './data-folder.ts'

/** The same folder must be opened the same way as it was made. Throws CodedError 'passphrase_missing' or 'passphrase_unreadable'. */
export async function openMasterKey(folder: DataFolder, passphraseFile: string | null): Promise<Buffer> {
  if (passphraseFile === null) {
    if (existsSync(folder.masterSalt))
      throw new CodedError('passphrase_missing', 'this vault was made with a passphrase: give --passphrase-file')
    return readOrMakeKeyFile(folder.masterKey)
  }
  const passphrase = readPassphrase(passphraseFile)
  if (!existsSync(folder.masterSalt)) {
    if (existsSync(folder.masterKey))
      throw new CodedError('passphrase_missing', 'this vault was made without a passphrase')
    writeNewFile(folder.masterSalt, randomBytes(16))
  }
  const stretched = await argon2id({
    password: passphrase,
    salt: readFileSync(folder.masterSalt),
    ...argonCost,
    hashLength: 32,
    outputType: 'binary',
  })
  return Buffer.from(stretched)
}

function readPassphrase(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new CodedError('passphrase_unreadable', 'the passphrase file cannot be read')
  }
  if (text.length < 12 || text.length > 1024)
    throw new CodedError('passphrase_unreadable', 'the passphrase must have 12 to 1024 characters')
  return text.normalize('NFKC')
}
