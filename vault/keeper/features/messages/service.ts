/** Opens conversations and messages for those who may read them: every look stands in the audit log before the answer. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { NeutralMessage } from '../../../../shared/contracts/neutral-message.ts'
import type { DecodedPayload } from '../../../../shared/formats/event.ts'
import { canonicalJson } from '../../../../shared/formats/canonical-json.ts'
import { createContent, type Content, type Label } from '../../content/content.ts'
import type { Ground } from '../../ground.ts'
import { decrypt } from '../../keyring/cipher.ts'
import { marks } from '../intake/effects.ts'
import {
  countMessages,
  exportMessages,
  findConversation,
  findOwnAddress,
  listConversations,
  listIdentities,
  pageMessages,
  type ConversationView,
  type StoredMessage,
} from './queries.ts'

export type Mark = 'late' | 'unproven' | 'erased' | 'raw'
export interface OpenedMessage extends StoredMessage {
  author: string
  text: string | null
  markNames: Mark[]
}
export interface ExportedMessage {
  conversation: string
  direction: StoredMessage['direction']
  path: StoredMessage['path']
  state: StoredMessage['state']
  clientId: string | null
  marks: Mark[]
  /** Canonical JSON; null: erased, or never understood. */
  message: string | null
}

export interface Messages {
  /** Titles are content: audited. At most 1000, newest first. */
  listConversations(actor: string, accounts: readonly string[]): Promise<(ConversationView & { title: string })[]>
  /** Throws CodedError('conversation_unknown'). */
  getConversation(id: string): Promise<ConversationView>
  /** Audited with the purpose before anything is opened. Messages ascending. Throws CodedError('cursor_malformed'). */
  read(
    actor: string,
    conversation: ConversationView,
    purpose: string,
    before: string | null,
  ): Promise<{ title: string; messages: OpenedMessage[]; before: string | null }>
  /** Pages in the journal's order; audited with the purpose. Throws CodedError('cursor_malformed', 'account_unknown'). */
  export(
    actor: string,
    account: string,
    purpose: string,
    after: string | null,
  ): Promise<{ messages: ExportedMessage[]; after: string | null }>
  identities(actor: string, account: string): Promise<{ id: string; address: string | null; name: string | null }[]>
  count(): Promise<number>
}

const conversationLimit = 1000
const readPage = 100
const exportPage = 500
/** Characters of text on one page; the first message always fits. What a page becomes on the wire is at most twelve times as much. */
const pageChars = 4 * 1024 * 1024
/** Behind every possible place. */
const newest = { at: Number.MAX_SAFE_INTEGER, ord: '' }

export function createMessages({ store, keyring, audit }: Ground): Messages {
  return {
    async listConversations(actor, accounts) {
      await audit.record({ actor, action: 'conversation.list', subject: accounts.length === 1 ? accounts[0]! : null })
      const content = createContent(store, keyring)
      const rows = await listConversations(store, accounts, conversationLimit)
      return Promise.all(rows.map(async (row) => ({ ...row, title: titleOf(await content.label(row.identity)) })))
    },
    async getConversation(id) {
      const row = await findConversation(store, id)
      if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
      return row
    },
    async read(actor, conversation, purpose, before) {
      const place = before === null ? newest : fromCursor(before)
      await audit.record({ actor, action: 'conversation.read', subject: conversation.id, reason: purpose })
      const content = createContent(store, keyring)
      const rows = await pageMessages(store, conversation.id, place, readPage)
      const title = titleOf(await content.label(conversation.identity))
      const messages = await fill(
        rows,
        (row) => openMessage(content, row, title, conversation),
        (one) => one.text,
      )
      const first = rows[messages.length - 1]
      const isCut = messages.length < rows.length || rows.length === readPage
      return { title, messages: messages.toReversed(), before: isCut && first ? toCursor(first) : null }
    },
    async export(actor, account, purpose, after) {
      const start = after === null ? 0 : Number(after)
      if (!Number.isSafeInteger(start) || start < 0)
        throw new CodedError('cursor_malformed', 'not a cursor of this list')
      const found = await findOwnAddress(store, account)
      if (!found) throw new CodedError('account_unknown', 'there is no such account')
      await audit.record({ actor, action: 'messages.export', subject: account, reason: purpose })
      const bound = `own-address/${account}`
      const own = found.own_address && decrypt(keyring.derived('company'), found.own_address, bound).toString('utf8')
      const content = createContent(store, keyring)
      const rows = await exportMessages(store, account, start, exportPage)
      const self = { channel: found.channel, address: own ?? `account:${account}` }
      const messages = await fill(
        rows,
        (row) => exportOne(content, row, self),
        (one) => one.message,
      )
      const last = rows[messages.length - 1]
      const isCut = messages.length < rows.length || rows.length === exportPage
      return { messages, after: isCut && last ? String(last.position) : null }
    },
    async identities(actor, account) {
      await audit.record({ actor, action: 'identity.list', subject: account })
      const content = createContent(store, keyring)
      const rows = await listIdentities(store, account)
      return Promise.all(
        rows.map(async ({ id }) => {
          const label = await content.label(id)
          return { id, address: label?.address ?? null, name: label?.name ?? null }
        }),
      )
    },
    count: () => countMessages(store),
  }
}

/** The opened rows from the first one on, until the page is full. */
async function fill<T>(
  rows: readonly StoredMessage[],
  open: (row: StoredMessage) => Promise<T>,
  textIn: (one: T) => string | null,
): Promise<T[]> {
  const page: T[] = []
  let chars = 0
  for (const row of rows) {
    const one = await open(row)
    chars += textIn(one)?.length ?? 0
    if (page.length > 0 && chars > pageChars) break
    page.push(one)
  }
  return page
}

function titleOf(label: Label | null): string {
  return label ? (label.name ?? label.address) : ''
}

function namesOf(row: StoredMessage, erased: boolean): Mark[] {
  const names: Mark[] = []
  if (row.marks & marks.late) names.push('late')
  if (row.marks & marks.unproven) names.push('unproven')
  if (row.marks & marks.raw) names.push('raw')
  if (erased) names.push('erased')
  return names
}

export function textOf(decoded: DecodedPayload | null): string | null {
  if (decoded?.kind === 'message.recorded/1') return decoded.payload.message.text
  if (decoded?.kind === 'message.intended/1') return decoded.payload.text
  return null
}

/** null for what was never understood; 'erased' where there is nothing left to open. */
async function contentOf(content: Content, row: StoredMessage): Promise<DecodedPayload | null> {
  return content.decoded(row.ledger, row.seq)
}

async function openMessage(
  content: Content,
  row: StoredMessage,
  title: string,
  conversation: ConversationView,
): Promise<OpenedMessage> {
  const text = textOf(await contentOf(content, row))
  const erased = text === null && !(row.marks & marks.raw)
  const own = row.path === 'workstation' ? (row.writer ?? conversation.account_name) : conversation.account_name
  return { ...row, author: row.direction === 'in' ? title : own, text, markNames: namesOf(row, erased) }
}

async function exportOne(
  content: Content,
  row: StoredMessage,
  own: { channel: NeutralMessage['channel']; address: string },
): Promise<ExportedMessage> {
  const decoded = await contentOf(content, row)
  const common = { conversation: row.conversation, direction: row.direction, path: row.path, state: row.state }
  if (decoded?.kind === 'message.recorded/1') {
    const { message, clientId } = decoded.payload
    return { ...common, clientId, marks: namesOf(row, false), message: canonicalJson(message) }
  }
  if (decoded?.kind === 'message.intended/1') {
    const { clientId, text, replyTo } = decoded.payload
    const sent = await sentAs(content, row)
    const message: NeutralMessage = {
      channel: own.channel,
      kind: 'text',
      chat: '',
      author: sent?.author ?? own.address,
      // Not taken by the provider yet: the id under which it will be sent, and the time of the intent.
      providerId: sent?.providerId ?? clientId,
      time: sent?.time ?? row.at,
      text,
      entities: [],
      reply: replyTo,
      target: null,
      media: null,
      details: null,
    }
    return { ...common, clientId, marks: namesOf(row, false), message: canonicalJson(message) }
  }
  return { ...common, clientId: null, marks: namesOf(row, !(row.marks & marks.raw)), message: null }
}

/** What the provider called an own message: from the report or the echo that named it first. */
async function sentAs(
  content: Content,
  row: StoredMessage,
): Promise<{ providerId: string; time: number | null; author: string | null } | null> {
  if (row.state_ledger === null || row.state_seq === null) return null
  const decoded = await content.decoded(row.state_ledger, row.state_seq)
  if (decoded?.kind === 'message.recorded/1') return decoded.payload.message
  if (decoded?.kind !== 'message.state/1' || decoded.payload.providerId === null) return null
  return { providerId: decoded.payload.providerId, time: decoded.payload.time, author: null }
}

function toCursor(row: { at: number; ord: string }): string {
  return Buffer.from(`${row.at}:${row.ord}`, 'utf8').toString('base64url')
}

function fromCursor(text: string): { at: number; ord: string } {
  const match = /^(\d{1,16}):(.{1,200})$/s.exec(Buffer.from(text, 'base64url').toString('utf8'))
  if (!match) throw new CodedError('cursor_malformed', 'not a cursor of this list')
  return { at: Number(match[1]), ord: match[2]! }
}
