/**
 * Reads the few fields of a decrypted WhatsApp message that the neutral form needs, without the library, so that rows
 * are understood also while no account runs. Field numbers: WAProto.proto of the library, message `Message`.
 */

const FIELD = {
  conversation: 1,
  senderKeyDistribution: 2,
  extendedText: 6,
  protocol: 12,
  fastSenderKeyDistribution: 15,
  deviceSent: 31,
  contextInfo: 35,
  ephemeral: 40,
} as const

/** Names of what is kept but not yet understood; other numbers are called `field-<n>`. */
const NAMES: Record<number, string> = {
  3: 'image',
  4: 'contact',
  5: 'location',
  7: 'document',
  8: 'audio',
  9: 'video',
  10: 'call',
  12: 'protocol',
  13: 'contacts',
  18: 'live-location',
  25: 'template',
  26: 'sticker',
  28: 'group-invite',
  36: 'list',
  37: 'view-once',
  45: 'interactive',
  46: 'reaction',
  49: 'poll',
  53: 'document',
  55: 'view-once',
  58: 'edit',
  64: 'poll',
  66: 'video-note',
  75: 'event',
}

/**
 * Protocol messages between the account's own devices (history, app state, peer requests) are the library's business.
 * 17, an own phone's answer, is not in this list: it can carry a customer's message.
 */
const INTERNAL_PROTOCOL = new Set([4, 5, 6, 7, 8, 9, 10, 16, 18, 19, 20, 21, 22, 24, 26, 28, 29])

export class MalformedMessage extends Error {
  readonly code = 'whatsapp_malformed_message'
}

type Field = { number: number; value: number; bytes: Uint8Array | null }

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) throw new MalformedMessage('varint is cut')
    // Numbers beyond 2^53 lose precision; no field read here is that large.
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  throw new MalformedMessage('varint is too long')
}

/** Splits protobuf bytes into fields; throws MalformedMessage when a length points outside. */
function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    const number = Math.floor(tag.value / 8)
    const wire = tag.value % 8
    at = tag.next
    if (wire === 0) {
      const { value, next } = readVarint(bytes, at)
      fields.push({ number, value, bytes: null })
      at = next
    } else if (wire === 2) {
      const { value: length, next } = readVarint(bytes, at)
      if (length > bytes.length - next) throw new MalformedMessage('field is cut')
      fields.push({ number, value: 0, bytes: bytes.subarray(next, next + length) })
      at = next + length
    } else if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4
      if (at > bytes.length) throw new MalformedMessage('fixed field is cut')
    } else {
      throw new MalformedMessage('unknown wire type')
    }
  }
  return fields
}

/** Last one wins, as protobuf has it. */
function bytesOf(fields: Field[], number: number): Uint8Array | null {
  return fields.findLast((field) => field.number === number && field.bytes !== null)?.bytes ?? null
}

function textOf(fields: Field[], number: number): string | null {
  const bytes = bytesOf(fields, number)
  return bytes === null ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

export type MessageContent =
  | { type: 'text'; text: string; reply: string | null }
  /** The library's own traffic between devices, no message. */
  | { type: 'internal' }
  | { type: 'other'; name: string }

export interface ReadMessage {
  content: MessageContent
  /** JID of the chat, set when another device of the account sent the message. */
  destination: string | null
}

function readReply(extended: Field[]): string | null {
  const context = bytesOf(extended, 17)
  const reply = context === null ? null : textOf(readFields(context), 1)
  return reply && reply.length <= 128 ? reply : null
}

function readContent(fields: Field[], fromOwnDevice: boolean): MessageContent {
  const conversation = textOf(fields, FIELD.conversation)
  if (conversation) return { type: 'text', text: conversation, reply: null }
  const extendedBytes = bytesOf(fields, FIELD.extendedText)
  if (extendedBytes) {
    const extended = readFields(extendedBytes)
    return { type: 'text', text: textOf(extended, 1) ?? '', reply: readReply(extended) }
  }
  const protocol = bytesOf(fields, FIELD.protocol)
  if (protocol) {
    const kind = readFields(protocol).findLast((field) => field.number === 2)?.value ?? 0
    if (fromOwnDevice && INTERNAL_PROTOCOL.has(kind)) return { type: 'internal' }
    return { type: 'other', name: `protocol-${kind}` }
  }
  const carriers: number[] = [FIELD.senderKeyDistribution, FIELD.fastSenderKeyDistribution, FIELD.contextInfo]
  const main = fields.find((field) => field.bytes !== null && !carriers.includes(field.number))
  if (main) {
    // An empty conversation is still a message of its author.
    if (main.number === FIELD.conversation) return { type: 'text', text: '', reply: null }
    return { type: 'other', name: NAMES[main.number] ?? `field-${main.number}` }
  }
  return carriers.some((number) => bytesOf(fields, number) !== null)
    ? { type: 'internal' }
    : { type: 'other', name: 'empty' }
}

/**
 * `plaintext`: the decrypted message without padding. `fromOwnDevice`: the stanza came from the account itself.
 * Throws MalformedMessage for what is no protobuf.
 */
export function readMessage(plaintext: Uint8Array, fromOwnDevice: boolean): ReadMessage {
  let fields = readFields(plaintext)
  let destination: string | null = null
  const deviceSent = bytesOf(fields, FIELD.deviceSent)
  if (deviceSent) {
    const sent = readFields(deviceSent)
    destination = textOf(sent, 1)
    fields = readFields(bytesOf(sent, 2) ?? new Uint8Array())
  }
  const ephemeral = bytesOf(fields, FIELD.ephemeral)
  if (ephemeral) fields = readFields(bytesOf(readFields(ephemeral), 1) ?? new Uint8Array())
  return { content: readContent(fields, fromOwnDevice), destination }
}

/** Takes off the padding that every encrypted message carries; bytes with impossible padding come back whole. */
export function withoutPadding(padded: Uint8Array): Uint8Array {
  const pad = padded.at(-1)
  return pad === undefined || pad === 0 || pad > padded.length ? padded : padded.subarray(0, padded.length - pad)
}
