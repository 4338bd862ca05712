/** A message as the console shows it: opened, with its author, its file's state, and what it points at. */
import type { Details, Entity } from '../../../../shared/contracts/neutral-message.ts'
import { isGroupAddress, isMedia } from '../../../../shared/contracts/neutral-message.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'
import type { Content } from '../../content/content.ts'
import { fileRefs, findNamed, messageRefs, type MessageRefs } from '../../content/refs.ts'
import type { Ground } from '../../ground.ts'
import { marks } from '../intake/effects.ts'
import type { FileState, Media } from '../media/service.ts'
import type { Names } from './names.ts'
import type { ConversationView, StoredMessage } from './queries.ts'

export type Mark = 'late' | 'unproven' | 'erased' | 'raw'
export interface OpenedMessage extends StoredMessage {
  author: string
  /** Identity of the outsider who wrote it; null: the company. */
  person: string | null
  text: string | null
  entities: Entity[]
  details: Details | null
  /** Ids of messages. */
  target: string | null
  reply: string | null
  media: FileState | null
  markNames: Mark[]
}

export interface Opener {
  ground: Pick<Ground, 'store' | 'keyring'>
  content: Content
  media: Pick<Media, 'stateOf'>
  names: Names
  conversation: ConversationView
  title: string
}

export function namesOf(row: { marks: number }, erased: boolean): Mark[] {
  const names: Mark[] = []
  if (row.marks & marks.late) names.push('late')
  if (row.marks & marks.unproven) names.push('unproven')
  if (row.marks & marks.raw) names.push('raw')
  if (erased) names.push('erased')
  return names
}

/** How the file of this message may have been told of; [] for what is not of a media kind. */
export function fileRefsOf(refs: MessageRefs, row: StoredMessage, decoded: DecodedPayload | null): Buffer[] {
  const whose = { identity: row.identity, owner: row.owner ?? row.identity, isGroup: row.is_group === 1 }
  if (decoded?.kind === 'message.recorded/1') {
    const { message, clientId, direction } = decoded.payload
    return isMedia(message.kind) ? fileRefs(refs, whose, { direction, clientId, providerId: message.providerId }) : []
  }
  if (decoded?.kind === 'message.intended/1' && isMedia(decoded.payload.kind))
    return fileRefs(refs, whose, { direction: 'out', clientId: decoded.payload.clientId, providerId: null })
  return []
}

interface Said {
  text: string
  entities: Entity[]
  details: Details | null
  target: string | null
  reply: string | null
}

function saidIn(decoded: DecodedPayload | null): Said | null {
  if (decoded?.kind === 'message.recorded/1') return decoded.payload.message
  if (decoded?.kind === 'message.intended/1') return { ...decoded.payload, reply: decoded.payload.replyTo }
  if (decoded?.kind === 'raw.kept/1')
    return { text: decoded.payload.reason, entities: [], details: null, target: null, reply: null }
  return null
}

export async function openMessage(opener: Opener, row: StoredMessage): Promise<OpenedMessage> {
  const { ground, content, media, conversation } = opener
  const decoded = await content.decoded(row.ledger, row.seq)
  const said = saidIn(decoded)
  const refs = messageRefs(ground.keyring, conversation.account)
  const from = { account: conversation.account, identity: conversation.identity, direction: row.direction }
  const find = (id: string | null | undefined): Promise<string | null> =>
    id === null || id === undefined ? Promise.resolve(null) : findNamed(ground.store, refs, from, id)
  const file = fileRefsOf(refs, row, decoded)
  return {
    ...row,
    author: await authorOf(opener, row, decoded),
    person: row.direction === 'in' ? (row.owner ?? row.identity) : null,
    text: said?.text ?? null,
    entities: said?.entities ?? [],
    details: said?.details ?? null,
    target: await find(said?.target),
    reply: await find(said?.reply),
    media:
      file.length === 0
        ? null
        : // A file belongs to it, and no event has told of it yet: it is on its way.
          ((await media.stateOf(content, conversation.account, file)) ?? { state: 'waiting', sha256: null }),
    markNames: namesOf(row, said === null && !(row.marks & marks.raw)),
  }
}

async function authorOf(opener: Opener, row: StoredMessage, decoded: DecodedPayload | null): Promise<string> {
  const { content, conversation, names, title } = opener
  if (row.direction === 'out')
    return row.path === 'workstation' ? (row.writer ?? conversation.account_name) : conversation.account_name
  if (decoded?.kind === 'message.recorded/1' && isGroupAddress(decoded.payload.peer.address)) {
    const { author } = decoded.payload
    if (author) return (await names.find(author.address)) ?? author.name ?? author.address
  }
  if (row.owner === null || row.owner === row.identity) return title
  return titleOf(await content.label(row.owner))
}

export function titleOf(label: { name: string | null; address: string } | null): string {
  return label ? (label.name ?? label.address) : ''
}
