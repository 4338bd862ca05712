/** The lines that follow a commit: what was recorded, whose state moved, which file came. */
import { findAttachment } from '../cache/attachments.ts'
import { findChange, type ChangeKey, type ChangeRow } from '../cache/changes.ts'
import { findMessage, findTarget, type MessageKey, type MessageRow } from '../cache/messages.ts'
import { findIdentityById, findOwnAddress } from '../cache/people.ts'
import { messageRef } from '../desk/message-views.ts'
import { placeOf, type Place, type Touched } from '../recorder/context.ts'
import type { Session } from '../session.ts'

type Write = (line: Record<string, unknown>) => void

export function tellTouched(session: Session | null, touched: Touched, write: Write): void {
  if (!session) return
  for (const one of touched.recorded) {
    if ('key' in one) tellMessage(session, one.key, one.opaque, write)
    else tellChange(session, one.change, one.opaque, write)
  }
  for (const key of touched.messages) {
    const row = findMessage(session.cache, key)
    if (row?.mine === 1)
      write({
        event: 'state',
        message: messageRef(key),
        state: row.state,
        providerId: row.providerId,
        clientId: row.clientId,
        fault: codeOf(row.fault),
      })
  }
  for (const key of touched.changes) {
    const row = findChange(session.cache, key)
    if (row?.mine === 1) write({ event: 'state', ...aboutTarget(session, row), ...stateOf(row) })
  }
  for (const key of touched.media) {
    const file = findAttachment(session.cache, key.n)
    if (file) write({ event: 'media', message: messageRef(key), state: file.state, sha256: file.sha256 })
  }
}

function stateOf({ state, kind, target, providerId, clientId, fault }: ChangeRow) {
  return { state, kind, target, providerId, clientId, fault: codeOf(fault) }
}

function codeOf(fault: string | null): string | null {
  return fault === null ? null : (JSON.parse(fault) as { code: string }).code
}

/** The address of who wrote it, as the neutral form names it. */
function authorOf(session: Session, at: Place, row: { mine: number; author: number | null }): string | null {
  if (row.mine === 1) return findOwnAddress(session.cache, at.conversation.account)
  const author = row.author === null || row.author === 0 ? at.identity : findIdentityById(session.cache, row.author)
  return author?.address ?? null
}

/** `message`: the message that a change is about, null while it is not here. */
function aboutTarget(session: Session, row: ChangeRow): { message: string | null } {
  const { conversation } = placeOf(session.cache, row.conversation)
  const target = findTarget(session.cache, conversation.account, conversation, row.target)
  return { message: target ? messageRef(target) : null }
}

function tellMessage(session: Session, key: MessageKey, opaque: string, write: Write): void {
  const row = findMessage(session.cache, key)
  if (row) write({ ...recorded(session, row, opaque), message: messageRef(key) })
}

function tellChange(session: Session, key: ChangeKey, opaque: string, write: Write): void {
  const row = findChange(session.cache, key)
  if (row) write({ ...recorded(session, row, opaque), ...aboutTarget(session, row) })
}

function recorded(session: Session, row: MessageRow | ChangeRow, opaque: string): Record<string, unknown> {
  const at = placeOf(session.cache, row.conversation)
  return {
    event: 'recorded',
    account: at.conversation.account,
    conversation: at.conversation.opaque,
    message: null,
    ledgerMessage: opaque,
    providerId: row.providerId,
    direction: row.mine === 1 ? 'out' : 'in',
    kind: row.kind,
    target: row.target,
    author: authorOf(session, at, row),
    text: row.text,
    time: row.at,
  }
}
