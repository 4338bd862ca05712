/** What people do without saying anything: updates without a number, told to whoever has a line, owed to nobody. */
import type { ActivityRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import type { SimulatorAccount, TelegramUser } from './model.ts'
import type { UpdatePusher } from './pusher.ts'
import { encodeTl, type TlObject } from './tl-codec.ts'
import { peerObject } from './tl-objects.ts'
import type { TelegramWorld } from './world.ts'

/** Somebody who is online is believed to be so for this long, seconds. */
const ONLINE_S = 300

const ACTIONS: Partial<Record<ActivityRequest['doing'], TlObject>> = {
  typing: { _: 'sendMessageTypingAction' },
  recording: { _: 'sendMessageRecordAudioAction' },
  filming: { _: 'sendMessageRecordRoundAction' },
  sending: { _: 'sendMessageUploadDocumentAction', progress: 10 },
  stopped: { _: 'sendMessageCancelAction' },
}

function statusOf({ doing, seenAt }: ActivityRequest, date: number): TlObject {
  switch (doing) {
    case 'online':
      return { _: 'userStatusOnline', expires: date + ONLINE_S }
    case 'offline':
      return { _: 'userStatusOffline', was_online: seenAt === undefined ? date : Math.floor(seenAt / 1000) }
    case 'within-week':
      return { _: 'userStatusLastWeek' }
    case 'within-month':
      return { _: 'userStatusLastMonth' }
    case 'hidden':
      return { _: 'userStatusEmpty' }
    default:
      return { _: 'userStatusRecently' }
  }
}

/** Throws SimulatorError for somebody who is not there, or not in the group. */
export function act(world: TelegramWorld, pusher: UpdatePusher, request: ActivityRequest): void {
  const { user } = world.customer(request.customer)
  const action = ACTIONS[request.doing]
  if (!action) user.status = statusOf(request, world.date())
  const update = action ? typingUpdate(world, request, user, action) : statusUpdate(user)
  const body = encodeTl({ _: 'updateShort', update, date: world.date() })
  for (const account of action ? watchersOf(world, request) : world.accounts.values())
    for (let time = 0; time < request.times; time += 1) pusher.pushOnce(account, body, {})
}

function watchersOf(world: TelegramWorld, { account, group }: ActivityRequest): SimulatorAccount[] {
  return group === null ? [world.account(account ?? '')] : world.membersWithAccount(world.group(group))
}

function typingUpdate(world: TelegramWorld, request: ActivityRequest, user: TelegramUser, action: TlObject): TlObject {
  if (request.group === null) return { _: 'updateUserTyping', user_id: BigInt(user.id), action }
  const group = world.group(request.group)
  if (!group.members.has(user)) throw new SimulatorError('bad_request', 'the customer is not in this group')
  const from = { from_id: peerObject(user), action }
  if (group.mega) return { _: 'updateChannelUserTyping', channel_id: BigInt(group.id), ...from }
  return { _: 'updateChatUserTyping', chat_id: BigInt(group.id), ...from }
}

function statusUpdate(user: TelegramUser): TlObject {
  return { _: 'updateUserStatus', user_id: BigInt(user.id), status: user.status }
}
