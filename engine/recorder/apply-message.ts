/** A message of any kind: bubbles and notices become rows of their conversation, changes stand beside what they are about. */
import { isChange, isGroupAddress, isMedia } from '../../shared/contracts/neutral-message.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import type { Writer } from '../cache/database.ts'
import {
  findByProviderId,
  findMessage,
  packContent,
  recordMessage,
  replaceContent,
  type MessageRow,
  type NewMessage,
} from '../cache/messages.ts'
import { findSend } from '../cache/sends.ts'
import { applyChange } from './apply-change.ts'
import { applyMedia, offerAgain } from './apply-media.ts'
import { applyUnknown } from './apply-unknown.ts'
import {
  bounded,
  person,
  place,
  settleLines,
  tell,
  type ApplyContext,
  type MessageEvent,
  type Placed,
} from './context.ts'
import { moveState } from './states.ts'

/** Well within the 30 days that `recent` reaches back. */
const recentMs = 29 * 86_400_000

export function applyMessage(writer: Writer, context: ApplyContext, given: MessageEvent): void {
  const peer = bounded(given.peer)
  const at = place(writer, context, peer)
  const mine = given.direction === 'out' ? 1 : 0
  const author = given.author && mine === 0 && isGroupAddress(peer.address) ? bounded(given.author) : null
  const event: MessageEvent = { ...given, peer, author }
  const placed: Placed = { at, mine, author: author && person(writer, context, author).id }
  const { message } = event
  if (!isChange(message.kind)) return applyRow(writer, context, placed, event)
  settleLines(writer, context)
  if (message.target !== null) return applyChange(writer, context, placed, event, message.target)
  const where = { peer, author, direction: event.direction, providerId: message.providerId, time: message.time }
  applyUnknown(writer, context, { type: 'unknown', reason: 'change_without_target', raw: event.raw, place: where })
}

function findKnown(writer: Writer, context: ApplyContext, placed: Placed, event: MessageEvent): MessageRow | undefined {
  const send = event.clientId === null ? undefined : findSend(writer, context.account, event.clientId)
  if (send) return findMessage(writer, send)
  const { providerId, time } = event.message
  return findByProviderId(writer, {
    account: context.account,
    providerId,
    mine: placed.mine,
    peer: placed.at.identity.id,
    conversation: placed.at.conversation.id,
    author: placed.author,
    // What is younger stands among the recent ones, or (where two writers chose one id) at its time.
    at: time < context.now - recentMs || placed.author !== null ? time : null,
  })
}

function applyRow(writer: Writer, context: ApplyContext, placed: Placed, event: MessageEvent): void {
  const { at, mine } = placed
  const { message } = event
  const known = findKnown(writer, context, placed, event)
  if (known) {
    settleLines(writer, context)
    return applyKnown(writer, context, placed, event, known)
  }
  const opaque = randomId()
  const made: NewMessage = {
    conversation: at.conversation.id,
    at: message.time,
    opaque,
    mine,
    path: event.path,
    kind: message.kind,
    providerId: message.providerId,
    clientId: event.clientId,
    state: mine === 1 ? 'sent' : 'received',
    replyTo: message.reply,
    author: placed.author,
    ...packContent(message),
    target: message.target,
    text: message.text,
    account: context.account,
    peer: at.identity.id,
    unread: mine === 0 && isNews(message),
  }
  const key = recordMessage(writer, made, context.lines)
  tell(context, placed, event, key, opaque)
  if (isMedia(message.kind)) applyMedia(writer, context, event, { key, opaque })
}

/** Bubbles raise the number of what is unread; of the provider's notices only a call that nobody took. */
function isNews(message: MessageEvent['message']): boolean {
  if (message.kind === 'call') return message.details?.call?.outcome === 'missed'
  return message.kind !== 'service'
}

/** The same words, with what the provider adds to them: the links it finds, sizes and lengths of a file. */
function isEcho(known: MessageRow, { mine }: Placed, { message }: MessageEvent): boolean {
  // A forward says what its original says at that moment.
  const said = known.text === message.text || message.details?.forwarded === true
  return mine === 1 && known.path === 'workstation' && known.kind === message.kind && said
}

function applyKnown(
  writer: Writer,
  context: ApplyContext,
  placed: Placed,
  event: MessageEvent,
  known: MessageRow,
): void {
  const { message } = event
  const key = { conversation: known.conversation, at: known.at, n: known.n }
  const { entities, details } = packContent(message)
  // Decrypted at last (a retry), a call that was ringing when it was first told, or what the provider made of an own message.
  const told =
    known.kind === 'raw' ||
    (known.kind === 'call' && known.details !== details) ||
    (isEcho(known, placed, event) && (known.details !== details || known.entities !== entities))
  if (told) {
    replaceContent(writer, key, {
      kind: message.kind,
      replyTo: message.reply,
      author: placed.author,
      entities,
      details,
      target: message.target,
      text: message.text,
    })
    tell(context, placed, event, key, known.opaque)
    if (message.kind === 'call' && placed.mine === 0 && isNews(message))
      writer.run('UPDATE conversations SET unread = unread + 1 WHERE id = ?', [known.conversation])
  }
  if (isMedia(message.kind)) {
    if (known.kind === 'raw') applyMedia(writer, context, event, { key, opaque: known.opaque })
    else if (event.media && context.foreign !== true) offerAgain(writer, context, event, key)
  }
  if (placed.mine === 1)
    moveState(writer, context, placed.at, known, {
      state: 'sent',
      providerId: message.providerId,
      time: message.time,
      error: null,
    })
}
