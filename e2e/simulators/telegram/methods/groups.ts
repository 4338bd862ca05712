/** Methods about groups, basic ones (chats) and megagroups (channels). */
import type { Peer, Post, SimulatorAccount, TelegramGroup, TelegramUser } from '../model.ts'
import { isAdmin } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, longOf, longsOf, objectOf, objectsOf, RpcError, textOf } from '../tl-fields.ts'
import { channelParticipant, fullGroup, groupObject, inviteObject } from '../tl-groups.ts'
import { actionUsers, peersFor, updateObject, updatesObject } from '../tl-objects.ts'
import { findUser, peerOf, requireChannel, requireChat, requireInside, requireUser, viewOf } from './peers.ts'

const MAX_PARTICIPANTS_PAGE = 200

function insideChat(query: TlObject, account: SimulatorAccount, context: RpcContext): TelegramGroup {
  return requireInside(requireChat(longOf(query, 'chat_id'), account, context), account)
}

function insideChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): TelegramGroup {
  return requireInside(requireChannel(objectOf(query, 'channel'), account, context), account)
}

function requireAdmin(group: TelegramGroup, account: SimulatorAccount): void {
  if (!isAdmin(group, account.user)) throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
}

/** The answer to what made service messages: they, and the group as it is now. */
function answer(posts: Post[], group: TelegramGroup, account: SimulatorAccount, context: RpcContext): TlObject {
  const view = viewOf(account, context)
  const box = context.world.boxOf(account, group)
  const updates = posts.flatMap((post) => {
    const message = post.copies.get(box)
    if (!message) return []
    return [updateObject(view, { kind: 'message', message, pts: message.pts, count: 1, date: post.date })]
  })
  const named = posts.flatMap((post) => [post.author, ...actionUsers(context.world, post.action)])
  const peers: Peer[] = [account.user, group, ...named]
  return updatesObject(view, context.device, [context.groups.groupUpdate(group), ...updates], peers)
}

function invited(updates: TlObject): TlObject {
  return { _: 'messages.invitedUsers', updates, missing_invitees: [] }
}

/** Older layers of some methods answer with bare Updates, newer ones wrap them. */
function forLayer(updates: TlObject, context: RpcContext): TlObject {
  const { result } = context
  if (result === 'messages.InvitedUsers') return invited(updates)
  if (result === 'messages.ChatInviteJoinResult') return { _: 'messages.chatInviteJoinResultOk', updates }
  return updates
}

function usersOf(query: TlObject, account: SimulatorAccount, context: RpcContext): TelegramUser[] {
  return objectsOf(query, 'users').map((input) => requireUser(input, account, context))
}

function createChat(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const members = usersOf(query, account, context)
  if (members.length === 0) throw new RpcError(400, 'USERS_TOO_FEW')
  const request = { key: null, title: textOf(query, 'title'), owner: account.user, members, mega: false }
  const { group, posts } = context.groups.create(request, context.device)
  group.ttlSeconds = intOf(query, 'ttl_period')
  return forLayer(answer(posts, group, account, context), context)
}

function createChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  if (query['megagroup'] !== true) throw new RpcError(400, 'CHANNELS_ADMIN_PUBLIC_TOO_MUCH')
  const request = { key: null, title: textOf(query, 'title'), owner: account.user, members: [], mega: true }
  const { group, posts } = context.groups.create(request, context.device)
  group.about = textOf(query, 'about').slice(0, 255)
  group.ttlSeconds = intOf(query, 'ttl_period')
  return answer(posts, group, account, context)
}

function addTo(group: TelegramGroup, users: TelegramUser[], account: SimulatorAccount, context: RpcContext): TlObject {
  const post = context.groups.add(group, account.user, users, context.device)
  return forLayer(answer([post], group, account, context), context)
}

function addChatUser(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChat(query, account, context)
  return addTo(group, [requireUser(objectOf(query, 'user_id'), account, context)], account, context)
}

function inviteToChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChannel(query, account, context)
  requireAdmin(group, account)
  return addTo(group, usersOf(query, account, context), account, context)
}

function deleteChatUser(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChat(query, account, context)
  const user = requireUser(objectOf(query, 'user_id'), account, context)
  return answer([context.groups.remove(group, account.user, user, context.device)], group, account, context)
}

function leaveChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = requireChannel(objectOf(query, 'channel'), account, context)
  if (!group.members.has(account.user)) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
  if (group.members.get(account.user)?.role === 'owner') throw new RpcError(400, 'USER_CREATOR')
  return answer([context.groups.remove(group, account.user, account.user, context.device)], group, account, context)
}

function editBanned(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChannel(query, account, context)
  requireAdmin(group, account)
  const user = findUser(objectOf(query, 'participant'), account, context)
  if (!user) throw new RpcError(400, 'PARTICIPANT_ID_INVALID')
  const out = objectOf(query, 'banned_rights')['view_messages'] === true
  if (!out) {
    group.banned.delete(user)
    return answer([], group, account, context)
  }
  if (group.members.has(user))
    return answer([context.groups.remove(group, account.user, user, context.device)], group, account, context)
  group.banned.add(user)
  return answer([], group, account, context)
}

function editChatAdmin(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const group = insideChat(query, account, context)
  if (group.members.get(account.user)?.role !== 'owner') throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
  const user = requireUser(objectOf(query, 'user_id'), account, context)
  context.groups.setRole(group, user, query['is_admin'] === true ? 'admin' : 'member', context.device)
  return true
}

function editAdmin(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChannel(query, account, context)
  if (group.members.get(account.user)?.role !== 'owner') throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
  const user = requireUser(objectOf(query, 'user_id'), account, context)
  const rights = Object.values(objectOf(query, 'admin_rights')).some((value) => value === true)
  context.groups.setRole(group, user, rights ? 'admin' : 'member', context.device)
  return answer([], group, account, context)
}

function setTitle(group: TelegramGroup, query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  requireAdmin(group, account)
  const post = context.groups.setTitle(group, account.user, textOf(query, 'title'), context.device)
  return answer([post], group, account, context)
}

function groupOf(peer: Peer): TelegramGroup {
  if (peer.kind !== 'group') throw new RpcError(400, 'PEER_ID_INVALID')
  return peer
}

function editChatAbout(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const group = groupOf(peerOf(query, account, context))
  requireAdmin(group, account)
  context.groups.setAbout(group, textOf(query, 'about'), context.device)
  return true
}

function editDefaultRights(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = groupOf(peerOf(query, account, context))
  requireAdmin(group, account)
  const on = objectOf(query, 'banned_rights')['send_messages'] === true
  const update = context.groups.setAnnounce(group, on, context.device)
  return updatesObject(viewOf(account, context), context.device, [update], [account.user, group])
}

function toggleSlowMode(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChannel(query, account, context)
  requireAdmin(group, account)
  const seconds = intOf(query, 'seconds')
  if (![0, 10, 30, 60, 300, 900, 3600].includes(seconds)) throw new RpcError(400, 'SECONDS_INVALID')
  group.slowmodeSeconds = seconds
  return answer([], group, account, context)
}

function setHistoryTTL(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const period = intOf(query, 'period')
  if (period < 0 || period > 31_536_000) throw new RpcError(400, 'TTL_PERIOD_INVALID')
  if (peer.kind === 'group') requireAdmin(requireInside(peer, account), account)
  const post = context.groups.setTimer(peer, account.user, period, context.device)
  const message = post.copies.get(context.world.boxOf(account, peer))
  const view = viewOf(account, context)
  const news = message && updateObject(view, { kind: 'message', message, pts: message.pts, count: 1, date: post.date })
  return updatesObject(view, context.device, news ? [news] : [], [account.user, peer])
}

function exportChatInvite(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = groupOf(peerOf(query, account, context))
  requireAdmin(group, account)
  context.groups.invite(group, query['legacy_revoke_permanent'] === true)
  return inviteObject(group, account.user)
}

function groupOfInvite(query: TlObject, context: RpcContext): TelegramGroup {
  const group = context.world.groupByInvite(textOf(query, 'hash'))
  if (!group) throw new RpcError(400, 'INVITE_HASH_INVALID')
  return group
}

function importChatInvite(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = groupOfInvite(query, context)
  const post = context.groups.join(group, account.user, true, context.device)
  return forLayer(answer([post], group, account, context), context)
}

function checkChatInvite(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = groupOfInvite(query, context)
  if (group.members.has(account.user))
    return { _: 'chatInviteAlready', chat: groupObject(context.world, account, group) }
  return {
    _: 'chatInvite',
    megagroup: group.mega,
    channel: group.mega,
    title: group.title,
    about: group.about || undefined,
    photo: { _: 'photoEmpty', id: 0n },
    participants_count: group.members.size,
    color: 0,
  }
}

function joinChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = requireChannel(objectOf(query, 'channel'), account, context)
  // These groups are private ones: only who was in one before may come back without a link.
  if (!group.former.has(account.user) || group.banned.has(account.user)) throw new RpcError(400, 'CHANNEL_PRIVATE')
  const post = context.groups.join(group, account.user, false, context.device)
  return forLayer(answer([post], group, account, context), context)
}

function full(group: TelegramGroup, account: SimulatorAccount, context: RpcContext): TlObject {
  const view = viewOf(account, context)
  const users = group.mega ? [account.user] : [...group.members.keys()]
  const full_chat = fullGroup(context.world, account, group)
  return { _: 'messages.chatFull', full_chat, ...peersFor(view, context.device, [group, ...users]) }
}

function chats(groups: TelegramGroup[], account: SimulatorAccount, context: RpcContext): TlObject {
  return { _: 'messages.chats', chats: peersFor(viewOf(account, context), context.device, groups).chats }
}

function filtered(group: TelegramGroup, filter: TlObject, account: SimulatorAccount): TelegramUser[] {
  const members = [...group.members.keys()]
  const wanted = typeof filter['q'] === 'string' ? filter['q'].toLowerCase() : ''
  const named = (user: TelegramUser): boolean =>
    `${user.firstName} ${user.lastName ?? ''} ${user.username}`.toLowerCase().includes(wanted)
  switch (filter._) {
    case 'channelParticipantsAdmins':
      return members.filter((user) => isAdmin(group, user))
    case 'channelParticipantsKicked':
    case 'channelParticipantsBanned':
      return [...group.banned]
    case 'channelParticipantsBots':
      return []
    case 'channelParticipantsContacts':
      return members.filter((user) => account.mailbox.contacts.has(user))
    case 'channelParticipantsSearch':
      return members.filter(named)
    default:
      return members
  }
}

function getParticipants(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = insideChannel(query, account, context)
  const all = filtered(group, objectOf(query, 'filter'), account)
  const offset = Math.max(0, intOf(query, 'offset'))
  const limit = Math.min(Math.max(0, intOf(query, 'limit')), MAX_PARTICIPANTS_PAGE)
  const page = all.slice(offset, offset + limit)
  return {
    _: 'channels.channelParticipants',
    count: all.length,
    participants: page.map((user) => channelParticipant(group, user, account.user)),
    ...peersFor(viewOf(account, context), context.device, [group, ...page]),
  }
}

function getParticipant(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = requireChannel(objectOf(query, 'channel'), account, context)
  const user = findUser(objectOf(query, 'participant'), account, context)
  if (!user) throw new RpcError(400, 'PARTICIPANT_ID_INVALID')
  if (!group.members.has(user) && !group.banned.has(user)) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
  return {
    _: 'channels.channelParticipant',
    participant: channelParticipant(group, user, account.user),
    ...peersFor(viewOf(account, context), context.device, [group, user]),
  }
}

export const groupMethods: MethodTable = {
  open: {},
  account: {
    'messages.createChat': createChat,
    'messages.addChatUser': addChatUser,
    'messages.deleteChatUser': deleteChatUser,
    'messages.editChatTitle': (query, account, context) =>
      setTitle(insideChat(query, account, context), query, account, context),
    'messages.editChatAbout': editChatAbout,
    'messages.editChatAdmin': editChatAdmin,
    'messages.editChatDefaultBannedRights': editDefaultRights,
    'messages.setHistoryTTL': setHistoryTTL,
    'messages.exportChatInvite': exportChatInvite,
    'messages.importChatInvite': importChatInvite,
    'messages.checkChatInvite': checkChatInvite,
    'messages.getFullChat': (query, account, context) =>
      full(requireChat(longOf(query, 'chat_id'), account, context), account, context),
    'messages.getChats': (query, account, context) =>
      chats(
        longsOf(query, 'id').map((id) => requireChat(id, account, context)),
        account,
        context,
      ),
    'channels.createChannel': createChannel,
    'channels.inviteToChannel': inviteToChannel,
    'channels.leaveChannel': leaveChannel,
    'channels.joinChannel': joinChannel,
    'channels.editBanned': editBanned,
    'channels.editAdmin': editAdmin,
    'channels.editTitle': (query, account, context) =>
      setTitle(insideChannel(query, account, context), query, account, context),
    'channels.toggleSlowMode': toggleSlowMode,
    'channels.getFullChannel': (query, account, context) =>
      full(insideChannel(query, account, context), account, context),
    'channels.getChannels': (query, account, context) =>
      chats(
        objectsOf(query, 'id').map((input) => requireChannel(input, account, context)),
        account,
        context,
      ),
    'channels.getParticipants': getParticipants,
    'channels.getParticipant': getParticipant,
  },
}
