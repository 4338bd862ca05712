/** What is done to a message that stands here: edit, delete, react, vote; and forwarding a copy of it. */
import { randomBytes } from 'node:crypto'
import { CodedError, type Input } from '../../shared/contracts/contract.ts'
import {
  bubbleKinds,
  isGroupAddress,
  isMedia,
  type Details,
  type Entity,
  type MediaKind,
  type MessageContent,
} from '../../shared/contracts/neutral-message.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import { findAttachment } from '../cache/attachments.ts'
import { listChanges, recordChange } from '../cache/changes.ts'
import type { Reader } from '../cache/database.ts'
import { findRole } from '../cache/groups.ts'
import { packContent, readDetails, readEntities, type MessageRow } from '../cache/messages.ts'
import { findIdentity, findOwnAddress } from '../cache/people.ts'
import { recordSend } from '../cache/sends.ts'
import { applyEdit } from '../recorder/apply-change.ts'
import { changeCounts } from '../recorder/change-rule.ts'
import { newTouched, touchTarget, type Place } from '../recorder/context.ts'
import type { Session } from '../session.ts'
import { warnBefore } from './colleagues.ts'
import { getConversation, getPlaced, lookedAtFirst, reachOf, type DeskHost } from './desk-host.ts'
import { listCalled, rewriteMentions, showMentions, withNames } from './mentions.ts'
import { nameOfAddress } from './people-views.ts'
import { appendIntent, channelOf, cleanText, recordIntent, refuseBefore, remoteFrom } from './say.ts'

type Change = Pick<MessageContent, 'text' | 'details'> & { kind: 'edit' | 'delete' | 'reaction' | 'vote' }
type Done = Record<string, never>

const pieceBytes = 1_048_576

function isBubble(row: MessageRow): boolean {
  return bubbleKinds.some((kind) => kind === row.kind)
}

/** Throws as the contract's `message.edit`. */
export function edit(host: DeskHost, ref: string, given: string): Done {
  const { row, at } = getPlaced(host, ref)
  const file = isMedia(row.kind)
  const text = cleanText(given, file)
  if (row.mine !== 1 || (row.kind !== 'text' && !file) || row.providerId === null)
    throw new CodedError('not_editable', 'only own texts that have been sent can be edited')
  return change(host, row, at, { kind: 'edit', ...rewritten(host.session(), row, at, text) })
}

/** On WhatsApp the names of the mentioned are shown while the text is changed. */
function rewritten({ cache }: Session, row: MessageRow, { conversation, identity }: Place, text: string) {
  const mentions = newestVersion(cache, row).mentions
  if (identity.address.includes(':') || mentions.length === 0) return { text, details: null }
  const called = listCalled(cache, conversation.account, mentions)
  const made = rewriteMentions(text, mentions, (address) => called.get(address)?.name ?? nameOfAddress(address))
  return { text: made.text, details: made.mentions.length > 0 ? { mentions: made.mentions } : null }
}

export function remove(host: DeskHost, ref: string): Done {
  const { row, at } = getPlaced(host, ref)
  if (!isBubble(row) || row.providerId === null || !mayDelete(host.session(), row, at))
    throw new CodedError('not_deletable', 'this message cannot be deleted for everybody')
  return change(host, row, at, { kind: 'delete', text: '', details: null })
}

/** What others wrote goes only where the provider lets it go: Telegram's private chats, and groups that the account runs. */
function mayDelete({ cache }: Session, row: MessageRow, { conversation, identity }: Place): boolean {
  if (row.mine === 1) return true
  if (!isGroupAddress(identity.address)) return identity.address.startsWith('user:')
  const own = findOwnAddress(cache, conversation.account)
  const self = own === null ? undefined : findIdentity(cache, conversation.account, own)
  const role = self && findRole(cache, conversation.id, self.id)
  return role === 'admin' || role === 'owner'
}

export function react(host: DeskHost, ref: string, emoji: string | null): Done {
  const { row, at } = getPlaced(host, ref)
  if (!isBubble(row) || row.providerId === null)
    throw new CodedError('message_unknown', 'the provider has not named this message yet')
  return change(host, row, at, { kind: 'reaction', text: '', details: { emoji } })
}

export function vote(host: DeskHost, ref: string, options: string[]): Done {
  const { row, at } = getPlaced(host, ref)
  const poll = row.kind === 'poll' ? readDetails(row.details)?.poll : undefined
  const chosen = poll?.options.filter((option) => options.includes(option)) ?? []
  if (!poll || row.providerId === null || chosen.length !== new Set(options).size)
    throw new CodedError('not_a_poll', 'there is nothing to vote on')
  if (!poll.multiple && chosen.length > 1) throw new CodedError('not_a_poll', 'one option only')
  return change(host, row, at, { kind: 'vote', text: '', details: { vote: chosen } })
}

/** One durable transaction: the change beside its message, the intent in the ledger, its place in the queue. */
function change(host: DeskHost, row: MessageRow, at: Place, what: Change): Done {
  const session = host.session()
  const { account } = at.conversation
  refuseBefore(session, at.conversation, what.kind)
  const { remote, sender, newClientId } = reachOf(host, account)
  const clientId = newClientId()
  const touched = newTouched()
  session.cache.transaction((writer) => {
    const opaque = randomId()
    const content: MessageContent = { ...what, entities: [], reply: null, target: row.providerId }
    const made = {
      conversation: row.conversation,
      target: row.providerId!,
      opaque,
      kind: what.kind,
      author: 0,
      mine: 1,
      at: Math.floor(host.now() / 1000) * 1000,
      text: what.text,
      ...packContent(content),
      providerId: null,
      clientId,
      state: 'queued',
    }
    const key = recordChange(writer, made)
    const seq = appendIntent(session, writer, at, { opaque, clientId, content, remote })
    recordSend(writer, { ...key, at: made.at, account, clientId, seq }, { from: remoteFrom(session, remote, seq) })
    if (what.kind === 'edit') applyEdit(writer, row, made)
    touchTarget(writer, { account, touched }, at, key)
    touched.messages.push({ conversation: row.conversation, at: row.at, n: row.n })
  })
  host.touched(touched)
  sender.changed()
  return {}
}

/**
 * Throws as the contract's `message.forward`. A file goes as a copy of its own, under a key of its own: the provider may refuse to forward
 * the message itself.
 */
export async function forward(
  host: DeskHost,
  { message: ref, conversation: to, anyway }: Input<typeof windowContract, 'message.forward'>,
): Promise<{ message: string }> {
  const session = host.session()
  const { row, at } = getPlaced(host, ref)
  const target = getConversation(host, to)
  reachOf(host, target.account)
  const details = readDetails(row.details)
  if (!isBubble(row) || row.kind === 'poll' || details?.viewOnce)
    throw new CodedError('not_forwardable', 'this message cannot be forwarded')
  refuseBefore(session, target, row.kind as MessageContent['kind'])
  const guarded = anyway !== true
  if (guarded) warnBefore(session, target)
  lookedAtFirst(session, at.conversation)
  const taken = isMedia(row.kind) ? await copyFile(session, row, details) : null
  const { mentions, ...said } = forwardedText(session, row, at, target.account)
  const content: MessageContent = {
    kind: row.kind as MessageContent['kind'],
    ...said,
    reply: null,
    target: null,
    details: {
      ...(taken && { file: taken.file }),
      ...(details?.location && { location: details.location }),
      ...(details?.contacts && { contacts: details.contacts }),
      ...(mentions.length > 0 && { mentions }),
      forwarded: true,
    },
  }
  const sameAccount = at.conversation.account === target.account && row.providerId !== null
  const origin = sameAccount ? { address: at.identity.address, providerId: row.providerId! } : null
  const place = () => target
  const { message } = recordIntent(host, target.account, content, taken, { place, guarded, origin })
  return { message }
}

/** Another account may not name the mentioned: there their names are plain text. */
function forwardedText(
  session: Session,
  row: MessageRow,
  { conversation: { account }, identity }: Place,
  to: string,
): Pick<MessageContent, 'text' | 'entities'> & { mentions: string[] } {
  const { text, entities, mentions } = newestVersion(session.cache, row)
  if (account === to) return { text, entities, mentions }
  const isTelegram = identity.address.includes(':')
  const entitiesThere =
    channelOf(session, to) === 'telegram' ? entities.filter(({ type }) => type !== 'mention_name') : []
  const spelled = channelOf(session, to) === 'whatsapp' ? spellLinks(text, entities) : text
  if (isTelegram || mentions.length === 0) return { text: spelled, entities: entitiesThere, mentions: [] }
  const called = listCalled(session.cache, account, mentions)
  const named = withNames(
    text,
    showMentions(text, mentions, (address) => called.get(address) ?? { name: nameOfAddress(address), digits: [] }),
  )
  return { text: named, entities: entitiesThere, mentions: [] }
}

/** With the edits that count. */
export function newestText({ cache }: Session, row: MessageRow): Pick<MessageContent, 'text' | 'entities'> {
  const { text, entities } = newestVersion(cache, row)
  return { text, entities }
}

function newestVersion(
  cache: Reader,
  row: MessageRow,
): Pick<MessageContent, 'text' | 'entities'> & { mentions: string[] } {
  const edits = row.providerId === null ? [] : listChanges(cache, row.conversation, [row.providerId])
  const newest = edits.findLast((one) => one.kind === 'edit' && changeCounts(one, row, () => false)) ?? row
  const { text, entities, details } = newest
  return { text, entities: readEntities(entities), mentions: readDetails(details)?.mentions ?? [] }
}

/** WhatsApp has no text with an address behind it: there the address stands behind the text. */
function spellLinks(text: string, entities: readonly Entity[]): string {
  const links = entities.flatMap(({ offset, length, url }) => (url ? [{ end: offset + length, url }] : []))
  let made = ''
  let from = 0
  for (const { end, url } of links.sort((a, b) => a.end - b.end)) {
    made += `${text.slice(from, end)} (${url})`
    from = end
  }
  return made + text.slice(from)
}

async function copyFile({ cache, media }: Session, row: MessageRow, details: Details | null) {
  const held = findAttachment(cache, row.n)
  if (held?.state !== 'held' || !held.blob || !held.key || !details?.file)
    throw new CodedError('media_missing', 'the file is not here')
  const from = { blob: held.blob, key: held.key }
  const part = await media.begin(randomId(), randomBytes(32))
  try {
    for (let offset = 0; ; offset += pieceBytes) {
      const piece = await media.read(from, offset, pieceBytes)
      await part.write(piece)
      if (piece.length < pieceBytes) break
    }
    const sealed = await part.finish()
    const file = { ...details.file, bytes: sealed.bytes }
    return { kind: row.kind as MediaKind, file, thumbnail: held.thumbnail, sealed }
  } catch (error) {
    await part.close()
    await media.discard(part.blob)
    throw error
  }
}
