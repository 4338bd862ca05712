/** Logins in progress: codes sent to phones, QR tokens, and what ends an authorization. */
import { randomBytes } from 'node:crypto'
import type { Authorization } from './auth-keys.ts'
import { RpcError } from './tl-fields.ts'
import type { SimulatorAccount, TelegramWorld } from './world.ts'

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
    device.knownUsers.clear()
    this.#onLogin(device, account)
  }

  /** A token for the QR code that this device shows; valid for 30 s. Null: its last token was accepted, it is logged in. */
  exportToken(device: Authorization): { token: Buffer; expiresAt: number } | null {
    for (const [text, known] of this.#tokens) {
      if (known.device === device && known.acceptedBy) {
        this.#tokens.delete(text)
        this.logIn(device, known.acceptedBy)
        return null
      }
      if (this.#world.now() > known.expiresAt + CODE_LIFETIME_MS) this.#tokens.delete(text)
    }
    const token = randomBytes(32)
    const expiresAt = this.#world.now() + TOKEN_LIFETIME_MS
    this.#tokens.set(token.toString('base64url'), { device, expiresAt, acceptedBy: null })
    return { token, expiresAt }
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

/** Ends an authorization as the real server does: nothing is pushed, the next call gets 401 SESSION_REVOKED. */
export function revoke(device: Authorization): void {
  device.account = null
  device.refusal = { code: 401, message: 'SESSION_REVOKED' }
}
