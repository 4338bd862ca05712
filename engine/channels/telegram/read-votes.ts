/** Asks who chose what in a poll whose votes are not secret: a user's program is told only that the results have changed. */
import type { Api } from 'telegram/index.js'
import type { Entry } from './inbox-row.ts'
import { inputPeer } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import type { SeenPoll } from './message-memory.ts'
import { type KnownPeer, type PeerStore, readUsers } from './peers.ts'
import { readVote } from './read-changes.ts'

const pageSize = 100
const pagesAtMost = 20

interface Choice {
  options: Buffer[]
  date: number
  raw: Buffer
}

/** Rows of what differs from before; null: the poll cannot be asked about. Rejects with the provider's error. */
export async function askVotes(
  live: LiveLine,
  pollId: string,
  poll: SeenPoll,
  peers: PeerStore,
): Promise<{ people: KnownPeer[]; entries: Entry[] } | null> {
  const { library, line, follower } = live
  const peer = inputPeer(library, peers, poll.at)
  if (!peer) return null
  const people: KnownPeer[] = []
  const choices = new Map<string, Choice>()
  let offset: string | undefined
  let whole = false
  for (let page = 0; page < pagesAtMost && !whole; page++) {
    const asked = new library.Api.messages.GetPollVotes({ peer, id: poll.message, offset, limit: pageSize })
    const list = await line.call(asked)
    people.push(...readUsers(list.users))
    for (const vote of list.votes.slice(0, pageSize)) noteVote(choices, vote)
    offset = list.nextOffset
    whole = !offset || list.votes.length === 0
  }
  const context = follower.context('live')
  const known = Object.keys(context.memory.findPoll(pollId)?.votes ?? {})
  const gone = whole ? known.filter((user) => !choices.has(user)) : []
  const none: Choice = { options: [], date: context.now(), raw: Buffer.alloc(0) }
  const entries = [...choices.keys(), ...gone]
    // The account's own vote comes with the results.
    .filter((user) => user !== context.self)
    .map((user) => {
      const { options, date, raw } = choices.get(user) ?? none
      // One after the other: each vote is understood by what was remembered of the one before.
      return { later: () => readVote(pollId, user, options, date, raw, context, null) }
    })
  return { people, entries }
}

function noteVote(choices: Map<string, Choice>, vote: Api.TypeMessagePeerVote): void {
  if (vote.peer.className !== 'PeerUser' || vote.className === 'MessagePeerVoteInputOption') return
  const user = vote.peer.userId.toString()
  const options = vote.className === 'MessagePeerVoteMultiple' ? vote.options.slice(0, 32) : [vote.option]
  const before = choices.get(user)
  const raw = vote.getBytes()
  choices.set(user, { options: [...(before?.options ?? []), ...options].slice(0, 32), date: vote.date, raw })
}
