/**
 * A file as it lies on a workstation's disk and travels to the vault: chunks of AES-256-GCM under a random key of its own, so that one
 * chunk can be read without the others and a cut download goes on where it stopped. The construction is STREAM (Hoang, Reyhanitabar,
 * Rogaway, Vizár 2015): the nonce is the chunk's number and whether it is the last, so chunks cannot be swapped and an end cannot be cut.
 *
 * file   = chunk*            at least one; an empty file is one empty last chunk
 * chunk  = ciphertext | tag(16)            of 65,536 bytes of plaintext, the last one of 0 to 65,536
 * nonce  = zero(7) | u32 number from 0 | u8 1 for the last chunk
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CodedError } from '../contracts/contract.ts'

export const chunkBytes = 65_536
const tagBytes = 16
export const sealedChunkBytes = chunkBytes + tagBytes

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(index, 7)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** `plain`: exactly 65,536 bytes unless it is the last chunk. */
export function sealChunk(key: Uint8Array, index: number, plain: Uint8Array, last: boolean): Buffer {
  if (plain.length > chunkBytes || (!last && plain.length !== chunkBytes))
    throw new RangeError('a chunk of another size')
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, last))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Throws CodedError('blob_damaged') for what was changed, moved or sealed under another key. */
export function openChunk(key: Uint8Array, index: number, sealed: Uint8Array, last: boolean): Buffer {
  if (sealed.length < tagBytes || sealed.length > sealedChunkBytes) throw new CodedError('blob_damaged', 'no chunk')
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, last))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - tagBytes)), decipher.final()])
  } catch {
    throw new CodedError('blob_damaged', 'the chunk does not open')
  }
}

/** Size on disk of a plain file of so many bytes. */
export function sealedSize(bytes: number): number {
  return bytes + tagBytes * Math.max(1, Math.ceil(bytes / chunkBytes))
}

/** Number of chunks of a sealed file of this size. Throws CodedError('blob_damaged') where no file has it. */
export function chunkCount(sealed: number): number {
  const count = Math.max(1, Math.ceil(sealed / sealedChunkBytes))
  if (sealed - (count - 1) * sealedChunkBytes < tagBytes)
    throw new CodedError('blob_damaged', 'a size that no blob has')
  return count
}
