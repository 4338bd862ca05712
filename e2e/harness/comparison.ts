/** What a provider's record says against what the vault hands out, row by row, in words. */
import { canonicalJson } from '../../shared/formats/canonical-json.ts'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { SimulatedMessage } from '../simulators/provider.ts'
import type { Control } from './control.ts'
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

/** When an account's own deletion was made Telegram does not tell; the vault knows when it was asked for. */
function withoutUntold(message: NeutralMessage, direction: 'in' | 'out'): NeutralMessage {
  const isUntold = direction === 'out' && message.channel === 'telegram' && message.kind === 'delete'
  return isUntold ? { ...message, time: 0 } : message
}

/** Order of members does not matter: all forms are compared as canonical JSON. */
function canonicalOf(message: NeutralMessage, direction: 'in' | 'out'): string {
  return canonicalJson(withoutUntold(message, direction))
}

/**
 * The provider's bytes of a message. A call has none of its own on the provider's side; what an account's own intent became, it is not
 * told; and Telegram brings one text in several objects, of which the record keeps one: those of one constructor are equal.
 */
function isSameRaw(provider: string, { raw, direction, neutral }: Held): boolean {
  if (provider === '' || raw === provider) return true
  if (raw === null) return direction === 'out'
  const [ours, theirs] = [raw, provider].map((text) => Buffer.from(text, 'base64'))
  if (!ours || !theirs) return false
  // What the owner's phone sent comes in an envelope that names the recipient.
  if (neutral?.channel === 'whatsapp') return direction === 'out' && ours.includes(theirs)
  return ours.length > 0 && !ours.subarray(0, 4).equals(theirs.subarray(0, 4))
}

/** All that the provider noted of one account: what customers sent to it, and what they got from it. */
export async function recordOf(
  control: Control,
  channel: Channel,
  account: string,
): Promise<{ sent: SimulatedMessage[]; received: SimulatedMessage[] }> {
  const sent = (await control.sent()).filter((row) => row.account === account)
  const customers = (await control.customers()).filter((one) => one.channel === channel)
  const received = (await Promise.all(customers.map(({ id }) => control.received(id)))).flat()
  return { sent, received: received.filter((row) => row.account === account) }
}

interface Held extends ExportedMessage {
  neutral: NeutralMessage | null
  /** As the vault wrote it, to the byte, without what the provider does not tell. */
  form: string | null
}

function heldOf(row: ExportedMessage): Held {
  const neutral = row.message === null ? null : (JSON.parse(row.message) as NeutralMessage)
  const told = neutral && withoutUntold(neutral, row.direction)
  return { ...row, neutral, form: told === neutral ? row.message : told && canonicalJson(told) }
}

export class HeldMessages {
  readonly rows: Held[]

  constructor(exported: ExportedMessage[]) {
    this.rows = exported.map(heldOf)
  }

  /**
   * Every row of the provider's record stands in the vault exactly once, in canonical form to the byte, with `raw` where the vault has
   * the provider's bytes for it. `direction` is the account's view.
   */
  compare(record: SimulatedMessage[], direction: 'in' | 'out'): string[] {
    const held = this.rows.filter((row) => row.direction === direction)
    return record.flatMap((row) => this.#compareOne(row, held, direction))
  }

  #compareOne({ message, raw, group }: SimulatedMessage, held: Held[], direction: 'in' | 'out'): string[] {
    const form = canonicalOf(message, direction)
    const same = held.filter((row) => row.form === form)
    const name = `${message.channel} ${message.kind} ${message.providerId}${group ? ` in ${group}` : ''}`
    if (same.length > 1) return [`${name} stands ${same.length} times in the vault`]
    const [one] = same
    if (one) {
      return isSameRaw(raw, one) ? [] : [`${name}: the provider's bytes differ`]
    }
    const near = held.find(
      ({ neutral }) => neutral?.providerId === message.providerId && neutral.chat === message.chat,
    )?.neutral
    return [near ? `${name} differs: ${differenceOf(message, near)}` : `${name} is not in the vault`]
  }

  /**
   * Rows that no entry of these records explains; what the account itself intended and sent stands in `records` as received. What the
   * provider tells of the account's own doings in a group is in no record.
   */
  unexplained(records: SimulatedMessage[], direction: 'in' | 'out'): string[] {
    const known = new Set(records.map(({ message }) => canonicalOf(message, direction)))
    return this.rows
      .filter((row) => row.direction === direction && !(row.form !== null && known.has(row.form)))
      .filter((row) => direction === 'in' || row.neutral?.kind !== 'service')
      .map((row) => `${direction} ${row.message ?? `raw ${row.raw?.slice(0, 80) ?? ''}`} stands only in the vault`)
  }
}
