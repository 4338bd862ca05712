/** Methods for the update state: where a mailbox stands, and what a client has missed. */
import type { Authorization } from '../auth-keys.ts'
import type { MailboxEvent } from '../mailbox.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, RpcError } from '../tl-fields.ts'
import { eventPeer, messageObject, stateObject, updateObject, usersFor } from '../tl-objects.ts'
import type { SimulatorAccount } from '../world.ts'

/** A difference with more events is cut into slices of this size. */
const SLICE_EVENTS = 100

/** A device learns from the difference which of its own sends arrived: the random_id comes with the id. */
function messageIdUpdates(events: MailboxEvent[], device: Authorization): TlObject[] {
  return events.flatMap((event) => {
    if (event.kind !== 'message' || event.message.sentBy !== device) return []
    return [{ _: 'updateMessageID', id: event.message.id, random_id: event.message.randomId ?? 0n }]
  })
}

function getDifference(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const from = intOf(query, 'pts')
  if (from <= 0) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  const missed = account.mailbox.events.slice(from - 1)
  const now = context.world.now()
  if (missed.length === 0) return { _: 'updates.differenceEmpty', date: Math.floor(now / 1000), seq: 1 }
  const totalLimit = intOf(query, 'pts_total_limit')
  if (totalLimit > 0 && missed.length > totalLimit) return { _: 'updates.differenceTooLong', pts: account.mailbox.pts }
  const asked = intOf(query, 'pts_limit')
  const events = missed.slice(0, asked > 0 ? Math.min(asked, SLICE_EVENTS) : SLICE_EVENTS)
  const complete = events.length === missed.length
  const state = stateObject(account, now, events.at(-1)?.pts)
  return {
    _: complete ? 'updates.difference' : 'updates.differenceSlice',
    new_messages: events.flatMap((event) => (event.kind === 'message' ? [messageObject(account, event.message)] : [])),
    other_updates: [
      ...messageIdUpdates(events, context.device),
      ...events.filter((event) => event.kind !== 'message').map((event) => updateObject(account, event)),
    ],
    users: usersFor(context.world, account, context.device, [account.user, ...events.map(eventPeer)]),
    ...(complete ? { state } : { intermediate_state: state }),
  }
}

export const updateMethods: MethodTable = {
  open: {},
  account: {
    'updates.getState': (_query, account, context) => stateObject(account, context.world.now()),
    'updates.getDifference': getDifference,
  },
}
