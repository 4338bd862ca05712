/** The faults that wait to strike an account, and what its next logins are refused with. */
import type { FaultRequest } from '../provider.ts'

type Kind = FaultRequest['kind']

interface ArmedFault {
  kind: Kind
  left: number
  value: number | undefined
}

/** `bad-mac` with this value strikes what the account writes, without it what is written to it. */
export const OUTBOUND = 1

/** Login refusal of a banned number. */
export const BANNED = 403

export class AccountFaults {
  readonly #armed: ArmedFault[] = []
  #refusal: { code: number; left: number } | null = null
  /** Until then only who has written to the account may be written to; epoch s, 0: no restriction. */
  restrictedUntilS = 0

  arm(kind: Kind, count: number, value: number | undefined): void {
    if (count > 0) this.#armed.push({ kind, left: count, value })
  }

  /** Uses up one strike of that kind; null when none is armed. `accept` looks at the fault's value first. */
  take(kind: Kind, accept: (value: number | undefined) => boolean = () => true): { value: number | undefined } | null {
    const index = this.#armed.findIndex((fault) => fault.kind === kind && accept(fault.value))
    const fault = this.#armed[index]
    if (!fault) return null
    fault.left -= 1
    if (fault.left === 0) this.#armed.splice(index, 1)
    return { value: fault.value }
  }

  /** Refuses logins with this code, `count` times or (Infinity) for good; null lets them in again. */
  refuse(code: number | null, count: number): void {
    this.#refusal = code === null ? null : { code, left: count }
  }

  /** The code that this login is refused with; null lets it in. */
  takeRefusal(): number | null {
    if (!this.#refusal) return null
    const { code } = this.#refusal
    this.#refusal.left -= 1
    if (this.#refusal.left <= 0) this.#refusal = null
    return code
  }
}
