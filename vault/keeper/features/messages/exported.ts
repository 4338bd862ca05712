/** A message in the neutral form, as an export gives it: what the provider showed, with the file that the vault really holds. */
import type { NeutralMessage } from '../../../../shared/contracts/neutral-message.ts'
import type { Payload } from '../../../../shared/contracts/events.ts'
import { canonicalJson } from '../../../../shared/formats/canonical-json.ts'
import type { Content } from '../../content/content.ts'
import { messageRefs } from '../../content/refs.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import { marks } from '../intake/effects.ts'
import type { Media } from '../media/service.ts'
import { fileRefsOf, namesOf, type Mark } from './opened.ts'
import type { StoredMessage } from './queries.ts'

export interface ExportedMessage {
  conversation: string
  direction: StoredMessage['direction']
  path: StoredMessage['path']
  state: StoredMessage['state']
  clientId: string | null
  marks: Mark[]
  /** Canonical JSON; null: erased, or never understood. */
  message: string | null
  /** The provider's bytes, base64; null for own intents, and for what is erased. */
  raw: string | null
}

export interface Exporter {
  keyring: Keyring
  content: Content
  media: Pick<Media, 'stateOf'>
  account: string
  own: { channel: NeutralMessage['channel']; address: string }
}

type Recorded = Payload<'message.recorded/1'>

export async function exportOne(exporter: Exporter, row: StoredMessage): Promise<ExportedMessage> {
  const { content, media, account, keyring } = exporter
  const decoded = await content.decoded(row.ledger, row.seq)
  const common = { conversation: row.conversation, direction: row.direction, path: row.path, state: row.state }
  const refs = fileRefsOf(messageRefs(keyring, account), row, decoded)
  const held = refs.length === 0 ? null : ((await media.stateOf(content, account, refs))?.sha256 ?? null)
  if (decoded?.kind === 'message.recorded/1') {
    const { message, clientId, raw, peer } = decoded.payload
    const text = canonical({ ...message, chat: message.chat || peer.address, media: held })
    return { ...common, clientId, marks: marksOf(row, text), message: text, raw }
  }
  if (decoded?.kind === 'message.intended/1') {
    const sent = await sentAs(content, row)
    const text = canonical({ ...(await intendedAs(exporter, row, decoded.payload, sent)), media: held })
    const { clientId } = decoded.payload
    return { ...common, clientId, marks: marksOf(row, text), message: text, raw: sent?.echo?.raw ?? null }
  }
  const raw = decoded?.kind === 'raw.kept/1' ? decoded.payload.raw : null
  return { ...common, clientId: null, marks: namesOf(row, !(row.marks & marks.raw)), message: null, raw }
}

/** null: with characters that no provider can have sent (lone surrogates), which canonical JSON does not hold. */
function canonical(message: NeutralMessage): string | null {
  try {
    return canonicalJson(message)
  } catch {
    return null
  }
}

function marksOf(row: StoredMessage, text: string | null): Mark[] {
  const names = namesOf(row, false)
  return text === null && !names.includes('raw') ? [...names, 'raw'] : names
}

async function intendedAs(
  { content, own }: Exporter,
  row: StoredMessage,
  payload: Payload<'message.intended/1'>,
  sent: Sent | null,
): Promise<NeutralMessage> {
  const { kind, text, entities, replyTo, target, details, clientId, peer } = payload
  const echo = sent?.echo?.message
  // The provider's own form of the very same words is the truest: it adds what it sees in them (links, mentions).
  // A forward says what its original says at that moment.
  const isSame = echo?.kind === kind && (echo.text === text || echo.details?.forwarded === true)
  if (echo && isSame) return { ...echo, chat: echo.chat || peer.address }
  const chat = (await content.label(row.identity))?.address ?? peer.address
  // Telegram does not tell who deleted.
  const author = own.channel === 'telegram' && kind === 'delete' ? chat : own.address
  return {
    channel: own.channel,
    kind,
    chat,
    author: sent?.author ?? author,
    // Not taken by the provider yet: the id under which it will be sent, and the time of the intent.
    providerId: sent?.providerId ?? clientId,
    time: sent?.time ?? row.at,
    text,
    entities,
    reply: replyTo,
    target,
    media: null,
    details,
  }
}

interface Sent {
  providerId: string
  time: number | null
  author: string | null
  echo: Recorded | null
}

/** What the provider called an own message: from the report or the echo that named it first. */
async function sentAs(content: Content, row: StoredMessage): Promise<Sent | null> {
  if (row.state_ledger === null || row.state_seq === null) return null
  const decoded = await content.decoded(row.state_ledger, row.state_seq)
  if (decoded?.kind === 'message.recorded/1') {
    const { providerId, time, author } = decoded.payload.message
    return { providerId, time, author, echo: decoded.payload }
  }
  if (decoded?.kind !== 'message.state/1' || decoded.payload.providerId === null) return null
  return { providerId: decoded.payload.providerId, time: decoded.payload.time, author: null, echo: null }
}
