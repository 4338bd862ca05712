import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { agree, keyPairFrom, sign, signalPublicKey, verify } from './curve.ts'

interface LibraryCurve {
  generateKeyPair(): { pubKey: Buffer; privKey: Buffer }
  calculateSignature(privateKey: Buffer, message: Uint8Array): Uint8Array
  verifySignature(publicKey: Buffer, message: Uint8Array, signature: Buffer): boolean
  calculateAgreement(publicKey: Buffer, privateKey: Buffer): Buffer
}

const library = createRequire(import.meta.url)('libsignal/src/curve.js') as LibraryCurve

test('signatures and agreements are those of libsignal, both ways', () => {
  for (let round = 0; round < 8; round += 1) {
    const own = keyPairFrom(randomBytes(32))
    const other = library.generateKeyPair()
    const message = randomBytes(round * 7)
    const byUs = sign(own.privateKey, message)
    const byLibrary = library.calculateSignature(other.privKey, message)
    expect(library.verifySignature(signalPublicKey(own.publicKey), message, byUs)).toBe(true)
    expect(verify(own.publicKey, message, byUs)).toBe(true)
    expect(verify(other.pubKey.subarray(1), message, byLibrary)).toBe(true)
    expect(verify(other.pubKey.subarray(1), message, byUs)).toBe(false)
    expect(verify(own.publicKey, Buffer.concat([message, Buffer.of(0)]), byUs)).toBe(false)
    expect(agree(own.privateKey, other.pubKey.subarray(1))).toEqual(
      Buffer.from(library.calculateAgreement(signalPublicKey(own.publicKey), other.privKey)),
    )
  }
  expect(verify(Buffer.alloc(31), Buffer.alloc(1), Buffer.alloc(64))).toBe(false)
  expect(verify(Buffer.alloc(32, 255), Buffer.alloc(1), Buffer.alloc(64, 255))).toBe(false)
})
