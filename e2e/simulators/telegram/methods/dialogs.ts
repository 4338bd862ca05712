/** Methods about dialogs and history: lists, single messages, read marks. */
import { topMessage, type Dialog, type StoredMessage } from '../mailbox.ts'
import type { Peer, SimulatorAccount, TelegramGroup } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, objectOf, objectsOf, textOf } from '../tl-fields.ts'
import {
  actionUsers,
  dialogObject,
  messageObject,
  peersFor,
  peersOf,
  stateObject,
  topMessageObject,
} from '../tl-objects.ts'
import { peerOf, requireChannel, requireInside, requirePeer, viewOf } from './peers.ts'

const MAX_PAGE = 100

function pageSize(query: TlObject): number {
  const limit = intOf(query, 'limit')
  return limit > 0 ? Math.min(limit, MAX_PAGE) : MAX_PAGE
}

function named(messages: StoredMessage[], context: RpcContext): Peer[] {
  return messages.flatMap((message) => [...peersOf(message), ...actionUsers(context.world, message.post.action)])
}

function dialogList(dialogs: Dialog[], account: SimulatorAccount, context: RpcContext): TlObject {
  const view = viewOf(account, context)
  const filled = dialogs.filter((dialog) => dialog.messages.length > 0)
  const peers = [account.user, ...dialogs.map((dialog) => dialog.peer), ...named(filled.map(topMessage), context)]
  return {
    _: 'messages.dialogs',
    dialogs: dialogs.map((dialog) => dialogObject(view, dialog)),
    messages: filled.map((dialog) => topMessageObject(view, dialog)),
    ...peersFor(view, context.device, peers),
  }
}

function getDialogs(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const archived = intOf(query, 'folder_id') !== 0
  const all = archived ? [] : context.world.dialogsByRecency(account)
  const offsetDate = intOf(query, 'offset_date')
  const offsetId = intOf(query, 'offset_id')
  // Ids of different megagroups do not compare: the page goes on after the dialog that the client names.
  const after =
    offsetId > 0 ? all.findIndex((dialog) => topMessage(dialog).id === offsetId && isNamed(query, dialog)) : -1
  const rest =
    after >= 0 ? all.slice(after + 1) : all.filter((dialog) => isBefore(topMessage(dialog), offsetDate, offsetId))
  const page = rest.slice(0, pageSize(query))
  const list = dialogList(page, account, context)
  return page.length === all.length ? list : { ...list, _: 'messages.dialogsSlice', count: all.length }
}

function isNamed(query: TlObject, dialog: Dialog): boolean {
  const peer = objectOf(query, 'offset_peer')
  const id = peer['user_id'] ?? peer['chat_id'] ?? peer['channel_id']
  return typeof id === 'bigint' && Number(id) === dialog.peer.id
}

/** Whether a message comes after the page that ended at this offset (newest first). */
function isBefore(message: StoredMessage, offsetDate: number, offsetId: number): boolean {
  if (offsetId > 0) return message.id < offsetId
  return offsetDate === 0 || message.post.date < offsetDate
}

function getPeerDialogs(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const inputs = objectsOf(query, 'peers').filter((input) => input._ === 'inputDialogPeer')
  const peers = inputs.map((input) => requirePeer(objectOf(input, 'peer'), account, context))
  const dialogs = peers.map((peer) => context.world.dialog(account, peer))
  return peerDialogs(dialogs, account, context)
}

function peerDialogs(dialogs: Dialog[], account: SimulatorAccount, context: RpcContext): TlObject {
  const list = dialogList(dialogs, account, context)
  return { ...list, _: 'messages.peerDialogs', state: stateObject(viewOf(account, context)) }
}

function messageList(messages: StoredMessage[], account: SimulatorAccount, context: RpcContext): TlObject {
  const view = viewOf(account, context)
  return {
    _: 'messages.messages',
    messages: messages.map((message) => messageObject(view, message)),
    ...peersFor(view, context.device, [account.user, ...named(messages, context)]),
  }
}

function pageOf(all: StoredMessage[], query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const newestFirst = [...all].reverse()
  const offsetId = intOf(query, 'offset_id')
  const offsetDate = intOf(query, 'offset_date')
  const start = newestFirst.findIndex((message) => isBefore(message, offsetDate, offsetId))
  const from = Math.max(0, (start < 0 ? newestFirst.length : start) + intOf(query, 'add_offset'))
  const [minId, maxId] = [intOf(query, 'min_id'), intOf(query, 'max_id')]
  const page = newestFirst
    .slice(from, from + pageSize(query))
    .filter((message) => message.id > minId && (maxId === 0 || message.id < maxId))
  const list = messageList(page, account, context)
  if (page.length === newestFirst.length) return list
  return { ...list, _: 'messages.messagesSlice', count: newestFirst.length }
}

function getHistory(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const { messages } = context.world.dialog(account, peerOf(query, account, context))
  return pageOf(messages, query, account, context)
}

/** Finds by words only; filters by kind of media find nothing. */
function search(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const words = textOf(query, 'q').toLowerCase()
  const { messages } = context.world.dialog(account, peerOf(query, account, context))
  const any = objectOf(query, 'filter')._ === 'inputMessagesFilterEmpty'
  const found = any ? messages.filter(({ post }) => !post.action && post.text.toLowerCase().includes(words)) : []
  return pageOf(found, query, account, context)
}

/** null: the account's own mailbox. */
function getMessages(
  query: TlObject,
  group: TelegramGroup | null,
  account: SimulatorAccount,
  context: RpcContext,
): TlObject {
  const view = viewOf(account, context)
  const box = group ? context.world.boxOf(account, group) : account.mailbox
  const ids = objectsOf(query, 'id').map((input) => (input._ === 'inputMessageID' ? intOf(input, 'id') : 0))
  const found = ids.map((id) => box.message(id))
  const list = messageList(
    found.filter((message) => message !== null),
    account,
    context,
  )
  const messages = found.map((message, index) =>
    message ? messageObject(view, message) : { _: 'messageEmpty', id: ids[index] ?? 0 },
  )
  return { ...list, messages }
}

function noteRead(account: SimulatorAccount, peer: Peer, context: RpcContext): void {
  context.wire.add({
    account: account.info.id,
    connection: context.session.connection?.number ?? 0,
    event: 'read',
    providerId: String(context.world.dialog(account, peer).readInboxMaxId),
  })
}

function upTo(query: TlObject): number {
  const maxId = intOf(query, 'max_id')
  return maxId > 0 ? maxId : Number.MAX_SAFE_INTEGER
}

function readHistory(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = peerOf(query, account, context)
  const { pts, count } = context.exchange.readByAccount(account, peer, upTo(query), context.device)
  noteRead(account, peer, context)
  return { _: 'messages.affectedMessages', pts, pts_count: count }
}

function readChannel(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const group = requireInside(requireChannel(objectOf(query, 'channel'), account, context), account)
  context.exchange.readMegagroup(account, group, upTo(query), context.device)
  noteRead(account, group, context)
  return true
}

/** That media was opened; nothing is kept of it. */
function readContents(_query: TlObject, account: SimulatorAccount): TlObject {
  return { _: 'messages.affectedMessages', pts: account.mailbox.pts, pts_count: 0 }
}

export const dialogMethods: MethodTable = {
  open: {},
  account: {
    'messages.getDialogs': getDialogs,
    'messages.getPinnedDialogs': (_query, account, context) => peerDialogs([], account, context),
    'messages.getPeerDialogs': getPeerDialogs,
    'messages.getDialogFilters': () => ({ _: 'messages.dialogFilters', filters: [{ _: 'dialogFilterDefault' }] }),
    'messages.getHistory': getHistory,
    'messages.search': search,
    'messages.getMessages': (query, account, context) => getMessages(query, null, account, context),
    'channels.getMessages': (query, account, context) =>
      getMessages(
        query,
        requireInside(requireChannel(objectOf(query, 'channel'), account, context), account),
        account,
        context,
      ),
    'messages.readHistory': readHistory,
    'channels.readHistory': readChannel,
    'messages.readMessageContents': readContents,
    'channels.readMessageContents': () => true,
    'messages.receivedMessages': () => [],
    'messages.setTyping': (query, account, context) => {
      peerOf(query, account, context)
      return true
    },
  },
}
