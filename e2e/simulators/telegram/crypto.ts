/** MTProto's cryptography on node:crypto: AES-IGE, key derivation, message encryption and RSA_PAD. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  privateDecrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto'

const BLOCK_BYTES = 16

export function sha1(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function xorInto(target: Buffer, offset: number, source: Uint8Array, sourceOffset: number, length: number): void {
  for (let index = 0; index < length; index++)
    target[offset + index] = (target[offset + index] ?? 0) ^ (source[sourceOffset + index] ?? 0)
}

/**
 * AES-256-IGE encryption; the length must be a multiple of 16. OpenSSL 3 offers no IGE, but IGE over p is CBC over
 * p[i] xor p[i-2], xored with p[i-1] afterwards, so one native CBC pass does the work.
 */
export function encryptIge(plain: Buffer, key: Buffer, iv: Buffer): Buffer {
  const previousPlain = iv.subarray(BLOCK_BYTES)
  const input = Buffer.from(plain)
  if (plain.length > BLOCK_BYTES) xorInto(input, BLOCK_BYTES, previousPlain, 0, BLOCK_BYTES)
  if (plain.length > 2 * BLOCK_BYTES) xorInto(input, 2 * BLOCK_BYTES, plain, 0, plain.length - 2 * BLOCK_BYTES)
  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, BLOCK_BYTES)).setAutoPadding(false)
  const output = Buffer.concat([cipher.update(input), cipher.final()])
  xorInto(output, 0, previousPlain, 0, Math.min(BLOCK_BYTES, output.length))
  if (output.length > BLOCK_BYTES) xorInto(output, BLOCK_BYTES, plain, 0, output.length - BLOCK_BYTES)
  return output
}

/** AES-256-IGE decryption; the length must be a multiple of 16. */
export function decryptIge(encrypted: Buffer, key: Buffer, iv: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const output = Buffer.alloc(encrypted.length)
  let previousEncrypted: Buffer = iv.subarray(0, BLOCK_BYTES)
  let previousPlain: Buffer = iv.subarray(BLOCK_BYTES)
  for (let offset = 0; offset < encrypted.length; offset += BLOCK_BYTES) {
    const block = Buffer.from(encrypted.subarray(offset, offset + BLOCK_BYTES))
    xorInto(block, 0, previousPlain, 0, BLOCK_BYTES)
    const plain = decipher.update(block)
    xorInto(plain, 0, previousEncrypted, 0, BLOCK_BYTES)
    plain.copy(output, offset)
    previousEncrypted = encrypted.subarray(offset, offset + BLOCK_BYTES)
    previousPlain = output.subarray(offset, offset + BLOCK_BYTES)
  }
  return output
}

type Direction = 'client-to-server' | 'server-to-client'

function messageKeys(authKey: Buffer, msgKey: Buffer, direction: Direction): { key: Buffer; iv: Buffer } {
  const x = direction === 'client-to-server' ? 0 : 8
  const a = sha256(msgKey, authKey.subarray(x, x + 36))
  const b = sha256(authKey.subarray(40 + x, 76 + x), msgKey)
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  }
}

function messageKey(authKey: Buffer, plain: Buffer, direction: Direction): Buffer {
  const x = direction === 'client-to-server' ? 0 : 8
  return sha256(authKey.subarray(88 + x, 120 + x), plain).subarray(8, 24)
}

/** msg_key and ciphertext of an MTProto 2.0 message; the padding is added here. */
export function encryptMessage(authKey: Buffer, data: Buffer, direction: Direction): Buffer {
  const padding = 12 + ((BLOCK_BYTES - ((data.length + 12) % BLOCK_BYTES)) % BLOCK_BYTES)
  const plain = Buffer.concat([data, randomBytes(padding)])
  const msgKey = messageKey(authKey, plain, direction)
  const { key, iv } = messageKeys(authKey, msgKey, direction)
  return Buffer.concat([msgKey, encryptIge(plain, key, iv)])
}

/** The padded plaintext, or null when length or msg_key does not fit: such bytes must not be looked at. */
export function decryptMessage(authKey: Buffer, payload: Buffer, direction: Direction): Buffer | null {
  const msgKey = payload.subarray(0, 16)
  const encrypted = payload.subarray(16)
  if (msgKey.length < 16 || encrypted.length === 0 || encrypted.length % BLOCK_BYTES !== 0) return null
  const { key, iv } = messageKeys(authKey, msgKey, direction)
  const plain = decryptIge(encrypted, key, iv)
  return messageKey(authKey, plain, direction).equals(msgKey) ? plain : null
}

/** MTProto 1.0 decryption (SHA-1 keys), today used only for the message inside auth.bindTempAuthKey. */
export function decryptMessageV1(authKey: Buffer, payload: Buffer): Buffer | null {
  const msgKey = payload.subarray(0, 16)
  const encrypted = payload.subarray(16)
  if (msgKey.length < 16 || encrypted.length === 0 || encrypted.length % BLOCK_BYTES !== 0) return null
  const a = sha1(msgKey, authKey.subarray(0, 32))
  const b = sha1(authKey.subarray(32, 48), msgKey, authKey.subarray(48, 64))
  const c = sha1(authKey.subarray(64, 96), msgKey)
  const d = sha1(msgKey, authKey.subarray(96, 128))
  const key = Buffer.concat([a.subarray(0, 8), b.subarray(8, 20), c.subarray(4, 16)])
  const iv = Buffer.concat([a.subarray(8, 20), b.subarray(0, 8), c.subarray(16, 20), d.subarray(0, 8)])
  return decryptIge(encrypted, key, iv)
}

/** Key and iv that protect the Diffie-Hellman answers of the key exchange. */
export function temporaryKeys(serverNonce: Buffer, newNonce: Buffer): { key: Buffer; iv: Buffer } {
  const a = sha1(newNonce, serverNonce)
  const b = sha1(serverNonce, newNonce)
  const c = sha1(newNonce, newNonce)
  return {
    key: Buffer.concat([a, b.subarray(0, 12)]),
    iv: Buffer.concat([b.subarray(12, 20), c, newNonce.subarray(0, 4)]),
  }
}

/** Opens RSA_PAD (Telegram's own padding): the 192 bytes that the client put in, or null when they are not authentic. */
export function openRsaPad(privateKey: KeyObject, encrypted: Buffer): Buffer | null {
  if (encrypted.length !== 256) return null
  let opened: Buffer
  try {
    opened = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encrypted)
  } catch {
    return null // not smaller than the modulus
  }
  const body = opened.subarray(32)
  const temporaryKey = Buffer.from(opened.subarray(0, 32))
  xorInto(temporaryKey, 0, sha256(body), 0, 32)
  const withHash = decryptIge(body, temporaryKey, Buffer.alloc(32))
  const data = Buffer.from(withHash.subarray(0, 192)).reverse()
  return sha256(temporaryKey, data).equals(withHash.subarray(192)) ? data : null
}
