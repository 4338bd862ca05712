/** Trusted time: never behind what vault, provider or this profile has seen; the workstation's clock alone decides nothing. */

export interface WallClock {
  now(): number
}

/** A system clock this far behind the high-water mark locks until the vault answers. */
export const backwardsLimitMs = 5 * 60_000

export class TrustedClock implements WallClock {
  readonly #system: WallClock
  #highest: number
  #vaultAt: number
  readonly #elapsed: () => number
  #readAt: number

  /** `elapsed`: milliseconds of a clock that nobody can set. */
  constructor(
    system: WallClock,
    stored: { highest: number; vaultAt: number } | null,
    elapsed: () => number = () => performance.now(),
  ) {
    this.#system = system
    this.#elapsed = elapsed
    this.#readAt = elapsed()
    this.#highest = stored?.highest ?? 0
    this.#vaultAt = stored?.vaultAt ?? 0
  }

  /** Epoch ms; never goes back. */
  now(): number {
    const readAt = this.#elapsed()
    // A clock that is pushed back does not stop trusted time.
    this.#highest = Math.max(this.#highest + Math.floor(readAt - this.#readAt), this.#system.now())
    this.#readAt += Math.floor(readAt - this.#readAt)
    return this.#highest
  }

  /** The system clock was set back by more than the limit. */
  get setBack(): boolean {
    return this.#system.now() < this.#highest - backwardsLimitMs
  }

  /** A time that vault or provider vouches for; a provider cannot push us ahead by more than a day. */
  observe(time: number, source: 'vault' | 'provider'): void {
    if (source === 'vault') {
      this.#highest = Math.max(time, this.#system.now())
      this.#readAt = this.#elapsed()
      // On the scale of now(): a system clock that runs ahead must not use up the offline hours.
      this.#vaultAt = this.#highest
    } else if (time < this.#system.now() + 86_400_000) {
      this.#highest = Math.max(this.#highest, time)
    }
  }

  /** Trusted time when the vault last answered, epoch ms; 0: never. */
  get vaultAt(): number {
    return this.#vaultAt
  }

  toStored(): { highest: number; vaultAt: number } {
    return { highest: this.now(), vaultAt: this.#vaultAt }
  }
}
