/** Builds the TL objects that one account sees: users, messages, dialogs, updates. */
import type { Authorization } from './auth-keys.ts'
import type { FileStore } from './files.ts'
import { topMessage, unreadCount, type Dialog, type MailboxEvent, type StoredMessage } from './mailbox.ts'
import type { Peer, Post, SimulatorAccount, TelegramUser } from './model.ts'
import type { TlObject } from './tl-codec.ts'
import { groupObject } from './tl-groups.ts'
import { mediaObject } from './tl-media.ts'
import type { TelegramWorld } from './world.ts'

/** For whom objects are made: they differ from account to account. */
export interface View {
  world: TelegramWorld
  files: FileStore
  account: SimulatorAccount
}

export function peerObject(peer: Peer): TlObject {
  if (peer.kind === 'user') return { _: 'peerUser', user_id: BigInt(peer.id) }
  return peer.mega ? { _: 'peerChannel', channel_id: BigInt(peer.id) } : { _: 'peerChat', chat_id: BigInt(peer.id) }
}

/** A user as this account sees it. */
export function userObject({ world, account }: View, user: TelegramUser): TlObject {
  const self = account.user === user
  const contact = account.mailbox.contacts.has(user)
  return {
    _: 'user',
    self,
    contact,
    mutual_contact: contact,
    id: BigInt(user.id),
    access_hash: world.accessHash(account, user),
    first_name: user.firstName,
    last_name: user.lastName ?? undefined,
    username: user.username,
    phone: self || contact ? user.phone : undefined,
    status: user.status,
  }
}

/** The `users` and `chats` of a result; from then on short updates to this device may refer to them. */
export function peersFor(
  view: View,
  device: Authorization,
  peers: Iterable<Peer>,
): { users: TlObject[]; chats: TlObject[] } {
  const distinct = [...new Set(peers)]
  for (const peer of distinct) device.known.add(peer)
  const users = distinct.filter((peer) => peer.kind === 'user').map((user) => userObject(view, user))
  const chats = distinct
    .filter((peer) => peer.kind === 'group')
    .map((group) => groupObject(view.world, view.account, group))
  return { users, chats }
}

/** Everybody whom a message names: clients cannot show it without them. */
export function peersOf(message: StoredMessage): Peer[] {
  const { post, peer } = message
  const named = [...post.reactions.keys(), ...(post.forward ? [post.forward.from] : [])]
  return [peer, post.author, ...named]
}

/** Users whom a service message names by id. */
export function actionUsers(world: TelegramWorld, action: TlObject | null): TelegramUser[] {
  if (!action) return []
  const users = action['users']
  const ids = [...(Array.isArray(users) ? users : []), action['user_id'], action['inviter_id']]
  return ids.flatMap((id) => (typeof id === 'bigint' ? (world.user(Number(id)) ?? []) : []))
}

function replyHeader(replyTo: number | null): TlObject | undefined {
  return replyTo === null ? undefined : { _: 'messageReplyHeader', reply_to_msg_id: replyTo }
}

function forwardHeader(post: Post): TlObject | undefined {
  if (!post.forward) return undefined
  return { _: 'messageFwdHeader', from_id: peerObject(post.forward.from), date: post.forward.date }
}

export function reactionsObject(post: Post, viewer: TelegramUser): TlObject {
  const counts = new Map<string, number>()
  for (const { emoji } of post.reactions.values()) counts.set(emoji, (counts.get(emoji) ?? 0) + 1)
  const own = post.reactions.get(viewer)?.emoji
  const reaction = (emoticon: string): TlObject => ({ _: 'reactionEmoji', emoticon })
  const recent = [...post.reactions].reverse().slice(0, 100)
  return {
    _: 'messageReactions',
    can_see_list: true,
    results: [...counts].map(([emoji, count]) => ({
      _: 'reactionCount',
      chosen_order: emoji === own ? 0 : undefined,
      reaction: reaction(emoji),
      count,
    })),
    recent_reactions: recent.map(([user, { emoji, date }]) => ({
      _: 'messagePeerReaction',
      my: user === viewer,
      unread: user !== viewer && post.author === viewer,
      peer_id: peerObject(user),
      date,
      reaction: reaction(emoji),
    })),
  }
}

export function messageObject({ account, files }: View, message: StoredMessage): TlObject {
  const { post, peer } = message
  const out = post.author === account.user
  // As the real server does: in a private conversation only own messages carry their author.
  const from = out || peer.kind === 'group' ? peerObject(post.author) : undefined
  const common = {
    out,
    id: message.id,
    from_id: from,
    peer_id: peerObject(peer),
    reply_to: replyHeader(message.replyTo),
    date: post.date,
    reactions: post.reactions.size > 0 ? reactionsObject(post, account.user) : undefined,
    ttl_period: post.ttlSeconds > 0 ? post.ttlSeconds : undefined,
  }
  if (post.action) return { _: 'messageService', ...common, action: post.action }
  return {
    _: 'message',
    ...common,
    fwd_from: forwardHeader(post),
    message: post.text,
    media: post.media ? mediaObject(post.media, account.user, post.author, files) : undefined,
    entities: post.entities.length > 0 ? post.entities : undefined,
    edit_date: post.editedAt ?? undefined,
    grouped_id: post.album ?? undefined,
  }
}

export function dialogObject(view: View, dialog: Dialog): TlObject {
  const { peer } = dialog
  return {
    _: 'dialog',
    peer: peerObject(peer),
    top_message: dialog.messages.at(-1)?.id ?? 0,
    read_inbox_max_id: dialog.readInboxMaxId,
    read_outbox_max_id: dialog.readOutboxMaxId,
    unread_count: unreadCount(dialog, view.account.user),
    unread_mentions_count: 0,
    unread_reactions_count: 0,
    unread_poll_votes_count: 0,
    notify_settings: { _: 'peerNotifySettings' },
    pts: peer.kind === 'group' && peer.box ? peer.box.pts : undefined,
  }
}

export function topMessageObject(view: View, dialog: Dialog): TlObject {
  return messageObject(view, topMessage(dialog))
}

export function stateObject({ world, account }: View, pts = account.mailbox.pts): TlObject {
  const unread = world.unreadTotal(account)
  return { _: 'updates.state', pts, qts: account.qts, date: world.date(), seq: 1, unread_count: unread }
}

/** The Update object of a mailbox event, the form inside `updates` and the differences. */
export function updateObject(view: View, event: MailboxEvent): TlObject {
  const counted = { pts: event.pts, pts_count: event.count }
  switch (event.kind) {
    case 'message':
    case 'edit': {
      const channel = event.message.peer.kind === 'group' && event.message.peer.mega
      const what = event.kind === 'message' ? 'New' : 'Edit'
      const message = messageObject(view, event.message)
      return { _: `update${what}${channel ? 'Channel' : ''}Message`, message, ...counted }
    }
    case 'delete':
      if (event.peer.kind === 'user' || !event.peer.mega)
        return { _: 'updateDeleteMessages', messages: event.ids, ...counted }
      return { _: 'updateDeleteChannelMessages', channel_id: BigInt(event.peer.id), messages: event.ids, ...counted }
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

export function eventPeers(world: TelegramWorld, event: MailboxEvent): Peer[] {
  if (event.kind === 'message' || event.kind === 'edit')
    return [...peersOf(event.message), ...actionUsers(world, event.message.post.action)]
  return [event.peer]
}

function isPlain(post: Post): boolean {
  return !post.media && !post.action && post.album === null && post.entities.length === 0 && post.reactions.size === 0
}

function shortMessage(view: View, event: MailboxEvent & { kind: 'message' }): TlObject {
  const { post, id, peer, replyTo } = event.message
  const out = post.author === view.account.user
  const common = {
    out,
    id,
    message: post.text,
    pts: event.pts,
    pts_count: event.count,
    date: post.date,
    fwd_from: forwardHeader(post),
    reply_to: replyHeader(replyTo),
    ttl_period: post.ttlSeconds > 0 ? post.ttlSeconds : undefined,
  }
  if (peer.kind === 'user') return { _: 'updateShortMessage', user_id: BigInt(peer.id), ...common }
  return { _: 'updateShortChatMessage', from_id: BigInt(post.author.id), chat_id: BigInt(peer.id), ...common }
}

/** An Updates container for one device. */
export function updatesObject(view: View, device: Authorization, updates: TlObject[], peers: Iterable<Peer>): TlObject {
  return { _: 'updates', updates, ...peersFor(view, device, peers), date: view.world.date(), seq: 0 }
}

/** The Updates object that is pushed for an event: short where Telegram uses the short form, else the full container. */
export function pushedObject(view: View, device: Authorization, event: MailboxEvent, extra: TlObject[] = []): TlObject {
  const peers = eventPeers(view.world, event)
  const channel = peers.some((peer) => peer.kind === 'group' && peer.mega)
  if (event.kind === 'message' && !channel && extra.length === 0 && isPlain(event.message.post))
    if (peers.every((peer) => peer === view.account.user || device.known.has(peer))) return shortMessage(view, event)
  return updatesObject(view, device, [...extra, updateObject(view, event)], [...peers, view.account.user])
}
