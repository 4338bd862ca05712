/** What an event of another ledger does to this cache: the same as our own, without a ledger event, and nothing is executed. */
import { isChange, isMedia } from '../../shared/contracts/neutral-message.ts'
import type { EventHeader, Payload } from '../../shared/contracts/events.ts'
import type { DecodedPayload } from '../../shared/formats/event.ts'
import { findAttachment, moveAttachment, recordAttachment } from '../cache/attachments.ts'
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
import { adoptChangeSend, adoptSend, findSend, parkSend, recordSend } from '../cache/sends.ts'
import { applyChannelEvent } from './apply.ts'
import { applyStoredElsewhere, missMedia } from './apply-media.ts'
import { placeOf, touchTarget, type ApplyContext, type Place, type Touched } from './context.ts'

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
      const { state, ...report } = decoded.payload
      if (state === 'sending' || state === 'unknown') return
      mergeEcho(writer, where, decoded.payload)
      return applyChannelEvent(writer, context, { type: 'state', state, ...report })
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

/** Shown, never executed here: it is in `sends` only so that its state can be found by its client id. */
function applyIntent(
  writer: Writer,
  context: ApplyContext,
  header: EventHeader,
  intent: Payload<'message.intended/1'>,
): void {
  const { account, touched } = context
  if (findSend(writer, account, intent.clientId)) return
  const identity = recordIdentity(writer, account, intent.peer)
  const conversation = recordConversation(writer, account, identity.id)
  if (isChange(intent.kind)) return applyIntendedChange(writer, context, { identity, conversation }, header, intent)
  // Where the client id is the provider's, the account's own devices may have told us before the journal did.
  const echo = findEcho(writer, account, conversation, intent.clientId)
  if (echo) return adoptSend(writer, { ...echo, account }, intent.clientId)
  const key = recordMessage(writer, {
    conversation: conversation.id,
    at: secondOf(header),
    opaque: header.message ?? '',
    mine: 1,
    path: 'workstation',
    kind: intent.kind,
    providerId: null,
    clientId: intent.clientId,
    state: 'unknown',
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
  recordSend(writer, { ...key, account, clientId: intent.clientId, seq: 0, target: null })
  parkSend(writer, account, intent.clientId)
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
  if (echo) return adoptChangeSend(writer, { ...echo, account }, intent.clientId)
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
    state: 'unknown',
  })
  recordSend(writer, { ...key, at: secondOf(header), account, clientId: intent.clientId, seq: 0 })
  parkSend(writer, account, intent.clientId)
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
  // Own intents have a place in our ledger; the channel itself knows their echo.
  const shown = send && send.seq === 0 && send.target === null ? findMessage(writer, send) : undefined
  if (!shown || shown.providerId !== null) return
  const { conversation } = placeOf(writer, shown.conversation)
  const echo = findEcho(writer, where.account, conversation, report.providerId)
  if (!echo) return
  moveAttachment(writer, shown.n, { conversation: echo.conversation, at: echo.at, n: echo.n })
  dropMessage(writer, shown)
  adoptSend(writer, { ...echo, account: where.account }, report.clientId)
  where.touched.conversations.add(conversation.id)
  where.touched.messages.push(echo)
}
