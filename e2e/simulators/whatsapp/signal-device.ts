/** The Signal side of one simulated phone: identity, pre-keys and sessions, all in memory. */
import { ProtocolAddress, SessionBuilder, SessionCipher, SessionRecord } from 'libsignal'
import type { SignalStorage } from 'libsignal'
import { PreKeyWhisperMessage } from 'libsignal/src/protobufs.js'
import { keyPairFrom, sign, signalPublicKey } from './curve.ts'
import type { KeyPair } from './curve.ts'
import type { SeededSource } from './seeded.ts'

export interface PublicPreKey {
  id: number
  /** 32 bytes. */
  key: Buffer
}

export interface SignedPreKey extends PublicPreKey {
  signature: Buffer
}

/** What one needs to start a session with a device; all keys 32 bytes. */
export interface KeyBundle {
  registrationId: number
  identity: Buffer
  signedPreKey: SignedPreKey
  /** Absent when the device has run out of them. */
  preKey?: PublicPreKey
}

type CiphertextType = 'pkmsg' | 'msg'

export interface Ciphertext {
  type: CiphertextType
  bytes: Buffer
}

/** The other end of a session. */
interface Peer {
  user: string
  device: number
}

const SIGNED_PRE_KEY_ID = 1
const MAC_BYTES = 8

/** Pre-key ids on the wire have three bytes. */
const LAST_PRE_KEY_ID = 0xffffff

export class SignalDevice {
  readonly identity: KeyPair
  readonly registrationId: number
  readonly #name: string
  readonly #source: SeededSource
  readonly #signedPreKey: KeyPair
  #knownSignature: Buffer | null = null
  readonly #sessions = new Map<string, string>()
  readonly #spentPreKeys = new Set<number>()
  readonly #storage: SignalStorage
  #givenPreKeys = 0

  constructor(name: string, source: SeededSource) {
    this.#name = name
    this.#source = source
    this.identity = keyPairFrom(source.bytes(`${name}/identity`, 32))
    this.#signedPreKey = keyPairFrom(source.bytes(`${name}/signed-pre-key`, 32))
    this.registrationId = 1 + (source.bytes(`${name}/registration`, 2).readUInt16BE(0) & 0x3fff)
    this.#storage = this.#createStorage()
  }

  /** A bundle with a one-time pre-key that nobody got before. */
  bundle(): KeyBundle {
    const id = this.#givenPreKeys + 1
    if (id > LAST_PRE_KEY_ID) throw new Error('this phone has no pre-key left')
    this.#givenPreKeys = id
    return {
      registrationId: this.registrationId,
      identity: this.identity.publicKey,
      signedPreKey: {
        id: SIGNED_PRE_KEY_ID,
        key: this.#signedPreKey.publicKey,
        signature: this.#signature,
      },
      preKey: { id, key: this.#preKey(id).publicKey },
    }
  }

  /** Signing is slow: only phones that somebody writes to sign, and once. */
  get #signature(): Buffer {
    this.#knownSignature ??= sign(this.identity.privateKey, signalPublicKey(this.#signedPreKey.publicKey))
    return this.#knownSignature
  }

  hasSession(peer: Peer): boolean {
    const stored = this.#sessions.get(this.#address(peer).toString())
    return stored !== undefined && load(stored).haveOpenSession()
  }

  /** Starts a new session with that device; an earlier one stays readable for what is still on its way. */
  async openSession(peer: Peer, bundle: KeyBundle): Promise<void> {
    await new SessionBuilder(this.#storage, this.#address(peer)).initOutgoing({
      registrationId: bundle.registrationId,
      identityKey: signalPublicKey(bundle.identity),
      signedPreKey: {
        keyId: bundle.signedPreKey.id,
        publicKey: signalPublicKey(bundle.signedPreKey.key),
        signature: bundle.signedPreKey.signature,
      },
      // The type of the package demands a one-time pre-key, its code does not.
      ...(bundle.preKey
        ? { preKey: { keyId: bundle.preKey.id, publicKey: signalPublicKey(bundle.preKey.key) } }
        : ({} as { preKey: never })),
    })
  }

  async encrypt(peer: Peer, plaintext: Uint8Array): Promise<Ciphertext> {
    const cipher = new SessionCipher(this.#storage, this.#address(peer))
    const { type, body } = await cipher.encrypt(Buffer.from(plaintext))
    return { type: type === 3 ? 'pkmsg' : 'msg', bytes: Buffer.from(body, 'binary') }
  }

  /** Throws when the ciphertext fits none of the sessions with that device. */
  async decrypt(peer: Peer, ciphertext: Ciphertext): Promise<Buffer> {
    const cipher = new SessionCipher(this.#storage, this.#address(peer))
    return ciphertext.type === 'pkmsg'
      ? cipher.decryptPreKeyWhisperMessage(ciphertext.bytes)
      : cipher.decryptWhisperMessage(ciphertext.bytes)
  }

  /** The device's own name is part of the address: libsignal serialises its work by address, over all devices. */
  #address(peer: Peer): ProtocolAddress {
    return new ProtocolAddress(`${this.#name}>${peer.user}`, peer.device)
  }

  #preKey(id: number): KeyPair {
    return keyPairFrom(this.#source.bytes(`${this.#name}/pre-key/${id}`, 32))
  }

  #createStorage(): SignalStorage {
    const signed = { privKey: this.#signedPreKey.privateKey, pubKey: signalPublicKey(this.#signedPreKey.publicKey) }
    const own = { privKey: this.identity.privateKey, pubKey: signalPublicKey(this.identity.publicKey) }
    return {
      loadSession: (address) => {
        const stored = this.#sessions.get(address)
        return Promise.resolve(stored === undefined ? undefined : load(stored))
      },
      storeSession: (address, record) => {
        this.#sessions.set(address, JSON.stringify(record.serialize()))
        return Promise.resolve()
      },
      isTrustedIdentity: () => true,
      loadPreKey: (id) => {
        const number = Number(id)
        const known = number >= 1 && number <= this.#givenPreKeys && !this.#spentPreKeys.has(number)
        if (!known) return Promise.resolve(undefined)
        const pair = this.#preKey(number)
        return Promise.resolve({ privKey: pair.privateKey, pubKey: signalPublicKey(pair.publicKey) })
      },
      removePreKey: (id) => void this.#spentPreKeys.add(id),
      loadSignedPreKey: () => signed,
      getOurRegistrationId: () => this.registrationId,
      getOurIdentity: () => own,
    }
  }
}

interface SessionEntry {
  indexInfo: { closed: number }
}

const MAX_OLD_SESSIONS = 40

/**
 * libsignal prints whole sessions, private keys included, when it closes or drops one; these records do it silently.
 */
function load(stored: string): SessionRecord {
  const record = SessionRecord.deserialize(JSON.parse(stored) as Uint8Array)
  return Object.assign(record as SessionRecord & { sessions: Record<string, SessionEntry> }, {
    closeSession(session: SessionEntry) {
      session.indexInfo.closed = Date.now()
    },
    removeOldSessions(this: { sessions: Record<string, SessionEntry> }) {
      const old = Object.entries(this.sessions).filter(([, session]) => session.indexInfo.closed !== -1)
      old.sort(([, one], [, other]) => other.indexInfo.closed - one.indexInfo.closed)
      for (const [key] of old.slice(MAX_OLD_SESSIONS)) delete this.sessions[key]
    },
  })
}

/** The same ciphertext with a message authentication code that no longer fits. */
export function corrupted(ciphertext: Ciphertext): Ciphertext {
  if (ciphertext.type === 'msg') return { type: 'msg', bytes: flipLastByte(ciphertext.bytes) }
  const outer = PreKeyWhisperMessage.decode(ciphertext.bytes.subarray(1))
  outer.message = flipLastByte(Buffer.from(outer.message))
  const body = PreKeyWhisperMessage.encode(outer).finish()
  return { type: 'pkmsg', bytes: Buffer.concat([ciphertext.bytes.subarray(0, 1), body]) }
}

/** Bytes that no longer fit the signature or code at their end. */
export function flipLastByte(bytes: Buffer): Buffer {
  if (bytes.length < MAC_BYTES) throw new Error('too short to carry a code')
  const changed = Buffer.from(bytes)
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 0xff
  return changed
}

/** The identity key (32 bytes) that a pre-key message claims; undefined when it is none. */
export function claimedIdentity(ciphertext: Ciphertext): Buffer | undefined {
  if (ciphertext.type !== 'pkmsg') return undefined
  try {
    const key = Buffer.from(PreKeyWhisperMessage.decode(ciphertext.bytes.subarray(1)).identityKey)
    return key.length === 33 ? key.subarray(1) : undefined
  } catch {
    return undefined
  }
}
