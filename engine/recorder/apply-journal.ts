/** What an event of another ledger does to this cache: the same as our own, without a ledger event, and nothing is executed at once. */
import { isChange, isMedia } from '../../shared/contracts/neutral-message.ts'
import type { EventHeader, Payload } from '../../shared/contracts/events.ts'
import type { DecodedPayload } from '../../shared/formats/event.ts'
import { findAttachment, moveAttachment, recordAttachment } from '../cache/attachments.ts'
import { applyClaim } from '../cache/colleagues.ts'
import { listChangesById, recordChange } from '../cache/changes.ts'
import type { Reader, Writer } from '../cache/database.ts'
import {
  dropMessage,
  findByProviderId,
  findMessage,
  packContent,
  recordMessage,
  type MessageRow,
} from '../cache/messages.ts'
import { findIdentity, recordConversation, recordIdentity } from '../cache/people.ts'
import {
  adoptChangeSend,
  adoptSend,
  findSend,
  parkSend,
  recordSend,
  repeatRemote,
  type SendRow,
} from '../cache/sends.ts'
import { applyChannelEvent, applyReport } from './apply.ts'
import { applyStoredElsewhere, missMedia } from './apply-media.ts'
import { placeOf, touchTarget, type ApplyContext, type Place, type Touched } from './context.ts'
import { applyReopened } from './states.ts'

export function applyForeignEvent(
  writer: Writer,
  where: { account: string; now: number; touched: Touched },
  header: EventHeader,
  peerAddress: string,
  decoded: DecodedPayload,
): void {
  const context: ApplyContext = { ...where, epoch: header.epoch, foreign: true, append: () => {} }
  switch (decoded.kind) {
    case 'message.recorded/1': {
      const { raw, media, ...message } = decoded.payload
      const offer = media ? { ...media, reference: Buffer.from(media.reference, 'base64'), thumbnail: null } : null
      const event = { type: 'message' as const, ...message, raw: Buffer.from(raw, 'base64'), media: offer }
      return applyChannelEvent(writer, context, event)
    }
    case 'message.intended/1':
      return applyIntent(writer, context, header, decoded.payload)
    case 'message.state/1': {
      const { state, clientId } = decoded.payload
      if (state === 'sending' || (state === 'unknown' && !waitedForRunner(writer, where.account, clientId))) return
      mergeEcho(writer, where, decoded.payload)
      return applyReport(writer, context, decoded.payload)
    }
    case 'conversation.read/1':
      return applyChannelEvent(writer, context, { type: 'read-up-to', peerAddress, ...decoded.payload })
    case 'identity.seen/1':
      return applyChannelEvent(writer, context, { type: 'identity', identity: decoded.payload.identity })
    case 'group.seen/1':
      return applyChannelEvent(writer, context, { type: 'group', group: decoded.payload.group })
    case 'raw.kept/1': {
      const { reason, raw, place } = decoded.payload
      if (!place) return
      return applyChannelEvent(writer, context, { type: 'unknown', reason, raw: Buffer.from(raw, 'base64'), place })
    }
    case 'conversation.claimed/1':
      return applyClaimed(writer, context, header, decoded.payload)
    case 'media.stored/1': {
      const row = findFileOwner(writer, where.account, decoded.payload)
      return row && applyStoredElsewhere(writer, context, row, decoded.payload)
    }
    case 'media.missing/1':
      return applyMissingElsewhere(writer, context, decoded.payload)
    default:
      return
  }
}

/** That it may or may not have arrived is news only of what was shown as waiting. */
function waitedForRunner(reader: Reader, account: string, clientId: string | null): boolean {
  return clientId !== null && (findSend(reader, account, clientId)?.remote ?? 0) > 0
}

function applyClaimed(
  writer: Writer,
  { account, touched }: ApplyContext,
  header: EventHeader,
  { peer, claimed }: Payload<'conversation.claimed/1'>,
): void {
  const conversation = recordConversation(writer, account, recordIdentity(writer, account, peer).id)
  applyClaim(writer, conversation.id, { ledger: header.ledger, claimed, at: header.at })
  touched.conversations.add(conversation.id)
}

/** The message that an event about a file names. */
function findFileOwner(
  reader: Reader,
  account: string,
  named: Pick<Payload<'media.stored/1'>, 'peer' | 'author' | 'direction' | 'providerId' | 'clientId'>,
): MessageRow | undefined {
  const send = named.clientId === null ? undefined : findSend(reader, account, named.clientId)
  if (send?.target === null) return findMessage(reader, send)
  const identity = findIdentity(reader, account, named.peer.address)
  if (!identity || named.providerId === null) return undefined
  return findByProviderId(reader, {
    account,
    providerId: named.providerId,
    mine: named.direction === 'out' ? 1 : 0,
    peer: identity.id,
    conversation: 0,
    at: null,
  })
}

function applyMissingElsewhere(writer: Writer, context: ApplyContext, payload: Payload<'media.missing/1'>): void {
  const row = findFileOwner(writer, context.account, payload)
  const known = row && findAttachment(writer, row.n)
  // What is fetched or held here, or stands in the vault, is not missing because another workstation could not get it.
  if (!row || known?.source !== 'others') return
  const key = { conversation: row.conversation, at: row.at, n: row.n }
  missMedia(writer, context, key, payload.error, payload.retries)
}

/** Written by somebody who does not run the account: the vault says to whom runs it whether it may leave. */
function waitsForRunner(header: EventHeader): boolean {
  return header.epoch === '0.0'
}

/** What a lease's holder intended is never executed here: it is in `sends` only so that its state can be found by its client id. */
function recordForeign(writer: Writer, header: EventHeader, send: Parameters<typeof recordSend>[1]): void {
  const waits = waitsForRunner(header)
  recordSend(writer, send, { from: { ledger: header.ledger, remote: waits ? header.seq : 0 } })
  if (!waits) parkSend(writer, send.account, send.clientId)
}

/** A person repeats what did not arrive, or perhaps did not. */
function repeatIntent(writer: Writer, context: ApplyContext, header: EventHeader, send: SendRow): void {
  const row = send.target === null ? findMessage(writer, send) : undefined
  if (!waitsForRunner(header) || !row || (row.state !== 'failed' && row.state !== 'unknown')) return
  repeatRemote(writer, send, { ledger: header.ledger, remote: header.seq })
  applyReopened(writer, { ...row, account: context.account })
  context.touched.conversations.add(row.conversation)
  context.touched.messages.push(row)
}

function applyIntent(
  writer: Writer,
  context: ApplyContext,
  header: EventHeader,
  intent: Payload<'message.intended/1'>,
): void {
  const { account, touched } = context
  const known = findSend(writer, account, intent.clientId)
  if (known) return repeatIntent(writer, context, header, known)
  const identity = recordIdentity(writer, account, intent.peer)
  const conversation = recordConversation(writer, account, identity.id)
  if (isChange(intent.kind)) return applyIntendedChange(writer, context, { identity, conversation }, header, intent)
  // Where the client id is the provider's, the account's own devices may have told us before the journal did.
  const echo = findEcho(writer, account, conversation, intent.clientId)
  if (echo) return adoptSend(writer, { ...echo, account }, intent.clientId, header.ledger)
  const key = recordMessage(writer, {
    conversation: conversation.id,
    at: waitsForRunner(header) ? Math.max(secondOf(header), conversation.lastAt) : secondOf(header),
    opaque: header.message ?? '',
    mine: 1,
    path: 'workstation',
    kind: intent.kind,
    providerId: null,
    clientId: intent.clientId,
    state: waitsForRunner(header) ? 'queued' : 'unknown',
    replyTo: intent.replyTo,
    author: null,
    ...packContent(intent),
    target: null,
    text: intent.text,
    account,
    peer: identity.id,
    unread: false,
  })
  const { file } = intent.details ?? {}
  if (isMedia(intent.kind))
    recordAttachment(writer, {
      ...key,
      account,
      state: 'waiting',
      source: 'others',
      claimedBytes: file?.bytes ?? null,
      claimedSha256: null,
      mime: file?.mime ?? '',
    })
  recordForeign(writer, header, { ...key, account, clientId: intent.clientId, seq: 0, target: null })
  touched.conversations.add(conversation.id)
  touched.messages.push(key)
}

function secondOf(header: EventHeader): number {
  return Math.floor(header.at / 1000) * 1000
}

function applyIntendedChange(
  writer: Writer,
  context: ApplyContext,
  at: Place,
  header: EventHeader,
  intent: Payload<'message.intended/1'>,
): void {
  const { account } = context
  if (intent.target === null) return
  const echo = listChangesById(writer, at.conversation.id, intent.clientId).find((row) => row.mine === 1)
  if (echo) return adoptChangeSend(writer, { ...echo, account }, intent.clientId, header.ledger)
  const key = recordChange(writer, {
    conversation: at.conversation.id,
    target: intent.target,
    opaque: header.message ?? '',
    kind: intent.kind,
    author: 0,
    mine: 1,
    at: secondOf(header),
    text: intent.text,
    ...packContent(intent),
    providerId: null,
    clientId: intent.clientId,
    state: waitsForRunner(header) ? 'queued' : 'unknown',
  })
  recordForeign(writer, header, { ...key, at: secondOf(header), account, clientId: intent.clientId, seq: 0 })
  touchTarget(writer, context, at, key)
}

function findEcho(
  reader: Reader,
  account: string,
  conversation: { id: number; identity: number },
  providerId: string,
): MessageRow | undefined {
  const where = { account, providerId, mine: 1, peer: conversation.identity, conversation: conversation.id, at: null }
  return findByProviderId(reader, where)
}

/** Where the provider numbers by itself, only this report tells that an echo and an intent are one message: the echo stays. */
function mergeEcho(
  writer: Writer,
  where: { account: string; touched: Touched },
  report: { clientId: string | null; providerId: string | null },
): void {
  if (report.clientId === null || report.providerId === null) return
  const send = findSend(writer, where.account, report.clientId)
  // What we sent ourselves has a place in our ledger; the channel itself knows its echo.
  const isOurs = send === undefined || (send.ledger === null && send.seq > 0)
  const shown = isOurs || send.target !== null ? undefined : findMessage(writer, send)
  if (!shown || shown.providerId !== null) return
  const { conversation } = placeOf(writer, shown.conversation)
  const echo = findEcho(writer, where.account, conversation, report.providerId)
  if (!echo) return
  moveAttachment(writer, shown.n, { conversation: echo.conversation, at: echo.at, n: echo.n })
  dropMessage(writer, shown)
  adoptSend(writer, { ...echo, account: where.account }, report.clientId, send?.ledger ?? null)
  where.touched.conversations.add(conversation.id)
  where.touched.messages.push(echo)
}
