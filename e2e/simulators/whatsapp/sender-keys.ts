/**
 * Group encryption as Signal's sender keys have it: each writer hands its chain to every device of the group once, and then encrypts each
 * message once for all. Independent of the library's own implementation.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { keyPairFrom, sign, signalPublicKey, verify, type KeyPair } from './curve.ts'
import type { SeededSource } from './seeded.ts'

/** Current version and lowest understood version, both 3. */
const VERSION = 0x33
const SIGNATURE_BYTES = 64
const MOST_SKIPPED = 2000

interface Chain {
  iteration: number
  key: Buffer
}

function keysAt(chainKey: Buffer): { iv: Buffer; cipherKey: Buffer } {
  const seed = createHmac('sha256', chainKey)
    .update(Buffer.from([1]))
    .digest()
  const all = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(32), 'WhisperGroup', 48))
  return { iv: all.subarray(0, 16), cipherKey: all.subarray(16) }
}

const next = (chainKey: Buffer): Buffer =>
  createHmac('sha256', chainKey)
    .update(Buffer.from([2]))
    .digest()

/** The chain of one device in one group. */
export class SenderChain {
  readonly #id: number
  readonly #signing: KeyPair
  readonly #chain: Chain

  constructor(name: string, source: SeededSource) {
    this.#id = source.bytes(`${name}/sender-key-id`, 4).readUInt32BE(0) >>> 1
    this.#signing = keyPairFrom(source.bytes(`${name}/sender-signing`, 32))
    this.#chain = { iteration: 0, key: source.bytes(`${name}/sender-chain`, 32) }
  }

  /** What a new reader gets: it reads from here on. */
  distribution(): Buffer {
    const message = proto.SenderKeyDistributionMessage.encode({
      id: this.#id,
      iteration: this.#chain.iteration,
      chainKey: this.#chain.key,
      signingKey: signalPublicKey(this.#signing.publicKey),
    }).finish()
    return Buffer.concat([Buffer.from([VERSION]), message])
  }

  encrypt(padded: Uint8Array): Buffer {
    const { iv, cipherKey } = keysAt(this.#chain.key)
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
    const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()])
    const body = proto.SenderKeyMessage.encode({ id: this.#id, iteration: this.#chain.iteration, ciphertext }).finish()
    const signed = Buffer.concat([Buffer.from([VERSION]), body])
    this.#chain.iteration += 1
    this.#chain.key = next(this.#chain.key)
    return Buffer.concat([signed, sign(this.#signing.privateKey, signed)])
  }
}

interface ReadChain extends Chain {
  signingKey: Buffer
  /** Chain keys of messages that were overtaken. */
  skipped: Map<number, Buffer>
}

/** What one device knows of the others' chains in all its groups. */
export class SenderChains {
  readonly #chains = new Map<string, ReadChain>()

  /** Throws when the bytes are no distribution message. */
  learn(group: string, sender: string, distribution: Uint8Array): void {
    if (distribution[0] !== VERSION) throw new Error('a sender key of another version')
    const { id, iteration, chainKey, signingKey } = proto.SenderKeyDistributionMessage.decode(distribution.subarray(1))
    if (chainKey?.length !== 32 || signingKey?.length !== 33) throw new Error('a sender key without keys')
    this.#chains.set(`${group} ${sender} ${id ?? 0}`, {
      iteration: iteration ?? 0,
      key: Buffer.from(chainKey),
      signingKey: Buffer.from(signingKey).subarray(1),
      skipped: new Map(),
    })
  }

  /** The padded content. Throws when the chain is not known, the signature is wrong or the message was read before. */
  decrypt(group: string, sender: string, bytes: Uint8Array): Buffer {
    const signed = bytes.subarray(0, bytes.length - SIGNATURE_BYTES)
    if (signed[0] !== VERSION) throw new Error('a group message of another version')
    const { id, iteration, ciphertext } = proto.SenderKeyMessage.decode(signed.subarray(1))
    const chain = this.#chains.get(`${group} ${sender} ${id ?? 0}`)
    if (!chain || !ciphertext) throw new Error('the sender key is not known')
    if (!verify(chain.signingKey, signed, bytes.subarray(bytes.length - SIGNATURE_BYTES)))
      throw new Error('the signature does not hold')
    const { iv, cipherKey } = keysAt(this.#keyFor(chain, iteration ?? 0))
    const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  }

  #keyFor(chain: ReadChain, iteration: number): Buffer {
    if (iteration < chain.iteration) {
      const skipped = chain.skipped.get(iteration)
      if (!skipped) throw new Error('this message was read before')
      chain.skipped.delete(iteration)
      return skipped
    }
    if (iteration - chain.iteration > MOST_SKIPPED) throw new Error('too far ahead')
    for (; chain.iteration < iteration; chain.iteration++) {
      chain.skipped.set(chain.iteration, chain.key)
      chain.key = next(chain.key)
    }
    const { key } = chain
    chain.iteration += 1
    chain.key = next(key)
    return key
  }
}
