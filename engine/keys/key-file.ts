/** The wrapped cache key: random, stored only under HKDF(device share ‖ vault share ‖ wrap). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CodedError } from '../../shared/contracts/contract.ts'
import { expand } from '../../shared/formats/pin.ts'
import type { ProfileFile } from '../profile.ts'

export interface Shares {
  /** From the OS keystore, or the profile where there is none; 32 bytes. */
  device: Uint8Array
  /** From the vault; 32 bytes. */
  vault: Uint8Array
  /** From the PIN; 32 bytes, or empty for a service workstation. */
  wrap: Uint8Array
}

function wrappingKey(shares: Shares): Buffer {
  return expand(Buffer.concat([shares.device, shares.vault, shares.wrap]), 'cache/wrap')
}

export function wrapCacheKey(cacheKey: Uint8Array, shares: Shares): ProfileFile<'keys-1.json'> {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(shares), nonce)
  const wrapped = Buffer.concat([cipher.update(cacheKey), cipher.final(), cipher.getAuthTag()])
  return { v: 1, nonce: nonce.toString('base64url'), wrapped: wrapped.toString('base64url') }
}

/** Throws CodedError('key_refused') when a share or the PIN is another one, or the file was changed. */
export function unwrapCacheKey(file: ProfileFile<'keys-1.json'>, shares: Shares): Buffer {
  const wrapped = Buffer.from(file.wrapped, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(shares), Buffer.from(file.nonce, 'base64url'))
    decipher.setAuthTag(wrapped.subarray(32))
    return Buffer.concat([decipher.update(wrapped.subarray(0, 32)), decipher.final()])
  } catch {
    throw new CodedError('key_refused', 'the cache key does not open')
  }
}
