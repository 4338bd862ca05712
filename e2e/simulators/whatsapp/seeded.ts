/** Everything that looks random in the simulated world and has to be the same again for the same seed. */
import { hkdfSync } from 'node:crypto'

const SALT = Buffer.from('sealdesk/simulators/whatsapp')

/** Derives named byte strings from one seed; the same name gives the same bytes in every run. */
export class SeededSource {
  readonly #seed: Buffer
  readonly #counters = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = Buffer.from(`seed:${seed}`)
  }

  /** `length` bytes for this name; at most 8,160 (the limit of HKDF with SHA-256). */
  bytes(name: string, length: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#seed, SALT, Buffer.from(name), length))
  }

  /** Bytes that were not given before in this run: the next ones of this name. */
  next(name: string, length: number): Buffer {
    const count = (this.#counters.get(name) ?? 0) + 1
    this.#counters.set(name, count)
    return this.bytes(`${name}/${count}`, length)
  }

  /** A decimal number of exactly `digits` digits without a leading zero. */
  digits(name: string, digits: number): string {
    const span = 9n * 10n ** BigInt(digits - 1)
    const value = BigInt(`0x${this.bytes(name, 16).toString('hex')}`) % span
    return String(10n ** BigInt(digits - 1) + value)
  }
}
