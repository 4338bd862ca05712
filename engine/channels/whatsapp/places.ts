/** Where a stanza stands: its conversation, who wrote it, in which direction and when. */
import type { ChannelStore, SeenIdentity } from '../channel.ts'
import { groupAddress, isLid, knownOther, personAddress, resolvePerson } from './address.ts'
import type { KeptHeader, OwnAddresses } from './kept-event.ts'

export type AddressReader = Pick<ChannelStore, 'getState'>

export interface Place {
  /** The other side: a person, or the group. */
  peer: SeenIdentity
  /** In groups: who wrote it, where it was not the account; else null. */
  author: SeenIdentity | null
  /** Address of who wrote it, in conversations of two as well. */
  authorAddress: string
  outgoing: boolean
  group: boolean
}

/** A stanza's time is the server's; what claims to be further ahead than this is not believed. */
const AHEAD_LIMIT_MS = 86_400_000

/** Seconds as WhatsApp writes them, in epoch ms; null for anything else. */
export function stanzaTime(t: string | undefined): number | null {
  return t !== undefined && /^\d{1,12}$/.test(t) ? Number(t) * 1000 : null
}

/** The stanza's time, or the time of its arrival where it gives none or one far in the future. Whole seconds. */
export function eventTime(t: string | undefined, receivedAt: number): number {
  const time = stanzaTime(t)
  const arrival = Math.floor(receivedAt / 1000) * 1000
  return time === null || time === 0 || time > receivedAt + AHEAD_LIMIT_MS ? arrival : time
}

export function ownAddress(me: OwnAddresses): string | null {
  return me.lid ?? me.number
}

export function isOwn(me: OwnAddresses, jid: string | undefined | null): boolean {
  const address = personAddress(jid)
  return address !== null && (address === me.lid || address === me.number)
}

/** True when both addresses are of one person as far as the account has learned. */
export function isSamePerson(store: AddressReader, one: string, other: string): boolean {
  return one === other || knownOther(store, one) === other
}

/** A person whose stanza gives address and hint, with the name that the person goes by. */
export function seenPerson(
  store: AddressReader,
  jid: string | undefined,
  hint: string | undefined,
  name: string | undefined,
): SeenIdentity | null {
  const person = resolvePerson(store, jid, hint)
  return person && { ...person, name: name?.slice(0, 512) || null }
}

function hintOf(attrs: Record<string, string>, jid: string | undefined, role: string): string | undefined {
  return attrs[isLid(personAddress(jid) ?? '') ? `${role}_pn` : `${role}_lid`]
}

/** The person to whom an own message went, from the stanza or else from the message itself. */
function recipientOf(header: KeptHeader, store: AddressReader, destination: string | null): SeenIdentity | null {
  const { attrs } = header
  const told = personAddress(attrs['recipient']) ? attrs['recipient'] : (destination ?? undefined)
  const hint = hintOf(attrs, told, 'peer_recipient') ?? hintOf(attrs, told, 'recipient')
  return seenPerson(store, told, hint, undefined)
}

/** Null where the stanza names no conversation. `destination`: the chat that an own device's copy names. */
export function placeOf(header: KeptHeader, store: AddressReader, destination: string | null): Place | null {
  const { attrs, me } = header
  const own = ownAddress(me)
  const group = groupAddress(attrs['from'])
  const writer = group ? attrs['participant'] : attrs['from']
  const outgoing = isOwn(me, writer)
  const told = groupAddress(attrs['recipient']) ?? groupAddress(destination)
  const chat = group ?? (outgoing ? told : null)
  if (chat) {
    const peer = { address: chat, aliases: [], name: null }
    if (outgoing) return own ? { peer, author: null, authorAddress: own, outgoing, group: true } : null
    const author = seenPerson(store, writer, hintOf(attrs, writer, 'participant'), attrs['notify'])
    return author && { peer, author, authorAddress: author.address, outgoing, group: true }
  }
  if (outgoing) {
    const peer = recipientOf(header, store, destination)
    return peer && own ? { peer, author: null, authorAddress: own, outgoing, group: false } : null
  }
  const peer = seenPerson(store, writer, hintOf(attrs, writer, 'sender'), attrs['notify'])
  return peer && { peer, author: null, authorAddress: peer.address, outgoing, group: false }
}
