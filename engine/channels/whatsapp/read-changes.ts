/** What changes or answers another message: edits, deletions, reactions, votes, pins; and the settings of a conversation. */
import { messageId } from './context-info.ts'
import type { Fields } from './protobuf.ts'

/** Which message a change speaks of, from the view of the change's author. */
export interface TargetKey {
  id: string
  /** The change's author wrote it. */
  fromMe: boolean
  /** JID of the target's writer where the key tells it. */
  participant: string | null
}

export type ReadChange =
  | { type: 'edit'; target: TargetKey; edited: Uint8Array }
  | { type: 'delete'; target: TargetKey }
  | { type: 'reaction'; target: TargetKey; emoji: string | null }
  | { type: 'vote'; target: TargetKey; payload: Uint8Array; iv: Uint8Array }
  | { type: 'pin'; target: TargetKey; pinned: boolean }
  | { type: 'timer'; seconds: number }
  | { type: 'call'; video: boolean; outcome: number; durationS: number | null }

const EMOJI_LIMIT = 64
const VOTE_LIMIT = 4096
const REVOKE = 0
const TIMER = 3
const EDIT = 14

function readKey(fields: Fields | null): TargetKey | null {
  const id = messageId(fields?.text(3))
  if (!fields || !id) return null
  return { id, fromMe: fields.flag(2), participant: fields.text(4, 64) }
}

function readProtocol(fields: Fields): ReadChange | null {
  const type = fields.number(2) ?? 0
  if (type === TIMER) return { type: 'timer', seconds: fields.number(4, 3_155_760_000) ?? 0 }
  const target = readKey(fields.message(1))
  if (!target) return null
  if (type === REVOKE) return { type: 'delete', target }
  const edited = fields.bytes(14)
  return type === EDIT && edited ? { type: 'edit', target, edited } : null
}

function readReaction(fields: Fields): ReadChange | null {
  const target = readKey(fields.message(1))
  return target && { type: 'reaction', target, emoji: fields.text(2, EMOJI_LIMIT) || null }
}

function readVote(fields: Fields): ReadChange | null {
  const target = readKey(fields.message(1))
  const vote = fields.message(2)
  const payload = vote?.shortBytes(1, VOTE_LIMIT)
  const iv = vote?.shortBytes(2, 12)
  return target && payload && iv?.length === 12 ? { type: 'vote', target, payload, iv } : null
}

function readPin(fields: Fields): ReadChange | null {
  const target = readKey(fields.message(1))
  return target && { type: 'pin', target, pinned: fields.number(2) !== 2 }
}

/** `number`: the kind's field in `Message`. Null for other kinds and for what misses its parts. Throws MalformedMessage. */
export function readChange(number: number, fields: Fields): ReadChange | null {
  switch (number) {
    case 12:
      return readProtocol(fields)
    case 46:
      return readReaction(fields)
    case 50:
      return readVote(fields)
    case 63:
      return readPin(fields)
    case 69:
      return { type: 'call', video: fields.flag(1), outcome: fields.number(2) ?? 0, durationS: fields.number(3) }
    default:
      return null
  }
}
