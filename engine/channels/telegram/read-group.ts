/** Asks for a group as it is now, whole: title, description, members with their roles, link. */
import type { Api } from 'telegram/index.js'
import type { SeenGroup } from '../../../shared/contracts/events.ts'
import { ChannelError } from '../channel.ts'
import { inputChannel } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import {
  chatIdOf,
  identityOf,
  type KnownGroup,
  type KnownPeer,
  type PeerStore,
  readChats,
  readUsers,
  userAddress,
} from './peers.ts'

export interface ReadGroup {
  group: SeenGroup
  peers: KnownPeer[]
  groups: KnownGroup[]
}
type Role = SeenGroup['members'][number]['role']

const membersAtMost = 10_000
const pageSize = 200

/** null: no group that can be asked for. Rejects with the provider's error. */
export async function askGroup(live: LiveLine, address: string, peers: PeerStore): Promise<ReadGroup | null> {
  const { library, line } = live
  const { Api, toLong } = library
  const chatId = chatIdOf(address)
  if (chatId !== null) {
    const answer = await line.call(new Api.messages.GetFullChat({ chatId: toLong(chatId) }))
    return answer.fullChat.className === 'ChatFull' ? readChatFull(address, answer, answer.fullChat) : null
  }
  const channel = inputChannel(library, peers, address)
  if (!channel) return null
  const answer = await line.call(new Api.channels.GetFullChannel({ channel }))
  if (answer.fullChat.className !== 'ChannelFull') return null
  const seen: { people: KnownPeer[]; roles: Map<string, Role> } = { people: readUsers(answer.users), roles: new Map() }
  await readMembers(live, channel, seen)
  return collect(address, answer, answer.fullChat.about, answer.fullChat.exportedInvite, seen)
}

function readChatFull(address: string, answer: Api.messages.ChatFull, full: Api.ChatFull): ReadGroup | null {
  const roles = new Map<string, Role>()
  if (full.participants.className === 'ChatParticipants')
    for (const participant of full.participants.participants.slice(0, membersAtMost))
      roles.set(participant.userId.toString(), roleOf(participant.className))
  return collect(address, answer, full.about, full.exportedInvite, { people: readUsers(answer.users), roles })
}

async function readMembers(
  { library, line }: LiveLine,
  channel: Api.InputChannel,
  seen: { people: KnownPeer[]; roles: Map<string, Role> },
): Promise<void> {
  const { Api, toLong } = library
  for (let offset = 0; offset < membersAtMost; offset += pageSize) {
    const filter = new Api.ChannelParticipantsRecent()
    const asked = new Api.channels.GetParticipants({ channel, filter, offset, limit: pageSize, hash: toLong(0) })
    const page = await line.call(asked).catch((error: unknown) => {
      // Some groups show their members to admins alone.
      if (error instanceof Error && 'errorMessage' in error && error.errorMessage === 'CHAT_ADMIN_REQUIRED') return null
      throw error
    })
    if (page?.className !== 'channels.ChannelParticipants') return
    seen.people.push(...readUsers(page.users))
    for (const participant of page.participants.slice(0, pageSize)) {
      const gone =
        participant.className === 'ChannelParticipantBanned' || participant.className === 'ChannelParticipantLeft'
      if (!gone && seen.roles.size < membersAtMost)
        seen.roles.set(participant.userId.toString(), roleOf(participant.className))
    }
    if (page.participants.length < pageSize) return
  }
}

function roleOf(className: string): Role {
  if (className.endsWith('Creator')) return 'owner'
  return className.endsWith('Admin') ? 'admin' : 'member'
}

function collect(
  address: string,
  answer: Api.messages.ChatFull,
  about: string,
  invite: Api.TypeExportedChatInvite | undefined,
  { people, roles }: { people: KnownPeer[]; roles: Map<string, Role> },
): ReadGroup | null {
  const groups = readChats(answer.chats)
  const known = groups.find((group) => group.address === address)
  if (!known) return null
  const chat = answer.chats.find((one) => `:${one.id.toString()}` === address.slice(address.indexOf(':')))
  const rights = chat && 'defaultBannedRights' in chat ? chat.defaultBannedRights : undefined
  const names = new Map(people.map((peer) => [peer.id, peer]))
  const group: SeenGroup = {
    address,
    subject: known.title,
    description: about.slice(0, 4096) || null,
    members: [...roles].map(([id, role]) => {
      const peer = names.get(id)
      return { ...(peer ? identityOf(peer) : { address: userAddress(id), aliases: [], name: null }), role }
    }),
    announce: rights?.className === 'ChatBannedRights' && rights.sendMessages === true,
    inviteLink: invite?.className === 'ChatInviteExported' ? invite.link.slice(0, 512) : null,
  }
  return { group, peers: people, groups }
}

/** Throws ChannelError `telegram_group_unknown` for a group that this account never saw. */
export function requireGroup(peers: PeerStore, address: string): void {
  if (chatIdOf(address) === null && !peers.findGroup(address)?.hash)
    throw new ChannelError('telegram_group_unknown', 'This group was never seen here')
}
