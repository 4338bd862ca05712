/** Bounds on what strangers may use: token buckets by key and a budget for bytes in flight. */
import { CodedError } from '../../../shared/contracts/contract.ts'

export interface Rate {
  /** What may be used at once. */
  burst: number
  perSecond: number
}

/** Keys that are remembered; when there are more, the ones that have rested longest are forgotten. */
const maxKeys = 20_000

/** `now`: monotonic ms. A bucket that has filled up again is the same as one that was never used. */
export class Buckets {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #used = new Map<string, { left: number; at: number }>()

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes `amount` from the key's bucket; false when there is not enough, then nothing is taken. */
  take(key: string, amount = 1): boolean {
    const now = this.#now()
    const known = this.#used.get(key)
    const { burst, perSecond } = this.#rate
    const left = known ? Math.min(burst, known.left + ((now - known.at) / 1000) * perSecond) : burst
    if (left < amount) return false
    this.#used.delete(key)
    this.#used.set(key, { left: left - amount, at: now })
    if (this.#used.size > maxKeys) this.#forget(now)
    return true
  }

  #forget(now: number): void {
    const { burst, perSecond } = this.#rate
    for (const [key, bucket] of this.#used) {
      const full = bucket.left + ((now - bucket.at) / 1000) * perSecond >= burst
      if (full || this.#used.size > maxKeys) this.#used.delete(key)
      else break
    }
  }
}

/** Memory that request bodies may hold at the same time, in bytes per key. */
export class ByteBudget {
  readonly #limit: number
  readonly #held = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Throws CodedError('busy') when the key's budget is used up; otherwise the returned function gives the bytes back, once. */
  take(key: string, bytes: number): () => void {
    const held = this.#held.get(key) ?? 0
    if (held + bytes > this.#limit) throw new CodedError('busy', 'too much is being uploaded at this moment')
    this.#held.set(key, held + bytes)
    let given = false
    return () => {
      if (given) return
      given = true
      const left = (this.#held.get(key) ?? 0) - bytes
      if (left > 0) this.#held.set(key, left)
      else this.#held.delete(key)
    }
  }
}

/** Who counts as one neighbour: an IPv4 address or an IPv6 network of 64 bits. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].slice(0, 4).join(':')
}

export interface HttpLimits {
  enrolPerAddress: Rate
  linkPerAddress: Rate
  spoolPerAddress: Rate
  spoolBytesPerAddress: Rate
  spoolPerLedger: Rate
  spoolBytesPerLedger: Rate
  /** Bodies in memory together, in bytes: with a token, without one, and without one from the same address. */
  bodies: number
  spoolBodies: number
  spoolBodiesPerAddress: number
}
const mib = 1024 * 1024
export const httpLimits: HttpLimits = {
  enrolPerAddress: { burst: 60, perSecond: 1 },
  linkPerAddress: { burst: 300, perSecond: 20 },
  spoolPerAddress: { burst: 600, perSecond: 40 },
  spoolBytesPerAddress: { burst: 512 * mib, perSecond: 8 * mib },
  spoolPerLedger: { burst: 300, perSecond: 20 },
  spoolBytesPerLedger: { burst: 256 * mib, perSecond: 4 * mib },
  bodies: 256 * mib,
  spoolBodies: 192 * mib,
  spoolBodiesPerAddress: 96 * mib,
}
