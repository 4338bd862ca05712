/** The customer of a conversation: one person, as far as the accounts of this workstation know them. */
import { CodedError } from '../../shared/contracts/contract.ts'
import { isGroupAddress } from '../../shared/contracts/neutral-message.ts'
import type { CustomerView } from '../../shared/contracts/own-desk.ts'
import { maskNumber } from '../../shared/domain/phone-number.ts'
import { findOldestAt } from '../cache/messages.ts'
import { listSamePerson, type SamePerson } from '../cache/people.ts'
import { getConversation, lookedAtFirst, type DeskHost } from './desk-host.ts'
import { nameOf, nameOfAddress } from './people-views.ts'

/** Throws CodedError('not_a_person'). */
export function getCustomer(host: DeskHost, opaque: string): CustomerView {
  const session = host.session()
  const row = getConversation(host, opaque)
  const people = listSamePerson(session.cache, row.identity)
  const [self] = people
  if (!self || isGroupAddress(self.address)) throw new CodedError('not_a_person', 'this conversation is a group')
  lookedAtFirst(session, row)
  const channels = new Map(session.accounts.list().map(({ id, channel }) => [id, channel]))
  return {
    name: nameOf(self),
    since: findOldestAt(session.cache, row.id),
    identities: people.flatMap((person) => {
      const channel = channels.get(person.account)
      if (!channel) return []
      const { account, conversation } = person
      return [{ account, channel, name: nameOf(person), known: knownAs(person), conversation }]
    }),
  }
}

function knownAs({ phone, address }: SamePerson): string | null {
  if (phone !== null) return maskNumber(phone)
  return address.startsWith('user:') ? nameOfAddress(address) : null
}
