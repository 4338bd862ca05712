/** The plaintext inside a Signal message: a protobuf Message with random padding. */
import { randomInt } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'

/** Padding is 1 to 16 bytes, each with the number of them. */
const MAX_PADDING = 16

export function pad(bytes: Uint8Array): Buffer {
  const count = randomInt(1, MAX_PADDING + 1)
  return Buffer.concat([bytes, Buffer.alloc(count, count)])
}

/** Throws when the last byte names no padding that is there. */
export function unpad(bytes: Uint8Array): Buffer {
  const count = bytes[bytes.length - 1] ?? 0
  if (count === 0 || count > bytes.length) throw new Error('the message is not padded')
  return Buffer.from(bytes.subarray(0, bytes.length - count))
}

export function decodeMessage(bytes: Uint8Array): proto.IMessage {
  return proto.Message.decode(bytes)
}

/** The sender key that a message hands over; null when it is of another kind. Throws when the bytes are no message. */
export function readSenderKey(bytes: Uint8Array): Uint8Array | null {
  return proto.Message.decode(bytes).senderKeyDistributionMessage?.axolotlSenderKeyDistributionMessage ?? null
}

/** The message that an own device sent to `destination`, as the account's other devices get it. */
export function readDeviceSent(bytes: Uint8Array): { destination: string; message: Buffer } | null {
  const sent = proto.Message.decode(bytes).deviceSentMessage
  if (!sent?.message || !sent.destinationJid) return null
  return { destination: sent.destinationJid, message: Buffer.from(proto.Message.encode(sent.message).finish()) }
}
