/** The store of one vault process: an encrypted SQLite file behind an asynchronous interface, one writer at a time. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { chmodSync, closeSync, openSync } from 'node:fs'
import { CodedError } from '../../shared/contracts/contract.ts'
import { openConnection, type Connection, type Statement } from './driver.ts'
import { migrate, type Feature } from './migrate.ts'

export type Value = string | number | bigint | null | Uint8Array
/** For `?` in order, or for `?1`, `?2` … by number. */
export type Params = readonly Value[]

/** What a read path may do: it sees committed rows only. */
export interface Reader {
  get<Row>(sql: string, params?: Params): Promise<Row | undefined>
  all<Row>(sql: string, params?: Params): Promise<Row[]>
}
/** Given only inside a transaction; it sees the transaction's own rows. */
export interface Writer extends Reader {
  /** Number of rows changed. */
  run(sql: string, params?: Params): Promise<number>
  /** The same statement once per row: the way to write many rows. Number of rows changed. */
  runMany(sql: string, rows: readonly Params[]): Promise<number>
}
export interface Store extends Reader {
  /**
   * One durable transaction: when the promise resolves, the rows are on the disk. Transactions queue up and never overlap; await nothing slow
   * inside. Rejects with what `run` threw (then nothing is written), with CodedError 'storage_full' or 'storage_failed'.
   * A transaction inside a transaction is a bug and throws.
   */
  transaction<T>(run: (writer: Writer) => Promise<T>): Promise<T>
  /**
   * In turn with the transactions: empties the log, where pages still stand as they were; with `rewrite` the whole file is written anew, which
   * takes its time. Rejects with CodedError 'storage_full' or 'storage_failed'.
   */
  purge(options: { rewrite: boolean }): Promise<void>
  /** Waits for the running transaction. Idempotent. */
  close(): Promise<void>
}

/** A prepared statement and how its parameters are handed over. */
class Prepared {
  readonly #statement: Statement
  // The driver takes SQLite's numbered parameters (?1, ?2) for names and wants them in an object.
  readonly #numbered: boolean

  constructor(db: Connection, sql: string) {
    this.#statement = db.prepare(sql)
    this.#numbered = /\?\d/.test(sql)
  }

  #bind(params: Params): readonly unknown[] {
    return this.#numbered ? [Object.fromEntries(params.map((value, index) => [index + 1, value]))] : params
  }

  get(params: Params): unknown {
    return this.#statement.get(...this.#bind(params))
  }

  all(params: Params): unknown[] {
    return this.#statement.all(...this.#bind(params))
  }

  run(params: Params): number {
    return this.#statement.run(...this.#bind(params)).changes
  }
}

/** Prepared statements of one connection; the set of SQL texts is the program's own and therefore bounded. */
class Statements {
  readonly #db: Connection
  readonly #prepared = new Map<string, Prepared>()

  constructor(db: Connection) {
    this.#db = db
  }

  get(sql: string): Prepared {
    let statement = this.#prepared.get(sql)
    if (!statement) {
      statement = new Prepared(this.#db, sql)
      this.#prepared.set(sql, statement)
    }
    return statement
  }
}

/**
 * Opens or creates the file (0600) with a raw 32-byte key and brings it to the newest schema. Throws CodedError: database_key_wrong,
 * database_damaged, database_newer (made by a later version of the program), storage_full, storage_failed.
 */
export async function openStore(file: string, key: Uint8Array, features: readonly Feature[]): Promise<Store> {
  const db = connect(file, key)
  try {
    migrate(db, features)
    return new SqliteStore(db, connect(file, key, true))
  } catch (error) {
    db.close()
    throw storageError(error)
  }
}

/** Opens the raw connection; only this folder and benchmarks may hold one. Throws CodedError as openStore. */
export function connect(file: string, key: Uint8Array, readonly = false): Connection {
  if (key.length !== 32) throw new CodedError('database_key_wrong', 'a database key has 32 bytes')
  if (!readonly) {
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  }
  const db = openConnection(file, readonly)
  try {
    db.pragma("cipher = 'sqlcipher'")
    db.pragma('legacy = 4')
    db.pragma(`key = "x'${Buffer.from(key).toString('hex')}'"`)
    if (!readonly) db.pragma('journal_mode = WAL')
    for (const pragma of ['synchronous = FULL', 'foreign_keys = ON', 'temp_store = MEMORY', 'cache_size = -32768']) {
      db.pragma(pragma)
    }
    if (!readonly) db.pragma('secure_delete = ON')
    db.pragma('user_version')
    return db
  } catch (error) {
    db.close()
    throw storageError(error)
  }
}

class SqliteStore implements Store {
  readonly #db: Connection
  readonly #readonly: Connection
  readonly #reads: Statements
  readonly #writer: Writer
  readonly #inside = new AsyncLocalStorage<true>()
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(db: Connection, readonly: Connection) {
    this.#db = db
    this.#readonly = readonly
    this.#reads = new Statements(readonly)
    this.#writer = createWriter(new Statements(db))
  }

  async get<Row>(sql: string, params: Params = []): Promise<Row | undefined> {
    return guarded(() => this.#reads.get(sql).get(params) as Row | undefined)
  }

  async all<Row>(sql: string, params: Params = []): Promise<Row[]> {
    return guarded(() => this.#reads.get(sql).all(params) as Row[])
  }

  async transaction<T>(run: (writer: Writer) => Promise<T>): Promise<T> {
    if (this.#inside.getStore()) throw new Error('a transaction inside a transaction')
    const mine = this.#tail.then(() => this.#inside.run(true, () => this.#execute(run)))
    this.#tail = mine.catch(() => undefined)
    return mine
  }

  async purge({ rewrite }: { rewrite: boolean }): Promise<void> {
    const mine = this.#tail.then(() => {
      if (this.#closed) throw new CodedError('storage_closed', 'the database is closed')
      if (rewrite) guarded(() => this.#db.exec('VACUUM'))
      const busy = guarded(() => this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }))
      if (busy !== 0) throw new CodedError('storage_failed', 'the log of the database cannot be emptied now')
    })
    this.#tail = mine.catch(() => undefined)
    return mine
  }

  async #execute<T>(run: (writer: Writer) => Promise<T>): Promise<T> {
    if (this.#closed) throw new CodedError('storage_closed', 'the database is closed')
    guarded(() => this.#db.exec('BEGIN IMMEDIATE'))
    try {
      const result = await run(this.#writer)
      guarded(() => this.#db.exec('COMMIT'))
      return result
    } catch (error) {
      // SQLite may have rolled back by itself (disk full, I/O error).
      if (this.#db.inTransaction) guarded(() => this.#db.exec('ROLLBACK'))
      throw error
    }
  }

  async close(): Promise<void> {
    const last = this.#tail
    this.#tail = last.then(() => {
      if (this.#closed) return
      this.#closed = true
      this.#readonly.close()
      this.#db.close()
    })
    await this.#tail
  }
}

function createWriter(statements: Statements): Writer {
  return {
    get: async <Row>(sql: string, params: Params = []) =>
      guarded(() => statements.get(sql).get(params) as Row | undefined),
    all: async <Row>(sql: string, params: Params = []) => guarded(() => statements.get(sql).all(params) as Row[]),
    run: async (sql, params = []) => guarded(() => statements.get(sql).run(params)),
    runMany: async (sql, rows) =>
      guarded(() => {
        const statement = statements.get(sql)
        let changes = 0
        for (const row of rows) changes += statement.run(row)
        return changes
      }),
  }
}

function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw storageError(error)
  }
}

/** The driver's errors that an operator or caller can act on, as codes; everything else stays what it is. */
function storageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE' || code === 'ENOSPC')
    return new CodedError('storage_full', 'the disk is full')
  if (code === 'SQLITE_NOTADB') return new CodedError('database_key_wrong', 'the database does not open with this key')
  if (code.startsWith('SQLITE_CORRUPT')) return new CodedError('database_damaged', 'the database file is damaged')
  if (code.startsWith('SQLITE_IOERR') || code === 'SQLITE_CANTOPEN')
    return new CodedError('storage_failed', `the database cannot be read or written (${code})`)
  return error
}
