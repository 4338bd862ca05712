/** Methods that change what was said: edits, deletions, reactions, votes, timers. */
import type { StoredMessage } from '../mailbox.ts'
import type { Peer, SimulatorAccount } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject, TlValue } from '../tl-codec.ts'
import { intOf, objectOf, objectsOf, optionalObjectOf, RpcError, textOf } from '../tl-fields.ts'
import { peerObject, peersFor, updateObject, updatesObject } from '../tl-objects.ts'
import { readInputMedia } from './media.ts'
import { peerOf, requireChannel, requireInside, viewOf } from './peers.ts'
import { storedEntities } from './sending.ts'

/** An own message may be edited for so long. */
const EDIT_TIME_S = 172_800
const MAX_EMOJI_UNITS = 16
const MAX_IDS = 100

function intsOf(query: TlObject, field: string): number[] {
  const values = query[field]
  const list: TlValue[] = Array.isArray(values) ? values : []
  if (list.length > MAX_IDS) throw new RpcError(400, 'LIMIT_INVALID')
  return list.filter((value) => typeof value === 'number')
}

/** The message that a request names in its conversation. Throws MESSAGE_ID_INVALID. */
function requireMessage(id: number, peer: Peer, account: SimulatorAccount, context: RpcContext): StoredMessage {
  const message = context.world.boxOf(account, peer).message(id)
  if (message?.peer !== peer) throw new RpcError(400, 'MESSAGE_ID_INVALID')
  return message
}

function editMessage(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const message = requireMessage(intOf(query, 'id'), peer, account, context)
  const { post } = message
  if (post.author !== account.user || post.action || post.forward) throw new RpcError(403, 'MESSAGE_AUTHOR_REQUIRED')
  if (context.world.date() - post.date > EDIT_TIME_S) throw new RpcError(400, 'MESSAGE_EDIT_TIME_EXPIRED')
  const text = query['message'] === undefined ? post.text : textOf(query, 'message')
  const entities = query['message'] === undefined ? post.entities : storedEntities(query, account, context)
  const given = optionalObjectOf(query, 'media')
  if (text === '' && !post.media) throw new RpcError(400, 'MESSAGE_EMPTY')
  if (text === post.text && JSON.stringify(entities, plain) === JSON.stringify(post.entities, plain) && !given)
    throw new RpcError(400, 'MESSAGE_NOT_MODIFIED')
  const ready = given ? readInputMedia(given, account, context) : null
  ready?.commit()
  const change = { text, entities, ...(ready ? { media: ready.media } : {}) }
  const events = context.exchange.edit(post, change, context.device)
  const own = events.find((event) => event.kind === 'edit' && event.message === message)
  const view = viewOf(account, context)
  return updatesObject(view, context.device, own ? [updateObject(view, own)] : [], [account.user, peer])
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function deleteIn(
  ids: number[],
  where: Peer | null,
  revoke: boolean,
  account: SimulatorAccount,
  context: RpcContext,
): TlObject {
  const box = where ? context.world.boxOf(account, where) : account.mailbox
  const found = ids.map((id) => box.message(id)).filter((message) => message !== null)
  const foreign = (message: StoredMessage): boolean =>
    message.peer.kind === 'group' &&
    message.post.author !== account.user &&
    (message.peer.members.get(account.user)?.role ?? 'member') === 'member'
  if (revoke && found.some(foreign)) throw new RpcError(403, 'MESSAGE_DELETE_FORBIDDEN')
  let count = 0
  for (const peer of new Set(found.map((message) => message.peer))) {
    const together = found.filter((message) => message.peer === peer)
    count += context.exchange.removeTogether(account, together, revoke, context.device)?.count ?? 0
  }
  return { _: 'messages.affectedMessages', pts: box.pts, pts_count: count }
}

function deleteMessages(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  return deleteIn(intsOf(query, 'id'), null, query['revoke'] === true, account, context)
}

function deleteChannelMessages(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const group = requireInside(requireChannel(objectOf(query, 'channel'), account, context), account)
  return deleteIn(intsOf(query, 'id'), group, true, account, context)
}

function emojiOf(reactions: TlObject[]): string | null {
  const [reaction, more] = reactions
  if (more) throw new RpcError(400, 'REACTIONS_TOO_MANY')
  if (!reaction || reaction._ === 'reactionEmpty') return null
  const emoji = reaction._ === 'reactionEmoji' ? textOf(reaction, 'emoticon') : ''
  if (emoji === '' || emoji.length > MAX_EMOJI_UNITS) throw new RpcError(400, 'REACTION_INVALID')
  return emoji
}

function sendReaction(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const message = requireMessage(intOf(query, 'msg_id'), peer, account, context)
  const emoji = emojiOf(objectsOf(query, 'reaction'))
  if ((message.post.reactions.get(account.user)?.emoji ?? null) === emoji)
    throw new RpcError(400, 'MESSAGE_NOT_MODIFIED')
  context.exchange.react(message.post, account.user, emoji, context.device)
  return looseAnswer([context.exchange.reactionUpdate(account, message)], message, account, context)
}

function looseAnswer(
  updates: TlObject[],
  message: StoredMessage,
  account: SimulatorAccount,
  context: RpcContext,
): TlObject {
  const { peer, post } = message
  const peers = [account.user, peer, post.author, ...post.reactions.keys()]
  return updatesObject(viewOf(account, context), context.device, updates, peers)
}

function getMessagesReactions(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const found = intsOf(query, 'id').flatMap((id) => context.world.boxOf(account, peer).message(id) ?? [])
  const updates = found.map((message) => context.exchange.reactionUpdate(account, message))
  const users = found.flatMap((message) => [...message.post.reactions.keys()])
  return updatesObject(viewOf(account, context), context.device, updates, [account.user, peer, ...users])
}

function getMessageReactionsList(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const { post } = requireMessage(intOf(query, 'id'), peer, account, context)
  const reactions = [...post.reactions].map(([user, { emoji, date }]) => ({
    _: 'messagePeerReaction',
    my: user === account.user,
    peer_id: peerObject(user),
    date,
    reaction: { _: 'reactionEmoji', emoticon: emoji },
  }))
  const peers = peersFor(viewOf(account, context), context.device, [peer, ...post.reactions.keys()])
  return { _: 'messages.messageReactionsList', count: reactions.length, reactions, ...peers }
}

function requirePoll(query: TlObject, field: string, account: SimulatorAccount, context: RpcContext) {
  const message = requireMessage(intOf(query, field), peerOf(query, account, context), account, context)
  if (message.post.media?.kind !== 'poll') throw new RpcError(400, 'MESSAGE_ID_INVALID')
  return { message, poll: message.post.media.poll }
}

function sendVote(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const { message, poll } = requirePoll(query, 'msg_id', account, context)
  if (poll.closed) throw new RpcError(400, 'MESSAGE_POLL_CLOSED')
  const given = query['options']
  const chosen = (Array.isArray(given) ? given : []).map((option) =>
    poll.options.findIndex((one) => option instanceof Uint8Array && one.option.equals(option)),
  )
  if (chosen.includes(-1)) throw new RpcError(400, 'OPTION_INVALID')
  if (chosen.length > 1 && !poll.multiple) throw new RpcError(400, 'OPTIONS_TOO_MUCH')
  const inOrder = [...new Set(chosen)].sort((a, b) => a - b)
  context.exchange.vote(message.post, account.user, inOrder, context.device)
  return looseAnswer([context.exchange.pollUpdate(account, message)], message, account, context)
}

function getPollResults(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const { message } = requirePoll(query, 'msg_id', account, context)
  return looseAnswer([context.exchange.pollUpdate(account, message)], message, account, context)
}

function getPollVotes(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const { message, poll } = requirePoll(query, 'id', account, context)
  if (!poll.publicVoters) throw new RpcError(403, 'BROADCAST_FORBIDDEN')
  const asked = query['option']
  const index = asked instanceof Uint8Array ? poll.options.findIndex((one) => one.option.equals(asked)) : null
  const votes = [...poll.votes].filter(([, { chosen }]) => index === null || chosen.includes(index))
  return {
    _: 'messages.votesList',
    count: votes.length,
    votes: votes.map(([user, { chosen, date }]) => {
      const options = chosen.map((one) => poll.options[one]?.option ?? Buffer.alloc(0))
      const peer = peerObject(user)
      if (index !== null) return { _: 'messagePeerVoteInputOption', peer, date }
      if (options.length > 1) return { _: 'messagePeerVoteMultiple', peer, options, date }
      return { _: 'messagePeerVote', peer, option: options[0] ?? Buffer.alloc(0), date }
    }),
    ...peersFor(viewOf(account, context), context.device, [message.peer, ...votes.map(([user]) => user)]),
  }
}

export const changeMethods: MethodTable = {
  open: {},
  account: {
    'messages.editMessage': editMessage,
    'messages.deleteMessages': deleteMessages,
    'channels.deleteMessages': deleteChannelMessages,
    'messages.sendReaction': sendReaction,
    'messages.getMessagesReactions': getMessagesReactions,
    'messages.getMessageReactionsList': getMessageReactionsList,
    'messages.sendVote': sendVote,
    'messages.getPollResults': getPollResults,
    'messages.getPollVotes': getPollVotes,
  },
}
