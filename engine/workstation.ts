/** The workstation as a whole: enrolled or not, locked or open, connected or not; owns the session and the connection to the vault. */
import type { KeyObject } from 'node:crypto'
import { CodedError } from '../shared/contracts/contract.ts'
import type { WaitingCode } from '../shared/contracts/host.ts'
import type { StatusView } from '../shared/contracts/window.ts'
import { leaseMs, strictestPolicy, type Policy } from '../shared/domain/policy.ts'
import { privateKeyObject } from '../shared/formats/keys.ts'
import { Cache } from './cache/database.ts'
import type { ChannelFactory, ChannelOptions, PairingStep } from './channels/channel.ts'
import { ScreenLock } from './keys/screen-lock.ts'
import { describeWaiting } from './keys/code-vault.ts'
import { enrol } from './keys/enrol.ts'
import { proveToVault, unlockWithVault, type UnlockOptions } from './keys/unlock.ts'
import { packHeld, unpackHeld, type HeldKeys, type PackedKeys } from './keys/held-keys.ts'
import { Spool } from './ledger/spool.ts'
import type { Profile } from './profile.ts'
import { MediaStore } from './media/store.ts'
import type { Touched } from './recorder/context.ts'
import { Session } from './session.ts'
import type { SessionOptions } from './session-options.ts'
import { statusView } from './desk/status.ts'
import { VaultConnection, type VaultConnectionOptions } from './sync/vault-connection.ts'
import type { TrustedClock } from './time.ts'

export type LockState = StatusView['lock']

/** What the process around the engine does for it: Electron's main, or the plain Node entry. */
export interface EngineHost {
  kind: 'electron' | 'node'
  /** From the OS keystore or the profile; null before enrolment. */
  secrets(): { deviceShare: Buffer; signingKey: Buffer } | null
  keep(secrets: { deviceShare: Buffer; signingKey: Buffer }): void
  /** A copy in memory for the time after a crash; null: forget it. */
  keepKey(held: PackedKeys | null): void
  lockChanged(lock: LockState): void
  /** The key is gone and everything is in the spool: this process may end. */
  drained(): void
  mark(employee: string, workstation: string): void
}

export interface WorkstationEvents {
  status(): void
  touched(touched: Touched): void
  colleagues(conversation: number): void
  activity(): void
  uploading: SessionOptions['uploading']
  pairing(account: string, step: PairingStep): void
  acknowledged(ledger: string, upTo: number): void
  error(code: string, message: string): void
}

export interface WorkstationOptions {
  profile: Profile
  host: EngineHost
  clock: TrustedClock
  factories: Record<'whatsapp' | 'telegram', ChannelFactory>
  endpoints: ChannelOptions['endpoints']
  software: string
  capture: StatusView['capture']['status']
  /** The enrolment code that the program was started with, for a profile that is not enrolled yet. */
  waitingCode: WaitingCode | null
  events: WorkstationEvents
  log(level: 'info' | 'warn' | 'error', code: string, detail?: Record<string, string | number | boolean | null>): void
}

/** How late the end of the offline lease, or a clock that was set back, is noticed. */
const watchMs = 2000
/** Trusted time is written down every so many watches: the file is fsynced. */
const keptEvery = 8

export class Workstation {
  readonly #options: WorkstationOptions
  readonly #spool: Spool
  readonly #media: MediaStore
  readonly #screenLock: ScreenLock
  #lock: LockState = 'key'
  #session: Session | null = null
  #held: HeldKeys | null = null
  #vault: VaultConnection | null = null
  #guard: NodeJS.Timeout | null = null
  #watches = 0
  #marked: string | null = null
  readonly #troubles = new Map<string, string>()
  /** One unlock after the other: two at once would run two sessions over one cache. */
  #unlocking: Promise<void> = Promise.resolve()
  /** The session that a key lock is closing; nothing opens before it is gone. */
  #closing: Promise<void> = Promise.resolve()
  #backTimer: NodeJS.Timeout | null = null

  constructor(options: WorkstationOptions) {
    this.#options = options
    this.#spool = new Spool(options.profile.spoolFolder)
    this.#media = new MediaStore(options.profile.mediaFolder)
    this.#screenLock = new ScreenLock(options.profile, () => options.clock.now())
  }

  get enrolled(): boolean {
    return this.#options.profile.has('enrolment.json')
  }
  get lock(): LockState {
    return this.#lock
  }
  get id(): string | null {
    return this.#options.profile.find('enrolment.json')?.enrolment.workstation ?? null
  }
  get ledgerId(): string | null {
    return this.#options.profile.find('enrolment.json')?.enrolment.ledger ?? null
  }
  get session(): Session | null {
    return this.#session
  }

  /** Begins keyless: only the spool goes up. `held` is the key that main kept when the last engine crashed. */
  start(held: PackedKeys | null): void {
    if (!this.enrolled) return
    this.#connect()
    if (held !== null) this.#open(unpackHeld(held), true)
    this.#guard = setInterval(() => void this.#watchTime(), watchMs)
  }

  /** Throws as keys/enrol, enrolment_code_missing; afterwards the workstation is open. code null: the one given at the start. */
  async enrol(given: string | null, pin: string | null): Promise<void> {
    const code = given ?? this.#options.waitingCode?.text ?? null
    if (code === null) throw new CodedError('enrolment_code_missing', 'an enrolment code is needed')
    const enrolled = await enrol({ profile: this.#options.profile, code, pin, hostKind: this.#options.host.kind })
    this.#options.host.keep({ deviceShare: enrolled.deviceShare, signingKey: enrolled.signingKey })
    // After a lost cache the old enrolment has been running, locked.
    await this.#disconnect()
    // The vault has just told its time: the offline hours count from here.
    this.#options.clock.observe(this.#options.profile.find('enrolment.json')!.enrolment.at, 'vault')
    this.start(null)
    this.#open({ slot: 1, cacheKey: enrolled.cacheKey, vaultShare: enrolled.vaultShare, proof: enrolled.proof }, false)
  }

  #signingKey(): KeyObject {
    const secrets = this.#options.host.secrets()
    if (!secrets) throw new CodedError('device_keys_missing', 'the keys of this workstation are not in the keystore')
    return privateKeyObject('ed25519', secrets.signingKey)
  }

  get #policy(): Policy {
    return this.#vault?.policy ?? strictestPolicy
  }

  #connect(): void {
    const { profile, clock, software, capture } = this.#options
    this.#vault = new VaultConnection({
      profile,
      spool: this.#spool,
      media: this.#media,
      signingKey: this.#signingKey(),
      software,
      capture,
      connected: (now) => {
        clock.observe(now, 'vault')
        this.#keepTime()
        this.#options.events.status()
        void this.#vaultIsBack()
      },
      disconnected: () => this.#options.events.status(),
      policy: () => this.#session?.policyChanged(),
      push: (push) => this.#pushed(push),
      revoked: () => {
        if (this.#lock !== 'revoked') void this.#keyLock('revoked')
      },
      acknowledged: (ledger, upTo) => this.#acknowledged(ledger, upTo),
      ledger: () => this.#session?.ledger ?? null,
      gap: (ledger, upTo) => {
        if (ledger === this.#session?.ledger.id) this.#session.outbox.rewind(upTo)
      },
      trouble: (source, code) => this.#trouble(source, code),
      report: (error) => this.#report(error),
    })
    this.#vault.start()
  }

  #acknowledged(ledger: string, upTo: number): void {
    if (ledger === this.#session?.ledger.id) this.#session.acknowledged(upTo)
    this.#options.events.acknowledged(ledger, upTo)
    this.#options.events.status()
  }

  #trouble(source: string, code: string | null): void {
    if ((this.#troubles.get(source) ?? null) === code) return
    if (code === null) this.#troubles.delete(source)
    else this.#troubles.set(source, code)
    this.#options.events.status()
  }

  async #vaultIsBack(): Promise<void> {
    try {
      await this.#vault!.fetchPolicy()
      const session = this.#session
      if (session && this.#held) {
        await proveToVault(this.#unlockOptions(), this.#held.proof)
        await session.synchronise()
      } else if (this.#isService && (this.#lock === 'key' || this.#lock === 'expired')) await this.unlock(null)
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal'
    if (code === 'vault_away' || code === 'keeper_away' || code === 'deadline') {
      if (this.#backTimer) clearTimeout(this.#backTimer)
      this.#backTimer = setTimeout(() => this.#vault?.isConnected && void this.#vaultIsBack(), 1000)
      return
    }
    this.#options.log('warn', code)
    this.#options.events.error(code, error instanceof CodedError ? error.message : 'something went wrong')
  }

  get #isService(): boolean {
    return this.#options.profile.find('enrolment.json')?.enrolment.service ?? false
  }

  #pushed(push: Parameters<VaultConnectionOptions['push']>[0]): void {
    const session = this.#session
    if (!session) return
    this.#follow(session, push).catch((error: unknown) => {
      // Pushed before the PIN was proven on this connection: everything is pulled once it is.
      if (!(error instanceof CodedError) || error.code !== 'proof_needed') this.#report(error)
    })
  }

  async #follow(session: Session, push: Parameters<VaultConnectionOptions['push']>[0]): Promise<void> {
    switch (push.push) {
      case 'directory':
        return session.synchronise()
      case 'journal':
        return session.journals.pull(push.account)
      case 'colleague':
        return session.presences.told(push.sealed)
      case 'lease-lost':
        return session.accounts.find(push.account)?.runner.handOver()
    }
  }

  #unlockOptions(): UnlockOptions {
    const secrets = this.#options.host.secrets()
    if (!secrets || !this.#vault) throw new CodedError('not_enrolled', 'this workstation is not enrolled')
    return {
      profile: this.#options.profile,
      call: this.#vault.call,
      sealKey: this.#vault.trust.current('seal'),
      signingKey: this.#signingKey(),
      deviceShare: secrets.deviceShare,
    }
  }

  /**
   * Throws CodedError: not_enrolled, revoked, pin_wrong, pin_blocked, vault_away, key_refused, cache_lost (a new enrolment brings the
   * history back). pin null: a service workstation.
   */
  unlock(pin: string | null): Promise<void> {
    const unlocked = this.#unlocking.then(() => this.#unlock(pin))
    this.#unlocking = unlocked.catch(() => {})
    return unlocked
  }

  async #unlock(pin: string | null): Promise<void> {
    await this.#closing
    if (!this.enrolled) throw new CodedError('not_enrolled', 'this workstation is not enrolled')
    if (this.#lock === 'open') return
    if (this.#lock === 'revoked') throw new CodedError('revoked', 'this workstation has been revoked')
    if (this.#lock === 'screen' && this.#held && pin !== null) {
      const opens = await this.#screenLock.opens(this.#unlockOptions(), pin, this.#held)
      this.#stillLocked('screen')
      if (opens) return this.#lockScreen(false)
      await this.#keyLock('key')
      throw new CodedError('pin_blocked', 'too many wrong PINs: the vault must open this workstation')
    }
    // A new file would begin this ledger a second time, and the vault would take it for a fork.
    if (this.#options.profile.cacheLost)
      throw new CodedError('cache_lost', 'the cache of this workstation is lost: enrol it anew')
    const before = this.#lock
    const unlocked = await unlockWithVault(this.#unlockOptions(), pin)
    this.#stillLocked(before)
    this.#screenLock.reset()
    this.#open(unlocked, false)
  }

  /** A revocation or a key lock that came while the PIN was being tried wins. */
  #stillLocked(before: LockState): void {
    if (this.#lock !== before) throw new CodedError(this.#lock === 'revoked' ? 'revoked' : 'locked', 'locked meanwhile')
  }

  /** `afterCrash`: the key comes from main and not from a PIN, so a locked screen stays locked. */
  #open(held: HeldKeys, afterCrash: boolean): void {
    const { profile, clock, factories, endpoints, software, events } = this.#options
    const enrolled = profile.find('enrolment.json')!
    const vault = this.#vault!
    const session = new Session({
      cache: new Cache(profile.cacheFile(held.slot), held.cacheKey),
      enrolment: enrolled.enrolment,
      spool: this.#spool,
      media: this.#media,
      signingKey: this.#signingKey(),
      keys: { seal: () => vault.trust.current('seal'), policy: () => vault.trust.all('policy') },
      clock,
      policy: () => vault.policy,
      call: (method, input) => vault.call(method, input),
      isVaultConnected: () => vault.isConnected,
      isPolicyKnown: () => vault.isPolicyKnown,
      factories,
      endpoints,
      software,
      spooled: () => vault.spooled(),
      stored: () => vault.stored(),
      uploaded: () => vault.uploaded(),
      colleagues: (conversation) => events.colleagues(conversation),
      activity: () => events.activity(),
      touched: (touched) => {
        vault.written()
        events.touched(touched)
        events.status()
      },
      accountsChanged: () => {
        this.#mark()
        events.status()
      },
      uploading: (message, progress) => events.uploading(message, progress),
      pairing: (account, step) => events.pairing(account, step),
      trouble: (source, code) => this.#trouble(source, code),
      log: (level, code, detail) => this.#options.log(level, code, detail),
    })
    this.#session = session
    this.#held = held
    this.#options.host.keepKey(packHeld(held))
    session.start()
    this.#lockScreen(afterCrash && session.screenLocked)
    this.#mark()
    if (this.#vault?.isConnected) void this.#vaultIsBack()
  }

  /** Tells who is looking, for the watermark; the name is known once the directory is. */
  #mark(): void {
    const employee = this.#session?.directory?.employee
    if (!employee || this.#marked === employee.name) return
    this.#marked = employee.name
    this.#options.host.mark(employee.name, (this.id ?? '').slice(0, 6))
  }

  #setLock(lock: LockState): void {
    this.#lock = lock
    this.#options.host.lockChanged(lock)
    this.#options.events.status()
  }

  /** Screen: the engine goes on capturing. Key: sockets closed, everything drained into the spool, the key forgotten. */
  async lockNow(kind: 'screen' | 'key'): Promise<void> {
    if (kind === 'key') return this.#session ? this.#keyLock('key') : undefined
    if (this.#lock === 'open') this.#lockScreen(true)
  }

  #lockScreen(locked: boolean): void {
    if (this.#session) this.#session.screenLocked = locked
    if (locked) this.#session?.activity.show(null, [])
    this.#setLock(locked ? 'screen' : 'open')
  }

  async #keyLock(lock: 'key' | 'revoked' | 'expired'): Promise<void> {
    const session = this.#session
    this.#session = null
    this.#held = null
    this.#options.host.keepKey(null)
    this.#setLock(lock)
    if (!session) return
    this.#closing = session.close(lock === 'revoked' ? 'revoked' : null, lock === 'key').catch((error: unknown) => {
      this.#options.log('error', 'close_failed', { reason: error instanceof Error ? error.name : 'unknown' })
    })
    await this.#closing
    this.#vault?.spooled()
    this.#options.host.drained()
  }

  /** Past the offline hours without the vault the workstation locks; a clock set back locks until the vault answers. */
  async #watchTime(): Promise<void> {
    const { clock } = this.#options
    if (++this.#watches % keptEvery === 0) this.#keepTime()
    this.#session?.accounts.watchLeases()
    if (this.#vault?.isConnected) {
      if (clock.vaultAt < clock.now()) clock.observe(clock.now(), 'vault')
      return
    }
    if (!this.#session) return
    if (clock.setBack || clock.now() - clock.vaultAt > leaseMs(this.#policy)) await this.#keyLock('expired')
  }

  /** A disk that takes nothing more must not end the offline lease's watch. */
  #keepTime(): void {
    try {
      this.#options.profile.write('time.json', this.#options.clock.toStored())
      this.#trouble('profile', null)
    } catch {
      this.#trouble('profile', 'disk_full')
    }
  }

  status(): StatusView {
    return statusView({
      enrolled: this.enrolled,
      waitingCode: this.enrolled ? null : describeWaiting(this.#options.waitingCode),
      lock: this.#lock,
      session: this.#session,
      spoolWaiting: this.#session ? 0 : this.#spool.list().reduce((sum, file) => sum + file.to - file.from + 1, 0),
      connected: this.#vault?.isConnected ?? false,
      trouble: [...this.#troubles.values()][0] ?? null,
      capture: this.#options.capture,
      now: this.#options.clock.now(),
    })
  }

  /** Ends in order; with the key kept by main nothing needs to be drained, but a clean stop leaves an empty outbox. */
  async stop(): Promise<void> {
    const session = this.#session
    this.#session = null
    await session?.close(null, true)
    await this.#disconnect()
  }

  async #disconnect(): Promise<void> {
    if (this.#guard) clearInterval(this.#guard)
    if (this.#backTimer) clearTimeout(this.#backTimer)
    const vault = this.#vault
    this.#vault = null
    await vault?.stop()
  }
}
