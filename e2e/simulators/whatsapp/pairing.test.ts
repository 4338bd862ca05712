import { createHmac } from 'node:crypto'
import { configureSuccessfulPairing, Curve, initAuthCreds, proto } from '@whiskeysockets/baileys'
import { beforeAll, describe, expect, test } from 'vitest'
import { trustOnly } from './baileys-client.ts'
import { bytesOf, child, element } from './binary-node.ts'
import { keyPairFrom } from './curve.ts'
import { offerLink, proveDevice, readQr, readRegistration, withAccountKey } from './pairing.ts'
import { SeededSource } from './seeded.ts'

const source = new SeededSource(11)
const phone = keyPairFrom(source.bytes('phone', 32))

beforeAll(() => trustOnly('00'.repeat(32)))

function scene() {
  const creds = initAuthCreds()
  const companionIdentity = Buffer.from(creds.signedIdentityKey.public)
  const advSecret = Buffer.from(creds.advSecretKey, 'base64')
  const link = offerLink({ phone, companionIdentity, advSecret, rawId: 1, keyIndex: 3, timestamp: 1_700_000_000 })
  return { creds, companionIdentity, advSecret, link }
}

function pairSuccess(sealed: Uint8Array) {
  return element('iq', { id: '1' }, [
    element('pair-success', {}, [
      element('device-identity', {}, sealed),
      element('device', { jid: '491:3@s.whatsapp.net', lid: '77:3@lid' }),
    ]),
  ])
}

describe('linking', () => {
  test('a verifying client accepts the offer, and its proof holds', () => {
    const { creds, companionIdentity, link } = scene()
    const { reply } = configureSuccessfulPairing(pairSuccess(link.sealed), creds)
    const sign = child(reply as Parameters<typeof child>[0], 'pair-device-sign')
    const proof = bytesOf(child(sign, 'device-identity')) ?? Buffer.alloc(0)
    expect(child(sign, 'device-identity')?.attrs['key-index']).toBe('3')
    expect(proveDevice(proof, phone.publicKey, companionIdentity)).toEqual(link.details)
    const full = withAccountKey(proof, phone.publicKey)
    expect(proveDevice(full, phone.publicKey, companionIdentity)).toEqual(link.details)
  })

  test('a proof for another phone, another device or with a changed signature does not hold', () => {
    const { creds, companionIdentity, link } = scene()
    const { reply } = configureSuccessfulPairing(pairSuccess(link.sealed), creds)
    const sign = child(reply as Parameters<typeof child>[0], 'pair-device-sign')
    const proof = bytesOf(child(sign, 'device-identity')) ?? Buffer.alloc(0)
    const other = keyPairFrom(source.bytes('other', 32)).publicKey
    expect(proveDevice(proof, other, companionIdentity)).toBeNull()
    expect(proveDevice(proof, phone.publicKey, other)).toBeNull()
    const changed = proto.ADVSignedDeviceIdentity.decode(proof)
    changed.deviceSignature = Buffer.alloc(64, 1)
    const encoded = proto.ADVSignedDeviceIdentity.encode(changed).finish()
    expect(proveDevice(encoded, phone.publicKey, companionIdentity)).toBeNull()
    expect(proveDevice(Buffer.from([255, 255]), phone.publicKey, companionIdentity)).toBeNull()
  })

  test('a verifying client refuses an offer with a forged account signature', () => {
    const { creds, advSecret, link } = scene()
    const sealed = proto.ADVSignedDeviceIdentityHMAC.decode(link.sealed)
    const identity = proto.ADVSignedDeviceIdentity.decode(sealed.details ?? Buffer.alloc(0))
    identity.accountSignature = Buffer.alloc(64)
    const details = proto.ADVSignedDeviceIdentity.encode(identity).finish()
    const hmac = createHmac('sha256', advSecret).update(details).digest()
    const forged = proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac }).finish()
    expect(() => configureSuccessfulPairing(pairSuccess(forged), creds)).toThrow(/account signature/)
  })

  test('a QR and a registration with parts missing are not read', () => {
    const key = Buffer.alloc(32, 5).toString('base64')
    expect(readQr(`https://wa.me/settings/linked_devices#2@ref,${key},${key},${key},1`)?.ref).toBe('2@ref')
    expect(readQr(`2@ref,${key},${key},${key}`)?.ref).toBe('2@ref')
    expect(readQr(`2@ref,${key},${key}`)).toBeNull()
    expect(readQr(`2@ref,${key},${key},c2hvcnQ=`)).toBeNull()
    const { signedIdentityKey, signedPreKey } = initAuthCreds()
    const data = {
      eRegid: Buffer.alloc(4, 1),
      eIdent: signedIdentityKey.public,
      eSkeyId: Buffer.from([0, 0, 1]),
      eSkeyVal: signedPreKey.keyPair.public,
      eSkeySig: signedPreKey.signature,
    }
    expect(readRegistration(data)?.signedPreKey.id).toBe(1)
    expect(readRegistration({ ...data, eIdent: Curve.generateKeyPair().public })).toBeNull()
    expect(readRegistration({ ...data, eRegid: Buffer.alloc(3) })).toBeNull()
  })
})
