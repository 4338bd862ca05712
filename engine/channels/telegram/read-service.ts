/** Reads what Telegram tells of a conversation itself: who came and went, new titles, timers, phone calls. */
import type { Api } from 'telegram/index.js'
import type { z } from 'zod'
import type { Details, callSchema, serviceSchema } from '../../../shared/contracts/neutral-message.ts'
import { userAddress } from './peers.ts'

type Service = z.infer<typeof serviceSchema>
type Call = z.infer<typeof callSchema>

const membersAtMost = 2048

export interface ReadService {
  kind: 'service' | 'call'
  details: Details
}

/** author: user id of who did it, or null where nobody is named. */
export function readService(action: Api.TypeMessageAction, author: string | null): ReadService {
  if (action.className === 'MessageActionPhoneCall') return { kind: 'call', details: { call: readCall(action) } }
  return { kind: 'service', details: { service: { ...quiet, ...describe(action, author) } } }
}

const quiet = { members: [], text: null, seconds: null }

function describe(action: Api.TypeMessageAction, author: string | null): Pick<Service, 'event'> & Partial<Service> {
  switch (action.className) {
    case 'MessageActionChatCreate':
      return { event: 'created', members: addresses(action.users), text: action.title.slice(0, 4096) }
    case 'MessageActionChannelCreate':
      return { event: 'created', text: action.title.slice(0, 4096) }
    case 'MessageActionChatEditTitle':
      return { event: 'subject', text: action.title.slice(0, 4096) }
    case 'MessageActionChatEditPhoto':
    case 'MessageActionChatDeletePhoto':
      return { event: 'picture' }
    case 'MessageActionChatAddUser': {
      const members = addresses(action.users)
      const byThemselves = members.length === 1 && author !== null && members[0] === userAddress(author)
      return { event: byThemselves ? 'joined' : 'added', members }
    }
    case 'MessageActionChatDeleteUser': {
      const id = action.userId.toString()
      return { event: id === author ? 'left' : 'removed', members: [userAddress(id)] }
    }
    case 'MessageActionChatJoinedByLink':
    case 'MessageActionChatJoinedByRequest':
    case 'MessageActionChatJoinedViaCommunity':
      return { event: 'joined', members: author === null ? [] : [userAddress(author)] }
    case 'MessageActionSetMessagesTTL':
      return { event: 'timer', seconds: Math.max(0, action.period) }
    case 'MessageActionPinMessage':
      return { event: 'pinned' }
    case 'MessageActionCustomAction':
      return { event: 'other', text: action.message.slice(0, 4096) }
    default:
      return { event: 'other', text: action.className.slice(0, 128) }
  }
}

function addresses(ids: { toString(): string }[]): string[] {
  return ids.slice(0, membersAtMost).map((id) => userAddress(id.toString()))
}

function readCall(action: Api.MessageActionPhoneCall): Call {
  const talkedS = action.duration ?? null
  return {
    video: action.video === true,
    outcome: callOutcome(action.reason?.className ?? null, talkedS !== null),
    durationS: talkedS === null ? null : Math.max(0, talkedS),
  }
}

function callOutcome(reason: string | null, talked: boolean): Call['outcome'] {
  if (talked) return 'answered'
  if (reason === 'PhoneCallDiscardReasonBusy') return 'declined'
  return 'missed'
}
