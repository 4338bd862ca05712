/** X25519 key pairs and agreement on node:crypto, and XEdDSA signatures (which only libsignal's curve has). */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { createRequire } from 'node:module'

interface SignatureCurve {
  calculateSignature(privateKey: Buffer, message: Uint8Array): Uint8Array
  verifySignature(publicKey: Buffer, message: Uint8Array, signature: Buffer): boolean
}

// Inner modules of the package have no types of their own that could be relied on.
const signatures = createRequire(import.meta.url)('libsignal/src/curve.js') as SignatureCurve

const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** The type byte that Signal puts before a Curve25519 public key. */
export const SIGNAL_KEY_TYPE = 0x05

export interface KeyPair {
  /** 32 bytes, without a type byte. */
  publicKey: Buffer
  /** 32 bytes, clamped. */
  privateKey: Buffer
}

function privateKeyObject(privateKey: Uint8Array) {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, privateKey]), format: 'der', type: 'pkcs8' })
}

/** The key pair of 32 secret bytes. */
export function keyPairFrom(secret: Buffer): KeyPair {
  const privateKey = Buffer.from(secret)
  privateKey[0] = (privateKey[0] ?? 0) & 248
  privateKey[31] = ((privateKey[31] ?? 0) & 127) | 64
  const spki = createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' })
  return { privateKey, publicKey: Buffer.from(spki.subarray(PUBLIC_PREFIX.length)) }
}

/** X25519; throws on a key of another length and on points of low order. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  if (publicKey.length !== 32) throw new Error('an X25519 public key has 32 bytes')
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' })
  return diffieHellman({ privateKey: privateKeyObject(privateKey), publicKey: key })
}

/** The 33-byte form with type byte. */
export function signalPublicKey(publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([SIGNAL_KEY_TYPE]), publicKey])
}

export function sign(privateKey: Uint8Array, message: Uint8Array): Buffer {
  return Buffer.from(signatures.calculateSignature(Buffer.from(privateKey), message))
}

/** False for a bad signature as well as for keys and signatures of a wrong shape. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return signatures.verifySignature(signalPublicKey(publicKey), message, Buffer.from(signature)) === true
  } catch {
    return false
  }
}
