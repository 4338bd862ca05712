/** The smallest whole company, real parts only: simulators, a vault, one salesperson's headless engine, one account per channel. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { decodeEnrolmentCode, encodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'
import { startSimulators, type RunningSimulators } from '../simulators/index.ts'
import type { SimulatedAccount } from '../simulators/provider.ts'
import { createControl, type Control } from './control.ts'
import { endpointEnv, writeEndpoints } from './endpoints.ts'
import { EngineClient } from './engine.ts'
import { Link } from './link.ts'
import type { Tuned } from './local-engine.ts'
import { pairAccount } from './pairing.ts'
import type { JsonProcess } from './process.ts'
import { addAccount, addEmployee, enrolmentCode, initVault, startVault, type Login, type VaultReady } from './vault.ts'
import { startWorkstationClock, type WorkstationClock } from './workstation-clock.ts'

export interface CompanyAccount {
  channel: Channel
  /** The vault's id. */
  id: string
  simulated: SimulatedAccount
}

export interface CompanyCustomer {
  id: string
  channel: Channel
  name: string
  address: string
  phone: string
}

const pin = '482915'

export class SmallCompany {
  readonly folder: string
  readonly data: string
  /** Of the salesperson's workstation. */
  profile: string
  readonly pinFile: string
  readonly simulators: RunningSimulators
  readonly control: Control
  readonly engineEnv: Record<string, string>
  /** Between engine and providers, where the company stands behind it. */
  readonly link = new Link()
  readonly accounts: CompanyAccount[] = []
  /** The first login for the console, and the salesperson's id. */
  login: Login = { name: '', password: '', totp: '' }
  employee = ''
  #vault: { process: JsonProcess; ready: VaultReady } | null = null
  #engine: EngineClient | null = null
  readonly #tuned: Tuned | null
  #vaultBehindLink = false
  #clock: WorkstationClock | null = null
  readonly #vaultEnv: Record<string, string> = {}

  private constructor(folder: string, simulators: RunningSimulators, tuned: Tuned | null) {
    this.folder = folder
    this.#tuned = tuned
    // Gateway and keeper are two users when this runs as root: they pass through and list nothing.
    chmodSync(folder, 0o711)
    this.data = join(folder, 'vault')
    this.profile = join(folder, 'profile')
    this.pinFile = join(folder, 'pin')
    this.simulators = simulators
    this.control = createControl(simulators.endpoints.control)
    writeFileSync(this.pinFile, `${pin}\n`, { mode: 0o600 })
    this.engineEnv = endpointEnv(writeEndpoints(simulators, folder))
  }

  /**
   * Everything runs, the engine is enrolled and unlocked, both accounts are paired and live. `tuned`: the engine runs inside this process
   * with other durations. `simulatedTime`: engine and vault take the time from the simulated world, which POST /clock moves. `behindLink`:
   * the engine reaches the providers' sockets through `link`; `vaultBehindLink`: the vault as well.
   */
  static async open(
    seed: number,
    {
      tuned = null,
      simulatedTime = false,
      behindLink = false,
      vaultBehindLink = false,
    }: { tuned?: Tuned | null; simulatedTime?: boolean; behindLink?: boolean; vaultBehindLink?: boolean } = {},
  ): Promise<SmallCompany> {
    const simulators = await startSimulators({ whatsappPort: 0, telegramPort: 0, controlPort: 0, seed, company: null })
    const company = new SmallCompany(mkdtempSync(join(tmpdir(), 'sd-')), simulators, tuned)
    try {
      if (simulatedTime) await company.#useSimulatedTime()
      if (behindLink) await company.#leadThroughLink()
      company.#vaultBehindLink = vaultBehindLink
      await company.#build()
      return company
    } catch (error) {
      await company.close()
      throw error
    }
  }

  async #useSimulatedTime(): Promise<void> {
    this.#vaultEnv['SEALDESK_CLOCK_URL'] = `${this.simulators.endpoints.control}/clock`
    this.#clock = await startWorkstationClock(this.simulators)
    this.engineEnv['SEALDESK_CLOCK_URL'] = this.#clock.url
  }

  /** In simulated time: the workstation's clock is wrong by so many milliseconds. */
  skewWorkstation(ms: number): void {
    if (!this.#clock) throw new Error('the company does not live in simulated time')
    this.#clock.skew(ms)
  }

  async #leadThroughLink(): Promise<void> {
    const { whatsapp, telegram } = this.simulators.endpoints
    const url = new URL(whatsapp['url'] ?? '')
    url.port = String(await this.link.lead(Number(url.port)))
    this.engineEnv['SEALDESK_WHATSAPP_URL'] = url.href
    const port = await this.link.lead(Number(telegram.address.split(':')[1]))
    this.engineEnv['SEALDESK_TELEGRAM_ADDRESS'] = `127.0.0.1:${port}`
  }

  async #build(): Promise<void> {
    const { login } = await initVault(this.data, 'Nordlicht Handels GmbH')
    this.login = login
    await this.startVault()
    const { employee } = await addEmployee(this.data, 'Jana Weiss', 'salesperson', 'export')
    this.employee = employee
    for (const channel of ['whatsapp', 'telegram'] as const) await this.addAccount(channel, `${channel} sales`)
    await this.#takeWorkstation()
  }

  /** One more account of the salesperson's, not paired yet. */
  async addAccount(channel: Channel, name: string): Promise<CompanyAccount> {
    const telegramApiFile = join(this.folder, 'telegram-api.json')
    writeFileSync(telegramApiFile, JSON.stringify({ id: 17_349, hash: '344583e45741c457fe1862106095a5eb' }))
    const id = await addAccount(this.data, { channel, name, employee: this.employee, telegramApiFile })
    const account = { channel, id, simulated: await this.control.addAccount(channel, name) }
    this.accounts.push(account)
    return account
  }

  async #takeWorkstation(): Promise<void> {
    this.#engine = await this.enrol(this.employee, this.profile)
    for (const { id, simulated } of this.accounts) await pairAccount(this.engine, this.control, id, simulated)
  }

  /** The salesperson goes on at a new workstation, with the accounts paired anew; the old engine is killed. */
  async changeWorkstation(): Promise<void> {
    await this.engine.process.kill()
    this.profile = `${this.profile}-new`
    await this.#takeWorkstation()
  }

  /** A new workstation for this person, open when this resolves; the caller ends it. */
  async enrol(employee: string, profile: string): Promise<EngineClient> {
    const code = await this.#lead(await enrolmentCode(this.data, employee))
    return EngineClient.start({ profile, enrol: code, pinFile: this.pinFile, env: this.engineEnv, tuned: this.#tuned })
  }

  /** The same code with the gateway as it is reached through the link. */
  async #lead(code: string): Promise<string> {
    if (!this.#vaultBehindLink) return code
    const read = decodeEnrolmentCode(code)
    const gateway = new URL(read.gateway)
    gateway.port = String(await this.link.lead(Number(gateway.port)))
    return encodeEnrolmentCode({ ...read, gateway: gateway.origin })
  }

  /** An engine on a profile that is enrolled already; the caller ends it. */
  runProfile(profile: string): Promise<EngineClient> {
    return EngineClient.start({ profile, pinFile: this.pinFile, env: this.engineEnv, tuned: this.#tuned })
  }

  get engine(): EngineClient {
    if (!this.#engine) throw new Error('the engine is not started')
    return this.#engine
  }
  get vault(): { process: JsonProcess; ready: VaultReady } {
    if (!this.#vault) throw new Error('the vault is not started')
    return this.#vault
  }

  account(channel: Channel): CompanyAccount {
    return this.accounts.find((one) => one.channel === channel)!
  }

  async addCustomer(channel: Channel, name: string): Promise<CompanyCustomer> {
    const { id, address, phone } = await this.control.addCustomer(channel, name)
    return { id, channel, name, address, phone }
  }

  async startVault(): Promise<void> {
    this.#vault = await startVault(this.data, this.#vaultEnv)
  }

  /** The same profile and PIN file again; resolves with the ready line, before it is unlocked. */
  async startEngine(): Promise<void> {
    this.#engine = await this.runProfile(this.profile)
  }

  async untilLive(deadlineMs = 60_000): Promise<void> {
    const { engine } = this
    await Promise.all(this.accounts.map(({ id }) => engine.accountState(id, 'live', deadlineMs)))
  }

  /** The engine has taken in what customers wrote. */
  async untilRecorded(texts: string[]): Promise<void> {
    await Promise.all(texts.map((text) => this.engine.event('recorded', (line) => line['text'] === text)))
  }

  async close(): Promise<void> {
    await this.#engine?.process.kill()
    await this.#vault?.process.stop()
    await this.link.close()
    await this.#clock?.stop()
    await this.simulators.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
