/** What the account's own phone tells a newly linked device: an empty history, so that the device stops waiting for one. */
import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { element } from './binary-node.ts'
import type { Login } from './connection.ts'
import { PN_SERVER } from './jid.ts'
import { takeBundle } from './key-directory.ts'
import { pad } from './message-content.ts'
import type { World } from './world.ts'

function emptyHistory(): Uint8Array {
  const { INITIAL_BOOTSTRAP } = proto.HistorySync.HistorySyncType
  const history = proto.HistorySync.encode({ syncType: INITIAL_BOOTSTRAP, chunkOrder: 1, progress: 100 }).finish()
  return proto.Message.encode({
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 1,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(history),
      },
    },
  }).finish()
}

/** A device that never asks for the app state may not want a history at all. */
const MAX_HISTORIES = 3

/**
 * Sends the history at each login until the device goes on to its app state: one that was cut off in between waits for
 * it again. It goes after the offline messages, because devices start to wait for it only then.
 */
export async function sendHistory(world: World, { account, companion }: Login): Promise<void> {
  if (companion.historyId !== null) companion.queue.drop(companion.historyId)
  if (companion.synced || companion.histories === MAX_HISTORIES) return
  companion.histories += 1
  const peer = { user: account.lid, device: companion.device }
  if (!account.signal.hasSession(peer)) await account.signal.openSession(peer, takeBundle(world, companion))
  const { type, bytes } = await account.signal.encrypt(peer, pad(emptyHistory()))
  const id = world.messageId('other')
  companion.historyId = id
  const attrs = { from: account.jid(PN_SERVER), id, t: String(world.seconds()), type: 'text', category: 'peer' }
  companion.queue.add('message', element('message', attrs, [element('enc', { v: '2', type }, bytes)]))
}
