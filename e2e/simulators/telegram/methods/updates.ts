/** Methods for the update state: where mailboxes stand, and what a client has missed. */
import type { Authorization } from '../auth-keys.ts'
import type { Mailbox, MailboxEvent } from '../mailbox.ts'
import type { LooseEvent, Peer, SimulatorAccount, TelegramGroup } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, objectOf, RpcError } from '../tl-fields.ts'
import {
  dialogObject,
  eventPeers,
  messageObject,
  peersFor,
  peersOf,
  stateObject,
  updateObject,
  type View,
} from '../tl-objects.ts'
import { requireChannel, requireInside, viewOf } from './peers.ts'

/** A difference with more events is cut into slices of this size. */
const SLICE_EVENTS = 100
/** What a client gets of a megagroup whose difference is too long. */
const TOO_LONG_MESSAGES = 20

/** A device learns from the difference which of its own sends arrived: the random_id comes with the id. */
function messageIdUpdates(events: MailboxEvent[], device: Authorization): TlObject[] {
  return events.flatMap((event) => {
    if (event.kind !== 'message' || event.message.sentBy !== device) return []
    return [{ _: 'updateMessageID', id: event.message.id, random_id: event.message.randomId ?? 0n }]
  })
}

/** New messages as they are now: one that was deleted meanwhile is not among them, an edited one has its new text. */
function newMessages(view: View, events: MailboxEvent[]): TlObject[] {
  return events.flatMap((event) =>
    event.kind === 'message' && !event.message.deleted ? [messageObject(view, event.message)] : [],
  )
}

function otherUpdates(view: View, events: MailboxEvent[]): TlObject[] {
  return events
    .filter((event) => event.kind !== 'message' && !(event.kind === 'edit' && event.message.deleted))
    .map((event) => updateObject(view, event))
}

/** Changes without a pts since the client's date, and those of the numbered row (qts) that it has not got. */
function missedLoose(account: SimulatorAccount, date: number, qts: number): LooseEvent[] {
  return account.loose.filter((event) => (event.qts === null ? event.date >= date : event.qts > qts))
}

/** Megagroups in which something happened since the client's date: each has its own difference. */
function movedGroups(account: SimulatorAccount, date: number, context: RpcContext): TelegramGroup[] {
  return [...context.world.groups.values()].filter(
    (group) => group.members.has(account.user) && (group.box?.events.at(-1)?.date ?? -1) >= date,
  )
}

function getDifference(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const from = intOf(query, 'pts')
  if (from <= 0) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  const { mailbox } = account
  const view = viewOf(account, context)
  if (context.faults.take(account.info.id, 'too-long') !== null)
    return { _: 'updates.differenceTooLong', pts: mailbox.pts }
  const missed = mailbox.eventsAfter(from)
  const loose = missedLoose(account, intOf(query, 'date'), intOf(query, 'qts'))
  const groups = movedGroups(account, intOf(query, 'date'), context)
  if (missed.length + loose.length + groups.length === 0)
    return { _: 'updates.differenceEmpty', date: context.world.date(), seq: 1 }
  const totalLimit = intOf(query, 'pts_total_limit')
  if (totalLimit > 0 && missed.length > totalLimit) return { _: 'updates.differenceTooLong', pts: mailbox.pts }
  const asked = intOf(query, 'pts_limit')
  const events = missed.slice(0, asked > 0 ? Math.min(asked, SLICE_EVENTS) : SLICE_EVENTS)
  const complete = events.length === missed.length
  const tail = complete ? [...loose.map((event) => event.update), ...groups.map(tooLongUpdate)] : []
  const peers = [...events.flatMap((event) => eventPeers(context.world, event)), ...loose.flatMap((one) => one.peers)]
  const state = stateObject(view, events.at(-1)?.pts ?? mailbox.pts)
  // What has no pts comes with the last slice: until then the state keeps the client's own date and qts.
  const between = { ...state, date: intOf(query, 'date'), qts: intOf(query, 'qts') }
  return {
    _: complete ? 'updates.difference' : 'updates.differenceSlice',
    new_messages: newMessages(view, events),
    other_updates: [...messageIdUpdates(events, context.device), ...otherUpdates(view, events), ...tail],
    ...peersFor(view, context.device, [account.user, ...peers, ...groups]),
    ...(complete ? { state } : { intermediate_state: between }),
  }
}

function tooLongUpdate(group: TelegramGroup): TlObject {
  return { _: 'updateChannelTooLong', channel_id: BigInt(group.id), pts: group.box?.pts ?? 1 }
}

function requireBox(group: TelegramGroup): Mailbox {
  if (!group.box) throw new RpcError(400, 'CHANNEL_INVALID')
  return group.box
}

function getChannelDifference(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = requireInside(requireChannel(objectOf(query, 'channel'), account, context), account)
  const box = requireBox(group)
  const from = intOf(query, 'pts')
  if (from <= 0) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  if (from > box.pts) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_INVALID')
  const view = viewOf(account, context)
  if (context.faults.take(account.info.id, 'channel-too-long') !== null) return channelTooLong(view, group, context)
  const missed = box.eventsAfter(from)
  if (missed.length === 0) return { _: 'updates.channelDifferenceEmpty', final: true, pts: box.pts }
  const limit = intOf(query, 'limit')
  const events = missed.slice(0, Math.min(limit > 0 ? limit : SLICE_EVENTS, SLICE_EVENTS))
  const peers = events.flatMap((event) => eventPeers(context.world, event))
  return {
    _: 'updates.channelDifference',
    final: events.length === missed.length,
    pts: events.at(-1)?.pts ?? box.pts,
    new_messages: newMessages(view, events),
    other_updates: [...messageIdUpdates(events, context.device), ...otherUpdates(view, events)],
    ...peersFor(view, context.device, [account.user, group, ...peers]),
  }
}

/** The newest messages and where the group stands; what lies between has to be asked for as history. */
function channelTooLong(view: View, group: TelegramGroup, context: RpcContext): TlObject {
  const dialog = context.world.dialog(view.account, group)
  const messages = dialog.messages.slice(-TOO_LONG_MESSAGES).reverse()
  const peers: Peer[] = [view.account.user, group, ...messages.flatMap(peersOf)]
  return {
    _: 'updates.channelDifferenceTooLong',
    final: true,
    dialog: dialogObject(view, dialog),
    messages: messages.map((message) => messageObject(view, message)),
    ...peersFor(view, context.device, peers),
  }
}

export const updateMethods: MethodTable = {
  open: {},
  account: {
    'updates.getState': (_query, account, context) => stateObject(viewOf(account, context)),
    'updates.getDifference': getDifference,
    'updates.getChannelDifference': getChannelDifference,
  },
}
