/** From a kept inbox row to what the rest of the engine understands; reads nothing but the row. */
import type { ChannelEvent, InboxRow } from '../channel.ts'
import { decodeRow, type StoredRow } from './inbox-row.ts'
import { identityOf, userAddress } from './peers.ts'

/** Throws ChannelError `telegram_row_malformed` when the row is not one of ours. */
export function translate(row: InboxRow): ChannelEvent[] {
  const kept = decodeRow(row.raw)
  switch (kept.kind) {
    case 'message':
      return message(kept)
    case 'sent':
      return [sent(kept.clientId, kept.id, kept.date)]
    case 'read':
      return [
        {
          type: 'read-up-to',
          peerAddress: userAddress(kept.peer),
          direction: kept.direction,
          providerId: String(kept.id),
          time: kept.date === null ? null : kept.date * 1000,
        },
      ]
    case 'identity':
      return [{ type: 'identity', identity: identityOf({ ...kept.peer, hash: null, username: null }) }]
    case 'unknown':
      return [{ type: 'unknown', reason: kept.reason, raw: bytes(kept.raw) }]
  }
}

function message(kept: Extract<StoredRow, { kind: 'message' }>): ChannelEvent[] {
  const event: ChannelEvent = {
    type: 'message',
    peer: identityOf({ ...kept.peer, hash: null, username: null }),
    direction: kept.out ? 'out' : 'in',
    path: kept.path,
    message: {
      channel: 'telegram',
      kind: 'text',
      author: userAddress(kept.out ? kept.self : kept.peer.id),
      providerId: String(kept.id),
      time: kept.date * 1000,
      text: kept.text,
      entities: kept.entities,
      reply: kept.reply === null ? null : String(kept.reply),
      media: null,
    },
    clientId: kept.clientId,
    raw: bytes(kept.raw),
  }
  // An own message that comes back instead of its acknowledgement settles the send as well.
  return kept.clientId === null ? [event] : [event, sent(kept.clientId, kept.id, kept.date)]
}

function sent(clientId: string, id: number, date: number): ChannelEvent {
  return { type: 'state', clientId, providerId: String(id), state: 'sent', time: date * 1000, error: null }
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
