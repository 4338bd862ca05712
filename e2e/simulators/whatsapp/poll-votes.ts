/** Votes are encrypted under a secret that the poll carries: each member of the chat can read them, the server cannot. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'

const TAG_BYTES = 16

/** Who made the poll, its message id and who votes; addresses without device. */
export interface VotePlace {
  pollId: string
  creator: string
  voter: string
}

function keyOf(secret: Uint8Array, { pollId, creator, voter }: VotePlace): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  return createHmac('sha256', extracted)
    .update(`${pollId}${creator}${voter}Poll Vote`)
    .update(Buffer.from([1]))
    .digest()
}

const boundTo = ({ pollId, voter }: VotePlace): Buffer => Buffer.from(`${pollId}\0${voter}`)
const hashOf = (option: string): Buffer => createHash('sha256').update(option).digest()

export function sealVote(
  secret: Uint8Array,
  place: VotePlace,
  options: string[],
): { encPayload: Buffer; encIv: Buffer } {
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(hashOf) }).finish()
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, place), encIv).setAAD(boundTo(place))
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv }
}

/** The chosen options by their text, in the poll's order. Throws when the vote does not open. */
export function openVote(
  secret: Uint8Array,
  place: VotePlace,
  vote: { encPayload: Uint8Array; encIv: Uint8Array },
  options: string[],
): string[] {
  const payload = Buffer.from(vote.encPayload)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, place), vote.encIv).setAAD(boundTo(place))
  decipher.setAuthTag(payload.subarray(payload.length - TAG_BYTES))
  const plain = Buffer.concat([decipher.update(payload.subarray(0, payload.length - TAG_BYTES)), decipher.final()])
  const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions.map((hash) => Buffer.from(hash))
  return options.filter((option) => chosen.some((hash) => hash.equals(hashOf(option))))
}
