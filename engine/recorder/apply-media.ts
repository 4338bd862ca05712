/** The file of a message: its row beside the message, and what the ledger hears when it is here or cannot be had. */
import {
  applyAdopted,
  applyAtVault,
  applyMissing,
  applyOffer,
  findAttachment,
  listOthers,
  recordAttachment,
  type AttachmentRow,
  type AttachmentState,
} from '../cache/attachments.ts'
import type { Reader, Writer } from '../cache/database.ts'
import { findMessage, type MessageKey, type MessageRow } from '../cache/messages.ts'
import { findIdentityById, seenIdentity } from '../cache/people.ts'
import type { ChannelFault } from '../channels/channel.ts'
import { automaticBytes, onDemandBytes } from '../media/limits.ts'
import { boundedOffer, header, placeOf, type ApplyContext, type MessageEvent } from './context.ts'
import { boundedFault } from './states.ts'

export const tooLarge: ChannelFault = { code: 'too_large', text: 'the file is too large', until: null }
const notOffered: ChannelFault = { code: 'media_not_offered', text: 'the file did not come with it', until: null }
/** What the vault holds is fetched unasked as long as somebody may still be waiting for it. */
const freshMs = 7 * 86_400_000

function stateFor(bytes: number | null): AttachmentState {
  if (bytes === null || bytes <= automaticBytes) return 'waiting'
  return bytes <= onDemandBytes ? 'on-demand' : 'missing'
}

/** Beside a new message with a file. */
export function applyMedia(
  writer: Writer,
  context: ApplyContext,
  event: MessageEvent,
  message: { key: MessageKey; opaque: string },
): void {
  const { details } = event.message
  const offer = event.media && boundedOffer(event.media, details)
  // What comes down from the vault, another workstation fetches or has fetched, as long as this one does not run the account.
  const others = context.foreign === true
  const state = others ? 'waiting' : offer ? stateFor(offer.bytes) : 'missing'
  const bytes = offer?.bytes ?? details?.file?.bytes ?? null
  recordAttachment(writer, {
    ...message.key,
    account: context.account,
    state,
    source: others ? 'others' : 'provider',
    reference: offer?.reference ?? null,
    claimedBytes: bytes !== null && bytes >= 0 ? bytes : null,
    claimedSha256: offer?.sha256 ?? null,
    thumbnail: offer?.thumbnail ?? null,
    mime: details?.file?.mime ?? '',
  })
  context.touched.media.push(message.key)
  if (state === 'missing') missMedia(writer, context, message.key, offer ? tooLarge : notOffered, false)
}

/** The channel offers a file whose message is known: others were to fetch it, or it could not be had. */
export function offerAgain(writer: Writer, context: ApplyContext, event: MessageEvent, key: MessageKey): void {
  const known = findAttachment(writer, key.n)
  const offer = event.media && boundedOffer(event.media, event.message.details)
  if (!offer || !known || known.state === 'held' || known.state === 'fetching') return
  if (known.source === 'provider' && known.state !== 'missing') return
  const state = stateFor(offer.bytes)
  if (state === 'missing') return
  applyOffer(writer, known, offer, state)
  context.touched.media.push(key)
  context.touched.messages.push(key)
}

/**
 * This workstation runs the account now and knows its journal to the end: what nobody has stored it fetches itself, and what came without
 * a reference nobody can fetch. `stale`: the references hold for the authorization that got them alone.
 */
export function adoptFiles(writer: Writer, context: ApplyContext, stale: boolean): void {
  for (const row of listOthers(writer, context.account)) {
    const key = { conversation: row.conversation, at: row.at, n: row.n }
    if (row.reference) {
      const state = stateFor(row.claimedBytes)
      if (state === 'missing') missMedia(writer, context, key, tooLarge, false)
      else applyAdopted(writer, row.n, state, stale)
      context.touched.media.push(key)
      context.touched.messages.push(key)
    } else if (findMessage(writer, key)?.mine === 0) missMedia(writer, context, key, notOffered, false)
  }
}

/** What every event about a message's file says of the message. */
export function mediaPlace(reader: Reader, row: MessageRow) {
  const at = placeOf(reader, row.conversation)
  const author = row.author === null ? undefined : findIdentityById(reader, row.author)
  return {
    at,
    payload: {
      peer: seenIdentity(reader, at.identity),
      author: author ? seenIdentity(reader, author) : null,
      direction: row.mine === 1 ? ('out' as const) : ('in' as const),
      providerId: row.providerId,
      clientId: row.clientId,
    },
  }
}

/** It cannot be had (for now): the row and the ledger say why. */
export function missMedia(
  writer: Writer,
  context: ApplyContext,
  key: MessageKey,
  fault: ChannelFault,
  retries: boolean,
): void {
  applyMissing(writer, key.n, boundedFault(fault))
  const row = findMessage(writer, key)
  if (!row) return
  const { at, payload } = mediaPlace(writer, row)
  context.append({
    ...header(context, at, row.opaque),
    kind: 'media.missing/1',
    payload: { ...payload, error: boundedFault(fault), retries },
  })
  context.touched.media.push(key)
  context.touched.messages.push(key)
}

/** Another workstation's file stands in the vault: it is fetched there, unless this workstation has it or is just fetching it. */
export function applyStoredElsewhere(
  writer: Writer,
  context: ApplyContext,
  row: MessageRow,
  file: { sha256: string; bytes: number; mime: string },
): void {
  const known = findAttachment(writer, row.n)
  const key = { conversation: row.conversation, at: row.at, n: row.n }
  if (!known) {
    recordAttachment(writer, {
      ...key,
      account: context.account,
      state: 'waiting',
      source: 'others',
      claimedBytes: file.bytes,
      claimedSha256: file.sha256,
      mime: file.mime,
    })
  } else if (!isOpenHere(known)) return
  const state = row.at < context.now - freshMs ? 'on-demand' : stateFor(file.bytes)
  applyAtVault(writer, row.n, file, state === 'missing' ? 'on-demand' : state)
  context.touched.media.push(key)
  context.touched.messages.push(key)
}

function isOpenHere(known: AttachmentRow): boolean {
  return (
    known.source === 'others' || (known.source === 'provider' && known.state !== 'held' && known.state !== 'fetching')
  )
}
