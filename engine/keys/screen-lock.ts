/** The screen lock: opened by unwrapping with the share that is still in memory; wrong PINs are counted across restarts. */
import { CodedError } from '../../shared/contracts/contract.ts'
import type { Profile } from '../profile.ts'
import type { HeldKeys } from './held-keys.ts'
import { unlockInMemory, type UnlockOptions } from './unlock.ts'

const allowed = 5

export class ScreenLock {
  readonly #profile: Profile
  readonly #now: () => number

  constructor(profile: Profile, now: () => number) {
    this.#profile = profile
    this.#now = now
  }

  /** False when the attempts are used up. Throws CodedError('pin_wrong') with the attempts left as message. */
  async opens(options: UnlockOptions, pin: string, held: HeldKeys): Promise<boolean> {
    const wrong = this.#profile.find('attempts.json')?.wrong ?? 0
    if (wrong >= allowed) return false
    // Counted before it is tried: killing the program does not give the attempt back.
    this.#profile.write('attempts.json', { wrong: wrong + 1, until: this.#now() })
    try {
      await unlockInMemory(options, pin, held)
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'key_refused') throw error
      if (wrong + 1 >= allowed) return false
      throw new CodedError('pin_wrong', String(allowed - wrong - 1))
    }
    this.reset()
    return true
  }

  reset(): void {
    this.#profile.write('attempts.json', { wrong: 0, until: 0 })
  }
}
