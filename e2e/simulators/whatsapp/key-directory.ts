/** The server's key directory: pre-keys that devices upload, bundles that they fetch from each other. */
import { createHash } from 'node:crypto'
import { bigEndian, bytesOf, child, childrenOf, element, requiredBytes, SERVER, StanzaError } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Login } from './connection.ts'
import { SIGNAL_KEY_TYPE, signalPublicKey, verify } from './curve.ts'
import { parseJid } from './jid.ts'
import type { KeyBundle, PublicPreKey, SignedPreKey } from './signal-device.ts'
import type { Companion } from './people.ts'
import type { World } from './world.ts'

/** Devices are told to upload more when fewer than this are left. */
const LOW_PRE_KEYS = 5
const MAX_PRE_KEYS = 5000

function readPreKey(node: BinaryNode): PublicPreKey {
  return { id: requiredBytes(node, 'id', 3).readUIntBE(0, 3), key: requiredBytes(node, 'value', 32) }
}

function readSignedPreKey(node: BinaryNode | undefined, identity: Buffer): SignedPreKey {
  if (!node) throw new StanzaError('<skey> is missing')
  const key = { ...readPreKey(node), signature: requiredBytes(node, 'signature', 64) }
  if (!verify(identity, signalPublicKey(key.key), key.signature)) throw new StanzaError('<skey> is not signed')
  return key
}

/** The bundle that a device encloses when it asks for a message again; undefined when there is none. */
export function readEnclosedBundle(receipt: BinaryNode, companion: Companion): KeyBundle | undefined {
  const keys = child(receipt, 'keys')
  if (!keys) return undefined
  const identity = requiredBytes(keys, 'identity', 32)
  if (!identity.equals(companion.identity)) throw new StanzaError('<keys> with another identity')
  const preKey = child(keys, 'key')
  return {
    registrationId: requiredBytes(receipt, 'registration', 4).readUInt32BE(0),
    identity,
    signedPreKey: readSignedPreKey(child(keys, 'skey'), identity),
    ...(preKey ? { preKey: readPreKey(preKey) } : {}),
  }
}

/** Takes one pre-key of a companion out of the directory and warns the companion when they run low. */
export function takeBundle(world: World, companion: Companion): KeyBundle {
  const preKey = companion.preKeys.shift()
  if (preKey && companion.preKeys.length === LOW_PRE_KEYS - 1) warnLow(world, companion)
  return {
    registrationId: companion.registrationId,
    identity: companion.identity,
    signedPreKey: companion.signedPreKey,
    ...(preKey ? { preKey } : {}),
  }
}

function warnLow(world: World, companion: Companion): void {
  const attrs = { id: world.messageId('other'), from: SERVER, type: 'encrypt', t: String(world.seconds()) }
  const count = element('count', { value: String(companion.preKeys.length) })
  companion.queue.add('notification', element('notification', attrs, [count]))
}

function keyNode(tag: string, key: PublicPreKey, signature?: Buffer): BinaryNode {
  return element(tag, {}, [
    element('id', {}, bigEndian(key.id, 3)),
    element('value', {}, key.key),
    ...(signature ? [element('signature', {}, signature)] : []),
  ])
}

export function bundleNodes(bundle: KeyBundle): BinaryNode[] {
  return [
    element('registration', {}, bigEndian(bundle.registrationId, 4)),
    element('type', {}, Buffer.from([SIGNAL_KEY_TYPE])),
    element('identity', {}, bundle.identity),
    keyNode('skey', bundle.signedPreKey, bundle.signedPreKey.signature),
    ...(bundle.preKey ? [keyNode('key', bundle.preKey)] : []),
  ]
}

/** Answers `encrypt/get`; undefined when the question is not known. */
export function readKeys(world: World, { companion }: Login, query: BinaryNode): BinaryNode[] | undefined {
  if (query.tag === 'count') return [element('count', { value: String(companion.preKeys.length) })]
  if (query.tag === 'digest') return [digest(companion)]
  if (query.tag === 'key') {
    return [
      element(
        'list',
        {},
        childrenOf(query).map((user) => userBundle(world, user)),
      ),
    ]
  }
  return undefined
}

function digest(companion: Companion): BinaryNode {
  const ids = companion.preKeys.map(({ id }) => bigEndian(id, 3))
  const hash = createHash('sha1').update(companion.identity).update(companion.signedPreKey.key)
  for (const { key } of companion.preKeys) hash.update(key)
  return element('digest', {}, [
    element('registration', {}, bigEndian(companion.registrationId, 4)),
    element('type', {}, Buffer.from([SIGNAL_KEY_TYPE])),
    element('identity', {}, companion.identity),
    keyNode('skey', companion.signedPreKey, companion.signedPreKey.signature),
    element(
      'list',
      {},
      ids.map((id) => element('id', {}, id)),
    ),
    element('hash', {}, hash.digest()),
  ])
}

function userBundle(world: World, user: BinaryNode): BinaryNode {
  const text = user.attrs.jid ?? ''
  const jid = parseJid(text)
  const person = world.find(jid)
  if (person && jid?.device === 0) return element('user', { jid: text }, bundleNodes(person.signal.bundle()))
  const companion = person?.kind === 'account' && jid ? person.companions.get(jid.device) : undefined
  if (!companion) {
    return element('user', { jid: text }, [element('error', { code: '404', text: 'item-not-found' })])
  }
  const proof = element('device-identity', {}, companion.proof)
  return element('user', { jid: text }, [...bundleNodes(takeBundle(world, companion)), proof])
}

/** Handles `encrypt/set`: an upload of pre-keys or a new signed pre-key; false when it is neither. */
export function storeKeys({ companion }: Login, iq: BinaryNode): boolean {
  const rotate = child(iq, 'rotate')
  if (rotate) {
    companion.signedPreKey = readSignedPreKey(child(rotate, 'skey'), companion.identity)
    return true
  }
  const list = child(iq, 'list')
  if (!list) return false
  if (!bytesOf(child(iq, 'identity'))?.equals(companion.identity)) throw new StanzaError('upload for another identity')
  companion.signedPreKey = readSignedPreKey(child(iq, 'skey'), companion.identity)
  const known = new Set(companion.preKeys.map(({ id }) => id))
  const added = childrenOf(list)
    .map(readPreKey)
    .filter(({ id }) => !known.has(id))
  if (companion.preKeys.length + added.length > MAX_PRE_KEYS) throw new StanzaError('too many pre-keys')
  companion.preKeys.push(...added)
  return true
}
