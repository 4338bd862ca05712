/** From a kept inbox row to what the rest of the engine understands; reads nothing but the row. */
import type { ChannelEvent, InboxRow } from '../channel.ts'
import { decodeRow, type FirstRow, type MessageRow, type StoredMedia } from './inbox-row.ts'
import { identityOf, userAddress } from './peers.ts'

/** Throws ChannelError `telegram_row_malformed` when the row is not one of ours. */
export function translate(row: InboxRow): ChannelEvent[] {
  const kept = decodeRow(row.raw)
  if (kept.v === 1) return translateFirst(kept)
  switch (kept.kind) {
    case 'message':
      return message(kept)
    case 'read':
      return [readUpTo(kept.peer, kept.direction, kept.id, kept.date)]
    case 'group':
      return [{ type: 'group', group: kept.group }]
    case 'unknown':
      return [{ type: 'unknown', reason: kept.reason, raw: bytes(kept.raw), place: kept.place }]
  }
}

function message(kept: MessageRow): ChannelEvent[] {
  const { peer, author, direction, path, clientId, message: said } = kept
  const event: ChannelEvent = {
    type: 'message',
    peer,
    author,
    direction,
    path,
    message: said,
    clientId,
    raw: bytes(kept.raw),
    media: kept.media && offer(kept.media),
  }
  // An own message that comes back instead of its acknowledgement settles the send as well.
  return clientId === null ? [event] : [event, sent(clientId, said.providerId, said.time)]
}

function offer({ reference, bytes: size, thumbnail }: StoredMedia) {
  return {
    reference: new TextEncoder().encode(reference),
    bytes: size,
    sha256: null,
    thumbnail: thumbnail === null ? null : bytes(thumbnail),
  }
}

function translateFirst(kept: FirstRow): ChannelEvent[] {
  switch (kept.kind) {
    case 'message':
      return firstMessage(kept)
    case 'sent':
      return [sent(kept.clientId, String(kept.id), kept.date * 1000)]
    case 'read':
      return [readUpTo(userAddress(kept.peer), kept.direction, kept.id, kept.date)]
    case 'identity':
      return [{ type: 'identity', identity: identityOf({ ...kept.peer, hash: null, username: null }) }]
    case 'unknown':
      return [{ type: 'unknown', reason: kept.reason, raw: bytes(kept.raw), place: null }]
  }
}

/** Rows of before groups and media: a text between two people. */
function firstMessage(kept: Extract<FirstRow, { kind: 'message' }>): ChannelEvent[] {
  return message({
    v: 2,
    kind: 'message',
    path: kept.path,
    direction: kept.out ? 'out' : 'in',
    peer: identityOf({ ...kept.peer, hash: null, username: null }),
    author: null,
    message: {
      channel: 'telegram',
      kind: 'text',
      chat: userAddress(kept.peer.id),
      author: userAddress(kept.out ? kept.self : kept.peer.id),
      providerId: String(kept.id),
      time: kept.date * 1000,
      text: kept.text,
      entities: kept.entities,
      reply: kept.reply === null ? null : String(kept.reply),
      target: null,
      media: null,
      details: null,
    },
    clientId: kept.clientId,
    media: null,
    raw: kept.raw,
  })
}

function readUpTo(peerAddress: string, direction: 'in' | 'out', id: number, date: number | null): ChannelEvent {
  return {
    type: 'read-up-to',
    peerAddress,
    direction,
    providerId: String(id),
    time: date === null ? null : date * 1000,
  }
}

function sent(clientId: string, providerId: string, time: number): ChannelEvent {
  return { type: 'state', clientId, providerId, state: 'sent', time, error: null }
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
