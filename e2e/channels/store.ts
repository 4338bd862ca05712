/** A channel's store on a real SQLite file, as small as the interface allows, for tests of channels without an engine. */
import Database from '@signalapp/sqlcipher'
import type { MessageContent, NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { ChannelStore, InboxRow, KnownMessage } from '../../engine/channels/channel.ts'

type OwnMessage = { address: string; content: MessageContent }
type Bytes = Uint8Array<ArrayBuffer>

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS state (type TEXT, id TEXT, value BLOB NOT NULL, PRIMARY KEY (type, id)) STRICT;
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, raw BLOB NOT NULL, received_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS own_message (client_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS message (chat TEXT, provider_id TEXT, json TEXT NOT NULL, PRIMARY KEY (chat, provider_id)) STRICT;
`

/** What a test lets go wrong, called before the write happens; throwing fails the write. */
export type Sabotage = (write: 'state' | 'inbox', name: string) => void

export class SqliteChannelStore implements ChannelStore {
  readonly #database: Database
  readonly #now: () => number
  #depth = 0
  sabotage: Sabotage | null = null

  /** `file` is made when it does not exist. */
  constructor(file: string, now: () => number) {
    this.#now = now
    this.#database = new Database(file)
    this.#database.pragma('journal_mode = WAL')
    this.#database.pragma('synchronous = FULL')
    this.#database.exec(SCHEMA)
  }

  transaction<T>(run: () => T): T {
    const point = `level_${this.#depth}`
    this.#database.exec(this.#depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${point}`)
    this.#depth += 1
    try {
      const result = run()
      this.#depth -= 1
      this.#database.exec(this.#depth === 0 ? 'COMMIT' : `RELEASE ${point}`)
      return result
    } catch (error) {
      this.#depth = Math.min(this.#depth, Number(point.slice(6)))
      this.#database.exec(this.#depth === 0 ? 'ROLLBACK' : `ROLLBACK TO ${point}`)
      throw error
    }
  }

  getState(type: string, id: string): Uint8Array | null {
    const row = this.#database.prepare('SELECT value FROM state WHERE type = ? AND id = ?').get([type, id])
    return (row?.['value'] as Uint8Array | undefined) ?? null
  }

  putState(type: string, id: string, value: Uint8Array | null): void {
    this.sabotage?.('state', `${type}/${id}`)
    if (value === null) this.#database.prepare('DELETE FROM state WHERE type = ? AND id = ?').run([type, id])
    else {
      const put = 'INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'
      this.#database.prepare(put).run([type, id, value as Bytes])
    }
  }

  listState(type: string): { id: string; value: Uint8Array }[] {
    return this.#database.prepare('SELECT id, value FROM state WHERE type = ? ORDER BY id').all([type]) as {
      id: string
      value: Bytes
    }[]
  }

  putInbox(event: { key: string; kind: string; raw: Uint8Array }): boolean {
    this.sabotage?.('inbox', event.key)
    const put = 'INSERT INTO inbox (key, kind, raw, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
    return this.#database.prepare(put).run([event.key, event.kind, event.raw as Bytes, this.#now()]).changes === 1
  }

  findOwnMessage(clientId: string): OwnMessage | null {
    const row = this.#database.prepare('SELECT json FROM own_message WHERE client_id = ?').get([clientId])
    return row ? (JSON.parse(String(row['json'])) as OwnMessage) : null
  }

  /** What an engine's ledger would do before a send. */
  intend(clientId: string, message: OwnMessage): void {
    const put = 'INSERT INTO own_message VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json'
    this.#database.prepare(put).run([clientId, JSON.stringify(message)])
  }

  findMessage(address: string, providerId: string): KnownMessage | null {
    const find = 'SELECT json FROM message WHERE chat = ? AND provider_id = ?'
    const row = this.#database.prepare(find).get([address, providerId])
    return row ? (JSON.parse(String(row['json'])) as KnownMessage) : null
  }

  /** What an engine's recorder would do with a bubble. */
  remember({ chat, providerId, author, time, kind, text }: NeutralMessage, fromMe: boolean): void {
    const known: KnownMessage = { address: chat, fromMe, author, time, kind, text }
    const put = 'INSERT INTO message VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    this.#database.prepare(put).run([chat, providerId, JSON.stringify(known)])
  }

  inbox(): InboxRow[] {
    return this.#database
      .prepare('SELECT id, key, kind, raw, received_at AS receivedAt FROM inbox ORDER BY id')
      .all() as unknown as InboxRow[]
  }

  close(): void {
    this.#database.close()
  }
}
