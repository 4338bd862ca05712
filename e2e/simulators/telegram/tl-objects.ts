/** Builds the TL objects that one account sees: users, messages, dialogs, updates. */
import type { Authorization } from './auth-keys.ts'
import { topMessage, unreadCount, type Dialog, type MailboxEvent, type StoredMessage } from './mailbox.ts'
import type { TlObject } from './tl-codec.ts'
import type { SimulatorAccount, TelegramUser, TelegramWorld } from './world.ts'

export function peerObject(user: TelegramUser): TlObject {
  return { _: 'peerUser', user_id: BigInt(user.id) }
}

/** A user as this account sees it. Giving it to a device makes the user known there, access hash included. */
export function userObject(world: TelegramWorld, viewer: SimulatorAccount, user: TelegramUser): TlObject {
  const self = viewer.user === user
  const contact = viewer.mailbox.contacts.has(user)
  return {
    _: 'user',
    self,
    contact,
    mutual_contact: contact,
    id: BigInt(user.id),
    access_hash: world.accessHash(viewer, user),
    first_name: user.firstName,
    last_name: user.lastName ?? undefined,
    username: user.username,
    phone: self || contact ? user.phone : undefined,
    status: { _: 'userStatusRecently' },
  }
}

/** Users for a result; from then on short updates to this device may refer to them. */
export function usersFor(
  world: TelegramWorld,
  viewer: SimulatorAccount,
  device: Authorization,
  users: Iterable<TelegramUser>,
): TlObject[] {
  const distinct = [...new Set(users)]
  for (const user of distinct) device.knownUsers.add(user.id)
  return distinct.map((user) => userObject(world, viewer, user))
}

function replyHeader(replyTo: number | null): TlObject | undefined {
  return replyTo === null ? undefined : { _: 'messageReplyHeader', reply_to_msg_id: replyTo }
}

export function messageObject(owner: SimulatorAccount, message: StoredMessage): TlObject {
  return {
    _: 'message',
    out: message.out,
    id: message.id,
    // As the real server does: in a private conversation only own messages carry their author.
    from_id: message.out ? peerObject(owner.user) : undefined,
    peer_id: peerObject(message.peer),
    reply_to: replyHeader(message.replyTo),
    date: message.date,
    message: message.text,
    entities: message.entities.length > 0 ? message.entities : undefined,
  }
}

export function dialogObject(dialog: Dialog): TlObject {
  return {
    _: 'dialog',
    peer: peerObject(dialog.peer),
    top_message: dialog.messages.at(-1)?.id ?? 0,
    read_inbox_max_id: dialog.readInboxMaxId,
    read_outbox_max_id: dialog.readOutboxMaxId,
    unread_count: unreadCount(dialog),
    unread_mentions_count: 0,
    unread_reactions_count: 0,
    unread_poll_votes_count: 0,
    notify_settings: { _: 'peerNotifySettings' },
  }
}

export function topMessageObject(owner: SimulatorAccount, dialog: Dialog): TlObject {
  return messageObject(owner, topMessage(dialog))
}

export function stateObject(account: SimulatorAccount, now: number, pts = account.mailbox.pts): TlObject {
  const date = Math.floor(now / 1000)
  return { _: 'updates.state', pts, qts: 0, date, seq: 1, unread_count: account.mailbox.unreadTotal() }
}

/** The Update object of a mailbox event, the form inside `updates` and getDifference. */
export function updateObject(account: SimulatorAccount, event: MailboxEvent): TlObject {
  const counted = { pts: event.pts, pts_count: 1 }
  switch (event.kind) {
    case 'message':
      return { _: 'updateNewMessage', message: messageObject(account, event.message), ...counted }
    case 'read-inbox':
      return {
        _: 'updateReadHistoryInbox',
        peer: peerObject(event.peer),
        max_id: event.maxId,
        still_unread_count: event.unread,
        ...counted,
      }
    case 'read-outbox':
      return { _: 'updateReadHistoryOutbox', peer: peerObject(event.peer), max_id: event.maxId, ...counted }
  }
}

export function eventPeer(event: MailboxEvent): TelegramUser {
  return event.kind === 'message' ? event.message.peer : event.peer
}

/** The Updates object that is pushed for an event: short where Telegram uses the short form, else the full container. */
export function pushedObject(
  world: TelegramWorld,
  account: SimulatorAccount,
  device: Authorization,
  event: MailboxEvent,
): TlObject {
  const peer = eventPeer(event)
  if (event.kind === 'message' && event.message.entities.length === 0 && device.knownUsers.has(peer.id)) {
    const { id, out, text, date, replyTo } = event.message
    return {
      _: 'updateShortMessage',
      out,
      id,
      user_id: BigInt(peer.id),
      message: text,
      pts: event.pts,
      pts_count: 1,
      date,
      reply_to: replyHeader(replyTo),
    }
  }
  return {
    _: 'updates',
    updates: [updateObject(account, event)],
    users: usersFor(world, account, device, [peer, account.user]),
    chats: [],
    date: Math.floor(world.now() / 1000),
    seq: 0,
  }
}
