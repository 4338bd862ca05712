/** What the desk's rooms share: the open session, who may be looked at, and the traces of looking. */
import { CodedError } from '../../shared/contracts/contract.ts'
import type { MessageRow } from '../cache/messages.ts'
import { findConversation, type ConversationRow } from '../cache/people.ts'
import type { ProviderChannel } from '../channels/channel.ts'
import { placeOf, type Place, type Touched } from '../recorder/context.ts'
import type { Sender } from '../accounts/sender.ts'
import type { Session } from '../session.ts'
import { getMessageByRef } from './views.ts'

export interface DeskHost {
  /** Throws CodedError('locked') when there is no open session. */
  session(): Session
  now(): number
  touched(touched: Touched): void
}

/** Throws CodedError('account_unknown', 'account_not_running'). */
export function requireChannel(host: DeskHost, account: string): ProviderChannel {
  const found = host.session().accounts.find(account)
  if (!found) throw new CodedError('account_unknown', 'there is no such account here')
  return found.runner.requireChannel()
}

/** How what is said here reaches the provider: through this workstation's channel, or (`remote`) through whoever runs the account. */
export interface Reach {
  sender: Sender
  remote: boolean
  newClientId(): string
}

/** Throws CodedError('account_not_running') for an account that is not assigned to this workstation. */
export function reachOf(host: DeskHost, account: string): Reach {
  const session = host.session()
  const found = session.accounts.find(account)
  if (!found) throw new CodedError('account_not_running', 'this account does not run on this workstation')
  const { channel, holdsLease } = found.runner
  return {
    sender: found.sender,
    remote: channel === null && !holdsLease,
    newClientId: () => channel?.newClientId() ?? session.newClientId(account),
  }
}

/** Throws CodedError('conversation_unknown'). */
export function getConversation(host: DeskHost, opaque: string): ConversationRow {
  const row = findConversation(host.session().cache, opaque)
  if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
  return row
}

/** Throws CodedError('message_unknown'). */
export function getPlaced(host: DeskHost, ref: string): { row: MessageRow; at: Place } {
  const { cache } = host.session()
  const row = getMessageByRef(cache, ref)
  return { row, at: placeOf(cache, row.conversation) }
}

const looked = new WeakMap<Session, Set<number>>()

/** Every look leaves a trace, written before the answer. */
export function lookedAt(session: Session, row: Pick<ConversationRow, 'id' | 'account' | 'opaque'>): void {
  session.record({ kind: 'conversation.opened/1', payload: {}, account: row.account, conversation: row.opaque })
  const seen = looked.get(session) ?? new Set()
  looked.set(session, seen.add(row.id))
}

/** A page or a text of a conversation that was never opened is a look as well: the window is not believed. */
export function lookedAtFirst(session: Session, row: ConversationRow): void {
  if (!looked.get(session)?.has(row.id)) lookedAt(session, row)
}
