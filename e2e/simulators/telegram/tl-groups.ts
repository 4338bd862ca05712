/** Groups as TL objects: the group itself as one account sees it, its members, its rights. */
import { isAdmin, type SimulatorAccount, type TelegramGroup, type TelegramUser } from './model.ts'
import type { TlObject } from './tl-codec.ts'
import type { TelegramWorld } from './world.ts'

const ALL_RIGHTS: TlObject = {
  _: 'chatAdminRights',
  change_info: true,
  delete_messages: true,
  ban_users: true,
  invite_users: true,
  pin_messages: true,
  add_admins: true,
  manage_call: true,
  other: true,
}
const ADMIN_RIGHTS: TlObject = { ...ALL_RIGHTS, add_admins: false }

function rightsOf(group: TelegramGroup, user: TelegramUser): TlObject | undefined {
  const role = group.members.get(user)?.role
  return role === 'owner' ? ALL_RIGHTS : role === 'admin' ? ADMIN_RIGHTS : undefined
}

/** What members without rights may not do. */
export function defaultBannedRights(group: TelegramGroup): TlObject {
  const announce = group.announce
  return {
    _: 'chatBannedRights',
    send_messages: announce,
    send_media: announce,
    send_stickers: announce,
    send_gifs: announce,
    send_polls: announce,
    send_plain: announce,
    until_date: 0,
  }
}

export function groupObject(world: TelegramWorld, viewer: SimulatorAccount, group: TelegramGroup): TlObject {
  const inside = group.members.has(viewer.user)
  const id = BigInt(group.id)
  const creator = group.members.get(viewer.user)?.role === 'owner'
  const common = {
    creator,
    noforwards: group.noForwards,
    id,
    title: group.title,
    photo: { _: 'chatPhotoEmpty' },
    participants_count: group.members.size,
    date: group.createdAt,
    admin_rights: rightsOf(group, viewer.user),
    default_banned_rights: defaultBannedRights(group),
  }
  if (group.mega) {
    const accessHash = world.accessHash(viewer, group)
    if (!inside && group.banned.has(viewer.user))
      return { _: 'channelForbidden', megagroup: true, id, access_hash: accessHash, title: group.title }
    const slow = group.slowmodeSeconds > 0
    return { _: 'channel', ...common, left: !inside, megagroup: true, access_hash: accessHash, slowmode_enabled: slow }
  }
  if (!inside) return { _: 'chatForbidden', id, title: group.title }
  return { _: 'chat', ...common, version: group.version }
}

export function chatParticipants(group: TelegramGroup): TlObject {
  const participants = [...group.members].map(([user, { role, inviter, joinedAt }]) => {
    if (role === 'owner') return { _: 'chatParticipantCreator', user_id: BigInt(user.id) }
    return {
      _: role === 'admin' ? 'chatParticipantAdmin' : 'chatParticipant',
      user_id: BigInt(user.id),
      inviter_id: BigInt(inviter.id),
      date: joinedAt,
    }
  })
  return { _: 'chatParticipants', chat_id: BigInt(group.id), participants, version: group.version }
}

export function channelParticipant(group: TelegramGroup, user: TelegramUser, viewer: TelegramUser): TlObject {
  const member = group.members.get(user)
  const user_id = BigInt(user.id)
  if (!member) {
    const peer = { _: 'peerUser', user_id }
    if (!group.banned.has(user)) return { _: 'channelParticipantLeft', peer }
    const rights = { _: 'chatBannedRights', view_messages: true, until_date: 0 }
    return {
      _: 'channelParticipantBanned',
      left: true,
      peer,
      kicked_by: user_id,
      date: group.createdAt,
      banned_rights: rights,
    }
  }
  const { role, inviter, joinedAt: date } = member
  if (role === 'owner') return { _: 'channelParticipantCreator', user_id, admin_rights: ALL_RIGHTS }
  const inviter_id = BigInt(inviter.id)
  const self = user === viewer
  if (role === 'admin')
    return {
      _: 'channelParticipantAdmin',
      self,
      user_id,
      inviter_id: self ? inviter_id : undefined,
      promoted_by: inviter_id,
      date,
      admin_rights: ADMIN_RIGHTS,
    }
  if (self) return { _: 'channelParticipantSelf', user_id, inviter_id, date }
  return { _: 'channelParticipant', user_id, date }
}

export function inviteObject(group: TelegramGroup, owner: TelegramUser): TlObject {
  const link = `https://t.me/+${group.invite ?? ''}`
  return {
    _: 'chatInviteExported',
    permanent: true,
    link,
    admin_id: BigInt(owner.id),
    date: group.createdAt,
  }
}

function ownerOf(group: TelegramGroup): TelegramUser | null {
  return [...group.members].find(([, member]) => member.role === 'owner')?.[0] ?? null
}

/** chatFull or channelFull. */
export function fullGroup(world: TelegramWorld, viewer: SimulatorAccount, group: TelegramGroup): TlObject {
  const owner = ownerOf(group) ?? viewer.user
  const seesInvite = group.invite !== null && isAdmin(group, viewer.user)
  const common = {
    id: BigInt(group.id),
    about: group.about,
    notify_settings: { _: 'peerNotifySettings' },
    exported_invite: seesInvite ? inviteObject(group, owner) : undefined,
    ttl_period: group.ttlSeconds > 0 ? group.ttlSeconds : undefined,
  }
  if (!group.mega) return { _: 'chatFull', ...common, participants: chatParticipants(group) }
  const dialog = world.dialog(viewer, group)
  return {
    _: 'channelFull',
    ...common,
    can_view_participants: true,
    participants_count: group.members.size,
    admins_count: [...group.members.keys()].filter((user) => isAdmin(group, user)).length,
    read_inbox_max_id: dialog.readInboxMaxId,
    read_outbox_max_id: dialog.readOutboxMaxId,
    unread_count: dialog.messages.filter(
      (message) => message.id > dialog.readInboxMaxId && message.post.author !== viewer.user,
    ).length,
    chat_photo: { _: 'photoEmpty', id: 0n },
    bot_info: [],
    slowmode_seconds: group.slowmodeSeconds > 0 ? group.slowmodeSeconds : undefined,
    pts: group.box?.pts ?? 1,
  }
}
