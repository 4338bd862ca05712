/** Key exchange and cryptography against the library's own half. */
import { randomBytes } from 'node:crypto'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { IGE } from 'telegram/crypto/IGE.js'
import { BinaryReader, Logger } from 'telegram/extensions/index.js'
import { LogLevel } from 'telegram/extensions/Logger.js'
import { doAuthentication } from 'telegram/network/Authenticator.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import { describe, expect, it } from 'vitest'
import { decryptIge, decryptMessage, encryptIge, encryptMessage, openRsaPad } from './crypto.ts'
import { Handshake, HandshakeError, type NewAuthKey } from './handshake.ts'
import { trustKey } from './library-client.ts'
import { testKeyFingerprint, testPrivateKey, testPublicKeyPem } from './test-key.ts'
import { encodeTl, TlError } from './tl-codec.ts'

const logger = new Logger(LogLevel.NONE)

/** Runs the library's half of the key exchange against ours; the line between them is a function call. */
async function exchange(handshake: Handshake, temporary?: { dc: number; expiresIn: number }) {
  trustKey(testPublicKeyPem)
  const sender = {
    send: async (request: { getBytes(): Buffer }) => {
      const answer = handshake.answer(Buffer.from(request.getBytes()))
      return answer && new BinaryReader(answer).tgReadObject()
    },
  }
  type Parameters_ = Parameters<typeof doAuthentication>
  return doAuthentication(sender as unknown as Parameters_[0], logger, temporary as Parameters_[2])
}

describe('the key exchange', () => {
  it('ends with the same key on both sides, twice on one connection', async () => {
    const made: NewAuthKey[] = []
    const handshake = new Handshake(
      () => Date.now() + 7_200_000,
      (key) => made.push(key),
    )
    for (const round of [0, 1]) {
      const { authKey, timeOffset } = await exchange(handshake)
      expect(authKey.getKey()?.equals(made[round]?.key ?? Buffer.alloc(0))).toBe(true)
      expect(made[round]?.expiresInSeconds).toBeNull()
      expect(Math.abs(timeOffset - 7200)).toBeLessThan(5)
    }
    expect(made[0]?.key.equals(made[1]?.key ?? Buffer.alloc(0))).toBe(false)
  })

  it('notes the lifetime of a temporary key', async () => {
    const made: NewAuthKey[] = []
    await exchange(new Handshake(Date.now, (key) => made.push(key)), { dc: 2, expiresIn: 3600 })
    expect(made[0]?.expiresInSeconds).toBe(3600)
  })

  it('refuses steps out of order, foreign nonces and data that is not authentic', () => {
    const handshake = new Handshake(Date.now, () => expect.unreachable('no key may come out'))
    const nonce = randomBytes(16)
    const request = {
      _: 'req_DH_params',
      nonce,
      server_nonce: randomBytes(16),
      p: Buffer.from('494c553b', 'hex'),
      q: Buffer.from('53911073', 'hex'),
      public_key_fingerprint: testKeyFingerprint,
      encrypted_data: randomBytes(256),
    }
    expect(() => handshake.answer(encodeTl(request))).toThrow(HandshakeError)
    const answer = handshake.answer(encodeTl({ _: 'req_pq_multi', nonce }))
    const serverNonce = answer?.subarray(20, 36) ?? Buffer.alloc(16)
    expect(() => handshake.answer(encodeTl({ ...request, nonce: randomBytes(16) }))).toThrow('nonce does not match')
    expect(() => handshake.answer(encodeTl({ ...request, server_nonce: serverNonce }))).toThrow(
      'RSA_PAD is not authentic',
    )
    expect(() => handshake.answer(Buffer.from('00'))).toThrow(TlError)
    expect(() => handshake.answer(encodeTl({ _: 'help.getConfig' }))).toThrow(TlError)
  })
})

describe('the cryptography', () => {
  it('does AES-IGE as the library does', () => {
    for (const blocks of [1, 2, 3, 64]) {
      const [key, iv, plain] = [randomBytes(32), randomBytes(32), randomBytes(blocks * 16)]
      const theirs = Buffer.from(new IGE(key, iv).encryptIge(plain))
      expect(encryptIge(plain, key, iv).equals(theirs)).toBe(true)
      expect(decryptIge(theirs, key, iv).equals(plain)).toBe(true)
    }
  })

  it('opens what the library encrypted and refuses it with one bit changed', async () => {
    const key = randomBytes(256)
    const authKey = new AuthKey()
    await authKey.setKey(key)
    const encrypted = await new MTProtoState(authKey, logger, true).encryptMessageData(Buffer.alloc(60, 7))
    const payload = encrypted.subarray(8)
    expect(decryptMessage(key, payload, 'client-to-server')?.subarray(16, 76)).toEqual(Buffer.alloc(60, 7))
    const changed = Buffer.from(payload)
    changed[40] = (changed[40] ?? 0) ^ 1
    expect(decryptMessage(key, changed, 'client-to-server')).toBeNull()
    expect(decryptMessage(key, payload, 'server-to-client')).toBeNull()
    expect(decryptMessage(key, payload.subarray(0, 30), 'client-to-server')).toBeNull()
    expect(
      decryptMessage(key, encryptMessage(key, Buffer.alloc(9), 'server-to-client'), 'server-to-client')?.length,
    ).toBe(32)
  })

  it('opens no RSA block that is not padded as Telegram wants', () => {
    expect(openRsaPad(testPrivateKey, Buffer.alloc(256, 0xff))).toBeNull()
    expect(openRsaPad(testPrivateKey, Buffer.alloc(10))).toBeNull()
  })

  it('has a test key whose fingerprint does not begin with a zero nibble, in either byte order', () => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(testKeyFingerprint)
    expect(Math.min(bytes[0] ?? 0, bytes[7] ?? 0)).toBeGreaterThan(15)
  })
})
