/** The answering side of WhatsApp's Noise XX handshake (25519, AES-GCM, SHA-256) and the frame cipher that follows it. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { agree } from './curve.ts'
import type { KeyPair } from './curve.ts'

/** Exactly 32 bytes, so that it is the first hash and the first chaining key as it stands. */
const PROTOCOL_NAME = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0', 'latin1')
const TAG_BYTES = 16
const EMPTY = Buffer.alloc(0)

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(counter, 8)
  return iv
}

function seal(key: Buffer, counter: number, plaintext: Uint8Array, associated: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter))
  cipher.setAAD(associated)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(key: Buffer, counter: number, sealed: Uint8Array, associated: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new Error('the sealed part is shorter than its tag')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter))
  decipher.setAAD(associated)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()])
}

function expand(chainingKey: Buffer, input: Uint8Array): [Buffer, Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', input, chainingKey, EMPTY, 64))
  return [bytes.subarray(0, 32), bytes.subarray(32)]
}

/** Seals what the server writes and opens what the client wrote, one counter per direction. */
export class FrameCipher {
  readonly #writeKey: Buffer
  readonly #readKey: Buffer
  #written = 0
  #read = 0

  constructor(writeKey: Buffer, readKey: Buffer) {
    this.#writeKey = writeKey
    this.#readKey = readKey
  }

  seal(plaintext: Uint8Array): Buffer {
    return seal(this.#writeKey, this.#written++, plaintext, EMPTY)
  }

  /** Throws when the frame was changed on the way or comes out of order. */
  open(sealed: Uint8Array): Buffer {
    return open(this.#readKey, this.#read++, sealed, EMPTY)
  }
}

interface ServerHello {
  ephemeral: Buffer
  static: Buffer
  payload: Buffer
}

/** One handshake; the methods are called once each, in the order `answer`, `finish`. */
export class NoiseResponder {
  readonly #static: KeyPair
  readonly #ephemeral: KeyPair
  #hash: Buffer = PROTOCOL_NAME
  #chainingKey: Buffer = PROTOCOL_NAME
  #key: Buffer = PROTOCOL_NAME
  #counter = 0

  constructor(options: { header: Uint8Array; staticKey: KeyPair; ephemeralKey: KeyPair }) {
    this.#static = options.staticKey
    this.#ephemeral = options.ephemeralKey
    this.#mixHash(options.header)
  }

  /** The server hello for a client's ephemeral key; `payload` is the certificate chain. */
  answer(clientEphemeral: Uint8Array, payload: Uint8Array): ServerHello {
    this.#mixHash(clientEphemeral)
    this.#mixHash(this.#ephemeral.publicKey)
    this.#mixKey(agree(this.#ephemeral.privateKey, clientEphemeral))
    const sealedStatic = this.#seal(this.#static.publicKey)
    this.#mixKey(agree(this.#static.privateKey, clientEphemeral))
    return { ephemeral: this.#ephemeral.publicKey, static: sealedStatic, payload: this.#seal(payload) }
  }

  /** Opens the client's static key and its payload; throws when either was not sealed for this handshake. */
  finish(sealedStatic: Uint8Array, sealedPayload: Uint8Array) {
    const clientStatic = this.#open(sealedStatic)
    this.#mixKey(agree(this.#ephemeral.privateKey, clientStatic))
    const payload = this.#open(sealedPayload)
    const [clientWrites, serverWrites] = expand(this.#chainingKey, EMPTY)
    return { clientStatic, payload, cipher: new FrameCipher(serverWrites, clientWrites) }
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest()
  }

  #mixKey(shared: Uint8Array): void {
    const [chainingKey, key] = expand(this.#chainingKey, shared)
    this.#chainingKey = chainingKey
    this.#key = key
    this.#counter = 0
  }

  #seal(plaintext: Uint8Array): Buffer {
    const sealed = seal(this.#key, this.#counter++, plaintext, this.#hash)
    this.#mixHash(sealed)
    return sealed
  }

  #open(sealed: Uint8Array): Buffer {
    const plaintext = open(this.#key, this.#counter++, sealed, this.#hash)
    this.#mixHash(sealed)
    return plaintext
  }
}
