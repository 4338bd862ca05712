/** From the rows as they were recorded to what is shown: each message with what was changed of it and said to it later. */
import type { Answer } from '../app/api.ts'

export type Message = Answer<'conversations.read'>['messages'][number]

export interface Reaction {
  emoji: string
  names: string[]
}
/** A message with everything that is known of it; the message itself is the original, always. */
export interface Entry {
  message: Message
  /** Oldest first; the newest one's text is how it stands now. */
  edits: Message[]
  /** Who deleted it at the provider first. */
  deleted: Message | null
  reactions: Reaction[]
  /** Per option of a poll, in its order. */
  votes: { option: string; names: string[] }[]
  /** The message that it answers, where that is loaded. */
  answers: Message | null
}

/** Two messages of one hand: the company's, or those of one outsider. */
const sameWriter = (one: Message, other: Message): boolean =>
  one.direction === other.direction && one.person === other.person

/**
 * `messages` ascending. A change stands with its target where that is loaded and the change is one that its writer may make; any other one
 * stays a row of its own.
 */
export function toEntries(messages: readonly Message[]): Entry[] {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const changes = new Map<string, Message[]>()
  const rows: Message[] = []
  for (const message of messages) {
    const target = message.target === null ? undefined : byId.get(message.target)
    const mayChange = message.kind !== 'edit' || (target && sameWriter(message, target))
    if (!target || !isChange(message) || !mayChange) {
      rows.push(message)
      continue
    }
    const known = changes.get(target.id)
    if (known) known.push(message)
    else changes.set(target.id, [message])
  }
  return rows.map((message) => {
    const about = changes.get(message.id) ?? []
    return {
      message,
      edits: about.filter((one) => one.kind === 'edit'),
      deleted: about.find((one) => one.kind === 'delete') ?? null,
      reactions: reactionsIn(about),
      votes: votesIn(message, about),
      answers: (message.reply === null ? undefined : byId.get(message.reply)) ?? null,
    }
  })
}

export function isChange({ kind }: Message): boolean {
  return kind === 'edit' || kind === 'delete' || kind === 'reaction' || kind === 'vote'
}

/** The last word of each person, in the order of the first. */
function lastOfEach(changes: readonly Message[]): Message[] {
  const last = new Map<string, Message>()
  for (const one of changes) last.set(one.person ?? '', one)
  return [...last.values()]
}

function reactionsIn(changes: readonly Message[]): Reaction[] {
  const found = new Map<string, string[]>()
  for (const { details, author } of lastOfEach(changes.filter((one) => one.kind === 'reaction'))) {
    if (!details?.emoji) continue
    const names = found.get(details.emoji)
    if (names) names.push(author)
    else found.set(details.emoji, [author])
  }
  return [...found].map(([emoji, names]) => ({ emoji, names }))
}

function votesIn({ details }: Message, changes: readonly Message[]): Entry['votes'] {
  const votes = lastOfEach(changes.filter((one) => one.kind === 'vote'))
  return (details?.poll?.options ?? []).map((option) => ({
    option,
    names: votes.filter((one) => one.details?.vote?.includes(option)).map((one) => one.author),
  }))
}

/** How it reads now: the newest edit whose words can be opened, else the original. */
export function textNow({ message, edits }: Entry): { text: string | null; entities: Message['entities'] } {
  return edits.findLast((one) => one.text !== null) ?? message
}

/** Earlier words, oldest first, each with the time from which they counted. */
export function earlierVersions({ message, edits }: Entry): { text: string | null; at: number }[] {
  const all = [message, ...edits]
  const now = edits.findLastIndex((one) => one.text !== null) + 1
  return all.slice(0, now).map(({ text, at }) => ({ text, at }))
}
