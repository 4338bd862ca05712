/** Asks Telegram to change a message: edit, delete, react, vote. None has a random_id; asked twice they change nothing more. */
import type { Api } from 'telegram/index.js'
import type { SendOutcome, SendRequest } from '../channel.ts'
import { inputChannel, inputPeer, inputUser } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import { inputEntities, Unsendable } from './outgoing.ts'
import { addressOf, channelIdOf, type PeerStore, userIdOf } from './peers.ts'
import { readDeletions } from './read-changes.ts'
import { readMessage } from './read-message.ts'
import { emptyBatch, type ReadBatch, readHistory, readUpdates } from './read-updates.ts'

interface Changed {
  outcome: SendOutcome
  batch: ReadBatch
}

/** Rejects with the provider's error; throws Unsendable where the change has no form. */
export async function askChange(live: LiveLine, request: SendRequest, peers: PeerStore): Promise<Changed> {
  const { library } = live
  const peer = inputPeer(library, peers, request.address)
  if (!peer) throw new Unsendable('telegram_peer_unknown', 'This conversation was never seen here')
  switch (request.content.kind) {
    case 'edit':
      return edit(live, request, peer, peers)
    case 'delete':
      return remove(live, request, peers)
    case 'reaction':
      return react(live, request, peer)
    case 'vote':
      return vote(live, request, peer, peers)
    default:
      throw new Unsendable('telegram_kind_unsendable', 'This is no change of a message')
  }
}

/** The outcome of a change that Telegram says is made already, or null where its number is not known. */
export function isAskedFor({ follower }: LiveLine, { address, content }: SendRequest): SendOutcome | null {
  const target = content.target ?? ''
  const { memory, self } = follower.context('live')
  if (content.kind === 'reaction' || content.kind === 'vote') return accepted(`${target}/${content.kind}/${self}`)
  const seen = content.kind === 'edit' ? memory.findSeen(address, Number(target)) : null
  return seen?.edit ? accepted(`${target}/edit/${seen.edit}`) : null
}

type InputPeer = NonNullable<ReturnType<typeof inputPeer>>

async function edit(live: LiveLine, request: SendRequest, peer: InputPeer, peers: PeerStore): Promise<Changed> {
  const { library, line } = live
  const { content } = request
  const id = Number(content.target)
  const context = { library, peer, inputUser: (address: string) => inputUser(library, peers, address) }
  const asked = new library.Api.messages.EditMessage({
    peer,
    id,
    message: content.text,
    noWebpage: true,
    entities: inputEntities(context, content.entities, content.details?.mentions ?? []),
  })
  const answer = await line.invoke(asked)
  const batch = readUpdates(answer, answering(live, request, 'edit'))
  const made = updatesOf(answer)
    .filter((update) => update.className === 'UpdateEditMessage' || update.className === 'UpdateEditChannelMessage')
    .find(({ message }) => message.id === id)
  if (made) {
    const { message, pts } = made
    const date = message.className === 'Message' ? message.editDate : undefined
    return { outcome: accepted(`${id}/edit/${pts}`, date ?? batch.date), batch }
  }
  const unclear = { code: 'telegram_answer_unclear', text: 'Telegram did not say which edit it made', until: null }
  return { outcome: { outcome: 'unknown', fault: unclear }, batch: { ...batch, recover: true } }
}

async function remove(live: LiveLine, request: SendRequest, peers: PeerStore): Promise<Changed> {
  const { library, line, follower } = live
  const { Api } = library
  const id = Number(request.content.target)
  const channel = inputChannel(library, peers, request.address)
  const { pts, ptsCount, getBytes } = await line
    .invoke(
      channel
        ? new Api.channels.DeleteMessages({ channel, id: [id] })
        : new Api.messages.DeleteMessages({ revoke: true, id: [id] }),
    )
    .then((affected) => ({ ...counted(affected), getBytes: () => affected.getBytes() }))
  const context = follower.context('live')
  const ids = new Map([[id, request.clientId]])
  const later = () => readDeletions(request.address, [id], { getBytes }, context.now(), context, ids)
  const piece = { pts, ptsCount, qts: null, channel: channelIdOf(request.address), entries: [{ later }] }
  return { outcome: accepted(`${id}/delete`), batch: { ...emptyBatch, pieces: [piece] } }
}

function counted({ pts, ptsCount }: Api.messages.TypeAffectedMessages) {
  return { pts, ptsCount }
}

async function react(live: LiveLine, request: SendRequest, peer: InputPeer): Promise<Changed> {
  const { library, line, follower } = live
  const { Api, toLong } = library
  const msgId = Number(request.content.target)
  const emoji = request.content.details?.emoji ?? null
  const custom = /^custom:(-?\d{1,20})$/.exec(emoji ?? '')?.[1]
  const reaction: Api.TypeReaction[] =
    emoji === null
      ? []
      : [
          custom === undefined
            ? new Api.ReactionEmoji({ emoticon: emoji })
            : new Api.ReactionCustomEmoji({ documentId: toLong(custom) }),
        ]
  const answer = await line.invoke(new Api.messages.SendReaction({ peer, msgId, reaction }))
  const batch = readUpdates(answer, answering(live, request, 'reaction'))
  const { self } = follower.context('live')
  return { outcome: accepted(`${msgId}/reaction/${self}`, dateOfReaction(answer, msgId, self) ?? batch.date), batch }
}

async function vote(live: LiveLine, request: SendRequest, peer: InputPeer, peers: PeerStore): Promise<Changed> {
  const { library, line, follower } = live
  const msgId = Number(request.content.target)
  const options = await findOptions(live, request.address, msgId, peers)
  const chosen = (request.content.details?.vote ?? []).map((text) => {
    const option = options.find(([, known]) => known === text)
    if (!option) throw new Unsendable('telegram_option_unknown', 'The poll has no such option')
    return Buffer.from(option[0], 'base64')
  })
  const answer = await line.invoke(new library.Api.messages.SendVote({ peer, msgId, options: chosen }))
  const batch = readUpdates(answer, answering(live, request, 'vote'))
  return { outcome: accepted(`${msgId}/vote/${follower.context('live').self}`, batch.date), batch }
}

/** From memory, else from the message itself. */
async function findOptions(live: LiveLine, address: string, id: number, peers: PeerStore): Promise<[string, string][]> {
  const { follower } = live
  const context = follower.context('live')
  const known = context.memory.findPollAt(address, id)
  if (known) return known.options
  const history = await askMessage(live, address, id, peers)
  if (history && history.className !== 'messages.MessagesNotModified') {
    const { peers: people, groups } = readHistory(history, context)
    const entries = history.messages.map((message) => readMessage(message, context, null))
    follower.rememberOnly(
      { peers: people, groups },
      entries.flatMap(({ memory = [] }) => memory),
    )
  }
  const learnt = context.memory.findPollAt(address, id)
  if (!learnt) throw new Unsendable('telegram_poll_unknown', 'The message is no poll')
  return learnt.options
}

/** One message as the provider has it now; null where the conversation cannot be named. */
export async function askMessage(
  { library, line }: Pick<LiveLine, 'library' | 'line'>,
  address: string,
  id: number,
  peers: PeerStore,
): Promise<Api.messages.TypeMessages | null> {
  const { Api } = library
  const ids = [new Api.InputMessageID({ id })]
  if (channelIdOf(address) === null) return line.call(new Api.messages.GetMessages({ id: ids }))
  const channel = inputChannel(library, peers, address)
  return channel && line.call(new Api.channels.GetMessages({ channel, id: ids }))
}

function answering({ follower }: LiveLine, request: SendRequest, kind: 'edit' | 'reaction' | 'vote') {
  const { clientId, address, content } = request
  return { ...follower.context('live'), answering: { clientId, kind, address, target: Number(content.target) } }
}

function updatesOf(answer: Api.TypeUpdates): Api.TypeUpdate[] {
  return answer.className === 'Updates' || answer.className === 'UpdatesCombined' ? answer.updates : []
}

/** When this user's reaction was made, epoch seconds; undefined where the answer does not list it. */
function dateOfReaction(answer: Api.TypeUpdates, msgId: number, user: string): number | undefined {
  const told = updatesOf(answer)
    .filter((update) => update.className === 'UpdateMessageReactions')
    .find((update) => update.msgId === msgId)
  return told?.reactions.recentReactions?.find(({ peerId }) => userIdOf(addressOf(peerId)) === user)?.date
}

/** `date` in epoch seconds; null where Telegram does not tell. */
function accepted(providerId: string, date: number | null = null): SendOutcome {
  return { outcome: 'accepted', providerId, time: date === null ? null : date * 1000 }
}
