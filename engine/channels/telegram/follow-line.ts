/** Leads what a line brings to the follower of its numbering, and the follower's questions to the line. */
import type { ChannelHost } from '../channel.ts'
import { inputChannel, inputPeer } from './input-peers.ts'
import type { TelegramLine } from './line.ts'
import type { OwnSends } from './own-sends.ts'
import type { PeerStore } from './peers.ts'
import { readUpdates } from './read-updates.ts'
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
  groupsChanged(): void
  lost(error: unknown): void
}

/** Telegram gives a user's program at most this many at once. */
const channelSlice = 100

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
        follower.receive(readUpdates(updates, follower.context('live')))
      } catch {
        host.log('error', 'telegram_update_unreadable')
        void follower.recover()
      }
    },
    undecodable: () => void follower.recover(),
    lost: () => lost(new Error('the connection was cut')),
  })
  return follower
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
    channels: {
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

/** As the server would say of a channel that was never shown to this account. */
function refusal(): Error {
  return Object.assign(new Error('the channel was never shown'), { code: 400, errorMessage: 'CHANNEL_INVALID' })
}
