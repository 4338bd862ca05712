/** Logging in: a state machine of single requests (phone, code, password or QR token), because the library's helper loops for ever. */
import type { Api } from 'telegram/index.js'
import { ChannelError, type ChannelHost, type PairingStep, type PairRequest } from '../channel.ts'
import { fault, readFault, rpcError } from './faults.ts'
import type { TelegramLine } from './line.ts'
import { type KnownPeer, readUser } from './peers.ts'
import type { LineSession } from './session-store.ts'
import type { TelegramTiming } from './timing.ts'

interface PairingOptions {
  api: { id: number; hash: string }
  clock: ChannelHost['clock']
  timing: TelegramTiming
  createLine(session: LineSession | null): Promise<TelegramLine>
  step(step: PairingStep): void
  /** Logged in; the line belongs to the receiver from now on. */
  done(line: TelegramLine, self: KnownPeer): void
  /** The flow is over without a login. */
  over(): void
}

type Stage = { name: 'idle' } | { name: 'code'; phone: string; hash: string } | { name: 'password' } | { name: 'over' }

// After these the person may simply try again; after other refusals the flow is over.
const retryable = new Set(['PHONE_CODE_INVALID', 'PHONE_CODE_EMPTY', 'PASSWORD_HASH_INVALID', 'SRP_ID_INVALID'])
const tokensAtMost = 40
const refreshEarlyMs = 5_000
const failuresAtMost = 5

export class TelegramPairing {
  readonly #options: PairingOptions
  #stage: Stage = { name: 'idle' }
  #line: TelegramLine | null = null
  /** The key under which the code was asked for; a login must end with the key it began with. */
  #session: LineSession | null = null
  #wake: (() => void) | null = null
  #scanned = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: PairingOptions) {
    this.#options = options
  }

  /** Resolves when the first step is out; a QR goes on renewing itself until login, refusal or cancel. */
  async start(request: PairRequest): Promise<void> {
    if (request.method === 'phone') {
      await this.#attempt(() => this.#sendCode(request.phone ?? ''))
      return
    }
    await new Promise<void>((resolve) => {
      this.#running = this.#attempt(() => this.#showTokens(resolve)).finally(resolve)
    })
  }

  async code(value: string): Promise<void> {
    const stage = this.#stage
    if (stage.name !== 'code') throw new ChannelError('telegram_no_code_asked', 'No code was asked for')
    const phoneCode = value.replace(/[\s-]/g, '')
    await this.#attempt(async () => {
      const line = await this.#ready()
      const { auth } = line.library.Api
      const request = new auth.SignIn({ phoneNumber: stage.phone, phoneCodeHash: stage.hash, phoneCode })
      this.#finish(line, await line.call(request))
    })
  }

  async password(value: string): Promise<void> {
    if (this.#stage.name !== 'password')
      throw new ChannelError('telegram_no_password_asked', 'No password was asked for')
    await this.#attempt(async () => {
      const line = await this.#ready()
      const { Api, computeCheck } = line.library
      const asked = await line.call(new Api.account.GetPassword())
      const password = await computeCheck(asked, value)
      this.#finish(line, await line.call(new Api.auth.CheckPassword({ password })))
    })
  }

  /** Ends the flow without a step; resolves when nothing of it runs. */
  async cancel(): Promise<void> {
    this.#stage = { name: 'over' }
    this.#wake?.()
    await this.#dropLine()
    await this.#running
    await this.#dropLine()
  }

  get #isOver(): boolean {
    return this.#stage.name === 'over'
  }

  /** Runs one exchange and turns its failure into a step. */
  async #attempt(exchange: () => Promise<void>): Promise<void> {
    try {
      await exchange()
    } catch (error) {
      if (this.#isOver) return
      const rpc = rpcError(error)
      if (rpc?.errorMessage === 'SESSION_PASSWORD_NEEDED') return this.#attempt(() => this.#askPassword())
      const read = readFault(error, this.#options.clock.now())
      if (read.kind === 'unclear') await this.#dropLine()
      const mayRetry = read.kind === 'unclear' || read.kind === 'flood' || retryable.has(rpc?.errorMessage ?? '')
      const goesOn = mayRetry && (this.#stage.name === 'code' || this.#stage.name === 'password')
      this.#options.step({ step: 'refused', fault: read.fault })
      if (!goesOn) await this.#end()
    }
  }

  async #sendCode(phone: string): Promise<void> {
    const { api, step } = this.#options
    const line = await this.#ready()
    const { Api } = line.library
    const settings = new Api.CodeSettings({})
    const sent = await line.call(
      new Api.auth.SendCode({ phoneNumber: phone, apiId: api.id, apiHash: api.hash, settings }),
    )
    if (sent.className === 'auth.SentCodeSuccess') return this.#finish(line, sent.authorization)
    if (sent.className !== 'auth.SentCode')
      return this.#refuse('telegram_code_unsupported', 'This login asks for a payment')
    // Read after the answer: the number may have moved the login to another data centre.
    this.#session = line.session()
    this.#stage = { name: 'code', phone, hash: sent.phoneCodeHash }
    step({ step: 'code-needed' })
  }

  async #askPassword(): Promise<void> {
    const line = await this.#ready()
    const asked = await line.call(new line.library.Api.account.GetPassword())
    this.#session = line.session()
    this.#stage = { name: 'password' }
    this.#options.step({ step: 'password-needed', hint: asked.hint ?? null })
  }

  async #showTokens(shown: () => void): Promise<void> {
    const { step, timing } = this.#options
    let failures = 0
    for (let tokens = 0; tokens < tokensAtMost && !this.#isOver; tokens++) {
      try {
        this.#scanned = false
        const line = await this.#ready()
        this.#session = line.session()
        const token = await this.#askToken(line)
        failures = 0
        if (this.#isOver || token === null) return
        const expiresAt = token.expires * 1000
        step({ step: 'qr', text: `tg://login?token=${token.token.toString('base64url')}`, expiresAt })
        shown()
        await this.#untilScannedOr(this.#refreshMs(expiresAt))
      } catch (error) {
        const { kind } = readFault(error, 0)
        if (this.#isOver || kind !== 'unclear' || ++failures >= failuresAtMost) throw error
        await this.#dropLine()
        await this.#untilScannedOr(timing.backoffMs(failures))
      }
    }
    if (!this.#isOver) await this.#refuse('telegram_qr_unused', 'Nobody scanned the code')
  }

  /** null: this was the login. Rejects with SESSION_PASSWORD_NEEDED where the account has a password. */
  async #askToken(line: TelegramLine): Promise<Api.auth.LoginToken | null> {
    const { api } = this.#options
    const { Api } = line.library
    const asked = new Api.auth.ExportLoginToken({ apiId: api.id, apiHash: api.hash, exceptIds: [] })
    let token = await line.call(asked)
    if (token.className === 'auth.LoginTokenMigrateTo') {
      await line.moveTo(token.dcId)
      token = await line.call(new Api.auth.ImportLoginToken({ token: token.token }))
    }
    if (token.className === 'auth.LoginToken') return token
    if (token.className !== 'auth.LoginTokenSuccess') throw new Error('the login was sent to a third data centre')
    this.#finish(line, token.authorization)
    return null
  }

  #refreshMs(expiresAt: number): number {
    const left = expiresAt - this.#options.clock.now() - refreshEarlyMs
    // Our clock may be wrong; a token lives about 30 s.
    return Math.min(25_000, Math.max(5_000, left))
  }

  async #untilScannedOr(ms: number): Promise<void> {
    if (this.#scanned || this.#isOver) return
    await new Promise<void>((resolve) => {
      const cancel = this.#options.timing.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = null
  }

  #finish(line: TelegramLine, authorization: Api.auth.TypeAuthorization): void {
    if (this.#isOver) return
    if (authorization.className !== 'auth.Authorization')
      return void this.#refuse('telegram_sign_up_required', 'This number has no Telegram account')
    const self = readUser(authorization.user)
    if (!self) return void this.#refuse('telegram_account_unreadable', 'Telegram named no account')
    this.#options.done(line, self)
    this.#stage = { name: 'over' }
    this.#line = null
  }

  async #refuse(code: string, text: string): Promise<void> {
    this.#options.step({ step: 'refused', fault: fault(code, text) })
    await this.#end()
  }

  async #end(): Promise<void> {
    this.#stage = { name: 'over' }
    await this.#dropLine()
    this.#options.over()
  }

  async #ready(): Promise<TelegramLine> {
    if (this.#line?.usable) return this.#line
    await this.#dropLine()
    const line = await this.#options.createLine(this.#session)
    this.#line = line
    line.listen({
      updates: (updates) => {
        if (updates.className !== 'UpdateShort' || updates.update.className !== 'UpdateLoginToken') return
        this.#scanned = true
        this.#wake?.()
      },
      undecodable() {},
      lost: () => this.#wake?.(),
    })
    await line.open()
    if (this.#isOver) throw new Error('the login was cancelled')
    return line
  }

  async #dropLine(): Promise<void> {
    const line = this.#line
    this.#line = null
    await line?.close()
  }
}
