import * as baileys from '@whiskeysockets/baileys'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { ForgedPreKey, hardenCurve, requireSignedPreKey } from './harden.ts'
import { silenceSessionPrinting } from './session-printing.ts'

const { Curve, generateSignalPubKey, signedKeyPair } = baileys

test('upstream still accepts every signature; when this fails the repair can go', () => {
  const { public: key } = Curve.generateKeyPair()
  expect(Curve.verify(key, Buffer.from('text'), Buffer.alloc(64))).toBe(true)
})

test('the repaired curve tells a true signature from a forged, foreign or malformed one', async () => {
  await hardenCurve(baileys)
  const pair = Curve.generateKeyPair()
  const text = Buffer.from('text')
  const signature = Curve.sign(pair.private, text)
  expect(Curve.verify(pair.public, text, signature)).toBe(true)
  expect(Curve.verify(pair.public, Buffer.from('next'), signature)).toBe(false)
  expect(Curve.verify(Curve.generateKeyPair().public, text, signature)).toBe(false)
  expect(Curve.verify(pair.public, text, Buffer.alloc(64))).toBe(false)
  expect(Curve.verify(pair.public, text, Buffer.alloc(3))).toBe(false)
  expect(Curve.verify(new Uint8Array(1), text, signature)).toBe(false)
})

test('a key bundle whose signed pre-key is not signed by its identity is refused', async () => {
  await hardenCurve(baileys)
  const identity = Curve.generateKeyPair()
  const { keyPair, signature, keyId } = signedKeyPair(identity, 1)
  const bundle = (signer: Uint8Array) => ({
    identityKey: generateSignalPubKey(signer),
    signedPreKey: { keyId, publicKey: generateSignalPubKey(keyPair.public), signature },
  })
  expect(() => requireSignedPreKey(Curve, bundle(identity.public))).not.toThrow()
  expect(() => requireSignedPreKey(Curve, bundle(Curve.generateKeyPair().public))).toThrow(ForgedPreKey)
})

test('sessions are not printed, everything else is', () => {
  const printed: unknown[][] = []
  const print = (...values: unknown[]) => void printed.push(values)
  const target = { log: print, info: print, warn: print, error: print, debug: print }
  silenceSessionPrinting(target)
  silenceSessionPrinting(target)
  const load = createRequire(import.meta.url)
  const SessionRecord = load('libsignal/src/session_record.js') as { createEntry(): object }
  target.info('Closing session:', SessionRecord.createEntry())
  target.warn('something else', SessionRecord.createEntry())
  target.warn('Closing open session in favor of incoming prekey bundle')
  target.error('Session error:Error: Bad MAC', 'stack')
  target.info('Closing time', 7)
  target.error('a real error')
  expect(printed).toEqual([['Closing time', 7], ['a real error']])
})
