/** Changes groups: who is in them, their title, links; new groups. */
import type { Api } from 'telegram/index.js'
import { ChannelError, type GroupChange } from '../channel.ts'
import { inputChannel, inputPeer, inputUser } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import { channelIdOf, chatIdOf, type PeerStore } from './peers.ts'
import { requireGroup } from './read-group.ts'
import { readUpdates } from './read-updates.ts'

export interface ChangedGroup {
  address: string | null
  link: string | null
}

type Members = Extract<GroupChange, { change: 'add' | 'remove' | 'promote' | 'demote' }>

/** Rejects with the provider's error, or ChannelError where somebody or something cannot be named. */
export async function changeGroup(live: LiveLine, change: GroupChange, peers: PeerStore): Promise<ChangedGroup> {
  if ('address' in change) requireGroup(peers, change.address)
  switch (change.change) {
    case 'subject':
      await rename(live, change.address, change.subject, peers)
      return { address: change.address, link: null }
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      for (const member of change.members) await changeMember(live, change, member, peers)
      return { address: change.address, link: null }
    case 'leave':
      await leave(live, change.address, peers)
      return { address: change.address, link: null }
    case 'invite-link':
      return { address: change.address, link: await exportLink(live, change.address, peers) }
    case 'join':
      return { address: await join(live, change.link), link: null }
    case 'create':
      return { address: await create(live, change.subject, change.members, peers), link: null }
  }
}

async function rename(live: LiveLine, address: string, title: string, peers: PeerStore): Promise<void> {
  const { Api, toLong } = live.library
  const channel = inputChannel(live.library, peers, address)
  const asked = channel
    ? new Api.channels.EditTitle({ channel, title })
    : new Api.messages.EditChatTitle({ chatId: toLong(chatIdOf(address) ?? 0), title })
  take(live, await live.line.call(asked))
}

async function changeMember(live: LiveLine, { address, change }: Members, member: string, peers: PeerStore) {
  const { library, line } = live
  const { Api, toLong } = library
  const channel = inputChannel(library, peers, address)
  const chatId = toLong(chatIdOf(address) ?? 0)
  const userId = inputUser(library, peers, member)
  const participant = inputPeer(library, peers, member)
  if (!userId || !participant) throw new ChannelError('telegram_peer_unknown', 'This person was never seen here')
  switch (change) {
    case 'add': {
      const asked = channel
        ? new Api.channels.InviteToChannel({ channel, users: [userId] })
        : new Api.messages.AddChatUser({ chatId, userId, fwdLimit: 100 })
      return takeInvited(live, await line.call(asked))
    }
    case 'remove': {
      if (!channel) return take(live, await line.call(new Api.messages.DeleteChatUser({ chatId, userId })))
      const edit = (viewMessages: boolean) =>
        new Api.channels.EditBanned({
          channel,
          participant,
          bannedRights: new Api.ChatBannedRights({ viewMessages, untilDate: 0 }),
        })
      take(live, await line.call(edit(true)))
      // Removed, not banned for ever.
      return take(live, await line.call(edit(false)))
    }
    case 'promote':
    case 'demote': {
      const isAdmin = change === 'promote'
      if (!channel) return void (await line.call(new Api.messages.EditChatAdmin({ chatId, userId, isAdmin })))
      const adminRights = new Api.ChatAdminRights(isAdmin ? rights : {})
      return take(live, await line.call(new Api.channels.EditAdmin({ channel, userId, adminRights, rank: '' })))
    }
  }
}

/** What Telegram's own programs tick for a new admin. */
const rights = {
  changeInfo: true,
  deleteMessages: true,
  banUsers: true,
  inviteUsers: true,
  pinMessages: true,
  manageCall: true,
} as const

async function leave(live: LiveLine, address: string, peers: PeerStore): Promise<void> {
  const { Api, toLong } = live.library
  const channel = inputChannel(live.library, peers, address)
  const asked = channel
    ? new Api.channels.LeaveChannel({ channel })
    : new Api.messages.DeleteChatUser({
        chatId: toLong(chatIdOf(address) ?? 0),
        userId: new Api.InputUserSelf(),
      })
  take(live, await live.line.call(asked))
}

async function exportLink(live: LiveLine, address: string, peers: PeerStore): Promise<string> {
  const peer = inputPeer(live.library, peers, address)
  if (!peer) throw new ChannelError('telegram_group_unknown', 'This group was never seen here')
  const invite = await live.line.call(new live.library.Api.messages.ExportChatInvite({ peer }))
  if (invite.className !== 'ChatInviteExported') throw new ChannelError('not_allowed', 'This group has no link')
  return invite.link
}

async function join(live: LiveLine, link: string): Promise<string | null> {
  const hash = /^(?:https?:\/\/)?(?:t\.me|telegram\.me|telegram\.dog)\/(?:\+|joinchat\/)([\w-]{4,64})\/?$/.exec(
    link,
  )?.[1]
  if (hash === undefined) throw new ChannelError('telegram_link_malformed', 'This is no Telegram invitation link')
  const result = await live.line.call(new live.library.Api.messages.ImportChatInvite({ hash }))
  if (result.className !== 'messages.ChatInviteJoinResultOk')
    throw new ChannelError('not_allowed', 'Joining this group needs a person in a browser')
  take(live, result.updates)
  return firstChat(result.updates)
}

async function create(live: LiveLine, title: string, members: string[], peers: PeerStore): Promise<string | null> {
  const { library, line } = live
  const users = members.map((member) => {
    const user = inputUser(library, peers, member)
    if (!user) throw new ChannelError('telegram_peer_unknown', 'This person was never seen here')
    return user
  })
  const invited = await line.call(new library.Api.messages.CreateChat({ users, title }))
  const address = firstChat(invited.updates)
  takeInvited(live, invited)
  return address
}

function takeInvited(live: LiveLine, { updates, missingInvitees }: Api.messages.TypeInvitedUsers): void {
  take(live, updates)
  if (missingInvitees.length > 0)
    throw new ChannelError('telegram_user_privacy_restricted', 'Somebody does not let themselves be added')
}

function take({ follower }: LiveLine, updates: Api.TypeUpdates): void {
  follower.applyAnswer(readUpdates(updates, follower.context('live')))
}

function firstChat(updates: Api.TypeUpdates): string | null {
  const chats = updates.className === 'Updates' || updates.className === 'UpdatesCombined' ? updates.chats : []
  const [chat] = chats
  if (!chat) return null
  return chat.className === 'Channel' || chat.className === 'ChannelForbidden'
    ? `channel:${chat.id.toString()}`
    : `chat:${chat.id.toString()}`
}

/** The group that a change is about, to be shown anew. */
export function changedAddress(change: GroupChange, changed: ChangedGroup): string | null {
  const address = 'address' in change ? change.address : changed.address
  return address !== null && (chatIdOf(address) !== null || channelIdOf(address) !== null) ? address : null
}
