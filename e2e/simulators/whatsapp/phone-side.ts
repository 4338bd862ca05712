/** What the account's own phone tells its linked devices: an empty history to a new one, parts of the history when asked. */
import { deflateSync } from 'node:zlib'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { element } from './binary-node.ts'
import type { Conversation, KnownMessage } from './chats.ts'
import { participantIn } from './chats.ts'
import type { Login } from './connection.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { takeBundle } from './key-directory.ts'
import { pad } from './message-content.ts'
import type { Account } from './people.ts'
import type { World } from './world.ts'

const { INITIAL_BOOTSTRAP, RECENT } = proto.HistorySync.HistorySyncType

function historyMessage(history: proto.IHistorySync): Uint8Array {
  const { syncType, chunkOrder, progress } = history
  return proto.Message.encode({
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: syncType as unknown as proto.Message.HistorySyncType,
        chunkOrder: chunkOrder ?? 1,
        progress: progress ?? 100,
        initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(history).finish()),
      },
    },
  }).finish()
}

/** A message between the account's own devices; resolves with its id. */
async function tellDevice(world: World, { account, companion }: Login, content: Uint8Array): Promise<string> {
  const peer = { user: account.lid, device: companion.device }
  if (!account.signal.hasSession(peer)) await account.signal.openSession(peer, takeBundle(world, companion))
  const { type, bytes } = await account.signal.encrypt(peer, pad(content))
  const id = world.messageId('other')
  const attrs = { from: account.jid(PN_SERVER), id, t: String(world.seconds()), type: 'text', category: 'peer' }
  companion.queue.add('message', element('message', attrs, [element('enc', { v: '2', type }, bytes)]))
  return id
}

/** A device that never asks for the app state may not want a history at all. */
const MAX_HISTORIES = 3

/**
 * Sends the history at each login until the device goes on to its app state: one that was cut off in between waits for
 * it again. It goes after the offline messages, because devices start to wait for it only then.
 */
export async function sendHistory(world: World, login: Login): Promise<void> {
  const { companion } = login
  if (companion.historyId !== null) companion.queue.drop(companion.historyId)
  if (companion.synced || companion.histories === MAX_HISTORIES) return
  companion.histories += 1
  const empty = historyMessage({ syncType: INITIAL_BOOTSTRAP, chunkOrder: 1, progress: 100 })
  companion.historyId = await tellDevice(world, login, empty)
}

/** Sends the last `count` messages of the account's conversations once more, as a part of its history, to every device. */
export async function pushHistory(world: World, account: Account, count: number): Promise<void> {
  const all = world
    .conversationsOf(account)
    .flatMap((chat) => [...chat.messages.values()].map((known) => ({ chat, known })))
  const latest = all.toSorted((one, other) => one.known.time - other.known.time).slice(-count)
  const conversations = [...Map.groupBy(latest, ({ chat }) => chat)].map(([chat, messages]) => ({
    id: chat.address,
    name: chat.kind === 'group' ? chat.subject : chat.customer.name,
    messages: messages.map(({ known }) => ({ message: storedMessage(account, chat, known) })),
  }))
  const history = historyMessage({ syncType: RECENT, chunkOrder: 2, progress: 100, conversations })
  for (const companion of account.companions.values()) await tellDevice(world, { account, companion }, history)
}

function storedMessage(account: Account, chat: Conversation, { id, author, time, message }: KnownMessage) {
  const participant = chat.kind === 'group' ? participantIn(chat, author, LID_SERVER) : undefined
  const fromMe = author === account
  const key = { remoteJid: chat.address, fromMe, id, ...(participant ? { participant } : {}) }
  const who = { ...(participant ? { participant } : {}), ...(fromMe ? {} : { pushName: author.name }) }
  return { key, message, messageTimestamp: time, ...who }
}
