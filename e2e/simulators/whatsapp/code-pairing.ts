/** Linking by a code of eight characters that the new device shows and the phone's owner types. */
import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto'
import { SimulatorError } from '../provider.ts'
import { bytesOf, child, element, SERVER, StanzaError } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection } from './connection.ts'
import { agree, keyPairFrom, type KeyPair } from './curve.ts'
import type { Linking } from './linking.ts'
import type { Account, World } from './world.ts'

const ITERATIONS = 131_072
const WRAPPED_BYTES = 80
const REFERENCE_BYTES = 16
const PATIENCE_MS = 20_000
const ARRIVAL_MS = 3_000

interface Offer {
  connection: Connection
  wrappedKey: Buffer
  ref: Buffer
  /** The device has sent its half of the bundle. */
  finished: ((bundle: Buffer, identity: Buffer) => void) | null
}

function codeKey(code: string, salt: Buffer): Buffer {
  return pbkdf2Sync(code, salt, ITERATIONS, 32, 'sha256')
}

/** salt(32) | iv(16) | AES-256-CTR of the ephemeral public key. */
function wrap(code: string, key: Buffer): Buffer {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const cipher = createCipheriv('aes-256-ctr', codeKey(code, salt), iv)
  return Buffer.concat([salt, iv, cipher.update(key), cipher.final()])
}

function unwrap(code: string, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-ctr', codeKey(code, wrapped.subarray(0, 32)), wrapped.subarray(32, 48))
  return Buffer.concat([decipher.update(wrapped.subarray(48)), decipher.final()])
}

export class CodePairing {
  readonly #world: World
  readonly #linking: Linking
  /** By the phone number that the device has named. */
  readonly #offers = new Map<string, Offer>()
  readonly #awaited = new Map<string, (offer: Offer) => void>()

  constructor(world: World, linking: Linking) {
    this.#world = world
    this.#linking = linking
  }

  forget(connection: Connection): void {
    for (const [phone, offer] of this.#offers) if (offer.connection === connection) this.#offers.delete(phone)
  }

  /** A query of a device that is not linked yet. Throws StanzaError when it is none of linking. */
  async handle(connection: Connection, iq: BinaryNode): Promise<void> {
    const request = child(iq, 'link_code_companion_reg')
    if (!request) throw new StanzaError('a query before the login')
    const phone = /^(\d{6,15})@/.exec(request.attrs.jid ?? '')?.[1] ?? ''
    const answer = (content: BinaryNode[]): void =>
      connection.send(element('iq', { from: SERVER, id: iq.attrs.id ?? '', type: 'result' }, content))
    if (request.attrs.stage === 'companion_hello') {
      const wrappedKey = bytesOf(child(request, 'link_code_pairing_wrapped_companion_ephemeral_pub'))
      if (wrappedKey?.length !== WRAPPED_BYTES) throw new StanzaError('no wrapped key')
      const ref = this.#world.source.next('link-code', REFERENCE_BYTES)
      const offer: Offer = { connection, wrappedKey, ref, finished: null }
      this.#offers.set(phone, offer)
      this.#awaited.get(phone)?.(offer)
      answer([element('link_code_companion_reg', {}, [element('link_code_pairing_ref', {}, ref)])])
      return
    }
    const offer = this.#offers.get(phone)
    const bundle = bytesOf(child(request, 'link_code_pairing_wrapped_key_bundle'))
    const identity = bytesOf(child(request, 'companion_identity_public'))
    if (!offer?.finished || !bundle || !identity) throw new StanzaError('nothing to finish')
    answer([])
    offer.finished(bundle, identity)
    await Promise.resolve()
  }

  /** A device may have shown its code before its question has arrived here. */
  async #offerOf(phone: string): Promise<Offer> {
    const known = this.#offers.get(phone)
    if (known) return known
    const offer = await new Promise<Offer | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), ARRIVAL_MS)
      this.#awaited.set(phone, (arrived) => {
        clearTimeout(timer)
        resolve(arrived)
      })
    })
    this.#awaited.delete(phone)
    if (!offer) throw new SimulatorError('bad_request', 'no device waits for a code of this number')
    return offer
  }

  /** The owner types the code. Throws SimulatorError when it is wrong or nobody waits for it. */
  async enter(account: Account, text: string): Promise<void> {
    const code = text.replace(/[\s-]/g, '').toUpperCase()
    const offer = await this.#offerOf(account.phone)
    const ephemeral = keyPairFrom(randomBytes(32))
    const theirs = unwrap(code, offer.wrappedKey)
    const finished = new Promise<{ bundle: Buffer; identity: Buffer }>((resolve, reject) => {
      const timer = setTimeout(() => reject(new SimulatorError('bad_request', 'the code is wrong')), PATIENCE_MS)
      offer.finished = (bundle, identity) => {
        clearTimeout(timer)
        resolve({ bundle, identity })
      }
    })
    const id = this.#world.messageId('other')
    offer.connection.send(
      element('notification', { from: SERVER, type: 'link_code_companion_reg', id, t: String(this.#world.seconds()) }, [
        element('link_code_companion_reg', { stage: 'primary_hello' }, [
          element('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrap(code, ephemeral.publicKey)),
          element('primary_identity_pub', {}, account.signal.identity.publicKey),
          element('link_code_pairing_ref', {}, offer.ref),
        ]),
      ]),
    )
    const { bundle, identity } = await finished
    const advSecret = openBundle(account, ephemeral, theirs, bundle, identity)
    this.#offers.delete(account.phone)
    await this.#linking.link(account, offer.connection, advSecret)
  }
}

/** The secret that both sides now share. A wrong code has led to other keys: the bundle does not open. */
function openBundle(account: Account, ephemeral: KeyPair, theirs: Buffer, bundle: Buffer, identity: Buffer): Buffer {
  try {
    const shared = agree(ephemeral.privateKey, theirs)
    const info = 'link_code_pairing_key_bundle_encryption_key'
    const key = Buffer.from(hkdfSync('sha256', shared, bundle.subarray(0, 32), info, 32))
    const decipher = createDecipheriv('aes-256-gcm', key, bundle.subarray(32, 44))
    decipher.setAuthTag(bundle.subarray(bundle.length - 16))
    const plain = Buffer.concat([decipher.update(bundle.subarray(44, bundle.length - 16)), decipher.final()])
    if (!plain.subarray(0, 32).equals(identity)) throw new Error('another identity')
    const identities = agree(account.signal.identity.privateKey, identity)
    const secret = Buffer.concat([shared, identities, plain.subarray(64, 96)])
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'adv_secret', 32))
  } catch {
    throw new SimulatorError('bad_request', 'the code is wrong')
  }
}
