/** What the window is told of customers who type, record or are online. */
import type { Handlers } from '../../shared/contracts/contract.ts'
import {
  mostNamed,
  type customerActivityContract,
  type CustomerActivityView,
} from '../../shared/contracts/customer-activity.ts'
import type { Reader } from '../cache/database.ts'
import { findIdentity } from '../cache/people.ts'
import { placeOf } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { getConversation, lookedAtFirst, type DeskHost } from './desk-host.ts'
import { listPeople, nameOf } from './people-views.ts'

export function createActivityDesk(host: DeskHost): Handlers<typeof customerActivityContract> {
  return {
    'activity.watch': ({ open, rows }) => {
      const session = host.session()
      if (open !== null) lookedAtFirst(session, getConversation(host, open))
      session.activity.show(open, rows)
      return { activities: session.activity.list().flatMap((id) => activityView(session, id) ?? []) }
    },
  }
}

/** Null: the window does not show it any more. */
export function activityView({ cache, activity }: Session, conversation: number): CustomerActivityView | null {
  const found = activity.of(conversation)
  if (!found) return null
  const { account, doers, availability } = found
  const people = doers.slice(0, mostNamed).map(({ address, doing }) => ({
    name: address === null ? null : nameOfAuthor(cache, account, address),
    doing,
  }))
  return {
    conversation: placeOf(cache, conversation).conversation.opaque,
    people,
    more: doers.length - people.length,
    availability,
  }
}

/** Null rather than the name of a provider: "WhatsApp is typing" says less than "somebody". */
function nameOfAuthor(reader: Reader, account: string, address: string): string | null {
  const identity = findIdentity(reader, account, address)
  const person = identity && listPeople(reader, [identity.id]).get(identity.id)
  if (!person || (person.name === null && person.phone === null)) return null
  return nameOf(person)
}
