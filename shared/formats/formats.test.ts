import { expect, test } from 'vitest'
import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { decodeEnrolmentCode, encodeEnrolmentCode } from './enrolment-code.ts'
import { generateRawKeyPair, privateKeyObject } from './keys.ts'
import { stretchPin } from './pin.ts'
import { openSealed, seal } from './seal.ts'
import { certificateLabel, openDocument, openTrust, rootFingerprint, signDocument, type KeyPurpose } from './trust.ts'
import { frame, hmacSha256, randomId, sha256, unframe } from './bytes.ts'
import { createHash, createHmac, randomBytes } from 'node:crypto'

test('frames come back as they went in, and cut or lying lengths are refused', () => {
  const parts = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('xyz')]
  expect(unframe(frame(parts))).toEqual(parts)
  expect(() => unframe(frame(parts).subarray(0, -1))).toThrow(expect.objectContaining({ code: 'format_truncated' }))
  expect(() => unframe(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))).toThrow(
    expect.objectContaining({ code: 'format_truncated' }),
  )
})

test('a sealed blob opens for its recipient, label and binding only', () => {
  const pair = generateRawKeyPair('x25519')
  const key = { publicKey: pair.publicKey, privateKey: privateKeyObject('x25519', pair.privateKey) }
  const blob = seal(Buffer.from('secret'), pair.publicKey, 'batch', Buffer.from('bound'))
  expect(openSealed(blob, key, 'batch', Buffer.from('bound')).toString()).toBe('secret')
  expect(() => openSealed(blob, key, 'share', Buffer.from('bound'))).toThrow(
    expect.objectContaining({ code: 'seal_refused' }),
  )
  expect(() => openSealed(blob, key, 'batch', Buffer.from('other'))).toThrow(
    expect.objectContaining({ code: 'seal_refused' }),
  )
  const other = generateRawKeyPair('x25519')
  const otherKey = { publicKey: other.publicKey, privateKey: privateKeyObject('x25519', other.privateKey) }
  expect(() => openSealed(blob, otherKey, 'batch')).toThrow(expect.objectContaining({ code: 'seal_other_key' }))
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob)
    changed[at]! ^= 1
    expect(() => openSealed(changed, key, 'batch', Buffer.from('bound'))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^seal_/) }),
    )
  }
})

test('an enrolment code survives white space, and a changed one is refused', () => {
  const code = {
    gateway: 'https://vault.example:8443',
    root: 'a'.repeat(64),
    ca: 'b'.repeat(64),
    secret: 'c'.repeat(22),
  }
  const text = encodeEnrolmentCode(code)
  expect(decodeEnrolmentCode(`  ${text}\n`)).toEqual(code)
  for (const bad of [
    '',
    'SD1-',
    text.slice(0, -1),
    text.replace('SD1', 'SD2'),
    `${text}x`,
    text.replace(/.(?=.{30}$)/, '_'),
  ]) {
    expect(() => decodeEnrolmentCode(bad), bad).toThrow(expect.objectContaining({ code: 'enrolment_code_malformed' }))
  }
})

test('trust holds only for the root of the code, and for certified keys', () => {
  const root = generateRawKeyPair('ed25519')
  const rootKey = { publicKey: root.publicKey, privateKey: privateKeyObject('ed25519', root.privateKey) }
  const certify = (purpose: KeyPurpose, number: number, publicKey: Buffer) =>
    signDocument(
      certificateLabel,
      { purpose, publicKey: publicKey.toString('base64url'), number, issuedAt: 1 },
      rootKey,
    )
  const [first, second] = [generateRawKeyPair('ed25519'), generateRawKeyPair('ed25519')]
  const trust = {
    root: root.publicKey.toString('base64url'),
    certificates: [certify('policy', 1, first.publicKey), certify('policy', 2, second.publicKey)],
    tlsCa: null,
  }
  const opened = openTrust(trust, rootFingerprint(root.publicKey))
  expect(opened.current('policy')).toEqual(second.publicKey)
  expect(opened.all('policy')).toHaveLength(2)
  expect(() => opened.current('seal')).toThrow(expect.objectContaining({ code: 'trust_incomplete' }))
  expect(() => openTrust(trust, '0'.repeat(64))).toThrow(expect.objectContaining({ code: 'trust_other_root' }))
  const forged = { ...trust.certificates[0]!, body: Buffer.from('{}').toString('base64url') }
  expect(() => openTrust({ ...trust, certificates: [forged] }, rootFingerprint(root.publicKey))).toThrow(
    expect.objectContaining({ code: 'document_forged' }),
  )
})

test('a document signed under one label is no document of another kind', () => {
  const pair = generateRawKeyPair('ed25519')
  const document = signDocument(
    'sealdesk/policy/1',
    { n: 1 },
    { publicKey: pair.publicKey, privateKey: privateKeyObject('ed25519', pair.privateKey) },
  )
  const schema = z.strictObject({ n: z.int() })
  expect(openDocument('sealdesk/policy/1', document, pair.publicKey, schema)).toEqual({ n: 1 })
  expect(() => openDocument('sealdesk/lease/1', document, pair.publicKey, schema)).toThrow(
    expect.objectContaining({ code: 'document_forged' }),
  )
})

test('a PIN gives the same wrap and proof for one salt, others for another, and neither tells the other', async () => {
  const salt = Buffer.alloc(16, 1)
  const [a, b, c] = await Promise.all([
    stretchPin('2468', salt),
    stretchPin('2468', salt),
    stretchPin('2468', Buffer.alloc(16, 2)),
  ])
  expect(a).toEqual(b)
  expect(a.wrap.equals(c.wrap)).toBe(false)
  expect(a.wrap.equals(a.proof)).toBe(false)
  await expect(stretchPin('12', salt)).rejects.toMatchObject({ code: 'pin_malformed' })
})

test('canonical JSON follows RFC 8785: sorted members, shortest numbers, no white space', () => {
  expect(canonicalJson({ b: 1, a: [true, null, 'é\n'], '\u20ac': 4.5e-7, '10': 1e21 })).toBe(
    '{"10":1e+21,"a":[true,null,"é\\n"],"b":1,"€":4.5e-7}',
  )
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError)
  expect(() => canonicalJson('\ud800')).toThrow(TypeError)
})

test('the commitment is HMAC-SHA256 as Node and RFC 4231 have it, for every key length that is used', () => {
  for (let length = 0; length <= 64; length++) {
    const [key, data] = [randomBytes(length), randomBytes(length * 7)]
    expect(hmacSha256(key, data)).toEqual(createHmac('sha256', key).update(data).digest())
  }
  const rfc4231 = hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'))
  expect(rfc4231.toString('hex')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  const parts = [randomBytes(3), randomBytes(90)]
  expect(sha256(...parts)).toEqual(createHash('sha256').update(Buffer.concat(parts)).digest())
})

test('random ids differ, are 128 bits wide and never look like an option', () => {
  const ids = Array.from({ length: 5000 }, randomId)
  expect(new Set(ids).size).toBe(5000)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
})
