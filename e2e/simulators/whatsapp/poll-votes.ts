/** The encryption of poll votes: only who has the poll (and its secret) can read who voted for what. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'

const TAG_BYTES = 16

/** Addresses without device parts, in the addressing of the conversation. */
interface VoteScene {
  pollId: string
  creator: string
  voter: string
  secret: Uint8Array
}

function voteKey({ pollId, creator, voter, secret }: VoteScene): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  return createHmac('sha256', extracted)
    .update(Buffer.concat([Buffer.from(`${pollId}${creator}${voter}Poll Vote`), Buffer.from([1])]))
    .digest()
}

function associated({ pollId, voter }: VoteScene): Buffer {
  return Buffer.from(`${pollId}\0${voter}`)
}

export function optionHash(option: string): Buffer {
  return createHash('sha256').update(option).digest()
}

export function encryptVote(scene: VoteScene, options: string[]): proto.Message.IPollEncValue {
  const vote = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(optionHash) }).finish()
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', voteKey(scene), encIv)
  cipher.setAAD(associated(scene))
  return { encPayload: Buffer.concat([cipher.update(vote), cipher.final(), cipher.getAuthTag()]), encIv }
}

/** Hashes of the chosen options; throws when the vote was not made for this scene. */
export function decryptVote(scene: VoteScene, { encPayload, encIv }: proto.Message.IPollEncValue): Buffer[] {
  if (!encPayload || encPayload.length < TAG_BYTES || encIv?.length !== 12) throw new Error('not an encrypted vote')
  const decipher = createDecipheriv('aes-256-gcm', voteKey(scene), encIv)
  decipher.setAAD(associated(scene))
  decipher.setAuthTag(encPayload.subarray(-TAG_BYTES))
  const vote = Buffer.concat([decipher.update(encPayload.subarray(0, -TAG_BYTES)), decipher.final()])
  return (proto.Message.PollVoteMessage.decode(vote).selectedOptions ?? []).map((hash) => Buffer.from(hash))
}
