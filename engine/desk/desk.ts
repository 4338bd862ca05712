/** What the window (and the headless engine) may ask of an open session; each method is one handler of the window contract. */
import { CodedError, type Handlers } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import type { Writer } from '../cache/database.ts'
import { findSend, listNewestReceived, pageMessages, recordMessage, recordSend } from '../cache/messages.ts'
import {
  findConversation,
  findIdentity,
  recordConversation,
  recordIdentity,
  type ConversationRow,
} from '../cache/people.ts'
import { completeIndex, findText } from '../cache/search.ts'
import { findMessage } from '../cache/messages.ts'
import type { SeenIdentity } from '../channels/channel.ts'
import { applyReopened, newTouched, placeOf, type Touched } from '../recorder/apply.ts'
import type { Session } from '../session.ts'
import {
  fromCursor,
  getConversationView,
  getMessageByRef,
  listConversationViews,
  messageRef,
  toCursor,
  toMessageView,
} from './views.ts'

/** UTF-16 units; both providers refuse longer texts. */
const longestText = 65_536

export interface DeskHost {
  /** Throws CodedError('locked') when there is no open session. */
  session(): Session
  now(): number
  touched(touched: Touched): void
}

type Desk = Pick<
  Handlers<typeof windowContract>,
  | 'pairing.start'
  | 'pairing.code'
  | 'pairing.password'
  | 'conversations.list'
  | 'conversation.open'
  | 'conversation.page'
  | 'conversation.read'
  | 'send'
  | 'send.new'
  | 'resend'
  | 'message.text'
  | 'search'
>

export function createDesk(host: DeskHost): Desk {
  const channelOf = (account: string) => {
    const found = host.session().runner(account)
    if (!found) throw new CodedError('account_unknown', 'there is no such account here')
    return found.runner.requireChannel()
  }
  return {
    'pairing.start': async (input) => {
      await channelOf(input.account).pair({ method: input.method, phone: input.phone })
      return {}
    },
    'pairing.code': async (input) => {
      await channelOf(input.account).code(input.value)
      return {}
    },
    'pairing.password': async (input) => {
      await channelOf(input.account).password(input.value)
      return {}
    },
    'conversations.list': (input) => ({ conversations: listConversationViews(host.session().cache, input) }),
    'conversation.open': (input) => open(host, input),
    'conversation.page': (input) => page(host, input),
    'conversation.read': (input) => read(host, input.conversation),
    send: (input) => {
      const conversation = getConversation(host, input.conversation)
      return { message: intend(host, conversation.account, input.text, () => conversation).message }
    },
    'send.new': (input) => sendNew(host, input),
    resend: (input) => resend(host, input.message),
    'message.text': (input) => {
      const session = host.session()
      const row = getMessageByRef(session.cache, input.message)
      lookedAtFirst(session, placeOf(session.cache, row.conversation).conversation)
      return { text: row.text }
    },
    search: (input) => search(host, input),
  }
}

function getConversation(host: DeskHost, opaque: string): ConversationRow {
  const row = findConversation(host.session().cache, opaque)
  if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
  return row
}

const looked = new WeakMap<Session, Set<number>>()

function lookedAt(session: Session, row: Pick<ConversationRow, 'id' | 'account' | 'opaque'>): void {
  session.record({ kind: 'conversation.opened/1', payload: {}, account: row.account, conversation: row.opaque })
  const seen = looked.get(session) ?? new Set()
  looked.set(session, seen.add(row.id))
}

/** A page or a text of a conversation that was never opened is a look as well: the window is not believed. */
function lookedAtFirst(session: Session, row: ConversationRow): void {
  if (!looked.get(session)?.has(row.id)) lookedAt(session, row)
}

/** Every look leaves a trace, written before the answer. */
function open(host: DeskHost, input: { conversation: string; limit: number }) {
  const session = host.session()
  const row = getConversation(host, input.conversation)
  lookedAt(session, row)
  const rows = pageMessages(session.cache, row.id, null, input.limit)
  return {
    conversation: getConversationView(session.cache, { id: row.id }),
    messages: rows.map((one) => toMessageView(one, row.opaque)),
    before: rows.length === input.limit ? toCursor(rows[0]) : null,
  }
}

function page(host: DeskHost, input: { conversation: string; before: string; limit: number }) {
  const row = getConversation(host, input.conversation)
  lookedAtFirst(host.session(), row)
  const rows = pageMessages(host.session().cache, row.id, fromCursor(input.before), input.limit)
  return {
    messages: rows.map((one) => toMessageView(one, row.opaque)),
    before: rows.length === input.limit ? toCursor(rows[0]) : null,
  }
}

async function read(host: DeskHost, opaque: string): Promise<Record<string, never>> {
  const session = host.session()
  const row = getConversation(host, opaque)
  if (row.unread === 0) return {}
  const providerIds = listNewestReceived(session.cache, row.id, Math.min(row.unread, 200))
  const touched = newTouched()
  touched.conversations.add(row.id)
  session.cache.transaction((writer) => {
    writer.run('UPDATE conversations SET unread = 0 WHERE id = ?', [row.id])
    const payload = { direction: 'in' as const, providerId: providerIds.at(-1) ?? '', time: null }
    session.appendIn(writer, { kind: 'conversation.read/1', payload, account: row.account, conversation: row.opaque })
  })
  host.touched(touched)
  const channel = session.runner(row.account)?.runner.channel
  const address = session.cache.get<{ address: string }>('SELECT address FROM identities WHERE id = ?', [
    row.identity,
  ])?.address
  if (channel && address && providerIds.length > 0) await channel.markRead({ address, providerIds }).catch(() => {})
  return {}
}

/**
 * The first half of a send, one durable transaction: message, intent in the ledger with the provider's id fixed, and its place
 * in the queue. Throws CodedError: text_empty, text_too_long, account_not_running.
 */
function intend(
  host: DeskHost,
  account: string,
  text: string,
  place: (writer: Writer) => ConversationRow,
): { message: string; conversation: string } {
  const session = host.session()
  if (text.trim() === '') throw new CodedError('text_empty', 'there is nothing to send')
  if (text.length > longestText)
    throw new CodedError('text_too_long', `a message has at most ${longestText} characters`)
  const found = session.runner(account)
  const channel = found?.runner.channel
  if (!found || !channel) throw new CodedError('account_not_running', 'this account does not run on this workstation')
  const clientId = channel.newClientId()
  const touched = newTouched()
  const made = session.cache.transaction((writer) => {
    const conversation = place(writer)
    const peer = peerOf(writer, conversation.identity)
    const opaque = randomId()
    // After what it answers: provider times are whole seconds.
    const at = Math.max(Math.floor(host.now() / 1000) * 1000, conversation.lastAt)
    const clean = text.toWellFormed()
    const key = recordMessage(writer, {
      conversation: conversation.id,
      at,
      opaque,
      mine: 1,
      path: 'workstation',
      kind: 'text',
      providerId: null,
      clientId,
      state: 'queued',
      replyTo: null,
      text: clean,
      account,
      peer: conversation.identity,
    })
    const identity = writer.get<{ opaque: string }>('SELECT opaque FROM identities WHERE id = ?', [
      conversation.identity,
    ])!.opaque
    const seq = session.appendIn(writer, {
      kind: 'message.intended/1',
      payload: { peer, clientId, text: clean, replyTo: null },
      account,
      conversation: conversation.opaque,
      identity,
      message: opaque,
    })
    recordSend(writer, { ...key, account, clientId, seq })
    touched.conversations.add(conversation.id)
    touched.messages.push(key)
    return { key, conversation: conversation.opaque }
  })
  host.touched(touched)
  found.sender.changed()
  return { message: messageRef(made.key), conversation: made.conversation }
}

function peerOf(writer: Writer, identity: number): SeenIdentity {
  const row = writer.get<{ address: string; name: string | null }>(
    'SELECT address, name FROM identities WHERE id = ?',
    [identity],
  )!
  const all = writer
    .all<{ address: string }>('SELECT address FROM addresses WHERE identity = ?', [identity])
    .map((one) => one.address)
  return {
    address: row.address,
    aliases: all.filter((address) => address !== row.address).slice(0, 16),
    name: row.name,
  }
}

function sendNew(host: DeskHost, input: { account: string; address: string; text: string }) {
  const session = host.session()
  const account = session.accounts().find((one) => one.id === input.account)
  if (!account) throw new CodedError('account_unknown', 'there is no such account here')
  const address = toAddress(account.channel, input.address)
  return intend(host, input.account, input.text, (writer) => {
    const known = findIdentity(writer, input.account, address)
    const identity = known ?? recordIdentity(writer, input.account, { address, aliases: [], name: null })
    return recordConversation(writer, input.account, identity.id)
  })
}

function toAddress(channel: 'whatsapp' | 'telegram', text: string): string {
  const address = text.trim()
  if (channel === 'telegram' && /^user:\d{1,19}$/.test(address)) return address
  if (channel === 'whatsapp' && /^\d{1,20}@(lid|s\.whatsapp\.net)$/.test(address)) return address
  const digits = address.replace(/[\s+()-]/g, '')
  if (channel === 'whatsapp' && /^\d{5,15}$/.test(digits)) return `${digits}@s.whatsapp.net`
  throw new CodedError('address_malformed', 'this is no address of this channel')
}

/** A person repeats an unknown or failed message; the provider's id stays, so that it can never arrive as two. */
function resend(host: DeskHost, ref: string): Record<string, never> {
  const session = host.session()
  const row = getMessageByRef(session.cache, ref)
  const conversation = session.cache.get<{ account: string }>('SELECT account FROM conversations WHERE id = ?', [
    row.conversation,
  ])!
  const found = session.runner(conversation.account)
  if (!found?.runner.channel)
    throw new CodedError('account_not_running', 'this account does not run on this workstation')
  const send = row.clientId === null ? undefined : findSend(session.cache, conversation.account, row.clientId)
  if (!send || (row.state !== 'unknown' && row.state !== 'failed'))
    throw new CodedError('not_resendable', 'this message is not waiting for anybody')
  const touched = newTouched()
  session.cache.transaction((writer) => {
    applyReopened(writer, { ...row, account: conversation.account })
    touched.messages.push(row)
  })
  host.touched(touched)
  found.sender.changed()
  return {}
}

function search(host: DeskHost, input: { text: string; limit: number }) {
  const { cache } = host.session()
  completeIndex(cache)
  const hits = findText(cache, input.text, input.limit).flatMap((key) => {
    const row = findMessage(cache, key)
    if (!row) return []
    const conversation = getConversationView(cache, { id: key.conversation })
    return [{ conversation, message: toMessageView(row, conversation.id) }]
  })
  return { hits }
}
