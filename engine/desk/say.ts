/** What is sent: text, files, places, contacts and polls; one durable transaction of message, intent and its place in the queue. */
import { CodedError, type Input } from '../../shared/contracts/contract.ts'
import {
  type Channel,
  type Details,
  type MessageContent,
  type MessageKind,
} from '../../shared/contracts/neutral-message.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import { recordAttachment } from '../cache/attachments.ts'
import type { Writer } from '../cache/database.ts'
import type { MessageOrigin } from '../channels/channel.ts'
import { listMembers } from '../cache/groups.ts'
import { packContent, recordMessage, type MessageKey } from '../cache/messages.ts'
import {
  findIdentity,
  recordConversation,
  recordIdentity,
  seenIdentity,
  type ConversationRow,
} from '../cache/people.ts'
import { recordSend, type SendFrom } from '../cache/sends.ts'
import { newTouched, placeOf, type Place } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { journalPositionOf } from '../cache/journal.ts'
import { warnBefore } from './colleagues.ts'
import { getConversation, reachOf, type DeskHost } from './desk-host.ts'
import { draftsOf } from './drafts.ts'
import { writeMentions } from './mentions.ts'
import { readAddress } from './new-address.ts'
import { messageRef } from './message-views.ts'
import { getMessageByRef } from './views.ts'

export type Saying = Omit<Input<typeof windowContract, 'send'>, 'conversation' | 'anyway'>
type Taken = Awaited<ReturnType<ReturnType<typeof draftsOf>['take']>>

/** UTF-16 units; both providers refuse longer texts. */
const longestText = 65_536

/** Throws CodedError: text_empty, text_too_long. */
export function cleanText(text: string, mayBeEmpty: boolean): string {
  if (!mayBeEmpty && text.trim() === '') throw new CodedError('text_empty', 'there is nothing to send')
  if (text.length > longestText)
    throw new CodedError('text_too_long', `a message has at most ${longestText} characters`)
  return text.toWellFormed()
}

/** Throws as the contract's `send`. */
export async function say(
  host: DeskHost,
  input: Saying & { conversation: string; anyway?: boolean | undefined },
): Promise<{ message: string }> {
  const conversation = getConversation(host, input.conversation)
  const guarded = input.anyway !== true
  if (guarded) warnBefore(host.session(), conversation)
  const { message } = await intend(host, conversation.account, input, conversation, {
    place: () => conversation,
    guarded,
  })
  return { message }
}

export function sayNew(
  host: DeskHost,
  input: Saying & { account: string; address: string; anyway?: boolean | undefined },
): Promise<{ message: string; conversation: string }> {
  const session = host.session()
  const { address, known } = readAddress(session, input)
  const place = (writer: Writer): ConversationRow => {
    const identity =
      findIdentity(writer, input.account, address) ??
      recordIdentity(writer, input.account, { address, aliases: [], name: null })
    return recordConversation(writer, input.account, identity.id)
  }
  const guarded = known !== null && input.anyway !== true
  if (guarded) warnBefore(session, known)
  return intend(host, input.account, input, known, { place, guarded })
}

/**
 * Where it goes. `guarded`: not where a colleague has answered behind what is known here; `origin`: the message of this account that is
 * forwarded.
 */
interface Target {
  place(writer: Writer): ConversationRow
  guarded: boolean
  origin?: MessageOrigin | null
}

async function intend(
  host: DeskHost,
  account: string,
  saying: Saying,
  known: ConversationRow | null,
  target: Target,
): Promise<{ message: string; conversation: string }> {
  const session = host.session()
  const content = toContent(session, saying, account, known)
  refuseBefore(session, known, content.kind)
  reachOf(host, account)
  const taken = saying.attachment ? await draftsOf(session).take(saying.attachment) : null
  return recordIntent(host, account, taken ? { ...content, kind: taken.kind } : content, taken, target)
}

/** The sender asks once more when it leaves. Throws CodedError('policy_no_sending', 'policy_answers_only'). */
export function refuseBefore(session: Session, conversation: ConversationRow | null, kind: MessageKind): void {
  const refusal = session.refusal(conversation?.id ?? null, kind)
  if (refusal) throw new CodedError(refusal.code, refusal.text)
}

function toContent(
  session: Session,
  saying: Saying,
  account: string,
  conversation: ConversationRow | null,
): MessageContent {
  const { location, contacts, poll, attachment } = saying
  const given = [location, contacts, poll, attachment].filter((one) => one !== null && one !== undefined)
  if (given.length > 1) throw new CodedError('kind_refused', 'one message says one thing')
  const draft = attachment ? draftsOf(session).check(attachment) : null
  const kind = draft ? draft.kind : location ? 'location' : contacts ? 'contact' : poll ? 'poll' : 'text'
  const text = cleanText(saying.text, kind !== 'text')
  const whatsapp = channelOf(session, account) === 'whatsapp'
  const mentions = (saying.mentions ?? []).map((ref) => memberAddress(session, conversation, ref))
  const details: Details = {
    ...(draft && { file: draft.file }),
    ...(location && { location }),
    ...(contacts && { contacts }),
    ...(poll && { poll }),
    ...(mentions.length > 0 && { mentions: whatsapp ? [...new Set(mentions)] : mentions }),
  }
  const said = kind === 'text' || (draft && carriesText(session, kind, account)) ? text : ''
  const entities = (saying.entities ?? []).filter(({ offset, length }) => length > 0 && offset + length <= said.length)
  return {
    kind,
    text: whatsapp ? writeMentions(said, entities, mentions) : said,
    entities: whatsapp ? [] : entities,
    reply: saying.reply ? repliedTo(session, saying.reply, conversation) : null,
    target: null,
    details: Object.keys(details).length > 0 ? details : null,
  }
}

/** WhatsApp has no captions for sound, nobody has them for stickers: what does not arrive is not shown as said. */
function carriesText(session: Session, kind: string, account: string): boolean {
  if (kind === 'sticker') return false
  if (kind !== 'voice' && kind !== 'audio') return true
  return channelOf(session, account) === 'telegram'
}

export function channelOf(session: Session, account: string): Channel | undefined {
  return session.accounts.list().find((one) => one.id === account)?.channel
}

/** Provider id of the message that is answered; it must stand in this conversation. Throws CodedError('message_unknown'). */
function repliedTo(session: Session, ref: string, conversation: ConversationRow | null): string {
  const row = getMessageByRef(session.cache, ref)
  if (row.conversation !== conversation?.id || row.providerId === null)
    throw new CodedError('message_unknown', 'this message cannot be answered here')
  return row.providerId
}

/** A member by its reference of group.get, or by an address that is known. Throws CodedError('member_unknown'). */
export function memberAddress(session: Session, conversation: ConversationRow | null, ref: string): string {
  const member = conversation && listMembers(session.cache, conversation.id).find((one) => one.opaque === ref)
  if (member) return member.address
  const known = conversation && findIdentity(session.cache, conversation.account, ref)
  if (known) return known.address
  throw new CodedError('member_unknown', 'there is no such member')
}

/** Message, intent with the provider's id fixed in it, place in the queue and, with a file, what the vault must know of it. */
export function recordIntent(
  host: DeskHost,
  account: string,
  content: MessageContent,
  taken: Taken | null,
  target: Target,
): { message: string; conversation: string } {
  const session = host.session()
  const { remote, sender, newClientId } = reachOf(host, account)
  const clientId = newClientId()
  const touched = newTouched()
  if (taken) session.keepFile(taken.sealed)
  const made = session.cache.transaction((writer) => {
    const at = placeOf(writer, target.place(writer).id)
    const { conversation } = at
    const opaque = randomId()
    const key = recordMessage(writer, {
      conversation: conversation.id,
      // After what it answers: provider times are whole seconds.
      at: Math.max(Math.floor(host.now() / 1000) * 1000, conversation.lastAt),
      opaque,
      mine: 1,
      path: 'workstation',
      kind: content.kind,
      providerId: null,
      clientId,
      state: 'queued',
      replyTo: content.reply,
      author: null,
      ...packContent(content),
      target: null,
      text: content.text,
      account,
      peer: conversation.identity,
      unread: false,
    })
    const seq = appendIntent(session, writer, at, {
      opaque,
      clientId,
      content,
      remote,
      seen: target.guarded && remote ? journalPositionOf(writer, account) : undefined,
    })
    const from = remoteFrom(session, remote, seq)
    recordSend(writer, { ...key, account, clientId, seq, target: null }, { from, origin: target.origin ?? null })
    if (taken) recordOwnFile(session, writer, at, { key, opaque, clientId, taken })
    touched.conversations.add(conversation.id)
    touched.messages.push(key)
    if (taken) touched.media.push(key)
    return { key, conversation: conversation.opaque }
  })
  if (taken) session.fileStored()
  host.touched(touched)
  sender.changed()
  return { message: messageRef(made.key), conversation: made.conversation }
}

/** Returns the intent's sequence. */
export function appendIntent(
  session: Session,
  writer: Writer,
  at: Place,
  intent: { opaque: string; clientId: string; content: MessageContent; remote: boolean; seen?: number | undefined },
): number {
  const { opaque, clientId, content, remote, seen } = intent
  return session.appendIn(writer, {
    // Without a lease nothing is claimed: whoever holds it executes this, once the vault has it.
    ...(remote && { epoch: '0.0' }),
    kind: 'message.intended/1',
    payload: {
      peer: seenIdentity(writer, at.identity),
      clientId,
      text: content.text,
      replyTo: content.reply,
      kind: content.kind,
      entities: content.entities,
      target: content.target,
      details: content.details,
      ...(seen !== undefined && { seen }),
    },
    account: at.conversation.account,
    conversation: at.conversation.opaque,
    identity: at.identity.opaque,
    message: opaque,
  })
}

/** Where a send that waits for the runner stands in our ledger. */
export function remoteFrom(session: Session, remote: boolean, seq: number): SendFrom | null {
  return remote ? { ledger: session.ledger.id, remote: seq } : null
}

function recordOwnFile(
  session: Session,
  writer: Writer,
  at: Place,
  { key, opaque, clientId, taken }: { key: MessageKey; opaque: string; clientId: string; taken: Taken },
): void {
  const { sealed, file, thumbnail } = taken
  recordAttachment(writer, {
    ...key,
    account: at.conversation.account,
    state: 'held',
    source: 'provider',
    claimedBytes: sealed.bytes,
    claimedSha256: sealed.sha256,
    received: sealed.bytes,
    key: sealed.key,
    blob: sealed.blob,
    sha256: sealed.sha256,
    bytes: sealed.bytes,
    mime: file.mime,
    thumbnail,
  })
  session.appendIn(writer, {
    kind: 'media.stored/1',
    payload: {
      peer: seenIdentity(writer, at.identity),
      author: null,
      direction: 'out',
      providerId: null,
      clientId,
      blob: sealed.blob,
      key: Buffer.from(sealed.key).toString('base64url'),
      sha256: sealed.sha256,
      bytes: sealed.bytes,
      mime: file.mime,
    },
    account: at.conversation.account,
    conversation: at.conversation.opaque,
    identity: at.identity.opaque,
    message: opaque,
  })
}
