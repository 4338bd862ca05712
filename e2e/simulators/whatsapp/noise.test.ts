import { Curve, makeNoiseHandler, proto } from '@whiskeysockets/baileys'
import { beforeAll, describe, expect, test } from 'vitest'
import { trustOnly } from './baileys-client.ts'
import { certificateChain } from './certificate.ts'
import { agree, keyPairFrom, sign, verify } from './curve.ts'
import { encodeNode } from './encoder.ts'
import { frame, FrameReader, NOISE_HEADER } from './frame-reader.ts'
import { NoiseResponder } from './noise.ts'
import { SeededSource } from './seeded.ts'

const source = new SeededSource(42)
const root = keyPairFrom(source.bytes('root', 32))
const intermediate = keyPairFrom(source.bytes('intermediate', 32))
const noise = keyPairFrom(source.bytes('noise', 32))
const silent = { level: 'silent', child: () => silent, trace() {}, debug() {}, info() {}, warn() {}, error() {} }

beforeAll(() => trustOnly(root.publicKey.toString('hex')))

/** The library's side of a handshake against ours. */
function handshake(chain: Uint8Array) {
  const ephemeral = Curve.generateKeyPair()
  const clientKey = Curve.generateKeyPair()
  const client = makeNoiseHandler({ keyPair: ephemeral, NOISE_HEADER, logger: silent })
  const ephemeralKey = keyPairFrom(source.next('ephemeral', 32))
  const server = new NoiseResponder({ header: NOISE_HEADER, staticKey: noise, ephemeralKey })
  const serverHello = server.answer(ephemeral.public, chain)
  const hello = proto.HandshakeMessage.fromObject({ serverHello })
  const sealedStatic = client.processHandshake(hello, clientKey)
  const sealedPayload = client.encrypt(Buffer.from('client payload'))
  return { client, server, clientKey, sealedStatic, sealedPayload }
}

describe('noise', () => {
  test('a handshake with the library gives both sides the same keys', async () => {
    const { client, server, clientKey, sealedStatic, sealedPayload } = handshake(
      certificateChain(root, intermediate, noise.publicKey),
    )
    const { clientStatic, payload, cipher } = server.finish(sealedStatic, sealedPayload)
    expect(clientStatic.equals(clientKey.public)).toBe(true)
    expect(payload.toString()).toBe('client payload')
    await client.finishInit()
    const reader = new FrameReader()
    for (const text of ['one', 'two', 'three']) {
      const [body] = reader.push(client.encodeFrame(Buffer.from(text)))
      expect(cipher.open(body ?? Buffer.alloc(0)).toString()).toBe(text)
    }
    const tags: string[] = []
    for (const tag of ['success', 'ib', 'message']) {
      await client.decodeFrame(frame(cipher.seal(encodeNode({ tag, attrs: {} }))), (node) => {
        if (!(node instanceof Uint8Array)) tags.push(node.tag)
      })
    }
    expect(tags).toEqual(['success', 'ib', 'message'])
  })

  test('a chain that another root signed is refused by a verifying client', () => {
    const stranger = keyPairFrom(source.bytes('stranger', 32))
    expect(() => handshake(certificateChain(stranger, intermediate, noise.publicKey))).toThrow(/signature invalid/)
  })

  test('the leaf names the static key of the handshake', () => {
    const chain = proto.CertChain.decode(certificateChain(root, intermediate, noise.publicKey))
    const leaf = proto.CertChain.NoiseCertificate.Details.decode(chain.leaf?.details ?? Buffer.alloc(0))
    expect(noise.publicKey.equals(leaf.key ?? Buffer.alloc(0))).toBe(true)
  })

  test('a changed, short or repeated part is refused', () => {
    const { server, sealedStatic, sealedPayload } = handshake(certificateChain(root, intermediate, noise.publicKey))
    const changed = Buffer.from(sealedPayload)
    changed[0] = (changed[0] ?? 0) ^ 1
    expect(() => server.finish(sealedStatic, changed)).toThrow()
    expect(() => server.finish(Buffer.alloc(3), sealedPayload)).toThrow()
  })

  test('the frame cipher refuses a frame twice', async () => {
    const { client, server, sealedStatic, sealedPayload } = handshake(
      certificateChain(root, intermediate, noise.publicKey),
    )
    const { cipher } = server.finish(sealedStatic, sealedPayload)
    await client.finishInit()
    const [body = Buffer.alloc(0)] = new FrameReader().push(client.encodeFrame(Buffer.from('once')))
    cipher.open(body)
    expect(() => cipher.open(body)).toThrow()
  })
})

describe('frames', () => {
  test('are cut out of any chunking, with and without routing information', () => {
    const routing = Buffer.concat([Buffer.from('ED'), Buffer.from([0, 1, 0, 0, 4]), Buffer.from('abcd')])
    for (const intro of [Buffer.alloc(0), routing]) {
      const stream = Buffer.concat([intro, NOISE_HEADER, frame(Buffer.from('hello')), frame(Buffer.alloc(70_000, 1))])
      const reader = new FrameReader()
      const frames: Buffer[] = []
      for (let at = 0; at < stream.length;) {
        const size = at < 40 ? 1 : 9000
        frames.push(...reader.push(stream.subarray(at, at + size)))
        at += size
      }
      expect(frames.map(({ length }) => length)).toEqual([5, 70_000])
      expect(frames[0]?.toString()).toBe('hello')
    }
  })

  test('another intro and endless routing information are refused', () => {
    expect(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1'))).toThrow()
    expect(() => new FrameReader().push(Buffer.from([0x45, 0x44, 0, 1, 0xff, 0, 0]))).toThrow()
  })
})

describe('curve', () => {
  test('agreement and signatures fit the library', () => {
    const theirs = Curve.generateKeyPair()
    expect(agree(root.privateKey, theirs.public).equals(Curve.sharedKey(theirs.private, root.publicKey))).toBe(true)
    const message = Buffer.from('message')
    expect(verify(theirs.public, message, Curve.sign(theirs.private, message))).toBe(true)
    expect(Curve.verify(root.publicKey, message, sign(root.privateKey, message))).toBe(true)
    expect(verify(theirs.public, Buffer.from('other'), Curve.sign(theirs.private, message))).toBe(false)
    expect(verify(theirs.public, message, Buffer.alloc(64))).toBe(false)
  })
})
