/** Sealing to a public key: X25519 + HKDF-SHA256 + AES-256-GCM with a fresh ephemeral key for each blob (suite 1). */
import { createCipheriv, createDecipheriv, diffieHellman, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { FormatError } from './bytes.ts'
import { generateRawKeyPair, keyId, privateKeyObject, publicKeyObject } from './keys.ts'

// suite (1) | key id (8) | ephemeral public key (32) | nonce (12) | ciphertext | tag (16)
const suite = 1
const headBytes = 1 + 8 + 32 + 12
const tagBytes = 16

function contentKey(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), `sealdesk/seal/1/${label}`, 32))
}

/**
 * Seals to the raw X25519 public key. `label` names the purpose, `bound` is authenticated but not contained
 * (for a batch: the hash of its headers); both must be given again to open.
 */
export function seal(
  plain: Uint8Array,
  recipient: Uint8Array,
  label: string,
  bound: Uint8Array = new Uint8Array(),
): Buffer {
  const ephemeral = generateRawKeyPair('x25519')
  const shared = diffieHellman({
    privateKey: privateKeyObject('x25519', ephemeral.privateKey),
    publicKey: publicKeyObject('x25519', recipient),
  })
  const nonce = randomBytes(12)
  const head = Buffer.concat([Buffer.from([suite]), Buffer.from(keyId(recipient), 'hex'), ephemeral.publicKey, nonce])
  const cipher = createCipheriv('aes-256-gcm', contentKey(shared, ephemeral.publicKey, recipient, label), nonce)
  cipher.setAAD(Buffer.concat([head, bound]))
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** The id of the key that a blob is sealed to, hex. Throws FormatError('seal_malformed'). */
export function sealedTo(blob: Uint8Array): string {
  if (blob.length < headBytes + tagBytes || blob[0] !== suite)
    throw new FormatError('seal_malformed', 'not a sealed blob of suite 1')
  return Buffer.from(blob.subarray(1, 9)).toString('hex')
}

export interface OpeningKey {
  publicKey: Uint8Array
  privateKey: KeyObject
}

/** Throws FormatError 'seal_malformed', 'seal_other_key' or 'seal_refused' (changed bytes, other label or bound data). */
export function openSealed(
  blob: Uint8Array,
  key: OpeningKey,
  label: string,
  bound: Uint8Array = new Uint8Array(),
): Buffer {
  if (sealedTo(blob) !== keyId(key.publicKey)) throw new FormatError('seal_other_key', 'sealed to another key')
  const ephemeral = blob.subarray(9, 41)
  const nonce = blob.subarray(41, 53)
  try {
    const shared = diffieHellman({ privateKey: key.privateKey, publicKey: publicKeyObject('x25519', ephemeral) })
    const decipher = createDecipheriv('aes-256-gcm', contentKey(shared, ephemeral, key.publicKey, label), nonce)
    decipher.setAAD(Buffer.concat([blob.subarray(0, headBytes), bound]))
    decipher.setAuthTag(blob.subarray(blob.length - tagBytes))
    return Buffer.concat([decipher.update(blob.subarray(headBytes, blob.length - tagBytes)), decipher.final()])
  } catch {
    throw new FormatError('seal_refused', 'the blob does not open')
  }
}
