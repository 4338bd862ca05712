/**
 * Reads decrypted WhatsApp messages without the library, so that rows are understood also while no account runs.
 * Field numbers: WAProto.proto of the library, message `Message`.
 */
import type { Details, MessageKind } from '../../../shared/contracts/neutral-message.ts'
import type { MediaOffer } from '../channel.ts'
import { NO_CONTEXT, readContext } from './context-info.ts'
import type { Context } from './context-info.ts'
import { Fields, MalformedMessage } from './protobuf.ts'
import { readBubble } from './read-bubbles.ts'
import { readChange } from './read-changes.ts'
import type { ReadChange } from './read-changes.ts'
import { readMedia } from './read-media.ts'

const CONVERSATION = 1
const PROTOCOL = 12
const DEVICE_SENT = 31
const CONTEXT_INFO = 35
/** Sender keys and context accompany a message and are none. */
const CARRIERS = new Set([2, 15, CONTEXT_INFO])
/** Wrappers whose field 1 is the message itself: disappearing, document with caption, edited, mentions of groups, lottie stickers … */
const WRAPPERS = new Set([40, 53, 58, 62, 74, 91, 93])
const VIEW_ONCE_WRAPPERS = new Set([37, 55, 59])
const DEPTH_LIMIT = 6
/** Kinds whose content is read: media, bubbles, changes. */
const KINDS = new Set([3, 4, 5, 6, 7, 8, 9, PROTOCOL, 13, 18, 26, 46, 49, 50, 60, 63, 64, 66, 69, 111])

/** Names of what is kept but not understood; other numbers are called `field-<n>`. */
const NAMES: Record<number, string> = {
  4: 'contact',
  5: 'location',
  10: 'call',
  46: 'reaction',
  49: 'poll',
  50: 'vote',
  60: 'poll',
  63: 'pin',
  64: 'poll',
  12: 'protocol',
  14: 'template',
  25: 'template',
  28: 'group-invite',
  36: 'list',
  45: 'interactive',
  56: 'encrypted-reaction',
  71: 'encrypted-comment',
  75: 'event',
  80: 'placeholder',
  82: 'encrypted-change',
  83: 'album',
  111: 'poll',
}

/**
 * Protocol messages between the account's own devices (history, app state, peer requests) are the library's business.
 * 17, an own phone's answer, is not in this list: it can carry a customer's message.
 */
const INTERNAL_PROTOCOL = new Set([4, 5, 6, 7, 8, 9, 10, 16, 18, 19, 20, 21, 22, 24, 26, 28, 29])

export type ReadContent =
  | {
      type: 'bubble'
      kind: MessageKind
      text: string
      details: Details
      context: Context
      media: MediaOffer | null
      /** With it votes on a poll are read. */
      secret: Uint8Array | null
    }
  | ReadChange
  /** The library's own traffic between devices, no message. */
  | { type: 'internal' }
  | { type: 'other'; name: string }

export interface ReadMessage {
  content: ReadContent
  /** JID of the chat, set when another device of the account sent the message. */
  destination: string | null
}

interface Unwrapped {
  fields: Fields
  destination: string | null
  viewOnce: boolean
  secret: Uint8Array | null
}

function secretOf(fields: Fields): Uint8Array | null {
  const secret = fields.message(CONTEXT_INFO)?.bytes(3)
  return secret?.length === 32 ? secret : null
}

function unwrap(plaintext: Uint8Array): Unwrapped {
  let fields = new Fields(plaintext)
  let destination: string | null = null
  let viewOnce = false
  let secret = secretOf(fields)
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
    const sent = fields.message(DEVICE_SENT)
    const wrapper = fields.filled().find((number) => WRAPPERS.has(number) || VIEW_ONCE_WRAPPERS.has(number))
    if (sent) {
      destination ??= sent.text(1, 64)
      fields = sent.message(2) ?? new Fields(new Uint8Array())
    } else if (wrapper === undefined) return { fields, destination, viewOnce, secret }
    else {
      viewOnce ||= VIEW_ONCE_WRAPPERS.has(wrapper)
      fields = fields.message(wrapper)?.message(1) ?? new Fields(new Uint8Array())
    }
    secret = secretOf(fields) ?? secret
  }
  throw new MalformedMessage('wrapped too often')
}

/** Details in their neutral form: only what applies. */
function withContext(details: Details, context: Context, viewOnce: boolean): Details {
  return {
    ...details,
    ...(context.mentions.length > 0 ? { mentions: context.mentions } : {}),
    ...(context.forwarded ? { forwarded: true as const } : {}),
    ...(viewOnce ? { viewOnce: true as const } : {}),
    ...(context.expiresS === null ? {} : { expiresS: context.expiresS }),
  }
}

function text(plain: string): ReadContent {
  return { type: 'bubble', kind: 'text', text: plain, details: {}, context: NO_CONTEXT, media: null, secret: null }
}

function readKind(number: number, { fields, viewOnce, secret }: Unwrapped): ReadContent {
  // Of a kind that nobody knows not even the form is known.
  if (!KINDS.has(number)) return { type: 'other', name: NAMES[number] ?? `field-${number}` }
  const kind = fields.message(number) ?? new Fields(new Uint8Array())
  const media = readMedia(number, kind)
  if (media) {
    const context = readContext(kind)
    const details = withContext({ file: media.file }, context, viewOnce || media.viewOnce)
    return { type: 'bubble', kind: media.kind, text: media.caption, details, context, media: media.offer, secret }
  }
  const bubble = readBubble(number, kind)
  if (bubble) {
    const details = withContext(bubble.details, bubble.context, viewOnce)
    return { type: 'bubble', ...bubble, details, media: null, secret }
  }
  const change = readChange(number, kind)
  if (change) return change
  const name = NAMES[number] ?? `field-${number}`
  return { type: 'other', name: number === PROTOCOL ? `protocol-${kind.number(2) ?? 0}` : name }
}

function readContent(unwrapped: Unwrapped, fromOwnDevice: boolean): ReadContent {
  const { fields } = unwrapped
  const conversation = fields.text(CONVERSATION)
  if (conversation) return text(conversation)
  if (fromOwnDevice && INTERNAL_PROTOCOL.has(fields.message(PROTOCOL)?.number(2) ?? -1)) return { type: 'internal' }
  const filled = fields.filled()
  const main = filled.find((number) => !CARRIERS.has(number))
  if (main === undefined) return filled.length > 0 ? { type: 'internal' } : { type: 'other', name: 'empty' }
  // An empty conversation is still a message of its author.
  return main === CONVERSATION ? text('') : readKind(main, unwrapped)
}

/**
 * `plaintext`: the decrypted message without padding. `fromOwnDevice`: the stanza came from the account itself.
 * Throws MalformedMessage for what is no protobuf.
 */
export function readMessage(plaintext: Uint8Array, fromOwnDevice: boolean): ReadMessage {
  const unwrapped = unwrap(plaintext)
  return { content: readContent(unwrapped, fromOwnDevice), destination: unwrapped.destination }
}

/** The new text of an edit and whom it mentions; null where the new content has no text. Throws MalformedMessage. */
export function readEdited(edited: Uint8Array): { text: string; details: Details | null } | null {
  const content = readContent(unwrap(edited), false)
  if (content.type !== 'bubble') return null
  const { mentions } = content.details
  return { text: content.text, details: mentions ? { mentions } : null }
}

/** Takes off the padding that every encrypted message carries; bytes with impossible padding come back whole. */
export function withoutPadding(padded: Uint8Array): Uint8Array {
  const pad = padded.at(-1)
  return pad === undefined || pad === 0 || pad > padded.length ? padded : padded.subarray(0, padded.length - pad)
}
