/**
 * X25519 key pairs, agreement and XEdDSA signatures, all on node:crypto. Our private keys are the scalars of Ed25519 keys, so
 * that Ed25519 signs for them; to verify, a Montgomery point is turned into the Edwards point that it stands for.
 */
import * as crypto from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const { createHash, createPrivateKey, createPublicKey, diffieHellman } = crypto

const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')
const EDWARDS_PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const EDWARDS_PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const FIELD = 2n ** 255n - 19n
/** In the last byte of a signature: the sign of the Edwards point, which the Montgomery form has lost. */
const SIGN_BIT = 0x80

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

/** The Ed25519 seeds behind private keys made here. */
const seeds = new WeakMap<Uint8Array, Buffer>()

/** The key pair that follows from 32 secret bytes. */
export function keyPairFrom(secret: Buffer): KeyPair {
  const privateKey = createHash('sha512').update(secret).digest().subarray(0, 32)
  seeds.set(privateKey, secret)
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

/** Only for private keys that `keyPairFrom` made: the very same buffer. */
export function sign(privateKey: Uint8Array, message: Uint8Array): Buffer {
  const seed = seeds.get(privateKey)
  if (!seed) throw new Error('this private key was not made here')
  const key = createPrivateKey({ key: Buffer.concat([EDWARDS_PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const signature = crypto.sign(null, message, key)
  const point = createPublicKey(key).export({ format: 'der', type: 'spki' })
  signature.writeUInt8(signature.readUInt8(63) | (point.readUInt8(point.length - 1) & SIGN_BIT), 63)
  return signature
}

/** False for a bad signature as well as for keys and signatures of a wrong shape. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const plain = Buffer.from(signature)
  const sign = plain.readUInt8(63) & SIGN_BIT
  plain.writeUInt8(plain.readUInt8(63) & ~SIGN_BIT, 63)
  try {
    return crypto.verify(null, message, edwardsKey(publicKey, sign), plain)
  } catch {
    return false
  }
}

/** y = (u - 1) / (u + 1) in the field of the curve. */
function edwardsKey(montgomery: Uint8Array, sign: number): KeyObject {
  const u = BigInt(`0x${Buffer.from(montgomery).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  const y = ((u - 1n + FIELD) * power(u + 1n, FIELD - 2n)) % FIELD
  const point = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
  point.writeUInt8(point.readUInt8(31) | sign, 31)
  return createPublicKey({ key: Buffer.concat([EDWARDS_PUBLIC_PREFIX, point]), format: 'der', type: 'spki' })
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = base % FIELD
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % FIELD
    factor = (factor * factor) % FIELD
  }
  return result
}
