/** Methods that send: texts, media, albums, forwards; each send is known by its random_id and happens once. */
import { UNANSWERED } from '../../provider.ts'
import type { NewPost } from '../exchange.ts'
import type { StoredMessage } from '../mailbox.ts'
import { isAdmin, type Peer, type SimulatorAccount } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, longOf, longsOf, objectOf, objectsOf, optionalObjectOf, RpcError, textOf } from '../tl-fields.ts'
import { mediaObject } from '../tl-media.ts'
import { peersOf, updateObject, updatesObject } from '../tl-objects.ts'
import { readInputMedia, type ReadyMedia } from './media.ts'
import { findUser, peerOf, requirePeer, viewOf } from './peers.ts'

/** What Telegram takes in one message and in a caption, in UTF-16 units. */
const MAX_TEXT_UNITS = 4096
const MAX_CAPTION_UNITS = 1024
const MAX_ALBUM = 10
const MAX_FORWARDS = 100

/** One message that a request asks for. */
interface Send {
  randomId: bigint
  /** Made only when it is not known yet. */
  make: () => Omit<NewPost, 'author' | 'peer' | 'origin' | 'randomId'>
}

/** Entities as stored and shown: the input form of a mention becomes the form that is sent out. */
export function storedEntities(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject[] {
  return objectsOf(query, 'entities').flatMap((entity) => {
    if (entity._ !== 'inputMessageEntityMentionName') return [entity]
    const user = findUser(objectOf(entity, 'user_id'), account, context)
    if (!user) return []
    const { offset, length } = { offset: intOf(entity, 'offset'), length: intOf(entity, 'length') }
    return [{ _: 'messageEntityMentionName', offset, length, user_id: BigInt(user.id) }]
  })
}

function replyTarget(
  query: TlObject,
  account: SimulatorAccount,
  peer: Peer,
  context: RpcContext,
): StoredMessage | null {
  const reply = optionalObjectOf(query, 'reply_to')
  if (reply?._ !== 'inputReplyToMessage') return null
  const target = context.world.boxOf(account, peer).message(intOf(reply, 'reply_to_msg_id'))
  return target?.peer === peer ? target : null
}

/** Throws CHAT_WRITE_FORBIDDEN, SLOWMODE_WAIT_n. */
function requireWritable(peer: Peer, account: SimulatorAccount, context: RpcContext): void {
  if (peer.kind === 'user') return
  if (!peer.members.has(account.user)) throw new RpcError(403, 'CHAT_WRITE_FORBIDDEN')
  if (isAdmin(peer, account.user)) return
  if (peer.announce) throw new RpcError(403, 'CHAT_WRITE_FORBIDDEN')
  const waited = context.world.date() - (account.lastSends.get(peer) ?? -Infinity)
  if (waited < peer.slowmodeSeconds) throw new RpcError(420, `SLOWMODE_WAIT_${peer.slowmodeSeconds - waited}`)
}

/** Refusals that a fault asks for: Telegram's limits for accounts that write too much, or to the wrong people. */
function refuseAsArmed(account: SimulatorAccount, peer: Peer, context: RpcContext): void {
  const id = account.info.id
  const waitSeconds = context.faults.take(id, 'flood')
  if (waitSeconds !== null) throw new RpcError(420, `FLOOD_WAIT_${waitSeconds}`)
  const code = context.faults.take(id, 'nack')
  if (code === 400) throw new RpcError(400, 'PEER_FLOOD')
  if (code === 403) throw new RpcError(403, peer.kind === 'user' ? 'USER_PRIVACY_RESTRICTED' : 'CHAT_WRITE_FORBIDDEN')
  if (code === 429) throw new RpcError(420, 'SLOWMODE_WAIT_10')
}

function acceptOne(send: Send, peer: Peer, account: SimulatorAccount, context: RpcContext): StoredMessage {
  if (send.randomId === 0n) throw new RpcError(400, 'RANDOM_ID_EMPTY')
  refuseAsArmed(account, peer, context)
  const before = account.sends.get(send.randomId)
  if (before) return before
  requireWritable(peer, account, context)
  const made = send.make()
  const request = { ...made, author: account.user, peer, origin: context.device, randomId: send.randomId }
  context.exchange.post(request)
  if (peer.kind === 'group' && peer.slowmodeSeconds > 0) account.lastSends.set(peer, context.world.date())
  const message = account.sends.get(send.randomId)
  if (!message) throw new Error('the message did not reach its own mailbox')
  return message
}

/** Sends what a request asks for, all under one wire log: send, then accepted or refused, for each random_id. */
function acceptAll(sends: Send[], account: SimulatorAccount, context: RpcContext, peer: () => Peer): StoredMessage[] {
  const logged = { account: account.info.id, connection: context.session.connection?.number ?? 0 }
  for (const { randomId } of sends) context.wire.add({ ...logged, clientId: randomId.toString(), event: 'send' })
  try {
    const to = peer()
    const messages = sends.map((send) => acceptOne(send, to, account, context))
    if (context.faults.take(account.info.id, 'drop-ack') !== null) context.delivery = 'lose'
    else if (context.faults.take(account.info.id, 'cut') !== null) context.delivery = 'cut'
    const lost = context.delivery === 'send' ? {} : { detail: UNANSWERED }
    messages.forEach((message, index) => {
      const clientId = (sends[index]?.randomId ?? 0n).toString()
      context.wire.add({ ...logged, clientId, providerId: String(message.id), event: 'accepted', ...lost })
    })
    return messages
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown'
    for (const { randomId } of sends)
      context.wire.add({ ...logged, clientId: randomId.toString(), event: 'refused', detail })
    throw error
  }
}

/** The full answer: which random_id got which id, and the messages as they now are. */
function sentUpdates(messages: StoredMessage[], account: SimulatorAccount, context: RpcContext): TlObject {
  const view = viewOf(account, context)
  const ids = messages.map((message) => ({
    _: 'updateMessageID',
    id: message.id,
    random_id: message.randomId ?? 0n,
  }))
  const news = messages.map((message) => {
    const event = { kind: 'message' as const, message, pts: message.pts, count: 1, date: message.post.date }
    return updateObject(view, event)
  })
  const peers = [account.user, ...messages.flatMap(peersOf)]
  return updatesObject(view, context.device, [...ids, ...news], peers)
}

function shortSent({ post, id, pts }: StoredMessage, account: SimulatorAccount, context: RpcContext): TlObject {
  return {
    _: 'updateShortSentMessage',
    out: true,
    id,
    pts,
    pts_count: 1,
    date: post.date,
    media: post.media ? mediaObject(post.media, account.user, post.author, context.files) : undefined,
    entities: post.entities.length > 0 ? post.entities : undefined,
    ttl_period: post.ttlSeconds > 0 ? post.ttlSeconds : undefined,
  }
}

function checkedText(query: TlObject, limit: number): string {
  const text = textOf(query, 'message')
  if (text.length > limit)
    throw new RpcError(400, limit === MAX_TEXT_UNITS ? 'MESSAGE_TOO_LONG' : 'MEDIA_CAPTION_TOO_LONG')
  return text
}

function sendMessage(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const resolve = (): Peer => {
    const peer = peerOf(query, account, context)
    if (checkedText(query, MAX_TEXT_UNITS).trim() === '') throw new RpcError(400, 'MESSAGE_EMPTY')
    return peer
  }
  const send = {
    randomId: longOf(query, 'random_id'),
    make: () => ({
      text: textOf(query, 'message'),
      entities: storedEntities(query, account, context),
      replyTo: replyTarget(query, account, peerOf(query, account, context), context)?.post ?? null,
    }),
  }
  const [message] = acceptAll([send], account, context, resolve)
  if (!message) throw new Error('nothing was sent')
  const { peer } = message
  if (peer.kind === 'group' && peer.mega) return sentUpdates([message], account, context)
  return shortSent(message, account, context)
}

function sendMedia(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  let ready: ReadyMedia | null = null
  const send = {
    randomId: longOf(query, 'random_id'),
    make: () => {
      ready = readInputMedia(objectOf(query, 'media'), account, context)
      ready.commit()
      return {
        text: textOf(query, 'message'),
        entities: storedEntities(query, account, context),
        media: ready.media,
        replyTo: replyTarget(query, account, peerOf(query, account, context), context)?.post ?? null,
      }
    },
  }
  const resolve = (): Peer => {
    checkedText(query, MAX_CAPTION_UNITS)
    return peerOf(query, account, context)
  }
  return sentUpdates(acceptAll([send], account, context, resolve), account, context)
}

function sendMultiMedia(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const singles = objectsOf(query, 'multi_media')
  if (singles.length < 1 || singles.length > MAX_ALBUM) throw new RpcError(400, 'MULTI_MEDIA_TOO_LONG')
  const album = context.world.secret(`album ${longOf(singles[0] ?? query, 'random_id')}`).readBigInt64LE() >> 1n
  const sends = singles.map((single) => ({
    randomId: longOf(single, 'random_id'),
    make: () => {
      const { media, commit } = readInputMedia(objectOf(single, 'media'), account, context)
      if (media.kind !== 'photo' && media.kind !== 'document') throw new RpcError(400, 'MEDIA_INVALID')
      commit()
      const text = checkedText(single, MAX_CAPTION_UNITS)
      const entities = storedEntities(single, account, context)
      const replyTo = replyTarget(query, account, peerOf(query, account, context), context)?.post ?? null
      return { text, entities, media, album: album < 0n ? -album : album, replyTo }
    },
  }))
  const messages = acceptAll(sends, account, context, () => peerOf(query, account, context))
  return sentUpdates(messages, account, context)
}

function forwardMessages(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const from = requirePeer(objectOf(query, 'from_peer'), account, context)
  const ids = query['id']
  const randomIds = longsOf(query, 'random_id')
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MAX_FORWARDS) throw new RpcError(400, 'MESSAGE_IDS_EMPTY')
  if (ids.length !== randomIds.length) throw new RpcError(400, 'RANDOM_ID_INVALID')
  const dropAuthor = query['drop_author'] === true
  const sends = randomIds.map((randomId, index) => ({
    randomId,
    make: () => {
      const source = context.world.boxOf(account, from).message(Number(ids[index]))
      if (source?.peer !== from || source.post.action) throw new RpcError(400, 'MESSAGE_ID_INVALID')
      const { text, entities, media, author, date, forward } = source.post
      return { text, entities, media, forward: dropAuthor ? null : (forward ?? { from: author, date }) }
    },
  }))
  const to = (): Peer => {
    if (from.kind === 'group' && from.noForwards) throw new RpcError(400, 'CHAT_FORWARDS_RESTRICTED')
    return requirePeer(objectOf(query, 'to_peer'), account, context)
  }
  return sentUpdates(acceptAll(sends, account, context, to), account, context)
}

export const sendingMethods: MethodTable = {
  open: {},
  account: {
    'messages.sendMessage': sendMessage,
    'messages.sendMedia': sendMedia,
    'messages.sendMultiMedia': sendMultiMedia,
    'messages.forwardMessages': forwardMessages,
  },
}
