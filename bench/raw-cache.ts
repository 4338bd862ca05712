/** The control of the cache: the same driver, key, schema and settings, prepared statements, rows that are already made. */
import { Database } from '@signalapp/sqlcipher'
import type { Reader } from '../engine/cache/database.ts'
import { migrations } from '../engine/cache/migrations.ts'
import { indexText } from '../shared/domain/search-text.ts'

type Value = string | number | null | Uint8Array<ArrayBuffer>
type Columns = Value[]

/** What one message leaves behind, each row as its columns in the schema's order. */
export interface MessageRows {
  message: Columns
  place: Columns
  recent: Columns
  outbox: Columns
  /** rowid and indexed text. */
  search: Columns
  conversation: number
}
/** The rows of messages, and of what stands around them at the end. */
export interface CacheRows {
  identities: Columns[]
  addresses: Columns[]
  conversations: Columns[]
  messages: MessageRows[]
}

const tables = {
  identities: 'id, opaque, account, address, name',
  addresses: 'account, address, identity',
  conversations: 'id, opaque, account, identity, lastText, lastKind, lastDirection, lastAuthor, lastAt, unread',
  messages:
    'conversation, at, n, opaque, mine, path, kind, providerId, clientId, state, fault, replyTo, author, entities, details, target, text',
  places: 'n, conversation, at',
  recent: 'account, providerId, mine, peer, conversation, at, n',
  outbox: 'seq, header, payload',
  search: 'rowid, text',
  inbox: 'account, key, kind, raw, receivedAt',
} as const

/** Reads what our own path wrote; message n must have made the ledger's event n. */
export function readRows(cache: Reader): CacheRows {
  const list = (table: keyof typeof tables, order: string): Columns[] =>
    cache
      .all<Record<string, Value>>(`SELECT ${tables[table]} FROM ${table} ORDER BY ${order}`)
      .map((row) => Object.values(row))
  const messages = list('messages', 'n')
  const [places, recent, outbox] = [list('places', 'n'), list('recent', 'n'), list('outbox', 'seq')]
  if (places.length !== messages.length || recent.length !== messages.length || outbox.length !== messages.length)
    throw new Error('the messages of the template have not one row each')
  return {
    identities: list('identities', 'id'),
    addresses: list('addresses', 'account'),
    conversations: list('conversations', 'id'),
    messages: messages.map((message, i) => ({
      message,
      place: places[i]!,
      recent: recent[i]!,
      outbox: outbox[i]!,
      search: [message[2]!, indexText(String(message.at(-1)))],
      conversation: Number(message[0]),
    })),
  }
}

export function openRaw(file: string, key: Uint8Array): Database {
  const db = new Database(file)
  db.pragma(`key = "x'${Buffer.from(key).toString('hex')}'"`)
  for (const setting of [
    'locking_mode = EXCLUSIVE',
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    'secure_delete = ON',
    'temp_store = MEMORY',
    'cache_size = -65536',
  ])
    db.pragma(setting)
  return db
}

export class RawCache {
  readonly db: Database
  readonly #insert: Record<keyof typeof tables, ReturnType<Database['prepare']>>
  readonly #updateConversation
  readonly #closeInbox
  readonly #putMeta

  constructor(file: string, key: Uint8Array) {
    this.db = openRaw(file, key)
    for (const migration of migrations) this.db.exec(migration)
    const insert = (table: keyof typeof tables) => {
      const columns = tables[table]
      return this.db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${columns.replace(/\w+/g, '?')})`)
    }
    this.#insert = {
      identities: insert('identities'),
      addresses: insert('addresses'),
      conversations: insert('conversations'),
      messages: insert('messages'),
      places: insert('places'),
      recent: insert('recent'),
      outbox: insert('outbox'),
      search: insert('search'),
      inbox: insert('inbox'),
    }
    this.#updateConversation = this.db.prepare(
      "UPDATE conversations SET lastText = ?, lastKind = 'text', lastDirection = ?, lastAuthor = NULL, lastAt = ?, unread = unread + ? WHERE id = ?",
    )
    this.#closeInbox = this.db.prepare("UPDATE inbox SET done = 1, raw = x'' WHERE id = ?")
    this.#putMeta = this.db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  }

  /** Customers and conversations, before anything is measured. */
  putPeople(rows: CacheRows): void {
    this.#commit(() => {
      for (const table of ['identities', 'addresses', 'conversations'] as const)
        for (const row of rows[table]) this.#insert[table].run(row)
    })
  }

  putInbox(events: { key: string; raw: Uint8Array<ArrayBuffer> }[], account: string): void {
    this.#commit(() => {
      for (const { key, raw } of events) this.#insert.inbox.run([account, key, 'bench', raw, 1])
    })
  }

  /** One durable commit of these messages. `inboxFrom`: id of the first one's inbox row, which is closed along. */
  put(messages: MessageRows[], options: { index: boolean; inboxFrom: number | null }): void {
    this.#commit(() => {
      for (const rows of messages) {
        this.#insert.messages.run(rows.message)
        this.#insert.places.run(rows.place)
        this.#insert.recent.run(rows.recent)
        this.#insert.outbox.run(rows.outbox)
        if (options.index) this.#insert.search.run(rows.search)
      }
      if (options.inboxFrom !== null)
        for (let i = 0; i < messages.length; i++) this.#closeInbox.run([options.inboxFrom + i])
      this.#follow(messages)
    })
  }

  /** The list's lines and the counters, once per commit. */
  #follow(messages: MessageRows[]): void {
    const last = new Map<number, { row: MessageRows; count: number }>()
    for (const row of messages) last.set(row.conversation, { row, count: (last.get(row.conversation)?.count ?? 0) + 1 })
    for (const [conversation, { row, count }] of last) {
      const text = String(row.message.at(-1)).slice(0, 160)
      this.#updateConversation.run([text, 0, row.message[1]!, count, conversation])
    }
    const newest = messages.at(-1)!
    this.#putMeta.run(['messageNumber', newest.message[2]!])
    this.#putMeta.run(['ledgerSeq', newest.outbox[0]!])
    this.#putMeta.run(['indexedNumber', newest.message[2]!])
  }

  #commit(run: () => void): void {
    this.db.exec('BEGIN IMMEDIATE')
    run()
    this.db.exec('COMMIT')
  }
}
