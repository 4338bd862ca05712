/** Polls as the account knows them, and the votes on them: each vote is sealed with the poll's secret for its voter. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { ChannelStore } from '../channel.ts'
import { Fields } from './protobuf.ts'

export interface KnownPoll {
  secret: Uint8Array
  options: string[]
  /** All addresses of who made it, the one that votes name first. */
  creators: string[]
}

const POLL = 'poll'

export interface PollEntry {
  type: string
  id: string
  value: Uint8Array
}

export function pollEntry(chat: string, id: string, poll: KnownPoll): PollEntry {
  const secret = Buffer.from(poll.secret).toString('base64')
  return { type: POLL, id: `${chat}|${id}`, value: Buffer.from(JSON.stringify({ ...poll, secret }), 'utf8') }
}

/** `chats`: all addresses under which the conversation may be known. */
export function findPoll(store: Pick<ChannelStore, 'getState'>, chats: string[], id: string): KnownPoll | null {
  for (const chat of chats) {
    const bytes = store.getState(POLL, `${chat}|${id}`)
    if (!bytes) continue
    const { secret, options, creators } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>
    if (typeof secret !== 'string' || !Array.isArray(options) || !Array.isArray(creators)) continue
    return { secret: Buffer.from(secret, 'base64'), options: options.map(String), creators: creators.map(String) }
  }
  return null
}

function optionHash(option: string): string {
  return createHash('sha256').update(option, 'utf8').digest('hex')
}

function voteKey(poll: KnownPoll, id: string, creator: string, voter: string): Buffer {
  const info = Buffer.from(`${id}${creator}${voter}Poll Vote`, 'utf8')
  return Buffer.from(hkdfSync('sha256', poll.secret, new Uint8Array(32), info, 32))
}

function sealedFor(id: string, voter: string): Buffer {
  return Buffer.from(`${id}\u0000${voter}`, 'utf8')
}

function open(key: Buffer, iv: Uint8Array, payload: Uint8Array, about: Buffer): Uint8Array | null {
  if (payload.length < 16) return null
  const decipher = createDecipheriv('aes-256-gcm', key, iv)
  decipher.setAAD(about)
  decipher.setAuthTag(payload.subarray(payload.length - 16))
  try {
    return Buffer.concat([decipher.update(payload.subarray(0, payload.length - 16)), decipher.final()])
  } catch {
    return null
  }
}

/** The chosen options in the poll's order; null when no address of creator and voter opens it. Throws MalformedMessage. */
export function openVote(
  poll: KnownPoll,
  id: string,
  vote: { payload: Uint8Array; iv: Uint8Array; voters: string[] },
): string[] | null {
  for (const creator of poll.creators) {
    for (const voter of vote.voters) {
      const plain = open(voteKey(poll, id, creator, voter), vote.iv, vote.payload, sealedFor(id, voter))
      if (!plain) continue
      const chosen = new Set(new Fields(plain).list(1, 64).map((hash) => Buffer.from(hash).toString('hex')))
      return poll.options.filter((option) => chosen.has(optionHash(option)))
    }
  }
  return null
}

/** Seals a vote as `voter`. Options that the poll does not have are left out. */
export function sealVote(
  poll: KnownPoll,
  id: string,
  voter: string,
  options: string[],
): { encPayload: Uint8Array; encIv: Uint8Array } {
  const hashes = options.filter((option) => poll.options.includes(option)).map((option) => optionHash(option))
  // PollVoteMessage: field 1, repeated, 32 bytes each.
  const plain = Buffer.concat(hashes.map((hash) => Buffer.concat([Buffer.from([10, 32]), Buffer.from(hash, 'hex')])))
  const encIv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', voteKey(poll, id, poll.creators[0] ?? '', voter), encIv)
  cipher.setAAD(sealedFor(id, voter))
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv }
}
