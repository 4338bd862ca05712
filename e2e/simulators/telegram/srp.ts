/** The server's half of two-step verification: SRP-2048 as Telegram does it. */
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto'
import { DH_GENERATOR, DH_PRIME } from './handshake.ts'
import type { TlObject } from './tl-codec.ts'

export interface PasswordState {
  hint: string | null
  salt1: Buffer
  salt2: Buffer
  verifier: bigint
  /** The exchange under way: a client answers to this id. */
  exchange: { id: bigint; secret: bigint; publicValue: Buffer } | null
}

const PRIME = toNumber(DH_PRIME)
const GENERATOR = BigInt(DH_GENERATOR)
const VALUE_BYTES = 256
const ROUNDS = 100_000

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
}

function padded(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(VALUE_BYTES * 2, '0'), 'hex')
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base % PRIME
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME
    square = (square * square) % PRIME
  }
  return result
}

function salted(data: Uint8Array, salt: Buffer): Buffer {
  return sha256(salt, data, salt)
}

/** The state of an account with this password; takes some 50 ms. */
export function newPassword(password: string, hint: string | null): PasswordState {
  // The client appends 32 bytes of its own to salt1 when it changes a password; here the server has made both.
  const salt1 = randomBytes(40)
  const salt2 = randomBytes(16)
  const first = salted(salted(Buffer.from(password), salt1), salt2)
  const secret = toNumber(salted(pbkdf2Sync(first, salt1, ROUNDS, 64, 'sha512'), salt2))
  return { hint, salt1, salt2, verifier: power(GENERATOR, secret), exchange: null }
}

/** account.password's fields about the password that is set; begins a new exchange. */
export function passwordQuestion(state: PasswordState): TlObject {
  const secret = toNumber(randomBytes(VALUE_BYTES))
  const multiplier = toNumber(sha256(padded(PRIME), padded(GENERATOR)))
  const publicValue = padded((multiplier * state.verifier + power(GENERATOR, secret)) % PRIME)
  state.exchange = { id: randomBytes(8).readBigInt64LE(), secret, publicValue }
  return {
    _: 'account.password',
    has_password: true,
    current_algo: {
      _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
      salt1: state.salt1,
      salt2: state.salt2,
      g: DH_GENERATOR,
      p: DH_PRIME,
    },
    srp_B: publicValue,
    srp_id: state.exchange.id,
    hint: state.hint ?? undefined,
  }
}

/** Checks a client's proof; an exchange serves one attempt. */
export function checkPassword(
  state: PasswordState,
  answer: { srpId: bigint; a: Buffer; proof: Buffer },
): 'right' | 'wrong' | 'unknown-exchange' {
  const { exchange } = state
  state.exchange = null
  if (!exchange || exchange.id !== answer.srpId) return 'unknown-exchange'
  const a = toNumber(answer.a)
  if (answer.a.length > VALUE_BYTES || a <= 0n || a >= PRIME) return 'wrong'
  const mixed = toNumber(sha256(padded(a), exchange.publicValue))
  const key = sha256(padded(power(a * power(state.verifier, mixed), exchange.secret)))
  const [prime, generator] = [sha256(padded(PRIME)), sha256(padded(GENERATOR))]
  const both = prime.map((byte, index) => byte ^ (generator[index] ?? 0))
  const expected = sha256(both, sha256(state.salt1), sha256(state.salt2), padded(a), exchange.publicValue, key)
  return expected.equals(answer.proof) ? 'right' : 'wrong'
}
