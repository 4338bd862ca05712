/** What a person types to write to somebody: the address, and the conversation that there is with it already. */
import { CodedError } from '../../shared/contracts/contract.ts'
import { isGroupAddress, type Channel } from '../../shared/contracts/neutral-message.ts'
import { findConversationWith, type ConversationRow } from '../cache/people.ts'
import type { Session } from '../session.ts'

/** Throws CodedError: account_unknown, address_malformed. */
export function readAddress(
  session: Session,
  input: { account: string; address: string },
): { address: string; known: ConversationRow | null } {
  const account = session.accounts.list().find((one) => one.id === input.account)
  if (!account) throw new CodedError('account_unknown', 'there is no such account here')
  const address = toAddress(account.channel, input.address)
  const known = findConversationWith(session.cache, input.account, address) ?? null
  if (isGroupAddress(address) && !known) throw new CodedError('address_malformed', 'this group is not known here')
  return { address, known }
}

/** Throws CodedError('address_malformed'). */
export function toAddress(channel: Channel, text: string): string {
  const address = text.trim()
  if (channel === 'telegram' && /^(user|chat|channel):\d{1,19}$/.test(address)) return address
  if (channel === 'whatsapp' && /^(\d{1,20}@(lid|s\.whatsapp\.net)|\d{1,20}(-\d{1,20})?@g\.us)$/.test(address))
    return address
  const digits = address.replace(/[\s+()-]/g, '')
  if (channel === 'whatsapp' && /^\d{5,15}$/.test(digits)) return `${digits}@s.whatsapp.net`
  throw new CodedError('address_malformed', 'this is no address of this channel')
}
