/** Reads Telegram's updates and differences into numbered pieces: what to keep, and how far each moves the account's pts. */
import { createHash } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import type { InboxEntry, StoredRow } from './inbox-row.ts'
import { type KnownPeer, readUser } from './peers.ts'
import { type ReadContext, readMessage, unknownRow } from './read-message.ts'

export interface Piece {
  /** Position after this piece in the account's own numbering; null: not numbered. */
  pts: number | null
  ptsCount: number
  qts: number | null
  entries: InboxEntry[]
}

export interface ReadBatch {
  peers: KnownPeer[]
  pieces: Piece[]
  seq: { start: number; end: number } | null
  /** Epoch seconds, or null where the server gives none. */
  date: number | null
  /** Only the difference can tell what happened. */
  recover: boolean
}

// The account's own numbering; channels number for themselves. Layer 229, fields pts and pts_count.
const numbered = new Set([
  'UpdateNewMessage',
  'UpdateDeleteMessages',
  'UpdateReadHistoryInbox',
  'UpdateReadHistoryOutbox',
  'UpdateWebPage',
  'UpdateReadMessagesContents',
  'UpdateEditMessage',
  'UpdateFolderPeers',
  'UpdatePinnedMessages',
])

// Presence, typing and settings: worthless a moment later. Whatever is not named here is kept.
const passing = new Set([
  'UpdateUserStatus',
  'UpdateUserTyping',
  'UpdateChatUserTyping',
  'UpdateChannelUserTyping',
  'UpdateEncryptedChatTyping',
  'UpdateLoginToken',
  'UpdateConfig',
  'UpdateDcOptions',
  'UpdateMessageID',
  'UpdateDraftMessage',
  'UpdateNotifySettings',
  'UpdatePtsChanged',
  'UpdateLangPack',
  'UpdateLangPackTooLong',
  'UpdateStickerSets',
  'UpdateStickerSetsOrder',
  'UpdateNewStickerSet',
  'UpdateRecentStickers',
  'UpdateRecentReactions',
  'UpdateSavedGifs',
  'UpdateFavedStickers',
  'UpdateReadFeaturedStickers',
  'UpdateAttachMenuBots',
  'UpdateRecentEmojiStatuses',
  'UpdateChannelMessageViews',
  'UpdateChannelTooLong',
])

/** The message ids that Telegram gave to own sends, with their random_id (decimal). */
type OwnIds = Map<number, string>

export function readUpdates(updates: Api.TypeUpdates, context: ReadContext): ReadBatch {
  const batch: ReadBatch = { peers: [], pieces: [], seq: null, date: null, recover: false }
  switch (updates.className) {
    case 'UpdatesTooLong':
      return { ...batch, recover: true }
    case 'UpdateShort':
      batch.date = updates.date
      readInto(batch, [updates.update], context)
      return batch
    case 'UpdateShortMessage':
      return readShortMessage(updates, batch, context)
    case 'UpdateShortChatMessage':
      batch.pieces.push({
        ...counted(updates),
        entries: [
          { key: `chat:${updates.chatId.toString()}:${updates.id}`, row: unknownRow('group', updates.getBytes()) },
        ],
      })
      return batch
    case 'UpdateShortSentMessage':
      // Only ever the answer to a send, which reads it itself; pushed, it says too little.
      return { ...batch, recover: true }
    case 'Updates':
    case 'UpdatesCombined':
      batch.date = updates.date
      batch.peers = readUsers(updates.users)
      if (updates.seq !== 0)
        batch.seq = { start: updates.className === 'Updates' ? updates.seq : updates.seqStart, end: updates.seq }
      readInto(batch, updates.updates, withUsers(context, batch.peers))
      return batch
  }
}

interface ReadDifference {
  peers: KnownPeer[]
  entries: InboxEntry[]
}

/** A difference has no numbers per piece: all of it stands before the state that comes with it. */
export function readDifference(
  difference: Api.updates.Difference | Api.updates.DifferenceSlice,
  context: ReadContext,
): ReadDifference {
  const peers = readUsers(difference.users)
  const known = withUsers(context, peers)
  const ownIds = readOwnIds(difference.otherUpdates)
  const entries = difference.newMessages.map((message) =>
    safely(message, () => readMessage(message, known, ownIds.get(message.id) ?? null)),
  )
  for (const update of difference.otherUpdates) entries.push(...readUpdate(update, known, ownIds, null).entries)
  for (const message of difference.newEncryptedMessages) {
    const raw = message.getBytes()
    entries.push({ key: otherKey(raw), row: unknownRow(message.className, raw) })
  }
  return { peers, entries }
}

export function readOwnIds(updates: Api.TypeUpdate[]): OwnIds {
  const ids: OwnIds = new Map()
  for (const update of updates)
    if (update.className === 'UpdateMessageID' && update.randomId) ids.set(update.id, update.randomId.toString())
  return ids
}

export function readUsers(users: Api.TypeUser[]): KnownPeer[] {
  return users.map(readUser).filter((peer) => peer !== null)
}

function withUsers(context: ReadContext, peers: KnownPeer[]): ReadContext {
  const seen = new Map(peers.map((peer) => [peer.id, peer]))
  return {
    ...context,
    findPeer(id) {
      const kept = context.findPeer(id)
      const now = seen.get(id)
      return now && kept ? { ...now, phone: now.phone ?? kept.phone, name: now.name ?? kept.name } : (now ?? kept)
    },
  }
}

function readInto(batch: ReadBatch, updates: Api.TypeUpdate[], context: ReadContext): void {
  const ownIds = readOwnIds(updates)
  for (const update of updates) {
    if (update.className === 'UpdatePtsChanged') batch.recover = true
    const piece = readUpdate(update, context, ownIds, batch.date)
    if (piece.pts !== null || piece.qts !== null || piece.entries.length > 0) batch.pieces.push(piece)
  }
}

function readUpdate(update: Api.TypeUpdate, context: ReadContext, ownIds: OwnIds, date: number | null): Piece {
  const piece: Piece = {
    pts: numbered.has(update.className) && 'pts' in update ? (update.pts ?? null) : null,
    ptsCount: 'ptsCount' in update ? update.ptsCount : 0,
    qts: 'qts' in update ? update.qts : null,
    entries: [],
  }
  if (!passing.has(update.className)) piece.entries.push(safely(update, () => readEntry(update, context, ownIds, date)))
  return piece
}

function readEntry(update: Api.TypeUpdate, context: ReadContext, ownIds: OwnIds, date: number | null): InboxEntry {
  switch (update.className) {
    case 'UpdateNewMessage':
    case 'UpdateNewChannelMessage':
      return readMessage(update.message, context, ownIds.get(update.message.id) ?? null)
    case 'UpdateReadHistoryInbox':
    case 'UpdateReadHistoryOutbox': {
      if (update.peer.className !== 'PeerUser') break
      const peer = update.peer.userId.toString()
      const direction = update.className === 'UpdateReadHistoryInbox' ? 'in' : 'out'
      const row: StoredRow = { v: 1, kind: 'read', direction, peer, id: update.maxId, date }
      // Not under its pts: the same mark comes again without one in a difference.
      return { key: `read-${direction}:${peer}:${update.maxId}`, row }
    }
    case 'UpdateUserName': {
      const id = update.userId.toString()
      const name = [update.firstName, update.lastName].filter(Boolean).join(' ').trim().slice(0, 512)
      const phone = context.findPeer(id)?.phone ?? null
      const row: StoredRow = { v: 1, kind: 'identity', peer: { id, name: name || null, phone } }
      return { key: otherKey(update.getBytes()), row }
    }
    default:
      break
  }
  const raw = update.getBytes()
  const key =
    numbered.has(update.className) && 'pts' in update ? `pts:${update.pts}:${update.className}` : otherKey(raw)
  return { key, row: unknownRow(update.className, raw) }
}

function readShortMessage(update: Api.UpdateShortMessage, batch: ReadBatch, context: ReadContext): ReadBatch {
  const id = update.userId.toString()
  // Without the sender's entity there is no name and no access hash; the difference brings both.
  if (!context.findPeer(id)) return { ...batch, recover: true }
  const entry = readMessage(update, context, null)
  return { ...batch, pieces: [{ ...counted(update), entries: [entry] }] }
}

/** A server's nonsense in one update must not cost the others. */
function safely(update: { className: string; getBytes(): Buffer }, read: () => InboxEntry): InboxEntry {
  try {
    return read()
  } catch {
    const raw = update.getBytes()
    return { key: otherKey(raw), row: unknownRow(`unreadable:${update.className}`, raw) }
  }
}

function counted(update: { pts: number; ptsCount: number }): Pick<Piece, 'pts' | 'ptsCount' | 'qts'> {
  return { pts: update.pts, ptsCount: update.ptsCount, qts: null }
}

function otherKey(raw: Uint8Array): string {
  return `other:${createHash('sha256').update(raw).digest('base64url')}`
}
