/** Ed25519 and X25519 keys as raw 32-byte strings, and the KeyObjects that Node computes with. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { FormatError, sha256 } from './bytes.ts'

// RFC 8410: the DER prefixes of PKCS#8 and SubjectPublicKeyInfo for the two curves.
const pkcs8 = { ed25519: '302e020100300506032b657004220420', x25519: '302e020100300506032b656e04220420' }
const spki = { ed25519: '302a300506032b6570032100', x25519: '302a300506032b656e032100' }
export type Curve = keyof typeof spki

export interface RawKeyPair {
  publicKey: Buffer
  privateKey: Buffer
}

export function generateRawKeyPair(curve: Curve): RawKeyPair {
  const pair = curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32),
  }
}

/** Throws FormatError('key_malformed') unless raw is 32 bytes. */
export function publicKeyObject(curve: Curve, raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new FormatError('key_malformed', 'a public key has 32 bytes')
  return createPublicKey({ key: Buffer.concat([Buffer.from(spki[curve], 'hex'), raw]), format: 'der', type: 'spki' })
}

/** Throws FormatError('key_malformed') unless raw is 32 bytes. */
export function privateKeyObject(curve: Curve, raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new FormatError('key_malformed', 'a private key has 32 bytes')
  return createPrivateKey({ key: Buffer.concat([Buffer.from(pkcs8[curve], 'hex'), raw]), format: 'der', type: 'pkcs8' })
}

/** Key id: the first 8 bytes of SHA-256 of the raw public key, hex. */
export function keyId(publicKey: Uint8Array): string {
  return sha256(publicKey).subarray(0, 8).toString('hex')
}

/** Ed25519 (RFC 8032) over a context label, a zero byte and the message: a signature made for one purpose fits no other. */
export function signFor(label: string, message: Uint8Array, privateKey: KeyObject): Buffer {
  return sign(null, Buffer.concat([Buffer.from(`${label}\0`), message]), privateKey)
}

export function verifyFor(label: string, message: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  if (signature.length !== 64) return false
  return verify(null, Buffer.concat([Buffer.from(`${label}\0`), message]), publicKey, signature)
}
