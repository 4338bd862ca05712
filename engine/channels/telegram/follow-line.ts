/** Leads what a line brings to the follower of its numbering, and the follower's questions to the line. */
import type { Api } from 'telegram/index.js'
import type { ChannelHost } from '../channel.ts'
import { isActivity, readActivity } from './activity.ts'
import { isUndecodable, rpcError } from './faults.ts'
import { inputChannel, inputPeer } from './input-peers.ts'
import type { TelegramLine } from './line.ts'
import type { OwnSends } from './own-sends.ts'
import type { PeerStore } from './peers.ts'
import { rawBytes } from './raw-bytes.ts'
import { type History, readUpdates } from './read-updates.ts'
import type { TelegramTiming } from './timing.ts'
import { UpdateFollower, type UpdateSource } from './update-follower.ts'
import type { ChannelSource } from './channel-followers.ts'

interface FollowLineOptions {
  host: ChannelHost
  timing: TelegramTiming
  peers: PeerStore
  ownSends: OwnSends
  self: string
  alive(): void
  becameStale(): void
  lost(error: unknown): void
}

/** Telegram gives a user's program at most this many at once. */
const channelSlice = 100
const dialogsAtMost = 50

export function followLine(line: TelegramLine, options: FollowLineOptions): UpdateFollower {
  const { host, alive, lost } = options
  const follower = new UpdateFollower({
    ...options,
    expand: line.library.expandThumbnail,
    source: askLine(line, options),
    failed: lost,
  })
  line.listen({
    updates: (updates) => {
      alive()
      try {
        if (tellActivity(updates, options)) return
        follower.receive(readUpdates(updates, follower.context('live')))
      } catch {
        host.log('error', 'telegram_update_unreadable')
        follower.receiveUnreadable(rawBytes(updates))
      }
    },
    undecodable: (bytes) => (bytes ? follower.receiveUnreadable(bytes) : void follower.recover()),
    lost: () => lost(new Error('the connection was cut')),
  })
  return follower
}

/** True when there is nothing else in it: a flood of hints must cost no transaction each, nor wait for a difference. */
function tellActivity(updates: Api.TypeUpdates, { host, self }: FollowLineOptions): boolean {
  const all = updates.className === 'UpdateShort' ? [updates.update] : 'updates' in updates ? updates.updates : []
  for (const update of all) {
    const notice = isActivity(update) ? readActivity(update, self, host.clock.now()) : null
    if (notice) host.activity(notice)
  }
  return updates.className === 'UpdateShort' && isActivity(updates.update)
}

function askLine(line: TelegramLine, options: FollowLineOptions): UpdateSource & { channels: ChannelSource } {
  const { Api, toLong } = line.library
  const { alive, peers } = options
  const heard = <T>(answer: T): T => {
    alive()
    return answer
  }
  return {
    state: () => line.call(new Api.updates.GetState()),
    difference: ({ pts, qts, date }) => line.call(new Api.updates.GetDifference({ pts, qts, date })).then(heard),
    missed: (isKept) => readMissed(line, isKept),
    channels: {
      async present(id) {
        const channel = inputChannel(line.library, peers, `channel:${id}`)
        if (!channel) throw refusal()
        const { fullChat } = await line.call(new Api.channels.GetFullChannel({ channel }))
        return fullChat.className === 'ChannelFull' ? fullChat.pts : null
      },
      async difference(id, pts) {
        const channel = inputChannel(line.library, peers, `channel:${id}`)
        if (!channel) throw refusal()
        const filter = new Api.ChannelMessagesFilterEmpty()
        return heard(
          await line.call(new Api.updates.GetChannelDifference({ channel, filter, pts, limit: channelSlice })),
        )
      },
      async newest(id) {
        const peer = inputPeer(line.library, peers, `channel:${id}`)
        if (!peer) throw refusal()
        const range = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: channelSlice, maxId: 0, minId: 0 }
        return heard(await line.call(new Api.messages.GetHistory({ peer, ...range, hash: toLong(0) })))
      },
    },
  }
}

/** Of the newest conversations, those whose last message is not kept; one that cannot be read costs only itself. */
async function readMissed(line: TelegramLine, isKept: (id: number) => boolean): Promise<History[]> {
  const { Api, toLong } = line.library
  const all = { offsetId: 0, offsetDate: 0, hash: toLong(0), limit: dialogsAtMost }
  const dialogs = await readable(
    line.call(new Api.messages.GetDialogs({ ...all, offsetPeer: new Api.InputPeerEmpty() })),
  )
  if (!dialogs || dialogs.className === 'messages.DialogsNotModified') return []
  const histories: History[] = []
  for (const dialog of dialogs.dialogs) {
    if (dialog.className !== 'Dialog' || dialog.topMessage <= 0 || isKept(dialog.topMessage)) continue
    const peer = inputPeerOf(line, dialog.peer, dialogs.users)
    if (!peer) continue
    const range = { ...all, addOffset: 0, limit: channelSlice, maxId: 0, minId: 0 }
    const history = await readable(line.call(new Api.messages.GetHistory({ ...range, peer })))
    if (history && history.className !== 'messages.MessagesNotModified') histories.push(history)
  }
  return histories
}

function inputPeerOf({ library }: TelegramLine, peer: Api.TypePeer, users: Api.TypeUser[]) {
  const { Api } = library
  if (peer.className === 'PeerChat') return new Api.InputPeerChat({ chatId: peer.chatId })
  // Megagroups count for themselves.
  if (peer.className === 'PeerChannel') return null
  const user = users.find((one) => one.className === 'User' && one.id.equals(peer.userId))
  if (user?.className !== 'User' || !user.accessHash) return null
  return new Api.InputPeerUser({ userId: user.id, accessHash: user.accessHash })
}

async function readable<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isUndecodable(error) || rpcError(error)) return null
    throw error
  }
}

/** As the server would say of a channel that was never shown to this account. */
function refusal(): Error {
  return Object.assign(new Error('the channel was never shown'), { code: 400, errorMessage: 'CHANNEL_INVALID' })
}
