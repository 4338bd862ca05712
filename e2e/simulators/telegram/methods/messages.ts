/** Methods about dialogs and messages: lists, history, sending, read marks. */
import { UNANSWERED } from '../../provider.ts'
import { topMessage, type Dialog, type StoredMessage } from '../mailbox.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { intOf, longOf, objectOf, objectsOf, optionalObjectOf, RpcError, textOf } from '../tl-fields.ts'
import { dialogObject, messageObject, stateObject, topMessageObject, usersFor } from '../tl-objects.ts'
import type { SimulatorAccount, TelegramUser } from '../world.ts'
import { findPeer, requirePeer } from './peers.ts'

const MAX_PAGE = 100
/** What Telegram takes in one message, in UTF-16 units. */
const MAX_TEXT_UNITS = 4096

function pageSize(query: TlObject): number {
  const limit = intOf(query, 'limit')
  return limit > 0 ? Math.min(limit, MAX_PAGE) : MAX_PAGE
}

function dialogList(dialogs: Dialog[], account: SimulatorAccount, context: RpcContext): TlObject {
  return {
    _: 'messages.dialogs',
    dialogs: dialogs.map(dialogObject),
    messages: dialogs.filter((dialog) => dialog.messages.length > 0).map((dialog) => topMessageObject(account, dialog)),
    users: usersFor(context.world, account, context.device, [account.user, ...dialogs.map((dialog) => dialog.peer)]),
  }
}

function getDialogs(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const archived = intOf(query, 'folder_id') !== 0
  const all = archived ? [] : account.mailbox.dialogsByRecency()
  const offsetDate = intOf(query, 'offset_date')
  const offsetId = intOf(query, 'offset_id')
  const rest = all.filter((dialog) => isBefore(topMessage(dialog), offsetDate, offsetId))
  const page = rest.slice(0, pageSize(query))
  const list = dialogList(page, account, context)
  return page.length === all.length ? list : { ...list, _: 'messages.dialogsSlice', count: all.length }
}

/** Whether a message comes after the page that ended at this offset (newest first). */
function isBefore(message: StoredMessage, offsetDate: number, offsetId: number): boolean {
  if (offsetId > 0) return message.id < offsetId
  return offsetDate === 0 || message.date < offsetDate
}

function getPeerDialogs(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const inputs = objectsOf(query, 'peers').filter((input) => input._ === 'inputDialogPeer')
  const dialogs = inputs.map((input) => account.mailbox.dialog(requirePeer(objectOf(input, 'peer'), account, context)))
  return peerDialogs(dialogs, account, context)
}

function peerDialogs(dialogs: Dialog[], account: SimulatorAccount, context: RpcContext): TlObject {
  const list = dialogList(dialogs, account, context)
  return { ...list, _: 'messages.peerDialogs', state: stateObject(account, context.world.now()) }
}

function messageList(messages: StoredMessage[], account: SimulatorAccount, context: RpcContext): TlObject {
  return {
    _: 'messages.messages',
    messages: messages.map((message) => messageObject(account, message)),
    users: usersFor(context.world, account, context.device, [account.user, ...messages.map((message) => message.peer)]),
  }
}

function getHistory(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = requirePeer(objectOf(query, 'peer'), account, context)
  const newestFirst = [...account.mailbox.dialog(peer).messages].reverse()
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

function getMessages(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const ids = objectsOf(query, 'id').map((input) => (input._ === 'inputMessageID' ? intOf(input, 'id') : 0))
  const found = ids.map((id) => account.mailbox.message(id))
  const list = messageList(
    found.filter((message) => message !== null),
    account,
    context,
  )
  const messages = found.map((message, index) =>
    message ? messageObject(account, message) : { _: 'messageEmpty', id: ids[index] ?? 0 },
  )
  return { ...list, messages }
}

function sentMessage(message: StoredMessage): TlObject {
  return {
    _: 'updateShortSentMessage',
    out: true,
    id: message.id,
    pts: message.pts,
    pts_count: 1,
    date: message.date,
    entities: message.entities.length > 0 ? message.entities : undefined,
  }
}

/** Entities as stored and shown: the input form of a mention becomes the form that is sent out. */
function storedEntities(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject[] {
  return objectsOf(query, 'entities').flatMap((entity) => {
    if (entity._ !== 'inputMessageEntityMentionName') return [entity]
    const user = findPeer(objectOf(entity, 'user_id'), account, context)
    if (!user) return []
    const { offset, length } = { offset: intOf(entity, 'offset'), length: intOf(entity, 'length') }
    return [{ _: 'messageEntityMentionName', offset, length, user_id: BigInt(user.id) }]
  })
}

function replyTarget(query: TlObject, account: SimulatorAccount, peer: TelegramUser): number | null {
  const reply = optionalObjectOf(query, 'reply_to')
  if (reply?._ !== 'inputReplyToMessage') return null
  const target = account.mailbox.message(intOf(reply, 'reply_to_msg_id'))
  return target?.peer === peer ? target.id : null
}

function sendMessage(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const randomId = longOf(query, 'random_id')
  const logged = {
    account: account.info.id,
    connection: context.session.connection?.number ?? 0,
    clientId: BigInt.asUintN(64, randomId).toString(),
  }
  context.wire.add({ ...logged, clientId: randomId.toString(), event: 'send' })
  try {
    const message = acceptMessage(query, randomId, account, context)
    if (context.faults.take(account.info.id, 'drop-ack') !== null) context.delivery = 'lose'
    else if (context.faults.take(account.info.id, 'cut') !== null) context.delivery = 'cut'
    const accepted = { ...logged, clientId: randomId.toString(), providerId: String(message.id) }
    const isUnanswered = context.delivery === 'lose' || context.delivery === 'cut'
    context.wire.add({ ...accepted, event: 'accepted', ...(isUnanswered ? { detail: UNANSWERED } : {}) })
    return sentMessage(message)
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown'
    context.wire.add({ ...logged, clientId: randomId.toString(), event: 'refused', detail })
    throw error
  }
}

function acceptMessage(
  query: TlObject,
  randomId: bigint,
  account: SimulatorAccount,
  context: RpcContext,
): StoredMessage {
  const text = textOf(query, 'message')
  const peer = requirePeer(objectOf(query, 'peer'), account, context)
  if (text.trim() === '') throw new RpcError(400, 'MESSAGE_EMPTY')
  if (text.length > MAX_TEXT_UNITS) throw new RpcError(400, 'MESSAGE_TOO_LONG')
  if (randomId === 0n) throw new RpcError(400, 'RANDOM_ID_EMPTY')
  const waitSeconds = context.faults.take(account.info.id, 'flood')
  if (waitSeconds !== null) throw new RpcError(420, `FLOOD_WAIT_${waitSeconds}`)
  const before = account.mailbox.sentUnder(randomId)
  if (before) return before
  return context.world.send(account, {
    peer,
    text,
    entities: storedEntities(query, account, context),
    replyTo: replyTarget(query, account, peer),
    randomId,
    origin: context.device,
  })
}

function readHistory(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const peer = requirePeer(objectOf(query, 'peer'), account, context)
  const maxId = intOf(query, 'max_id')
  const { pts, count } = context.world.readByAccount(
    account,
    peer,
    maxId > 0 ? maxId : Number.MAX_SAFE_INTEGER,
    context.device,
  )
  context.wire.add({
    account: account.info.id,
    connection: context.session.connection?.number ?? 0,
    event: 'read',
    providerId: String(account.mailbox.dialog(peer).readInboxMaxId),
  })
  return { _: 'messages.affectedMessages', pts, pts_count: count }
}

export const messageMethods: MethodTable = {
  open: {},
  account: {
    'messages.getDialogs': getDialogs,
    'messages.getPinnedDialogs': (_query, account, context) => peerDialogs([], account, context),
    'messages.getPeerDialogs': getPeerDialogs,
    'messages.getDialogFilters': () => ({ _: 'messages.dialogFilters', filters: [{ _: 'dialogFilterDefault' }] }),
    'messages.getHistory': getHistory,
    'messages.getMessages': getMessages,
    'messages.sendMessage': sendMessage,
    'messages.readHistory': readHistory,
    'messages.receivedMessages': () => [],
    'messages.setTyping': (query, account, context) => {
      requirePeer(objectOf(query, 'peer'), account, context)
      return true
    },
  },
}
