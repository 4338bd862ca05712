/** What an event of another ledger does to this cache: the same as our own, without a ledger event, and nothing is executed. */
import type { EventHeader } from '../../shared/contracts/events.ts'
import type { DecodedPayload } from '../../shared/formats/event.ts'
import type { Reader, Writer } from '../cache/database.ts'
import {
  adoptSend,
  dropMessage,
  findByProviderId,
  findMessage,
  findSend,
  parkSend,
  recordMessage,
  recordSend,
  type MessageRow,
} from '../cache/messages.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import { applyChannelEvent, placeOf, type ApplyContext, type Touched } from './apply.ts'

export function applyForeignEvent(
  writer: Writer,
  where: { account: string; now: number; touched: Touched },
  header: EventHeader,
  peerAddress: string,
  decoded: DecodedPayload,
): void {
  const context: ApplyContext = { ...where, epoch: header.epoch, append: () => {} }
  switch (decoded.kind) {
    case 'message.recorded/1': {
      const { raw, ...message } = decoded.payload
      return applyChannelEvent(writer, context, { type: 'message', ...message, raw: Buffer.from(raw, 'base64') })
    }
    case 'message.intended/1':
      return applyIntent(writer, where, header, decoded.payload)
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
    default:
      return
  }
}

/** Shown, never executed here: it is in `sends` only so that its state can be found by its client id. */
function applyIntent(
  writer: Writer,
  where: { account: string; touched: Touched },
  header: EventHeader,
  intent: Extract<DecodedPayload, { kind: 'message.intended/1' }>['payload'],
): void {
  if (findSend(writer, where.account, intent.clientId)) return
  const identity = recordIdentity(writer, where.account, intent.peer)
  const conversation = recordConversation(writer, where.account, identity.id)
  // Where the client id is the provider's, the account's own devices may have told us before the journal did.
  const echo = findEcho(writer, where.account, conversation, intent.clientId)
  if (echo) return adoptSend(writer, { ...echo, account: where.account }, intent.clientId)
  const key = recordMessage(writer, {
    conversation: conversation.id,
    at: Math.floor(header.at / 1000) * 1000,
    opaque: header.message ?? '',
    mine: 1,
    path: 'workstation',
    kind: 'text',
    providerId: null,
    clientId: intent.clientId,
    state: 'unknown',
    replyTo: intent.replyTo,
    text: intent.text,
    account: where.account,
    peer: identity.id,
  })
  recordSend(writer, { ...key, account: where.account, clientId: intent.clientId, seq: 0 })
  parkSend(writer, where.account, intent.clientId)
  where.touched.conversations.add(conversation.id)
  where.touched.messages.push(key)
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
  const shown = send && send.seq === 0 ? findMessage(writer, send) : undefined
  if (!shown || shown.providerId !== null) return
  const { conversation } = placeOf(writer, shown.conversation)
  const echo = findEcho(writer, where.account, conversation, report.providerId)
  if (!echo) return
  dropMessage(writer, shown)
  adoptSend(writer, { ...echo, account: where.account }, report.clientId)
  where.touched.conversations.add(conversation.id)
  where.touched.messages.push(echo)
}
