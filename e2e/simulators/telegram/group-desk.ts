/** What happens to groups: they are made, people come and go, titles change; each with its service message and its updates. */
import type { Exchange } from './exchange.ts'
import {
  isAdmin,
  type Origin,
  type Peer,
  type Post,
  type SimulatorAccount,
  type TelegramGroup,
  type TelegramUser,
} from './model.ts'
import { RpcError } from './tl-fields.ts'
import { chatParticipants, defaultBannedRights } from './tl-groups.ts'
import { peerObject } from './tl-objects.ts'
import type { TlObject } from './tl-codec.ts'
import { MAX_CHAT_MEMBERS, type TelegramWorld } from './world.ts'

const MAX_TITLE_UNITS = 128

function ids(users: TelegramUser[]): bigint[] {
  return users.map((user) => BigInt(user.id))
}

export class GroupDesk {
  readonly #world: TelegramWorld
  readonly #exchange: Exchange
  #count = 0

  constructor(world: TelegramWorld, exchange: Exchange) {
    this.#world = world
    this.#exchange = exchange
  }

  /** key null: made by a client, and named by its number. Returns the service messages as well. */
  create(
    request: { key: string | null; title: string; owner: TelegramUser; members: TelegramUser[]; mega: boolean },
    origin: Origin,
  ): { group: TelegramGroup; posts: Post[] } {
    const { owner, mega } = request
    const others = [...new Set(request.members)].filter((user) => user !== owner)
    const title = this.#title(request.title)
    if (!mega && others.length + 1 > MAX_CHAT_MEMBERS) throw new RpcError(400, 'USERS_TOO_MUCH')
    const key = request.key ?? this.#freeKey()
    const group = this.#world.addGroup(key, title, owner, mega)
    // Everybody sees the beginning, so all are in before it is told.
    this.#let(group, others, owner)
    if (!mega) {
      const action = { _: 'messageActionChatCreate', title, users: ids([owner, ...others]) }
      return { group, posts: [this.#post(group, owner, action, origin)] }
    }
    const created = this.#post(group, owner, { _: 'messageActionChannelCreate', title }, origin)
    if (others.length === 0) return { group, posts: [created] }
    const added = { _: 'messageActionChatAddUser', users: ids(others) }
    return { group, posts: [created, this.#post(group, owner, added, origin)] }
  }

  #freeKey(): string {
    for (;;) {
      const key = `tgg-made-${++this.#count}`
      if (!this.#world.groups.has(key)) return key
    }
  }

  #title(title: string): string {
    const clean = title.trim().toWellFormed()
    if (clean === '') throw new RpcError(400, 'CHAT_TITLE_EMPTY')
    return clean.slice(0, MAX_TITLE_UNITS)
  }

  #let(group: TelegramGroup, users: TelegramUser[], inviter: TelegramUser): void {
    for (const user of users) {
      group.members.set(user, { role: 'member', inviter, joinedAt: this.#world.date() })
      group.former.delete(user)
      group.banned.delete(user)
      const account = this.#world.accountOf(user)
      // Who comes into a megagroup finds what was said before as read.
      const top = group.box?.dialog(group).messages.at(-1)?.id ?? 0
      if (account && group.box) account.marks.set(group, { readInbox: top, readOutbox: 0 })
    }
    group.version++
  }

  /** A service message, and with it the update that tells clients to look at the group anew. */
  #post(group: TelegramGroup, author: TelegramUser, action: TlObject, origin: Origin, also?: TelegramUser): Post {
    return this.#exchange.post({
      author,
      peer: group,
      action,
      origin,
      ttlSeconds: 0,
      extra: () => [this.groupUpdate(group)],
      ...(also ? { also } : {}),
    })
  }

  /** updateChannel, or the member list of a basic group. */
  groupUpdate(group: TelegramGroup): TlObject {
    if (group.mega) return { _: 'updateChannel', channel_id: BigInt(group.id) }
    return { _: 'updateChatParticipants', participants: chatParticipants(group) }
  }

  add(group: TelegramGroup, by: TelegramUser, users: TelegramUser[], origin: Origin): Post {
    const news = users.filter((user) => !group.members.has(user))
    if (news.length === 0) throw new RpcError(400, 'USER_ALREADY_PARTICIPANT')
    if (!group.mega && group.members.size + news.length > MAX_CHAT_MEMBERS) throw new RpcError(400, 'USERS_TOO_MUCH')
    this.#let(group, news, by)
    return this.#post(group, by, { _: 'messageActionChatAddUser', users: ids(news) }, origin)
  }

  /** byLink: with an invite link; else a public group is joined by its own page, or somebody was let in. */
  join(group: TelegramGroup, user: TelegramUser, byLink: boolean, origin: Origin): Post {
    if (group.members.has(user)) throw new RpcError(400, 'USER_ALREADY_PARTICIPANT')
    if (group.banned.has(user)) throw new RpcError(400, 'INVITE_HASH_EXPIRED')
    const owner = [...group.members].find(([, member]) => member.role === 'owner')?.[0] ?? user
    this.#let(group, [user], owner)
    const action = byLink
      ? { _: 'messageActionChatJoinedByLink', inviter_id: BigInt(owner.id) }
      : { _: 'messageActionChatAddUser', users: ids([user]) }
    return this.#post(group, user, action, origin)
  }

  /** Somebody leaves (by === user) or is removed. */
  remove(group: TelegramGroup, by: TelegramUser, user: TelegramUser, origin: Origin): Post {
    const role = group.members.get(user)?.role
    if (!role) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
    if (by !== user && (role === 'owner' || !isAdmin(group, by))) throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
    group.members.delete(user)
    group.former.add(user)
    group.version++
    if (by !== user && group.mega) group.banned.add(user)
    const action = { _: 'messageActionChatDeleteUser', user_id: BigInt(user.id) }
    const post = this.#post(group, by, action, origin, group.mega ? undefined : user)
    const account = this.#world.accountOf(user)
    // Who is out of a megagroup gets no more of its messages, only word that something about it has changed.
    if (account && group.mega) this.#tellAbout(account, group, this.groupUpdate(group), origin)
    return post
  }

  #tellAbout(account: SimulatorAccount, group: TelegramGroup, update: TlObject, origin: Origin): void {
    const common = { date: this.#world.date(), qts: null, label: update._, providerId: String(group.id) }
    this.#exchange.tellLoose(account, { ...common, peers: [group], update }, origin)
  }

  #tellMembers(group: TelegramGroup, update: TlObject, origin: Origin): void {
    for (const account of this.#world.membersWithAccount(group)) this.#tellAbout(account, group, update, origin)
  }

  setRole(group: TelegramGroup, user: TelegramUser, role: 'member' | 'admin', origin: Origin): TlObject {
    const member = group.members.get(user)
    if (!member) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
    if (member.role === 'owner') throw new RpcError(400, 'USER_CREATOR')
    member.role = role
    group.version++
    const update: TlObject = group.mega
      ? this.groupUpdate(group)
      : {
          _: 'updateChatParticipantAdmin',
          chat_id: BigInt(group.id),
          user_id: BigInt(user.id),
          is_admin: role === 'admin',
          version: group.version,
        }
    this.#tellMembers(group, update, origin)
    return update
  }

  setTitle(group: TelegramGroup, by: TelegramUser, text: string, origin: Origin): Post {
    const title = this.#title(text)
    if (title === group.title) throw new RpcError(400, 'CHAT_NOT_MODIFIED')
    group.title = title
    return this.#post(group, by, { _: 'messageActionChatEditTitle', title }, origin)
  }

  /** Telegram says nothing in the conversation when the description changes. */
  setAbout(group: TelegramGroup, about: string, origin: Origin): void {
    group.about = about.toWellFormed().slice(0, 255)
    this.#tellMembers(group, this.groupUpdate(group), origin)
  }

  setAnnounce(group: TelegramGroup, on: boolean, origin: Origin): TlObject {
    group.announce = on
    group.version++
    const update = {
      _: 'updateChatDefaultBannedRights',
      peer: peerObject(group),
      default_banned_rights: defaultBannedRights(group),
      version: group.version,
    }
    this.#tellMembers(group, update, origin)
    return update
  }

  /** Nothing said in it may be forwarded or saved. */
  setProtected(group: TelegramGroup, on: boolean, origin: Origin): void {
    group.noForwards = on
    group.version++
    this.#tellMembers(group, this.groupUpdate(group), origin)
  }

  /** Messages disappear after so many seconds, 0: never; in a group or a conversation of two. */
  setTimer(peer: Peer, by: TelegramUser, seconds: number, origin: Origin): Post {
    const action = { _: 'messageActionSetMessagesTTL', period: seconds }
    if (peer.kind === 'group') peer.ttlSeconds = seconds
    else this.#exchange.timers.set(this.#exchange.pairOf(by, peer), seconds)
    return this.#exchange.post({ author: by, peer, action, origin, ttlSeconds: 0 })
  }

  /** The group's invite link, made when there is none. */
  invite(group: TelegramGroup, renew: boolean): string {
    if (group.invite === null || renew)
      group.invite = this.#world.secret(`invite ${group.key} ${++this.#count}`).toString('base64url').slice(0, 16)
    return group.invite
  }
}
