/** What must be remembered of messages to understand what changes them later: where they stand, what they said, who reacted. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ChannelStore } from '../channel.ts'
import type { MemoryWrite } from './inbox-row.ts'

const seenSchema = z.strictObject({
  /** Address of the conversation. */
  at: z.string(),
  /** Digest of text and entities. */
  said: z.string(),
  /** Names the file or the place that the message shows. */
  shows: z.string().nullable(),
  /** Number of the last edit, or null. */
  edit: z.int().nullable(),
})
export type SeenMessage = z.infer<typeof seenSchema>

const pollSchema = z.strictObject({
  at: z.string(),
  message: z.int(),
  /** Base64 of each option's bytes, and its text. */
  options: z.array(z.tuple([z.string(), z.string()])),
  public: z.boolean(),
  /** Chosen options (base64) by user id. */
  votes: z.record(z.string(), z.array(z.string())),
})
export type SeenPoll = z.infer<typeof pollSchema>

/** Emoji by user id. */
const reactionsSchema = z.record(z.string(), z.string())
export type SeenReactions = z.infer<typeof reactionsSchema>

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** In the mailbox ids are the account's own, in a megagroup the group's. */
function memoryId(address: string, id: number): string {
  return address.startsWith('channel:') ? `${address}/${id}` : String(id)
}

export function digestOf(text: string, entities: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([text, entities]))
    .digest('base64url')
    .slice(0, 22)
}

export function rememberSeen(id: number, seen: SeenMessage): MemoryWrite {
  return { type: 'seen', id: memoryId(seen.at, id), value: JSON.stringify(seen) }
}

export function rememberPoll(id: string, poll: SeenPoll): MemoryWrite[] {
  return [
    { type: 'poll', id, value: JSON.stringify(poll) },
    { type: 'poll-at', id: `${poll.at}/${poll.message}`, value: JSON.stringify(id) },
  ]
}

export function rememberReactions(address: string, id: number, reactions: SeenReactions): MemoryWrite {
  const value = Object.keys(reactions).length === 0 ? null : JSON.stringify(reactions)
  return { type: 'reactions', id: `${address}/${id}`, value }
}

export class MessageMemory {
  readonly #store: ChannelStore

  constructor(store: ChannelStore) {
    this.#store = store
  }

  /** address: null for the mailbox, whose updates do not say in which conversation a message stands. */
  findSeen(address: string | null, id: number): SeenMessage | null {
    return this.#read(seenSchema, 'seen', memoryId(address ?? '', id))
  }

  findPoll(id: string): SeenPoll | null {
    return this.#read(pollSchema, 'poll', id)
  }

  findPollAt(address: string, message: number): SeenPoll | null {
    const id = this.#read(z.string(), 'poll-at', `${address}/${message}`)
    return id === null ? null : this.findPoll(id)
  }

  findReactions(address: string, id: number): SeenReactions {
    return this.#read(reactionsSchema, 'reactions', `${address}/${id}`) ?? {}
  }

  /** User id of a secret chat's other side. */
  findSecret(chat: number): string | null {
    return this.#read(z.string(), 'secret', String(chat))
  }

  /** Whether this group was ever shown whole. */
  knowsGroup(address: string): boolean {
    return this.#store.getState('group-shown', address) !== null
  }

  /** In the transaction of the row. */
  write(writes: MemoryWrite[]): void {
    for (const { type, id, value } of writes)
      this.#store.putState(type, id, value === null ? null : encoder.encode(value))
  }

  #read<T>(schema: z.ZodType<T>, type: string, id: string): T | null {
    const kept = this.#store.getState(type, id)
    return kept ? schema.parse(JSON.parse(decoder.decode(kept))) : null
  }
}
