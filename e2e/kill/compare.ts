/** What the providers saw against what the vault holds: nothing lost, doubled, reordered or made up. */
import { canonicalJson } from '../../shared/formats/canonical-json.ts'
import type { Channel, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { ExportedMessage } from '../harness/vault.ts'
import type { SimulatedMessage, WireEntry } from '../simulators/provider.ts'
import type { CommandedSend } from './traffic.ts'

export interface Evidence {
  channel: Channel
  /** What customers sent to the account, in the provider's order. */
  sent: SimulatedMessage[]
  /** What customers got from the account, per customer in the order of arrival. */
  received: Map<string, SimulatedMessage[]>
  wire: WireEntry[]
  commanded: CommandedSend[]
  /** The account's messages in the journal's order. */
  vault: ExportedMessage[]
}

interface Opened extends ExportedMessage {
  text: string
  providerId: string
}

/** Differences in words, empty when both sides agree. */
export function compare(evidence: Evidence): string[] {
  const vault = evidence.vault.map(opened)
  return [...compareInbound(evidence, vault), ...compareOutbound(evidence, vault), ...compareWire(evidence, vault)]
}

function opened(row: ExportedMessage): Opened {
  const { text, providerId } = JSON.parse(row.message ?? '{"text":"","providerId":""}') as NeutralMessage
  return { ...row, text, providerId }
}

export function shortly(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

function group<T>(rows: readonly T[], by: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const key = by(row)
    const known = groups.get(key)
    if (known) known.push(row)
    else groups.set(key, [row])
  }
  return groups
}

function compareInbound({ channel, sent }: Evidence, vault: Opened[]): string[] {
  const found: string[] = []
  const held = vault.filter((row) => row.direction === 'in')
  const byForm = group(held, (row) => row.message ?? '')
  const byText = group(held, (row) => row.text)
  const conversationOf = new Map<string, string>()
  const expected = new Set<string>()
  for (const { customer, message } of sent) {
    const form = canonicalJson(message)
    expected.add(form)
    const rows = byForm.get(form) ?? []
    const name = `${channel} in ${shortly(message.text)} (${message.providerId})`
    if (rows.length === 0) {
      const other = byText.get(message.text)?.[0]
      found.push(other ? `${name} differs: ${other.message} instead of ${form}` : `${name} is lost`)
    }
    if (rows.length > 1) found.push(`${name} stands ${rows.length} times in the vault`)
    const conversation = rows[0]?.conversation
    if (conversation === undefined) continue
    const known = conversationOf.get(customer)
    conversationOf.set(customer, known ?? conversation)
    if (known !== undefined && known !== conversation) found.push(`${name} stands in another conversation`)
  }
  for (const row of held)
    if (!expected.has(row.message ?? '')) found.push(`${channel} in ${shortly(row.text)} was never sent like this`)
  for (const [customer, rows] of group(sent, (row) => row.customer)) {
    const order = held.filter((row) => row.conversation === conversationOf.get(customer)).map((row) => row.text)
    found.push(
      ...inOrder(
        `${channel} in, ${customer}`,
        order,
        rows.map((row) => row.message.text),
      ),
    )
  }
  return found
}

/** Of what both have, the order must be the same. */
function inOrder(name: string, actual: string[], wanted: string[]): string[] {
  const both = new Set(wanted)
  const place = new Map(wanted.map((text, index) => [text, index]))
  const shared = actual.filter((text) => both.has(text))
  const wrong = shared.findIndex((text, at) => at > 0 && place.get(text)! < place.get(shared[at - 1]!)!)
  return wrong < 0 ? [] : [`${name}: ${shortly(shared[wrong]!)} comes after ${shortly(shared[wrong - 1]!)}`]
}

function compareOutbound({ channel, received, commanded }: Evidence, vault: Opened[]): string[] {
  const found: string[] = []
  const byText = group(
    vault.filter((row) => row.direction === 'out'),
    (row) => row.text,
  )
  const known = new Map(commanded.map((send) => [send.text, send]))
  for (const { text, outcome, customer } of commanded) {
    const rows = byText.get(text) ?? []
    const arrived = (received.get(customer.id) ?? []).filter((row) => row.message.text === text)
    const name = `${channel} out ${shortly(text)}`
    if (outcome === 'ok' && rows.length === 0) found.push(`${name} is lost: commanded, not in the vault`)
    if (outcome === 'refused' && rows.length > 0) found.push(`${name} was refused and stands in the vault`)
    if (rows.length > 1) found.push(`${name} stands ${rows.length} times in the vault`)
    if (arrived.length > 1) found.push(`${name} arrived ${arrived.length} times`)
    const state = rows[0]?.state
    if (arrived.length > 0 && rows.length === 0) found.push(`${name} arrived and is not in the vault`)
    if (arrived.length > 0 && state === 'failed') found.push(`${name} arrived and is failed in the vault`)
    if (arrived.length === 0 && hasLeft(state ?? '')) found.push(`${name} is ${state} in the vault and never arrived`)
    if (state !== undefined && !isSettled(channel, state)) found.push(`${name} is still ${state}`)
  }
  for (const text of byText.keys())
    if (!known.has(text)) found.push(`${channel} out ${shortly(text)} was never commanded`)
  for (const [customer, rows] of received) {
    const wanted = commanded.filter((send) => send.customer.id === customer).map((send) => send.text)
    const texts = rows.map((row) => row.message.text)
    for (const text of texts) if (!known.has(text)) found.push(`${channel} out ${shortly(text)} arrived from nowhere`)
    found.push(...inOrder(`${channel} out, at ${customer}`, texts, wanted))
  }
  return found
}

/** A WhatsApp message whose acknowledgement was cut is for a person to judge; a Telegram one is repeated until it is known. */
function isSettled(channel: Channel, state: string): boolean {
  if (state === 'unknown') return channel === 'whatsapp'
  return hasLeft(state) || state === 'failed'
}

/** An id that was handed over twice is one message at the provider, and the vault knows it by the provider's id. */
function compareWire({ channel, wire }: Evidence, vault: Opened[]): string[] {
  const accepted = group(
    wire.filter((entry) => entry.event === 'accepted' && entry.clientId !== undefined),
    (entry) => entry.clientId!,
  )
  const found: string[] = []
  for (const [clientId, entries] of accepted) {
    const made = new Set(entries.map((entry) => entry.providerId))
    if (made.size > 1) found.push(`${channel} client id ${clientId} became ${made.size} messages`)
  }
  if (channel === 'whatsapp') found.push(...findRepeats(wire))
  for (const { direction, clientId, state, text, providerId } of vault) {
    if (direction === 'in' || clientId === null) continue
    const name = `${channel} out ${shortly(text)} (${clientId})`
    const made = accepted.get(clientId)?.[0]?.providerId
    if (!hasLeft(state)) continue
    if (made === undefined) found.push(`${name} is ${state} in the vault and was never accepted`)
    else if (made !== providerId) found.push(`${name} is ${providerId} in the vault and ${made} at the provider`)
  }
  return found
}

/** WhatsApp messages leave once, and again only where the customer's phone has asked because it could not read them. */
function findRepeats(wire: WireEntry[]): string[] {
  const asked = wire.map(({ detail = '' }) => detail).filter((detail) => detail.startsWith('unreadable: '))
  const sends = wire.filter((entry) => entry.event === 'send' && entry.clientId !== undefined)
  return [...group(sends, (entry) => entry.clientId!)].flatMap(([clientId, { length }]) => {
    const allowed = 1 + asked.filter((detail) => detail.includes(clientId)).length
    return length > allowed ? [`whatsapp client id ${clientId} was handed over ${length} times`] : []
  })
}

function hasLeft(state: string): boolean {
  return state === 'sent' || state === 'delivered' || state === 'read'
}
