import { describe, expect, test } from 'vitest'
import { element, StanzaError } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import { keyPairFrom, sign, signalPublicKey } from './curve.ts'
import { bundleNodes, storeKeys, takeBundle } from './key-directory.ts'
import { SeededSource } from './seeded.ts'
import { Companion } from './people.ts'
import { World } from './world.ts'

const source = new SeededSource(3)
const identity = keyPairFrom(source.bytes('identity', 32))
const signed = keyPairFrom(source.bytes('signed', 32))
const signature = sign(identity.privateKey, signalPublicKey(signed.publicKey))
const signedPreKey = { id: 1, key: signed.publicKey, signature }

function companionWith(preKeys: number) {
  const world = new World({ now: () => 0 }, source)
  const account = world.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  const registration = { name: 'test', registrationId: 5, identity: identity.publicKey, signedPreKey }
  const companion = new Companion(1, Buffer.alloc(32), registration, Buffer.alloc(0), account.faults)
  for (let id = 1; id <= preKeys; id += 1) companion.preKeys.push({ id, key: source.next('pre-key', 32) })
  return { world, account, companion }
}

describe('the key directory', () => {
  test('gives each one-time pre-key once and then bundles without one', () => {
    const { world, companion } = companionWith(2)
    const ids = [1, 2, 3].map(() => takeBundle(world, companion).preKey?.id)
    expect(ids).toEqual([1, 2, undefined])
  })

  test('tells the device once when its pre-keys run low', () => {
    const { world, companion } = companionWith(6)
    const pushed: BinaryNode[] = []
    companion.queue.attach((_, node) => pushed.push(node))
    takeBundle(world, companion)
    expect(pushed).toEqual([])
    takeBundle(world, companion)
    takeBundle(world, companion)
    expect(pushed.map(({ tag, content }) => [tag, content])).toEqual([
      ['notification', [element('count', { value: '4' })]],
    ])
  })

  test('takes an upload and refuses one that the identity did not sign', () => {
    const { account, companion } = companionWith(0)
    const login = { account, companion }
    const preKey = { id: 9, key: source.bytes('nine', 32) }
    const nodes = bundleNodes({ registrationId: 5, identity: identity.publicKey, signedPreKey, preKey })
    const list = element(
      'list',
      {},
      nodes.filter(({ tag }) => tag === 'key'),
    )
    const upload = element('iq', {}, [list, ...nodes.filter(({ tag }) => tag !== 'key')])
    expect(storeKeys(login, upload)).toBe(true)
    expect(companion.preKeys).toEqual([preKey])
    const bad = { ...signedPreKey, signature: Buffer.alloc(64, 1) }
    const refused = bundleNodes({ registrationId: 5, identity: identity.publicKey, signedPreKey: bad })
    expect(() => storeKeys(login, element('iq', {}, [list, ...refused]))).toThrow(StanzaError)
  })
})
