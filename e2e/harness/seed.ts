/** The seed of a random test: printed, repeatable through SEALDESK_SEED, and the numbers that follow from it. */
import { randomInt } from 'node:crypto'

export interface Random {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  pick<T>(from: readonly T[]): T
  /** A copy in another order. */
  shuffled<T>(from: readonly T[]): T[]
}

/** SEALDESK_SEED where it is a number from 1 to 2^31 - 1, else a new one. */
export function readSeed(): number {
  const given = Number(process.env['SEALDESK_SEED'])
  return Number.isSafeInteger(given) && given > 0 && given < 2 ** 31 ? given : randomInt(1, 2 ** 31)
}

/** The same numbers for the same seed (xorshift32: tests need spread, not secrecy). */
export function createRandom(seed: number): Random {
  let state = seed | 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  // Small seeds begin with small numbers.
  for (let n = 0; n < 16; n++) next()
  const below = (end: number): number => Math.floor(next() * end)
  return {
    next,
    below,
    pick: (from) => from[below(from.length)]!,
    shuffled: (from) => {
      const all = [...from]
      for (let at = all.length - 1; at > 0; at--) {
        const other = below(at + 1)
        ;[all[at], all[other]] = [all[other]!, all[at]!]
      }
      return all
    },
  }
}
