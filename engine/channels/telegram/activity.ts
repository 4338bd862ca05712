/**
 * What people do now, out of updates that have no number and that no inbox keeps: typing in a conversation, a group or a megagroup, and being
 * online; and the question for the latter. This account itself says nothing of the kind.
 */
import type { Api } from 'telegram/index.js'
import type { Availability, Doing } from '../../../shared/contracts/customer-activity.ts'
import type { ActivityNotice, ChannelHost } from '../channel.ts'
import { inputUser } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import { addressOf, type PeerStore, userAddress } from './peers.ts'
import type { TelegramTiming } from './timing.ts'

/** As long as Telegram's own programs show it. */
const doingLastsMs = 6_000
/** Telegram did not exist before; a time of an online person's end that lies further ahead is nobody's. */
const earliestSeenMs = Date.UTC(2013, 0)

type ActivityUpdate =
  Api.UpdateUserTyping | Api.UpdateChatUserTyping | Api.UpdateChannelUserTyping | Api.UpdateUserStatus

export function isActivity(update: Api.TypeUpdate): update is ActivityUpdate {
  switch (update.className) {
    case 'UpdateUserTyping':
    case 'UpdateChatUserTyping':
    case 'UpdateChannelUserTyping':
    case 'UpdateUserStatus':
      return true
    default:
      return false
  }
}

/**
 * Null for what says nothing that is shown, for own doings and for a server's nonsense, which nobody misses. `self`: the own user id; `now`:
 * epoch ms.
 */
export function readActivity(update: ActivityUpdate, self: string, now: number): ActivityNotice | null {
  try {
    return read(update, self, now)
  } catch {
    return null
  }
}

function read(update: ActivityUpdate, self: string, now: number): ActivityNotice | null {
  if (update.className === 'UpdateUserStatus') {
    const user = update.userId.toString()
    return user === self ? null : availabilityNotice(user, update.status, now)
  }
  const doing = readDoing(update.action)
  // Any object can stand where the library expects a peer.
  const author: string | undefined =
    'fromId' in update ? addressOf(update.fromId) : userAddress(update.userId.toString())
  if (doing === undefined || author === undefined || author === userAddress(self)) return null
  return { notice: 'doing', chat: chatOf(update), author, doing, lastsMs: doingLastsMs }
}

function chatOf(update: Exclude<ActivityUpdate, Api.UpdateUserStatus>): string {
  switch (update.className) {
    case 'UpdateUserTyping':
      return userAddress(update.userId.toString())
    case 'UpdateChatUserTyping':
      return `chat:${update.chatId.toString()}`
    case 'UpdateChannelUserTyping':
      return `channel:${update.channelId.toString()}`
  }
}

/** null: stopped; undefined: nothing that leads to a message (games, calls, stickers that somebody looks at). */
function readDoing(action: Api.TypeSendMessageAction): Doing | null | undefined {
  switch (action.className) {
    case 'SendMessageTypingAction':
      return 'typing'
    case 'SendMessageCancelAction':
      return null
    case 'SendMessageRecordAudioAction':
      return 'recording'
    case 'SendMessageRecordVideoAction':
    case 'SendMessageRecordRoundAction':
      return 'filming'
    case 'SendMessageUploadAudioAction':
    case 'SendMessageUploadDocumentAction':
    case 'SendMessageUploadPhotoAction':
    case 'SendMessageUploadRoundAction':
    case 'SendMessageUploadVideoAction':
      return 'sending'
    default:
      return undefined
  }
}

function availabilityNotice(user: string, status: Api.TypeUserStatus | undefined, now: number): ActivityNotice {
  const isOnline = status?.className === 'UserStatusOnline'
  const lastsMs = isOnline ? Math.max(0, status.expires * 1000 - now) : null
  return { notice: 'availability', person: userAddress(user), availability: readStatus(status, now), lastsMs }
}

function readStatus(status: Api.TypeUserStatus | undefined, now: number): Availability | null {
  switch (status?.className) {
    case 'UserStatusOnline':
      return { state: 'online' }
    case 'UserStatusOffline': {
      const seenAt = Math.min(status.wasOnline * 1000, now)
      return seenAt < earliestSeenMs ? null : { state: 'offline', seenAt }
    }
    case 'UserStatusRecently':
      return { state: 'recently' }
    case 'UserStatusLastWeek':
      return { state: 'within-week' }
    case 'UserStatusLastMonth':
      return { state: 'within-month' }
    default:
      return null
  }
}

interface AttentionOptions {
  host: Pick<ChannelHost, 'clock' | 'activity'>
  timing: TelegramTiming
  peers: PeerStore
}

/** Whoever leafs through the list asks about where he stops. */
const restMs = 1_000

/** Asks once how the person is whose conversation is looked at; what changes afterwards Telegram tells by itself. */
export class Attention {
  readonly #options: AttentionOptions
  #wanted: { live: LiveLine; address: string } | null = null
  #cancelRest: (() => void) | null = null

  constructor(options: AttentionOptions) {
    this.#options = options
  }

  attend(live: LiveLine | null, address: string | null): void {
    this.#wanted = live && address !== null ? { live, address } : null
    if (!this.#cancelRest) this.#ask()
  }

  #ask(): void {
    this.#cancelRest = null
    const { host, timing, peers } = this.#options
    if (!this.#wanted) return
    const { live, address } = this.#wanted
    this.#wanted = null
    const id = inputUser(live.library, peers, address)
    if (!id) return
    this.#cancelRest = timing.after(restMs, () => this.#ask())
    live.line.call(new live.library.Api.users.GetUsers({ id: [id] })).then(
      ([user]) => {
        if (user?.className !== 'User' || userAddress(user.id.toString()) !== address) return
        host.activity(availabilityNotice(user.id.toString(), user.status, host.clock.now()))
      },
      // Nobody waits for it; the line's own trouble comes out elsewhere.
      () => undefined,
    )
  }

  stop(): void {
    this.#cancelRest?.()
    this.#cancelRest = null
    this.#wanted = null
  }
}
