/** The server's half of MTProto's key exchange: proof of work, RSA_PAD, Diffie-Hellman; one object per connection. */
import { createDiffieHellman, randomBytes } from 'node:crypto'
import { decryptIge, encryptIge, openRsaPad, sha1, temporaryKeys } from './crypto.ts'
import { testKeyFingerprint, testPrivateKey } from './test-key.ts'
import { encodeTl, TlError, TlReader, type TlObject } from './tl-codec.ts'
import { bytesOf, intOf, longOf } from './tl-fields.ts'

/** Telegram's published 2048-bit safe prime with generator 3; clients accept no other. */
export const DH_PRIME = Buffer.from(
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925' +
    '139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc' +
    '49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d' +
    '5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850c' +
    'e929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b',
  'hex',
)
export const DH_GENERATOR = 3
const KEY_BYTES = 256

/** The proof of work that the client has to factor. */
const PQ = { pq: '17ed48941a08f981', p: '494c553b', q: '53911073' }

/** Making the parameters includes a primality test (0.3 s), so one key pair serves all handshakes of a process. */
let sharedDh: ReturnType<typeof createDiffieHellman> | null = null
function diffieHellman(): ReturnType<typeof createDiffieHellman> {
  if (!sharedDh) {
    sharedDh = createDiffieHellman(DH_PRIME, DH_GENERATOR)
    sharedDh.generateKeys()
  }
  return sharedDh
}

function padTo(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, length - bytes.length)), bytes])
}

/** A key exchange that the client got wrong; a real server answers with transport error -404. */
export class HandshakeError extends Error {}

export interface NewAuthKey {
  key: Buffer
  /** The first server salt, known to both sides from the nonces. */
  salt: bigint
  /** Lifetime in seconds of a temporary key; null: permanent. */
  expiresInSeconds: number | null
  /** The data centre that the client means, where it says so. */
  dc: number | null
}

interface Exchange {
  nonce: Buffer
  serverNonce: Buffer
  newNonce: Buffer | null
  expiresInSeconds: number | null
  dc: number | null
}

function requireEqual(a: Buffer, b: Buffer, what: string): void {
  if (!a.equals(b)) throw new HandshakeError(`${what} does not match`)
}

/** Group elements close to 0, 1 or the prime leak the key; the bounds are those of Telegram's security guidelines. */
function checkGroupElement(element: Buffer): void {
  const margin = 1n << (2048n - 64n)
  const value = BigInt(`0x${element.toString('hex') || '0'}`)
  const prime = BigInt(`0x${DH_PRIME.toString('hex')}`)
  if (value < margin || value > prime - margin) throw new HandshakeError('g_b is out of range')
}

/** Test servers are numbered from 10 000 on, media servers are negative. */
function plainDc(dc: number): number {
  return Math.abs(dc) % 10_000
}

export class Handshake {
  readonly #now: () => number
  readonly #done: (key: NewAuthKey) => void
  #exchange: Exchange | null = null

  /** `now`: wall clock, epoch ms. `done` is called with each finished key; a connection may make several. */
  constructor(now: () => number, done: (key: NewAuthKey) => void) {
    this.#now = now
    this.#done = done
  }

  /** Answers one plain request. Throws HandshakeError or TlError for what no real server would answer. */
  answer(body: Buffer): Buffer | null {
    // The constructor number 62d6b459 is msgs_ack, which some clients send in plain; it needs no answer.
    const request = new TlReader(body).object()
    switch (request._) {
      case 'req_pq':
      case 'req_pq_multi':
        return encodeTl(this.#begin(request))
      case 'req_DH_params':
        return encodeTl(this.#offerParameters(request))
      case 'set_client_DH_params':
        return encodeTl(this.#finish(request))
      case 'msgs_ack':
        return null
      default:
        throw new TlError('unknown_constructor', `${request._} is not allowed without an auth key`)
    }
  }

  #begin(request: TlObject): TlObject {
    const nonce = bytesOf(request, 'nonce')
    const serverNonce = randomBytes(16)
    this.#exchange = { nonce, serverNonce, newNonce: null, expiresInSeconds: null, dc: null }
    return {
      _: 'resPQ',
      nonce,
      server_nonce: serverNonce,
      pq: Buffer.from(PQ.pq, 'hex'),
      server_public_key_fingerprints: [testKeyFingerprint],
    }
  }

  #current(request: TlObject): Exchange {
    const exchange = this.#exchange
    if (!exchange) throw new HandshakeError('no exchange was begun')
    requireEqual(bytesOf(request, 'nonce'), exchange.nonce, 'nonce')
    requireEqual(bytesOf(request, 'server_nonce'), exchange.serverNonce, 'server_nonce')
    return exchange
  }

  #offerParameters(request: TlObject): TlObject {
    const exchange = this.#current(request)
    requireEqual(bytesOf(request, 'p'), Buffer.from(PQ.p, 'hex'), 'p')
    requireEqual(bytesOf(request, 'q'), Buffer.from(PQ.q, 'hex'), 'q')
    if (longOf(request, 'public_key_fingerprint') !== testKeyFingerprint) throw new HandshakeError('unknown RSA key')
    const opened = openRsaPad(testPrivateKey, bytesOf(request, 'encrypted_data'))
    if (!opened) throw new HandshakeError('RSA_PAD is not authentic')
    const inner = new TlReader(opened).object()
    if (!inner._.startsWith('p_q_inner_data')) throw new HandshakeError('p_q_inner_data expected')
    requireEqual(bytesOf(inner, 'nonce'), exchange.nonce, 'inner nonce')
    requireEqual(bytesOf(inner, 'server_nonce'), exchange.serverNonce, 'inner server_nonce')
    exchange.newNonce = bytesOf(inner, 'new_nonce')
    exchange.expiresInSeconds = inner._.includes('_temp') ? Math.max(1, intOf(inner, 'expires_in')) : null
    exchange.dc = inner._.endsWith('_dc') ? plainDc(intOf(inner, 'dc')) : null
    return this.#dhParameters(exchange, exchange.newNonce)
  }

  #dhParameters(exchange: Exchange, newNonce: Buffer): TlObject {
    const { nonce, serverNonce } = exchange
    const answer = encodeTl({
      _: 'server_DH_inner_data',
      nonce,
      server_nonce: serverNonce,
      g: DH_GENERATOR,
      dh_prime: DH_PRIME,
      g_a: padTo(diffieHellman().getPublicKey(), KEY_BYTES),
      server_time: Math.floor(this.#now() / 1000),
    })
    const padding = randomBytes((16 - ((20 + answer.length) % 16)) % 16)
    const { key, iv } = temporaryKeys(serverNonce, newNonce)
    const encrypted = encryptIge(Buffer.concat([sha1(answer), answer, padding]), key, iv)
    return { _: 'server_DH_params_ok', nonce, server_nonce: serverNonce, encrypted_answer: encrypted }
  }

  #finish(request: TlObject): TlObject {
    const exchange = this.#current(request)
    const { nonce, serverNonce, newNonce } = exchange
    if (!newNonce) throw new HandshakeError('parameters were not asked for')
    const publicValue = padTo(this.#openClientValue(request, serverNonce, newNonce), KEY_BYTES)
    checkGroupElement(publicValue)
    const key = padTo(diffieHellman().computeSecret(publicValue), KEY_BYTES)
    const salt = newNonce.readBigInt64LE() ^ serverNonce.readBigInt64LE()
    this.#exchange = null
    this.#done({ key, salt, expiresInSeconds: exchange.expiresInSeconds, dc: exchange.dc })
    const hash = sha1(newNonce, Buffer.from([1]), sha1(key).subarray(0, 8)).subarray(4, 20)
    return { _: 'dh_gen_ok', nonce, server_nonce: serverNonce, new_nonce_hash1: hash }
  }

  #openClientValue(request: TlObject, serverNonce: Buffer, newNonce: Buffer): Buffer {
    const encrypted = bytesOf(request, 'encrypted_data')
    if (encrypted.length === 0 || encrypted.length % 16 !== 0) throw new HandshakeError('client_DH_inner_data is cut')
    const { key, iv } = temporaryKeys(serverNonce, newNonce)
    const opened = decryptIge(encrypted, key, iv)
    const body = opened.subarray(20)
    const reader = new TlReader(body)
    const inner = reader.object()
    if (inner._ !== 'client_DH_inner_data') throw new HandshakeError('client_DH_inner_data expected')
    requireEqual(sha1(body.subarray(0, reader.offset)), opened.subarray(0, 20), 'hash of client_DH_inner_data')
    requireEqual(bytesOf(inner, 'nonce'), this.#exchange?.nonce ?? Buffer.alloc(0), 'inner nonce')
    return bytesOf(inner, 'g_b')
  }
}
