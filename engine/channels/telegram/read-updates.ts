/** Reads Telegram's updates and differences into numbered pieces: what to keep, and how far each moves which numbering. */
import { createHash } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import { type Entry, type InboxEntry, type StoredRow, unknownRow } from './inbox-row.ts'
import { addressOf, type KnownGroup, type KnownPeer, readChats, readUsers, userAddress } from './peers.ts'
import { readDeletions, readEdit, readOwnVote, readReactions, readVote } from './read-changes.ts'
import { identityAt, type ReadContext, readMessage, staleGroup } from './read-message.ts'
import { rawBytes } from './raw-bytes.ts'
import { channelNumbered, mailboxNumbered, passing } from './update-kinds.ts'

export interface Piece {
  /** Position after this piece in its numbering; null: not numbered. */
  pts: number | null
  ptsCount: number
  qts: number | null
  /** Decimal id of the channel whose numbering it is; null: the account's own. */
  channel: string | null
  entries: Entry[]
}

export interface ReadBatch {
  peers: KnownPeer[]
  groups: KnownGroup[]
  pieces: Piece[]
  seq: { start: number; end: number } | null
  /** Epoch seconds, or null where the server gives none. */
  date: number | null
  /** Only the difference can tell what happened. */
  recover: boolean
  /** Channels of which only their own difference can tell. */
  behind: string[]
}

export const emptyBatch: ReadBatch = {
  peers: [],
  groups: [],
  pieces: [],
  seq: null,
  date: null,
  recover: false,
  behind: [],
}

/** The message ids that Telegram gave to own sends, with their random_id (decimal). */
type OwnIds = Map<number, string>

export function readUpdates(updates: Api.TypeUpdates, context: ReadContext): ReadBatch {
  const batch: ReadBatch = { ...emptyBatch, pieces: [], behind: [] }
  switch (updates.className) {
    case 'UpdatesTooLong':
      return { ...batch, recover: true }
    case 'UpdateShort':
      batch.date = updates.date
      readInto(batch, [updates.update], context)
      return batch
    case 'UpdateShortMessage':
    case 'UpdateShortChatMessage':
      return readShortMessage(updates, batch, context)
    case 'UpdateShortSentMessage':
      // Only ever the answer to a send, which reads it itself; pushed, it says too little.
      return { ...batch, recover: true }
    case 'Updates':
    case 'UpdatesCombined':
      batch.date = updates.date
      batch.peers = readUsers(updates.users)
      batch.groups = readChats(updates.chats)
      if (updates.seq !== 0)
        batch.seq = { start: updates.className === 'Updates' ? updates.seq : updates.seqStart, end: updates.seq }
      readInto(batch, updates.updates, withSeen(context, batch))
      return batch
  }
}

export interface ReadDifference {
  peers: KnownPeer[]
  groups: KnownGroup[]
  entries: Entry[]
  /** Pieces of channels, which number for themselves. */
  pieces: Piece[]
  behind: string[]
}

/** A difference has no numbers per piece: all of it stands before the state that comes with it. */
export function readDifference(
  difference: Pick<Api.updates.Difference, 'newMessages' | 'otherUpdates' | 'users' | 'chats'> &
    Partial<Pick<Api.updates.Difference, 'newEncryptedMessages'>>,
  context: ReadContext,
): ReadDifference {
  const peers = readUsers(difference.users)
  const groups = readChats(difference.chats)
  const known = withSeen(context, { peers, groups })
  const ownIds = readOwnIds(difference.otherUpdates)
  const entries: Entry[] = difference.newMessages.map((message) =>
    safely(message, () => readMessage(message, known, ownIds.get(message.id) ?? null)),
  )
  const pieces: Piece[] = []
  const batch: ReadBatch = { ...emptyBatch, pieces: [], behind: [] }
  readInto(batch, difference.otherUpdates, known)
  for (const piece of batch.pieces) {
    if (piece.channel === null) entries.push(...piece.entries)
    else pieces.push(piece)
  }
  for (const message of difference.newEncryptedMessages ?? []) entries.push(encryptedEntry(message, known))
  return { peers, groups, entries, pieces, behind: batch.behind }
}

export type History = Pick<Api.messages.Messages, 'messages' | 'users' | 'chats'>

/** Messages out of a history: rows of those that are not kept yet. */
export function readHistory(history: History, context: ReadContext): ReadDifference {
  const oldestFirst = [...history.messages].sort((a, b) => a.id - b.id)
  return readDifference(
    { newMessages: oldestFirst, otherUpdates: [], users: history.users, chats: history.chats },
    context,
  )
}

export function readOwnIds(updates: Api.TypeUpdate[]): OwnIds {
  const ids: OwnIds = new Map()
  for (const update of updates)
    if (update.className === 'UpdateMessageID' && update.randomId) ids.set(update.id, update.randomId.toString())
  return ids
}

function withSeen(context: ReadContext, { peers, groups }: Pick<ReadBatch, 'peers' | 'groups'>): ReadContext {
  const seen = new Map(peers.map((peer) => [peer.id, peer]))
  const shown = new Map(groups.map((group) => [group.address, group]))
  return {
    ...context,
    findPeer(id) {
      const kept = context.findPeer(id)
      const now = seen.get(id)
      return now && kept ? { ...now, phone: now.phone ?? kept.phone, name: now.name ?? kept.name } : (now ?? kept)
    },
    findGroup: (address) => shown.get(address) ?? context.findGroup(address),
  }
}

function readInto(batch: ReadBatch, updates: Api.TypeUpdate[], context: ReadContext): void {
  const ownIds = readOwnIds(updates)
  for (const update of updates) {
    if (update.className === 'UpdatePtsChanged') batch.recover = true
    if (update.className === 'UpdateChannelTooLong') batch.behind.push(update.channelId.toString())
    const piece = readSafely(update, () => readUpdate(update, context, ownIds, batch.date))
    if (piece.pts !== null || piece.qts !== null || piece.entries.length > 0) batch.pieces.push(piece)
  }
}

/** What breaks the reading is kept with its number, so that the others go on behind it. */
function readSafely(update: Api.TypeUpdate, read: () => Piece): Piece {
  try {
    return read()
  } catch {
    return { pts: null, ptsCount: 0, qts: null, channel: null, entries: [unreadable(update)] }
  }
}

function readUpdate(update: Api.TypeUpdate, context: ReadContext, ownIds: OwnIds, date: number | null): Piece {
  const channel = channelNumbered.has(update.className) ? channelOf(update) : null
  const counted = channel !== null || mailboxNumbered.has(update.className)
  const piece: Piece = {
    pts: counted && 'pts' in update ? (update.pts ?? null) : null,
    ptsCount: 'ptsCount' in update ? update.ptsCount : 0,
    qts: 'qts' in update ? update.qts : null,
    channel,
    entries: [],
  }
  if (passing.has(update.className)) return piece
  const at = date ?? context.now()
  const later = (read: () => InboxEntry[]): Piece => ({ ...piece, entries: [{ later: () => safelyAll(update, read) }] })
  switch (update.className) {
    case 'UpdateEditMessage':
    case 'UpdateEditChannelMessage':
      return later(() => readEdit(update, context, answered(context, 'edit', update.message.id)))
    case 'UpdateDeleteMessages':
      return later(() => readDeletions(null, update.messages, update, at, context, new Map()))
    case 'UpdateDeleteChannelMessages': {
      const group = `channel:${update.channelId.toString()}`
      return later(() => readDeletions(group, update.messages, update, at, context, new Map()))
    }
    case 'UpdateMessageReactions': {
      const clientId = answered(context, 'reaction', update.msgId)
      return later(() => readReactions(addressOf(update.peer), update.msgId, update.reactions, at, context, clientId))
    }
    case 'UpdateMessagePoll':
      return later(() => readOwnVote(update, at, context, answered(context, 'vote', null)))
    case 'UpdateMessagePollVote': {
      if (update.peer.className !== 'PeerUser') break
      const user = update.peer.userId.toString()
      return later(() => readVote(update.pollId.toString(), user, update.options, at, update.getBytes(), context, null))
    }
    case 'UpdateEncryption':
      return { ...piece, entries: secretEntries(update, context) }
    default:
  }
  piece.entries.push(safely(update, () => readEntry(update, context, ownIds, date)))
  return piece
}

function answered({ answering }: ReadContext, kind: 'edit' | 'reaction' | 'vote', target: number | null) {
  return answering?.kind === kind && (target === null || answering.target === target) ? answering.clientId : null
}

function channelOf(update: Api.TypeUpdate): string | null {
  if ('channelId' in update) return update.channelId?.toString() ?? null
  if (!('message' in update) || typeof update.message !== 'object' || !('peerId' in update.message)) return null
  const { peerId } = update.message
  return peerId?.className === 'PeerChannel' ? peerId.channelId.toString() : null
}

function readEntry(update: Api.TypeUpdate, context: ReadContext, ownIds: OwnIds, date: number | null): InboxEntry {
  switch (update.className) {
    case 'UpdateNewMessage':
    case 'UpdateNewChannelMessage':
      return readMessage(update.message, context, ownIds.get(update.message.id) ?? null)
    case 'UpdateReadHistoryInbox':
      return readMark(addressOf(update.peer), 'in', update.maxId, date)
    case 'UpdateReadHistoryOutbox':
      return readMark(addressOf(update.peer), 'out', update.maxId, date)
    case 'UpdateReadChannelInbox':
      return readMark(`channel:${update.channelId.toString()}`, 'in', update.maxId, date)
    case 'UpdateReadChannelOutbox':
      return readMark(`channel:${update.channelId.toString()}`, 'out', update.maxId, date)
    case 'UpdateUserName': {
      const id = update.userId.toString()
      const name = [update.firstName, update.lastName].filter(Boolean).join(' ').trim().slice(0, 512)
      const phone = context.findPeer(id)?.phone ?? null
      const row: StoredRow = { v: 1, kind: 'identity', peer: { id, name: name || null, phone } }
      return { key: otherKey(update.getBytes()), row }
    }
    case 'UpdateChat':
    case 'UpdateChatParticipantAdd':
    case 'UpdateChatParticipantDelete':
    case 'UpdateChatParticipantAdmin':
      return groupChanged(`chat:${update.chatId.toString()}`)
    case 'UpdateChatParticipants':
      return groupChanged(`chat:${update.participants.chatId.toString()}`)
    case 'UpdateChatDefaultBannedRights':
      return groupChanged(addressOf(update.peer))
    case 'UpdateChannel':
    case 'UpdateChannelParticipant':
      return groupChanged(`channel:${update.channelId.toString()}`)
    case 'UpdatePhoneCall':
      if (update.phoneCall.className === 'PhoneCallRequested') return ringing(update.phoneCall, context)
      return { key: '', row: null }
    default:
      break
  }
  const raw = rawBytes(update)
  const key =
    mailboxNumbered.has(update.className) && 'pts' in update ? `pts:${update.pts}:${update.className}` : otherKey(raw)
  return { key, row: unknownRow(update.className, raw) }
}

function groupChanged(address: string): InboxEntry {
  return { key: '', row: null, memory: [staleGroup(address)] }
}

function readMark(peer: string, direction: 'in' | 'out', id: number, date: number | null): InboxEntry {
  // Not under its pts: the same mark comes again without one in a difference.
  return { key: `read-${direction}:${peer}:${id}`, row: { v: 2, kind: 'read', direction, peer, id, date } }
}

/** How a call ended comes as a message of its own. */
function ringing(call: Api.PhoneCallRequested, context: ReadContext): InboxEntry {
  const caller = call.adminId.toString()
  const id = call.id.toString()
  const out = caller === context.self
  const peer = identityAt(userAddress(out ? call.participantId.toString() : caller), context)
  const row: StoredRow = {
    v: 2,
    kind: 'message',
    path: out ? 'phone' : context.path,
    direction: out ? 'out' : 'in',
    peer,
    author: null,
    message: {
      channel: 'telegram',
      kind: 'call',
      chat: peer.address,
      author: userAddress(caller),
      providerId: id,
      time: call.date * 1000,
      text: '',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: { call: { video: call.video === true, outcome: 'ringing', durationS: null } },
    },
    clientId: null,
    media: null,
    // Without the key material of the call.
    raw: '',
  }
  return { key: `call:${id}`, row }
}

/** Secret chats belong to one device, which this is not: that somebody asked for one is kept, not what is said there. */
function secretEntries({ chat, date }: Api.UpdateEncryption, context: ReadContext): InboxEntry[] {
  if (chat.className !== 'EncryptedChatRequested') return []
  const user = chat.adminId.toString()
  const peer = identityAt(userAddress(user), context)
  const place = { peer, author: null, direction: 'in' as const, providerId: `secret/${chat.id}`, time: date * 1000 }
  const memory = [{ type: 'secret' as const, id: String(chat.id), value: JSON.stringify(user) }]
  return [{ key: `secret:${chat.id}`, row: unknownRow('secret_chat', chat.getBytes(), place), memory }]
}

function encryptedEntry(message: Api.TypeEncryptedMessage, context: ReadContext): Entry {
  const raw = rawBytes(message)
  const later = (): InboxEntry[] => {
    const user = context.memory.findSecret(message.chatId)
    const place = user
      ? {
          peer: identityAt(userAddress(user), context),
          author: null,
          direction: 'in' as const,
          providerId: `secret/${message.chatId}/${String(message.randomId)}`,
          time: message.date * 1000,
        }
      : null
    return [{ key: otherKey(raw), row: unknownRow(message.className, raw, place) }]
  }
  return { later }
}

function readShortMessage(
  update: Api.UpdateShortMessage | Api.UpdateShortChatMessage,
  batch: ReadBatch,
  context: ReadContext,
): ReadBatch {
  const inChat = update.className === 'UpdateShortChatMessage'
  const id = (inChat ? update.fromId : update.userId).toString()
  // Without the sender's entity there is no name and no access hash; the difference brings both.
  if (!context.findPeer(id)) return { ...batch, recover: true }
  if (inChat && !context.findGroup(`chat:${update.chatId.toString()}`)) return { ...batch, recover: true }
  const entry = safely(update, () => readMessage(update, context, null))
  return { ...batch, pieces: [{ ...counted(update), entries: [entry] }] }
}

/** A server's nonsense in one update must not cost the others. */
function safely(update: { className: string }, read: () => InboxEntry): InboxEntry {
  try {
    return read()
  } catch {
    return unreadable(update)
  }
}

function safelyAll(update: { className: string }, read: () => InboxEntry[]): InboxEntry[] {
  try {
    return read()
  } catch {
    return [unreadable(update)]
  }
}

/** Bytes that are no object of this layer. */
export function undecodableEntry(raw: Uint8Array): InboxEntry {
  return { key: otherKey(raw), row: unknownRow('undecodable', raw) }
}

function unreadable(update: { className?: string }): InboxEntry {
  const raw = rawBytes(update)
  return { key: otherKey(raw), row: unknownRow(`unreadable:${update.className}`, raw) }
}

function counted(update: { pts: number; ptsCount: number }): Pick<Piece, 'pts' | 'ptsCount' | 'qts' | 'channel'> {
  return { pts: update.pts, ptsCount: update.ptsCount, qts: null, channel: null }
}

function otherKey(raw: Uint8Array): string {
  return `other:${createHash('sha256').update(raw).digest('base64url')}`
}
