/** AES-256-GCM for what the keeper keeps: nonce | ciphertext | tag, bound to what the row is for. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { CodedError } from '../../../shared/contracts/contract.ts'

const nonceBytes = 12
const tagBytes = 16

export function encrypt(key: KeyObject, plain: Uint8Array, bound: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(bound, 'utf8'))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Throws CodedError('content_damaged') for another key, other bytes or another binding. */
export function decrypt(key: KeyObject, bytes: Uint8Array, bound: string): Buffer {
  if (bytes.length < nonceBytes + tagBytes) throw new CodedError('content_damaged', 'stored content is cut off')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
    decipher.setAAD(Buffer.from(bound, 'utf8'))
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()])
  } catch {
    throw new CodedError('content_damaged', 'stored content does not open')
  }
}

/** A key for one purpose from a 32-byte secret. */
export function deriveKey(secret: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), `sealdesk/keeper/${purpose}`, 32)))
}
