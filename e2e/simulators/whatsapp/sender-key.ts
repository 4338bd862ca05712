/** Signal's sender keys, with which groups are written: a chain of message keys that its owner hands to every member once. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { SIGNAL_KEY_TYPE, keyPairFrom, sign, signalPublicKey, verify } from './curve.ts'
import type { KeyPair } from './curve.ts'

/** Version 3 of the message, version 3 of the protocol. */
const VERSION = 0x33
const SIGNATURE_BYTES = 64
/** A receiver keeps no more keys for messages that were overtaken, and goes no further ahead. */
const MAX_AHEAD = 2000
const ZERO_SALT = Buffer.alloc(32)

function step(chainKey: Buffer, seed: number): Buffer {
  return createHmac('sha256', chainKey)
    .update(Buffer.from([seed]))
    .digest()
}

/** Key and iv of one message. */
function messageKey(chainKey: Buffer): { iv: Buffer; key: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', step(chainKey, 1), ZERO_SALT, 'WhisperGroup', 48))
  return { iv: bytes.subarray(0, 16), key: bytes.subarray(16) }
}

/** What one phone writes to one group with. */
export class PhoneSenderKey {
  /** The group's key epoch that it belongs to. */
  readonly epoch: number
  /** Devices that have it: `<account>/<device>/<identity>`. */
  readonly given = new Set<string>()
  readonly #id: number
  readonly #signing: KeyPair
  #chainKey: Buffer
  #iteration = 0

  /** `secret`: 68 bytes. */
  constructor(epoch: number, secret: Buffer) {
    this.epoch = epoch
    this.#id = secret.readUInt32BE(64) >>> 1
    this.#signing = keyPairFrom(secret.subarray(0, 32))
    this.#chainKey = Buffer.from(secret.subarray(32, 64))
  }

  /** The key as it stands now: who gets it can read what is written from here on. */
  distribution(): Buffer {
    const fields = {
      id: this.#id,
      iteration: this.#iteration,
      chainKey: this.#chainKey,
      signingKey: signalPublicKey(this.#signing.publicKey),
    }
    return Buffer.concat([Buffer.from([VERSION]), proto.SenderKeyDistributionMessage.encode(fields).finish()])
  }

  encrypt(plaintext: Uint8Array): Buffer {
    const { iv, key } = messageKey(this.#chainKey)
    const cipher = createCipheriv('aes-256-cbc', key, iv)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    const fields = { id: this.#id, iteration: this.#iteration, ciphertext }
    const body = Buffer.concat([Buffer.from([VERSION]), proto.SenderKeyMessage.encode(fields).finish()])
    this.#chainKey = step(this.#chainKey, 2)
    this.#iteration += 1
    return Buffer.concat([body, sign(this.#signing.privateKey, body)])
  }
}

/** The receiving side of somebody's sender key. */
export class ReceivedSenderKey {
  readonly id: number
  readonly #signingKey: Buffer
  readonly #overtaken = new Map<number, Buffer>()
  #chainKey: Buffer
  #iteration: number

  /** Throws when the bytes are no distribution message. */
  constructor(distribution: Uint8Array) {
    const { id, iteration, chainKey, signingKey } = proto.SenderKeyDistributionMessage.decode(distribution.subarray(1))
    if (chainKey?.length !== 32 || signingKey?.length !== 33 || signingKey[0] !== SIGNAL_KEY_TYPE) {
      throw new Error('not a sender key')
    }
    this.id = id ?? 0
    this.#iteration = iteration ?? 0
    this.#chainKey = Buffer.from(chainKey)
    this.#signingKey = Buffer.from(signingKey.subarray(1))
  }

  /** Throws when the message was not written with this key, was changed on the way or was read before. */
  decrypt(message: Uint8Array): Buffer {
    const body = message.subarray(0, -SIGNATURE_BYTES)
    if (!verify(this.#signingKey, body, message.subarray(-SIGNATURE_BYTES))) throw new Error('the signature is wrong')
    const { id, iteration, ciphertext } = proto.SenderKeyMessage.decode(body.subarray(1))
    if (id !== this.id || !ciphertext) throw new Error('written with another key')
    const { iv, key } = this.#keyOf(iteration ?? 0)
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  }

  #keyOf(iteration: number): { iv: Buffer; key: Buffer } {
    if (iteration < this.#iteration) {
      const kept = this.#overtaken.get(iteration)
      if (!kept) throw new Error('read before')
      this.#overtaken.delete(iteration)
      return messageKey(kept)
    }
    if (iteration - this.#iteration > MAX_AHEAD) throw new Error('too far ahead')
    for (; this.#iteration < iteration; this.#iteration += 1) {
      this.#overtaken.set(this.#iteration, this.#chainKey)
      this.#chainKey = step(this.#chainKey, 2)
      const [oldest] = this.#overtaken.keys()
      if (this.#overtaken.size > MAX_AHEAD && oldest !== undefined) this.#overtaken.delete(oldest)
    }
    const found = messageKey(this.#chainKey)
    this.#chainKey = step(this.#chainKey, 2)
    this.#iteration += 1
    return found
  }
}
