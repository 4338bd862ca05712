/** Edits, deletions, reactions and votes: each told once, own ones that echo back are one, and the message itself stays as it was. */
import { randomId } from '../../shared/formats/bytes.ts'
import {
  findChange,
  listChangesById,
  listNamelessOwn,
  recordChange,
  replaceChange,
  type ChangeRow,
} from '../cache/changes.ts'
import type { Writer } from '../cache/database.ts'
import { packContent, type MessageRow } from '../cache/messages.ts'
import { reindexText } from '../cache/search.ts'
import { findSend } from '../cache/sends.ts'
import { changeCounts, isDerivedId } from './change-rule.ts'
import { tell, touchTarget, type ApplyContext, type MessageEvent, type Placed } from './context.ts'
import { moveChange } from './states.ts'

export function applyChange(
  writer: Writer,
  context: ApplyContext,
  placed: Placed,
  event: MessageEvent,
  target: string,
): void {
  const own = findOwn(writer, context, placed, event, target)
  if (own) {
    const { providerId, time } = event.message
    return moveChange(writer, context, placed.at, own, { state: 'sent', providerId, time, error: null })
  }
  const known = findKnown(writer, placed, event, target)
  if (known) return applyAgain(writer, context, placed, event, known)
  const { at, mine } = placed
  const { message } = event
  const opaque = randomId()
  const change = {
    conversation: at.conversation.id,
    target,
    opaque,
    kind: message.kind,
    author: placed.author ?? 0,
    mine,
    at: message.time,
    text: message.text,
    ...packContent(message),
    providerId: message.providerId,
    clientId: event.clientId,
    state: mine === 1 ? 'sent' : 'received',
  }
  const key = recordChange(writer, change)
  tell(context, placed, event, null, opaque)
  context.touched.recorded.push({ change: key, opaque })
  const row = touchTarget(writer, context, at, key)
  if (row && change.kind === 'edit') applyEdit(writer, row, change)
}

/** What is found and what the list shows follow the newest text. */
export function applyEdit(
  writer: Writer,
  row: MessageRow,
  change: Omit<ChangeRow, 'n' | 'fault' | 'opaque' | 'at' | 'entities' | 'details' | 'clientId'>,
): void {
  if (!changeCounts(change, row, () => false)) return
  reindexText(writer, row)
  writer.run('UPDATE conversations SET lastText = ? WHERE id = ? AND lastAt = ? AND lastDirection = ?', [
    change.text.slice(0, 160),
    row.conversation,
    row.at,
    row.mine,
  ])
}

/** What this workstation did itself, by the id fixed before it left, or by what it was where the provider names it afterwards. */
function findOwn(
  writer: Writer,
  context: ApplyContext,
  placed: Placed,
  event: MessageEvent,
  target: string,
): ChangeRow | undefined {
  const { message } = event
  const send = event.clientId === null ? undefined : findSend(writer, context.account, event.clientId)
  if (send && send.target !== null)
    return findChange(writer, { conversation: send.conversation, target: send.target, n: send.n })
  if (!isDerivedId({ target, providerId: message.providerId })) return undefined
  // Telegram does not tell who deleted.
  if (placed.mine === 0 && message.kind !== 'delete') return undefined
  const { details } = packContent(message)
  return listNamelessOwn(writer, placed.at.conversation.id, target, message.kind).find(
    (row) => message.kind === 'delete' || (row.text === message.text && row.details === details),
  )
}

function findKnown(writer: Writer, placed: Placed, event: MessageEvent, target: string): ChangeRow | undefined {
  const { providerId } = event.message
  const derived = isDerivedId({ target, providerId })
  return listChangesById(writer, placed.at.conversation.id, providerId).find(
    (row) => derived || (row.mine === placed.mine && row.author === (placed.author ?? 0)),
  )
}

function applyAgain(
  writer: Writer,
  context: ApplyContext,
  placed: Placed,
  event: MessageEvent,
  known: ChangeRow,
): void {
  const { message } = event
  const { entities, details } = packContent(message)
  const renewable = isDerivedId(known) && (message.kind === 'reaction' || message.kind === 'vote')
  const differs = known.details !== details || known.text !== message.text
  if (!renewable || !differs || message.time < known.at) return
  replaceChange(writer, known, { at: message.time, text: message.text, entities, details })
  tell(context, placed, event, null, known.opaque)
  context.touched.recorded.push({
    change: { conversation: known.conversation, target: known.target, n: known.n },
    opaque: known.opaque,
  })
  touchTarget(writer, context, placed.at, known)
}
