/** What applying an event needs around it: where it stands, who is meant, what was touched. Everything runs in the caller's transaction. */
import type { SeenIdentity } from '../../shared/contracts/events.ts'
import type { EventDraft } from '../../shared/formats/event.ts'
import type { Details } from '../../shared/contracts/neutral-message.ts'
import type { ChannelEvent, MediaOffer } from '../channels/channel.ts'
import { referenceBytes, thumbnailBytes } from '../media/limits.ts'
import type { ChangeKey } from '../cache/changes.ts'
import type { Reader, Writer } from '../cache/database.ts'
import { putLines, type Lines } from '../cache/lines.ts'
import { findTarget, type MessageKey, type MessageRow } from '../cache/messages.ts'
import {
  conversationColumns,
  findIdentityById,
  recordConversation,
  recordIdentity,
  type ConversationRow,
  type IdentityRow,
} from '../cache/people.ts'

export interface Touched {
  conversations: Set<number>
  messages: MessageKey[]
  /** New messages and changes, for the line `recorded`. */
  recorded: ({ opaque: string } & ({ key: MessageKey } | { change: ChangeKey }))[]
  /** Own changes whose state moved, for the line `state`. */
  changes: ChangeKey[]
  /** Files of messages whose state moved, for the line `media`. */
  media: MessageKey[]
}

/** By account and address; account ids hold no space. */
export type Sights<T> = Map<string, { seen: SeenIdentity; found: T }>

export interface ApplyContext {
  account: string
  epoch: string
  now: number
  touched: Touched
  /** Places and people that this transaction has found already, one map each per commit. */
  places?: Sights<Place>
  people?: Sights<IdentityRow>
  /** What the list's lines become with this transaction's commit; whoever gives it puts it. */
  lines?: Lines
  /** It came down from the vault: others fetch its files. */
  foreign?: boolean
  append(draft: EventDraft): void
}

export interface Place {
  identity: IdentityRow
  conversation: ConversationRow
}

export type MessageEvent = Extract<ChannelEvent, { type: 'message' }>

/** Where an event stands and who wrote it. */
export interface Placed {
  at: Place
  mine: number
  /** Identity in a group, where it was not the account. */
  author: number | null
}

export function newTouched(): Touched {
  return { conversations: new Set(), messages: [], recorded: [], changes: [], media: [] }
}

/** Names and aliases come from strangers: they are cut to what a payload may hold. */
export function bounded(peer: SeenIdentity): SeenIdentity {
  return {
    address: peer.address,
    aliases: peer.aliases.slice(0, 16),
    name: peer.name === null ? null : peer.name.slice(0, 512).toWellFormed(),
  }
}

/** Before anything but a new message: it may read or write the list's lines itself. */
export function settleLines(writer: Writer, context: ApplyContext): void {
  if (context.lines) putLines(writer, context.lines)
}

/** What this transaction has found for a sight of somebody: the same sight again says nothing new. */
function remembered<T>(seen: Sights<T>, account: string, one: SeenIdentity): T | undefined {
  const known = seen.get(`${account} ${one.address}`)
  const isSame =
    known?.seen.name === one.name &&
    known.seen.aliases.length === one.aliases.length &&
    known.seen.aliases.every((alias, i) => alias === one.aliases[i])
  return isSame ? known.found : undefined
}

/** This sight may have changed the name or the address under which another one is remembered. */
function remember<T>(
  sights: Sights<T>,
  account: string,
  seen: SeenIdentity,
  found: T,
  identity: (one: T) => number,
): void {
  const id = identity(found)
  for (const [other, one] of sights) if (identity(one.found) === id) sights.delete(other)
  sights.set(`${account} ${seen.address}`, { seen, found })
}

/** `peer` must be bounded. */
export function place(writer: Writer, context: ApplyContext, peer: SeenIdentity): Place {
  const { account, places } = context
  const known = places && remembered(places, account, peer)
  if (known) return known
  const identity = recordIdentity(writer, account, peer)
  const found = { identity, conversation: recordConversation(writer, account, identity.id) }
  if (places) remember(places, account, peer, found, (one) => one.identity.id)
  return found
}

/** Who wrote something in a group; `author` must be bounded. */
export function person(writer: Writer, context: ApplyContext, author: SeenIdentity): IdentityRow {
  const { account, people } = context
  const known = people && remembered(people, account, author)
  if (known) return known
  const identity = recordIdentity(writer, account, author)
  if (people) remember(people, account, author, identity, (one) => one.id)
  return identity
}

export function header(
  context: ApplyContext,
  at: Place | null,
  message: string | null,
): Omit<EventDraft, 'kind' | 'payload'> {
  return {
    account: context.account,
    epoch: context.epoch,
    conversation: at?.conversation.opaque ?? null,
    identity: at?.identity.opaque ?? null,
    message,
    at: context.now,
  }
}

/** Where a message stands, from its conversation. */
export function placeOf(writer: Reader, conversation: number): Place {
  const row = writer.get<ConversationRow>(`SELECT ${conversationColumns} FROM conversations WHERE id = ?`, [
    conversation,
  ])!
  return { conversation: row, identity: findIdentityById(writer, row.identity)! }
}

/** The message that a change is about is to be shown anew, where it is here. */
export function touchTarget(
  writer: Reader,
  context: Pick<ApplyContext, 'account' | 'touched'>,
  at: Pick<Place, 'conversation'>,
  change: ChangeKey,
): MessageRow | undefined {
  const target = findTarget(writer, context.account, at.conversation, change.target)
  if (target) context.touched.messages.push({ conversation: target.conversation, at: target.at, n: target.n })
  context.touched.conversations.add(change.conversation)
  context.touched.changes.push({ conversation: change.conversation, target: change.target, n: change.n })
  return target
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Channels have what they offer from strangers. */
export function boundedOffer(offer: MediaOffer, details: Details | null): MediaOffer | null {
  if (offer.reference.length > referenceBytes) return null
  const bytes = offer.bytes ?? details?.file?.bytes ?? null
  return {
    reference: offer.reference,
    bytes: bytes !== null && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null,
    sha256: offer.sha256 !== null && /^[0-9a-f]{64}$/.test(offer.sha256) ? offer.sha256 : null,
    thumbnail: offer.thumbnail && offer.thumbnail.length <= thumbnailBytes ? offer.thumbnail : null,
  }
}

/** Writes down what somebody said or did, and names it for those who follow. `key` null: no row of its own. */
export function tell(
  context: ApplyContext,
  { at }: Placed,
  event: MessageEvent,
  key: MessageKey | null,
  opaque: string,
): void {
  const offer = event.media && boundedOffer(event.media, event.message.details)
  context.append({
    ...header(context, at, opaque),
    kind: 'message.recorded/1',
    payload: {
      peer: event.peer,
      author: event.author,
      direction: event.direction,
      path: event.path,
      message: event.message,
      clientId: event.clientId,
      raw: base64(event.raw),
      ...(offer && { media: { reference: base64(offer.reference), bytes: offer.bytes, sha256: offer.sha256 } }),
    },
  })
  context.touched.conversations.add(at.conversation.id)
  if (!key) return
  context.touched.messages.push(key)
  context.touched.recorded.push({ key, opaque })
}
