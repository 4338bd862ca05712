/** Logins in progress: codes sent to phones, QR tokens, and what ends an authorization. */
import { randomBytes } from 'node:crypto'
import type { Authorization, AuthKey } from './auth-keys.ts'
import type { SimulatorAccount } from './model.ts'
import { RpcError } from './tl-fields.ts'
import type { TelegramWorld } from './world.ts'

interface SentCode {
  phone: string
  code: string
  expiresAt: number
  wrongTries: number
}

interface LoginToken {
  device: Authorization
  expiresAt: number
  acceptedBy: SimulatorAccount | null
}

const CODE_LIFETIME_MS = 5 * 60_000
const TOKEN_LIFETIME_MS = 30_000
const MAX_WRONG_TRIES = 5

export class LoginDesk {
  readonly #world: TelegramWorld
  readonly #onLogin: (device: Authorization, account: SimulatorAccount) => void
  readonly #codes = new Map<string, SentCode>()
  readonly #lastCodes = new Map<string, string>()
  readonly #tokens = new Map<string, LoginToken>()
  readonly #exports = new Map<string, Authorization>()
  #codeCount = 0

  constructor(world: TelegramWorld, onLogin: (device: Authorization, account: SimulatorAccount) => void) {
    this.#world = world
    this.#onLogin = onLogin
  }

  /** Sends a new code to the phone; returns the phone_code_hash. Throws PHONE_NUMBER_INVALID / _BANNED. */
  sendCode(phoneNumber: string): { hash: string; length: number } {
    const phone = phoneNumber.replace(/[\s()+-]/g, '')
    if (!/^\d{7,15}$/.test(phone)) throw new RpcError(400, 'PHONE_NUMBER_INVALID')
    if (this.#world.accountByPhone(phone)?.banned) throw new RpcError(400, 'PHONE_NUMBER_BANNED')
    const number = this.#world.secret(`code ${phone} ${++this.#codeCount}`).readUInt32BE() % 90_000
    const code = String(10_000 + number)
    const hash = randomBytes(9).toString('hex')
    this.#codes.set(hash, { phone, code, expiresAt: this.#world.now() + CODE_LIFETIME_MS, wrongTries: 0 })
    this.#lastCodes.set(phone, code)
    return { hash, length: code.length }
  }

  cancelCode(hash: string): void {
    this.#codes.delete(hash)
  }

  lastCode(phone: string): string | null {
    return this.#lastCodes.get(phone.replace(/^\+/, '')) ?? null
  }

  /** The account behind phone and code; null: the number has no account. Throws PHONE_CODE_*. */
  checkCode(phoneNumber: string, hash: string, code: string): SimulatorAccount | null {
    const sent = this.#codes.get(hash)
    if (code === '') throw new RpcError(400, 'PHONE_CODE_EMPTY')
    if (!sent || sent.phone !== phoneNumber.replace(/[\s()+-]/g, '') || this.#world.now() > sent.expiresAt)
      throw new RpcError(400, 'PHONE_CODE_EXPIRED')
    if (sent.code !== code) {
      if (++sent.wrongTries >= MAX_WRONG_TRIES) this.#codes.delete(hash)
      throw new RpcError(400, 'PHONE_CODE_INVALID')
    }
    this.#codes.delete(hash)
    return this.#world.accountByPhone(sent.phone)
  }

  logIn(device: Authorization, account: SimulatorAccount): void {
    device.account = account
    device.refusal = null
    device.activeAt = this.#world.now()
    device.createdAt = this.#world.now()
    device.passwordFor = null
    device.known.clear()
    this.#onLogin(device, account)
  }

  /** The first half of a login is done; the other is the two-step password. Throws SESSION_PASSWORD_NEEDED where there is one. */
  enter(device: Authorization, account: SimulatorAccount): void {
    if (!account.password) return this.logIn(device, account)
    device.passwordFor = account
    throw new RpcError(401, 'SESSION_PASSWORD_NEEDED')
  }

  /** A token for the QR code that this device shows, valid for 30 s; or the account that has accepted its last one. */
  exportToken(
    device: Authorization,
  ): { token: Buffer; expiresAt: number } | { token: Buffer; acceptedBy: SimulatorAccount } {
    for (const [text, known] of this.#tokens) {
      if (known.device === device && known.acceptedBy)
        return { token: Buffer.from(text, 'base64url'), acceptedBy: known.acceptedBy }
      if (this.#world.now() > known.expiresAt + CODE_LIFETIME_MS) this.#tokens.delete(text)
    }
    const token = randomBytes(32)
    const expiresAt = this.#world.now() + TOKEN_LIFETIME_MS
    this.#tokens.set(token.toString('base64url'), { device, expiresAt, acceptedBy: null })
    return { token, expiresAt }
  }

  /** The account that has accepted this token, which is used up by it. Throws AUTH_TOKEN_INVALID. */
  redeemToken(token: Buffer): SimulatorAccount {
    const text = token.toString('base64url')
    const acceptedBy = this.#tokens.get(text)?.acceptedBy
    if (!acceptedBy) throw new RpcError(400, 'AUTH_TOKEN_INVALID')
    this.#tokens.delete(text)
    return acceptedBy
  }

  /** A proof by which another data centre takes over this authorization; good for one use. */
  exportAuthorization(device: Authorization): Buffer {
    const bytes = randomBytes(64)
    this.#exports.set(bytes.toString('hex'), device)
    return bytes
  }

  /** Throws AUTH_BYTES_INVALID. */
  importAuthorization(key: AuthKey, bytes: Buffer): Authorization {
    const device = this.#exports.get(bytes.toString('hex'))
    if (!device) throw new RpcError(400, 'AUTH_BYTES_INVALID')
    this.#exports.delete(bytes.toString('hex'))
    for (const one of [key, key.permanent]) if (one) Object.assign(one, { authorization: device, imported: true })
    return device
  }

  /** The account's phone (or another device of it) accepts a token. Returns the device that now may log in. */
  acceptToken(token: Buffer, account: SimulatorAccount): Authorization {
    const known = this.#tokens.get(token.toString('base64url'))
    if (!known) throw new RpcError(400, 'AUTH_TOKEN_INVALID')
    if (known.acceptedBy) throw new RpcError(400, 'AUTH_TOKEN_ALREADY_ACCEPTED')
    if (this.#world.now() > known.expiresAt) throw new RpcError(400, 'AUTH_TOKEN_EXPIRED')
    known.acceptedBy = account
    return known.device
  }
}

/** Whether a key belongs to the data centre in which the account lives; one that was never moved lives everywhere. */
export function isAtHome(key: AuthKey, account: SimulatorAccount): boolean {
  if (account.homeDc === null) return true
  if (key.dc !== null) return key.dc === account.homeDc
  return account.moveTold !== null && key.serial > account.moveTold
}

/** Tells a client at the wrong data centre where to go. Throws `<what>_MIGRATE_<n>`. */
export function tellMove(what: 'PHONE' | 'USER', account: SimulatorAccount, keyCount: number): never {
  account.moveTold ??= keyCount
  throw new RpcError(303, `${what}_MIGRATE_${account.homeDc}`)
}

/** Ends an authorization as the real server does: nothing is pushed, the next call gets 401 SESSION_REVOKED. */
export function revoke(device: Authorization): void {
  device.account = null
  device.refusal = { code: 401, message: 'SESSION_REVOKED' }
}
