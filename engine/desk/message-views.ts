/** What the window sees of messages: each with its changes, its file, what it answers and who is in it; one query a table and page. */
import { isGroupAddress, type Details, type Entity } from '../../shared/contracts/neutral-message.ts'
import type { MediaView, MessageView } from '../../shared/contracts/window.ts'
import { listAttachments, type AttachmentRow } from '../cache/attachments.ts'
import { listChanges, type ChangeRow } from '../cache/changes.ts'
import { findOwnEmployee, listSentBy, type SentBy } from '../cache/colleagues.ts'
import type { Reader } from '../cache/database.ts'
import { messageColumns, readDetails, readEntities, type MessageKey, type MessageRow } from '../cache/messages.ts'
import { changeCounts } from '../recorder/change-rule.ts'
import { showFileName, showMime } from './file-name.ts'
import { listCalled, showMentions, withNames, type Called } from './mentions.ts'
import { listPeople, nameOf, nameOfAddress, toPerson, type PersonRow } from './people-views.ts'
import { findJoined } from './views.ts'

/** Longer texts are clipped in views; the rest is fetched on request. */
export const clipChars = 16_384
const quoteChars = 200

/** A message is named by its place in the cache; the name means nothing elsewhere. */
export function messageRef(key: MessageKey): string {
  return `${key.conversation}.${key.at}.${key.n}`
}

/** Everything that the views of a page need, read once. */
interface Page {
  conversation: Place
  telegram: boolean
  group: boolean
  changes: Map<string, ChangeRow[]>
  files: Map<number, AttachmentRow>
  quoted: Map<string, MessageRow>
  people: Map<number, PersonRow>
  called: Map<string, Called>
  admins: Set<number>
  sentBy: Map<string, SentBy>
  self: string | null
}

/** Views of messages of one conversation, in the order given. */
export function toMessageViews(reader: Reader, conversation: number, rows: MessageRow[]): MessageView[] {
  if (rows.length === 0) return []
  const page = readPage(reader, conversation, rows)
  return rows.map((row) => toView(page, row))
}

function readPage(reader: Reader, id: number, rows: MessageRow[]): Page {
  const conversation = findPlace(reader, id)
  const changes = listChanges(
    reader,
    id,
    rows.flatMap((row) => row.providerId ?? []),
  )
  const quoted = listQuoted(reader, conversation, rows)
  const { peer } = conversation
  const group = isGroupAddress(peer.address)
  const ids = [
    ...rows.map((row) => row.author),
    ...changes.map((row) => row.author),
    ...[...quoted.values()].map((row) => row.author),
  ].filter((one) => one !== null && one !== 0 && one !== peer.id)
  const people = listPeople(reader, [...new Set(ids as number[])])
  const sent = listSentBy(
    reader,
    conversation.account,
    rows.flatMap((row) => (row.mine === 1 ? (row.clientId ?? []) : [])),
  )
  return {
    conversation,
    telegram: peer.address.includes(':'),
    group,
    changes: groupBy(changes, (row) => row.target),
    files: new Map(
      listAttachments(
        reader,
        rows.filter((row) => row.details !== null || row.kind !== 'text').map((row) => row.n),
      ).map((row) => [row.n, row]),
    ),
    quoted,
    people: people.set(peer.id, peer),
    called: listCalled(reader, conversation.account, addressesIn([...rows, ...quoted.values(), ...changes])),
    sentBy: new Map(sent.map((one) => [one.clientId, one])),
    self: sent.length > 0 ? findOwnEmployee(reader) : null,
    admins: group && changes.length > 0 ? listAdmins(reader, id) : new Set(),
  }
}

interface Place {
  id: number
  opaque: string
  account: string
  peer: PersonRow
}

/** With the person, who is mostly the only one: no second query for a page of two people. */
function findPlace(reader: Reader, id: number): Place {
  const { opaque, account, peer, peerOpaque, name, address, phone } = findJoined(reader, id)!
  return { id, opaque, account, peer: { id: peer, opaque: peerOpaque, name, address, phone } }
}

function groupBy<T>(all: T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return groups
}

function listAdmins(reader: Reader, conversation: number): Set<number> {
  const rows = reader.all<{ identity: number }>(
    "SELECT identity FROM groupMembers WHERE conversation = ? AND role != 'member'",
    [conversation],
  )
  return new Set(rows.map((row) => row.identity))
}

/** Answered messages that the page itself holds, and those that the names of the last weeks lead to. */
function listQuoted(reader: Reader, conversation: Place, rows: MessageRow[]): Map<string, MessageRow> {
  const wanted = new Set(rows.flatMap((row) => row.replyTo ?? []))
  if (wanted.size === 0) return new Map()
  const here = rows.filter((row) => row.providerId !== null && wanted.has(row.providerId))
  const found = new Map(here.map((row) => [row.providerId!, row]))
  const others = [...wanted].filter((id) => !found.has(id))
  if (others.length === 0) return found
  const columns = messageColumns
    .split(', ')
    .map((column) => `m.${column}`)
    .join(', ')
  const read = reader.all<MessageRow>(
    `SELECT ${columns} FROM json_each(?) j
     CROSS JOIN recent r ON r.account = ? AND r.providerId = j.value AND r.mine IN (0, 1) AND r.peer = ?
     CROSS JOIN messages m ON m.conversation = r.conversation AND m.at = r.at AND m.n = r.n WHERE r.conversation = ?`,
    [JSON.stringify(others), conversation.account, conversation.peer.id, conversation.id],
  )
  for (const row of read) found.set(row.providerId!, row)
  return found
}

function addressesIn(rows: Pick<MessageRow, 'details'>[]): string[] {
  const all = new Set<string>()
  for (const row of rows) {
    if (row.details === null) continue
    const details = readDetails(row.details)
    for (const address of [...(details?.mentions ?? []), ...(details?.service?.members ?? [])]) all.add(address)
  }
  return [...all]
}

function toView(page: Page, row: MessageRow): MessageView {
  const counted = (row.providerId === null ? [] : (page.changes.get(row.providerId) ?? [])).filter((change) =>
    changeCounts(change, row, (identity) => page.admins.has(identity)),
  )
  const edits = counted.filter((change) => change.kind === 'edit')
  const newest = edits.at(-1) ?? row
  const { text, clipped } = clip(newest.text)
  const author = row.author === null ? undefined : page.people.get(row.author)
  const file = page.files.get(row.n)
  const mentions = readDetails(newest.details)?.mentions
  return {
    id: messageRef(row),
    conversation: page.conversation.opaque,
    direction: row.mine === 1 ? 'out' : 'in',
    path: row.path as MessageView['path'],
    text,
    clipped,
    kind: row.kind as MessageView['kind'],
    author: author ? toPerson(author) : null,
    ...showSaid(page, row, { text, entities: readEntities(newest.entities), mentions }),
    media: file ? toMedia(file) : null,
    reply: row.replyTo === null ? null : toQuote(page, page.quoted.get(row.replyTo)),
    versions:
      edits.length === 0 ? [] : [row, ...edits.slice(0, -1)].map((one) => ({ text: clip(one.text).text, at: one.at })),
    deleted: findDeletion(page, row, counted),
    reactions: listReactions(page, counted),
    votes: listVotes(row, counted),
    at: row.at,
    order: String(row.n).padStart(15, '0'),
    state: row.state as MessageView['state'],
    fault: readFault(row.fault) ?? failedChange(page, row),
    ...sentView(page, row),
  }
}

function sentView(page: Page, row: MessageRow): Pick<MessageView, 'writer' | 'waits'> {
  const sent = row.mine === 1 && row.clientId !== null ? page.sentBy.get(row.clientId) : undefined
  if (!sent) return { writer: null, waits: false }
  const { name, employee, remote } = sent
  return {
    writer: name === null ? null : { name, self: employee !== null && employee === page.self },
    waits: remote > 0 && row.state === 'queued',
  }
}

function clip(text: string): { text: string; clipped: boolean } {
  const clipped = text.length > clipChars
  return { text: clipped ? text.slice(0, clipChars).toWellFormed() : text, clipped }
}

function readFault(json: string | null): MessageView['fault'] {
  return json === null ? null : (JSON.parse(json) as MessageView['fault'])
}

/** An own change that did not arrive is shown at the message that it was about. */
function failedChange(page: Page, row: MessageRow): MessageView['fault'] {
  const last = row.providerId === null ? undefined : page.changes.get(row.providerId)?.findLast((one) => one.mine === 1)
  return last && (last.state === 'failed' || last.state === 'unknown') ? readFault(last.fault) : null
}

function toMedia(file: AttachmentRow): MediaView {
  return {
    state: file.state,
    bytes: file.bytes ?? file.claimedBytes,
    received: file.received,
    thumbnail: file.thumbnail ? Buffer.from(file.thumbnail).toString('base64') : null,
    fault: readFault(file.fault),
  }
}

/** Somebody whom nobody here has met has no name of his own. */
function calledOf(page: Page, address: string): Called {
  return page.called.get(address) ?? { name: nameOfAddress(address), digits: [] }
}

/** WhatsApp has no entities: names stand for the digits that its texts carry. The mentioned are those of the newest text. */
function showSaid(
  page: Page,
  row: MessageRow,
  { text, entities, mentions = [] }: { text: string; entities: Entity[]; mentions: string[] | undefined },
): Pick<MessageView, 'entities' | 'details'> {
  const shown = page.telegram
    ? { entities, names: mentions.map((address) => calledOf(page, address).name) }
    : showMentions(text, mentions, (address) => calledOf(page, address))
  return { entities: shown.entities, details: showDetails(page, readDetails(row.details), shown.names) }
}

function showDetails(page: Page, details: Details | null, names: string[]): MessageView['details'] {
  if (!details) return names.length > 0 ? { mentions: names } : null
  const { file, service, mentions: _addresses, ...others } = details
  return {
    ...others,
    ...(file && { file: { ...file, name: showFileName(file.name), mime: showMime(file.mime) } }),
    ...(service && {
      service: { ...service, members: service.members.map((address) => calledOf(page, address).name) },
    }),
    ...(names.length > 0 && { mentions: names }),
  }
}

function writerOf(page: Page, row: { mine: number; author: number | null }): string {
  if (row.mine === 1) return ''
  const author = row.author === null || row.author === 0 ? page.conversation.peer : page.people.get(row.author)
  return author ? nameOf(author) : ''
}

/** `author` is empty for what the company wrote itself. */
function toQuote(page: Page, row: MessageRow | undefined): MessageView['reply'] {
  if (!row) return { id: null, author: '', kind: 'text', text: '' }
  const mentions = page.telegram ? [] : (readDetails(row.details)?.mentions ?? [])
  const text = row.text.slice(0, quoteChars)
  const named = withNames(
    text,
    showMentions(text, mentions, (address) => calledOf(page, address)),
  )
  return {
    id: messageRef(row),
    author: writerOf(page, row),
    kind: row.kind as MessageView['kind'],
    text: named.slice(0, quoteChars).toWellFormed(),
  }
}

function findDeletion(page: Page, _row: MessageRow, changes: ChangeRow[]): MessageView['deleted'] {
  const deletion = changes.find((change) => change.kind === 'delete')
  if (!deletion) return null
  // Telegram tells that something is gone, not who did it.
  const by = deletion.mine === 1 ? 'company' : page.telegram ? 'unknown' : 'customer'
  return { by, at: deletion.at }
}

/** The last word of each person. */
function lastOfEach(changes: ChangeRow[], kind: string): ChangeRow[] {
  const last = new Map<string, ChangeRow>()
  for (const change of changes) if (change.kind === kind) last.set(`${change.mine}.${change.author}`, change)
  return [...last.values()]
}

function listReactions(page: Page, changes: ChangeRow[]): MessageView['reactions'] {
  if (changes.length === 0) return []
  const reactions = new Map<string, { emoji: string; names: string[]; mine: boolean }>()
  for (const change of lastOfEach(changes, 'reaction')) {
    const emoji = readDetails(change.details)?.emoji
    if (!emoji) continue
    const reaction = reactions.get(emoji) ?? { emoji, names: [], mine: false }
    reactions.set(emoji, reaction)
    if (change.mine === 1) reaction.mine = true
    else reaction.names.push(writerOf(page, change))
  }
  return [...reactions.values()]
}

function listVotes(row: MessageRow, changes: ChangeRow[]): MessageView['votes'] {
  const poll = row.kind === 'poll' ? readDetails(row.details)?.poll : undefined
  if (!poll) return []
  const votes = lastOfEach(changes, 'vote').map((change) => ({
    mine: change.mine === 1,
    options: new Set(readDetails(change.details)?.vote ?? []),
  }))
  return poll.options.map((option) => {
    const chosen = votes.filter((vote) => vote.options.has(option))
    return { option, count: chosen.length, mine: chosen.some((vote) => vote.mine) }
  })
}
