/** Auth keys, their salts, and the authorizations (logged-in devices) behind them. */
import { createHmac } from 'node:crypto'
import { sha1 } from './crypto.ts'
import type { NewAuthKey } from './handshake.ts'
import type { Peer, SimulatorAccount } from './model.ts'

interface DeviceInfo {
  apiId: number
  deviceModel: string
  systemVersion: string
  appVersion: string
}

/** One device of an account, or a device that has not logged in yet. Lives as long as its auth key. */
export interface Authorization {
  /** Names it in account.getAuthorizations and account.resetAuthorization. */
  hash: bigint
  createdAt: number
  activeAt: number
  /** API layer of the last invokeWithLayer; null: the client must still send initConnection. */
  layer: number | null
  device: DeviceInfo | null
  account: SimulatorAccount | null
  /** What every call gets that needs a login, for example 401 SESSION_REVOKED; null: not ended. */
  refusal: { code: number; message: string } | null
  /** The key is dead for good: every call gets the refusal, also those that need no login. */
  dead: boolean
  /** Whose access hash this device has been given; short updates may refer to them. */
  known: Set<Peer>
  /** The code or the QR was right, the two-step password is still missing. */
  passwordFor: SimulatorAccount | null
}

export interface AuthKey {
  id: bigint
  key: Buffer
  createdAt: number
  firstSalt: bigint
  /** Temporary keys (PFS) end; null: permanent. */
  expiresAt: number | null
  authorization: Authorization
  /** Grows by one per key. */
  serial: number
  /** The data centre for which the client made it; null: it did not say. */
  dc: number | null
  /** Temporary keys: the key that they stand for, once bound. */
  permanent: AuthKey | null
  /** It serves files only, with an authorization that was imported from another data centre. */
  imported: boolean
}

const SALT_PERIOD_MS = 3_600_000
/** get_future_salts gives at most this many. */
const MAX_FUTURE_SALTS = 64

function newAuthorization(hash: bigint, now: number): Authorization {
  return {
    hash,
    createdAt: now,
    activeAt: now,
    layer: null,
    device: null,
    account: null,
    refusal: null,
    dead: false,
    known: new Set(),
    passwordFor: null,
  }
}

export class AuthKeys {
  readonly #keys = new Map<bigint, AuthKey>()
  #count = 0

  /** How many keys were made so far. */
  get count(): number {
    return this.#count
  }

  add(made: NewAuthKey, now: number): AuthKey {
    const hash = sha1(made.key)
    const key: AuthKey = {
      id: hash.readBigInt64LE(12),
      key: made.key,
      createdAt: now,
      firstSalt: made.salt,
      expiresAt: made.expiresInSeconds === null ? null : now + made.expiresInSeconds * 1000,
      serial: ++this.#count,
      dc: made.dc,
      permanent: null,
      imported: false,
      authorization: newAuthorization(hash.readBigInt64LE(0), now),
    }
    this.#keys.set(key.id, key)
    return key
  }

  /** The key with this id, or null when it is unknown or has expired: the client gets -404. */
  find(id: bigint, now: number): AuthKey | null {
    const key = this.#keys.get(id)
    if (!key) return null
    if (key.expiresAt === null || now < key.expiresAt) return key
    this.#keys.delete(id)
    return null
  }

  forget(id: bigint): void {
    this.#keys.delete(id)
  }

  all(): AuthKey[] {
    return [...this.#keys.values()]
  }

  /** All authorizations of one account, oldest first. */
  authorizationsOf(account: SimulatorAccount): Authorization[] {
    const found = new Set(this.all().map((key) => key.authorization))
    return [...found].filter((one) => one.account === account).sort((a, b) => a.createdAt - b.createdAt)
  }
}

function saltOfPeriod(key: AuthKey, period: number): bigint {
  return createHmac('sha256', key.key).update(`salt ${period}`).digest().readBigInt64LE()
}

/** The salt that a client has to use now; it changes every hour. */
export function currentSalt(key: AuthKey, now: number): bigint {
  return saltOfPeriod(key, Math.floor(now / SALT_PERIOD_MS))
}

/** Accepts this hour's salt, the last one, and for the first hour the one that came out of the key exchange. */
export function isSaltValid(key: AuthKey, salt: bigint, now: number): boolean {
  const period = Math.floor(now / SALT_PERIOD_MS)
  if (salt === saltOfPeriod(key, period) || salt === saltOfPeriod(key, period - 1)) return true
  return salt === key.firstSalt && Math.abs(now - key.createdAt) < SALT_PERIOD_MS
}

/** Salts from now on with their validity in epoch seconds. */
export function futureSalts(
  key: AuthKey,
  now: number,
  count: number,
): { since: number; until: number; salt: bigint }[] {
  const first = Math.floor(now / SALT_PERIOD_MS)
  return Array.from({ length: Math.min(Math.max(1, count), MAX_FUTURE_SALTS) }, (_, index) => ({
    since: ((first + index) * SALT_PERIOD_MS) / 1000,
    until: ((first + index + 2) * SALT_PERIOD_MS) / 1000,
    salt: saltOfPeriod(key, first + index),
  }))
}
