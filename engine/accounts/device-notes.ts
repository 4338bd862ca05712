/** The account's own number and linked devices as the provider lists them, told to the vault: IT sees which phone an account hangs on. */
import type { Payload } from '../../shared/contracts/events.ts'
import type { Cache, Writer } from '../cache/database.ts'
import { findText, putValue } from '../cache/meta.ts'
import type { LinkedDevice, ProviderChannel } from '../channels/channel.ts'

type Devices = Payload<'account.devices/1'>

export interface DeviceNotesOptions {
  account: string
  cache: Cache
  now(): number
  /** While the account is live on this workstation. */
  channel(): ProviderChannel | null
  /** Digits, where the provider tells them. */
  phone(): string | null
  append(writer: Writer, payload: Devices): void
}

/** After a log-in the provider has more to do than to list devices. */
const afterLogInMs = 10_000
const askAgainMs = 6 * 3_600_000
/** What only moved in time is told again after this. */
const tellAgainMs = 24 * 3_600_000
const mostDevices = 64

export class DeviceNotes {
  readonly #options: DeviceNotesOptions
  #timer: NodeJS.Timeout | null = null
  #askedAt: number | null = null

  constructor(options: DeviceNotesOptions) {
    this.#options = options
  }

  /** Call when the account's state has changed. */
  changed(): void {
    if (this.#options.channel() === null) return this.stop()
    if (this.#timer) return
    const isDue = this.#askedAt === null || this.#options.now() - this.#askedAt >= askAgainMs
    this.#timer = setTimeout(() => void this.#ask(), isDue ? afterLogInMs : askAgainMs)
    this.#timer.unref()
  }

  async #ask(): Promise<void> {
    this.#timer = null
    const channel = this.#options.channel()
    if (!channel) return
    this.#askedAt = this.#options.now()
    try {
      this.#note(await channel.listDevices())
    } catch {
      // The provider does not tell now: asked again later.
    }
    this.changed()
  }

  #note(listed: readonly LinkedDevice[]): void {
    const { cache, account } = this.#options
    if (this.#options.channel() === null) return
    const devices = listed.slice(0, mostDevices).map(({ name, platform, current, activeAt }) => ({
      name,
      platform,
      current,
      activeAt,
    }))
    const payload = { phone: this.#options.phone(), devices }
    const key = `devices/${account}`
    const still = JSON.stringify({ ...payload, devices: devices.map((one) => ({ ...one, activeAt: null })) })
    const [toldAt, told] = (findText(cache, key) ?? '0 ').split(/ (.*)/s)
    const at = this.#options.now()
    if (told === still && at - Number(toldAt) < tellAgainMs) return
    cache.transaction((writer) => {
      putValue(writer, key, `${at} ${still}`)
      this.#options.append(writer, payload)
    })
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
