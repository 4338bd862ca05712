/** What a provider's record says against what the vault hands out, row by row, in words. */
import { canonicalJson } from '../../shared/formats/canonical-json.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { SimulatedMessage } from '../simulators/provider.ts'
import type { ExportedMessage } from './vault.ts'

/** Where two neutral forms differ: `member: provider's ≠ vault's`. */
export function differenceOf(provider: NeutralMessage, vault: NeutralMessage): string {
  const members = new Set([...Object.keys(provider), ...Object.keys(vault)])
  const show = (value: unknown): string => (JSON.stringify(value) ?? 'absent').slice(0, 400)
  return [...members]
    .map((member) => [
      member,
      show(provider[member as keyof NeutralMessage]),
      show(vault[member as keyof NeutralMessage]),
    ])
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([member, ours, theirs]) => `${member}: ${ours} ≠ ${theirs}`)
    .join('; ')
}

/** Order of members does not matter: all forms are compared as canonical JSON. */
export const canonicalOf = (message: NeutralMessage): string => canonicalJson(message)

interface Held extends ExportedMessage {
  neutral: NeutralMessage | null
}

export class HeldMessages {
  readonly rows: Held[]

  constructor(exported: ExportedMessage[]) {
    this.rows = exported.map((row) => ({
      ...row,
      neutral: row.message === null ? null : (JSON.parse(row.message) as NeutralMessage),
    }))
  }

  /**
   * Every row of the provider's record stands in the vault exactly once, in canonical form to the byte, with `raw` where the vault has
   * the provider's bytes for it. `direction` is the account's view.
   */
  compare(record: SimulatedMessage[], direction: 'in' | 'out'): string[] {
    const held = this.rows.filter((row) => row.direction === direction)
    return record.flatMap((row) => this.#compareOne(row, held))
  }

  #compareOne({ message, raw, group }: SimulatedMessage, held: Held[]): string[] {
    const form = canonicalOf(message)
    const same = held.filter((row) => row.message === form)
    const name = `${message.channel} ${message.kind} ${message.providerId}${group ? ` in ${group}` : ''}`
    if (same.length > 1) return [`${name} stands ${same.length} times in the vault`]
    const [one] = same
    if (one) {
      const isRaw = one.raw === null ? one.direction === 'out' : one.raw === raw
      return isRaw ? [] : [`${name}: the provider's bytes differ`]
    }
    const near = held.find(
      ({ neutral }) => neutral?.providerId === message.providerId && neutral.chat === message.chat,
    )?.neutral
    return [near ? `${name} differs: ${differenceOf(message, near)}` : `${name} is not in the vault`]
  }

  /** Rows that no entry of these records explains; what the account itself intended and sent stands in `records` as received. */
  unexplained(records: SimulatedMessage[], direction: 'in' | 'out'): string[] {
    const known = new Set(records.map(({ message }) => canonicalOf(message)))
    return this.rows
      .filter((row) => row.direction === direction && !(row.message !== null && known.has(row.message)))
      .map((row) => `${direction} ${row.message ?? `raw ${row.raw?.slice(0, 80) ?? ''}`} stands only in the vault`)
  }
}
