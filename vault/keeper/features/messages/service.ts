/** Opens conversations and messages for those who may read them: every look stands in the audit log before the answer. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { createContent } from '../../content/content.ts'
import { messageRefs } from '../../content/refs.ts'
import type { Ground } from '../../ground.ts'
import { decrypt } from '../../keyring/cipher.ts'
import type { Media } from '../media/service.ts'
import { exportOne, type ExportedMessage } from './exported.ts'
import { createNames, type Names } from './names.ts'
import { pageTitled, type ConversationQuery, type Titled } from './conversations.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { fileRefsOf, openMessage, titleOf, type OpenedMessage } from './opened.ts'
import {
  countMessages,
  exportMessages,
  findConversation,
  findFileMessage,
  findOwnAddress,
  listIdentities,
  pageLooks,
  type ConversationView,
  type LookRow,
} from './queries.ts'
import { pageAt, type Where } from './reading.ts'

export interface Messages {
  /** Titles are content: audited, with what was looked for in them. Throws CodedError('cursor_malformed'). */
  pageConversations(actor: string, query: ConversationQuery): Promise<{ conversations: Titled[]; after: string | null }>
  /** Audited like the list. */
  title(actor: string, conversation: ConversationView): Promise<string>
  /** Who has looked, newest first. Throws CodedError('cursor_malformed'). */
  looks(
    conversation: ConversationView,
    after: string | null,
    limit: number,
  ): Promise<{ looks: LookRow[]; after: string | null }>
  /** Throws CodedError('conversation_unknown'). */
  getConversation(id: string): Promise<ConversationView>
  /** Audited with the purpose before anything is opened. Messages ascending. Throws CodedError('cursor_malformed'). */
  read(actor: string, conversation: ConversationView, purpose: string, where?: Partial<Where>): Promise<ReadPage>
  /** A piece of a message's file; the caller has checked that it may be seen and writes it down. Throws CodedError: message_unknown, media_missing. */
  readFile(
    conversation: ConversationView,
    message: string,
    piece: { offset: number; length: number },
  ): Promise<{ data: Buffer; bytes: number; mime: string }>
  /** Pages in the journal's order; audited with the purpose. Throws CodedError('cursor_malformed', 'account_unknown'). */
  export(
    actor: string,
    account: string,
    purpose: string,
    after: string | null,
    options?: { raw: boolean },
  ): Promise<{ messages: (Omit<ExportedMessage, 'raw'> & { raw?: string | null })[]; after: string | null }>
  identities(actor: string, account: string): Promise<{ id: string; address: string | null; name: string | null }[]>
  count(): Promise<number>
}

export interface ReadPage {
  title: string
  messages: OpenedMessage[]
  names: Record<string, string>
  /** null: nothing before, nothing after. */
  before: string | null
  after: string | null
}

const exportPage = 500
/** Persons named on one page whose names are looked up. */
const mostNames = 500
/** Characters of text on one page; the first message always fits. What a page becomes on the wire is at most twelve times as much. */
const pageChars = 4 * 1024 * 1024

export function createMessages(ground: Ground, media: Pick<Media, 'stateOf' | 'read'>): Messages {
  const { store, keyring, audit } = ground
  return {
    async pageConversations(actor, query) {
      const subject = query.accounts.length === 1 ? query.accounts[0]! : null
      const searched = query.text.trim() === '' ? {} : { reason: query.text.trim() }
      await audit.record({ actor, action: 'conversation.list', subject, ...searched })
      return pageTitled(ground, query)
    },
    async title(actor, conversation) {
      await audit.record({ actor, action: 'conversation.list', subject: conversation.account })
      return titleOf(await createContent(store, keyring).label(conversation.identity))
    },
    async looks({ id: conversation, account, identity }, after, limit) {
      const place = after === null ? { at: Number.MAX_SAFE_INTEGER, ord: '' } : fromCursor(after)
      const rows = await pageLooks(store, { conversation, account, identity }, { at: place.at, id: place.ord }, limit)
      const last = rows.at(-1)
      return { looks: rows, after: last && rows.length === limit ? toCursor({ at: last.at, ord: last.id }) : null }
    },
    async getConversation(id) {
      const row = await findConversation(store, id)
      if (!row) throw new CodedError('conversation_unknown', 'there is no such conversation')
      return row
    },
    async read(actor, conversation, purpose, where = {}) {
      const wanted = pageAt({ before: null, after: null, at: null, ...where })
      await audit.record({ actor, action: 'conversation.read', subject: conversation.id, reason: purpose })
      const content = createContent(store, keyring)
      const { rows, more } = await wanted(store, conversation.id)
      const title = titleOf(await content.label(conversation.identity))
      const group = conversation.is_group ? conversation.identity : null
      const names = createNames(ground, conversation.account, group, content)
      const opener = { ground, content, media, names, conversation, title }
      const opened = await fill(rows, (row) => openMessage(opener, row), sizeOfOpened)
      const cut = more(opened.length)
      const messages = cut.ascending ? opened : opened.toReversed()
      return {
        title,
        messages,
        names: await namesIn(messages, names),
        before: cut.before && messages[0] ? toCursor(messages[0]) : null,
        after: cut.after && messages.length > 0 ? toCursor(messages.at(-1)!) : null,
      }
    },
    async readFile(conversation, message, { offset, length }) {
      const row = await findFileMessage(store, conversation.id, message)
      if (!row) throw new CodedError('message_unknown', 'there is no such message with a file')
      const decoded = await createContent(store, keyring).decoded(row.ledger, row.seq)
      const refs = fileRefsOf(messageRefs(keyring, conversation.account), row, decoded)
      return media.read(conversation.account, refs, offset, length)
    },
    async export(actor, account, purpose, after, { raw } = { raw: false }) {
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
      const exporter = { keyring, content, media, account, own: self }
      const messages = await fill(
        rows,
        (row) => exportOne(exporter, row),
        (one) => (one.message?.length ?? 0) + (raw ? (one.raw?.length ?? 0) : 0),
      )
      const last = rows[messages.length - 1]
      const isCut = messages.length < rows.length || rows.length === exportPage
      return {
        messages: raw ? messages : messages.map(withoutRaw),
        after: isCut && last ? String(last.position) : null,
      }
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

function withoutRaw({ raw: _raw, ...one }: ExportedMessage): Omit<ExportedMessage, 'raw'> {
  return one
}

/** The opened rows from the first one on, until the page is full. */
async function fill<Row, T>(
  rows: readonly Row[],
  open: (row: Row) => Promise<T>,
  charsOf: (one: T) => number,
): Promise<T[]> {
  const page: T[] = []
  let chars = 0
  for (const row of rows) {
    const one = await open(row)
    chars += charsOf(one)
    if (page.length > 0 && chars > pageChars) break
    page.push(one)
  }
  return page
}

function sizeOfOpened({ text, details, entities }: OpenedMessage): number {
  return (text?.length ?? 0) + (details ? JSON.stringify(details).length : 0) + JSON.stringify(entities).length
}

/** The persons whom the page's messages name by address, with the names that are known. */
async function namesIn(messages: readonly OpenedMessage[], names: Names): Promise<Record<string, string>> {
  const addresses = new Set(
    messages.flatMap(({ details }) => [...(details?.mentions ?? []), ...(details?.service?.members ?? [])]),
  )
  const known: [string, string][] = []
  for (const address of [...addresses].slice(0, mostNames)) {
    const name = await names.find(address)
    if (name !== null) known.push([address, name])
  }
  return Object.fromEntries(known)
}
