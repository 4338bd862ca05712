/** The encrypted cache: opens SQLCipher with a raw key, nests transactions and tells readers from writers. */
import { Database } from '@signalapp/sqlcipher'
import { CodedError } from '../../shared/contracts/contract.ts'
import { migrations } from './migrations.ts'

type Value = string | number | null | Uint8Array

/** What a read path may do. */
export interface Reader {
  get<T>(sql: string, params?: Value[]): T | undefined
  all<T>(sql: string, params?: Value[]): T[]
}
/** Given only inside a transaction. */
export interface Writer extends Reader {
  run(sql: string, params?: Value[]): number
  /** Returns the rowid of the new row. */
  insert(sql: string, params?: Value[]): number
}

type Statement = ReturnType<Database['prepare']>

export class Cache implements Reader {
  readonly #db: Database
  readonly #statements = new Map<string, Statement>()
  #depth = 0
  readonly #onRollback: (() => void)[] = []
  #beforeCommit: ((writer: Writer) => void)[] = []
  #afterCommit: (() => void)[] = []
  readonly #writer: Writer

  /**
   * Opens or creates the file with a raw 32-byte key. Throws CodedError: cache_key_wrong, cache_newer (made by a later version),
   * cache_damaged.
   */
  constructor(file: string, key: Uint8Array) {
    this.#db = new Database(file)
    try {
      // A wrong key is answered with an error code; the library's own lines on stderr add nothing.
      this.#db.pragma('cipher_log_level = NONE')
      this.#db.pragma(`key = "x'${Buffer.from(key).toString('hex')}'"`)
      // One process, one connection: a second one would give the same ledger positions again.
      this.#db.pragma('locking_mode = EXCLUSIVE')
      this.#db.pragma('journal_mode = WAL')
      this.#db.exec('BEGIN IMMEDIATE; COMMIT')
    } catch (error) {
      this.#db.close()
      if (error instanceof Error && /locked|busy/i.test(error.message))
        throw new CodedError('cache_busy', 'another process has this cache open')
      throw new CodedError(isNotADatabase(error) ? 'cache_key_wrong' : 'cache_damaged', 'the cache does not open')
    }
    for (const pragma of [
      'synchronous = FULL',
      'foreign_keys = ON',
      'secure_delete = ON',
      'temp_store = MEMORY',
      'cache_size = -65536',
    ]) {
      this.#db.pragma(pragma)
    }
    this.#writer = {
      get: (sql, params) => this.get(sql, params),
      all: (sql, params) => this.all(sql, params),
      run: (sql, params) => this.#prepare(sql).run((params ?? []) as never).changes,
      insert: (sql, params) => this.#prepare(sql).run((params ?? []) as never).lastInsertRowid,
    }
    this.#migrate()
  }

  #migrate(): void {
    const version = Number(this.#db.pragma('user_version', { simple: true }))
    if (version > migrations.length)
      throw new CodedError('cache_newer', 'this cache was made by a later version of the program')
    for (let next = version; next < migrations.length; next++) {
      this.transaction(() => {
        this.#db.exec(migrations[next]!)
        this.#db.pragma(`user_version = ${next + 1}`)
      })
    }
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      // Kept ones turn a row into an object by a function made once per statement, in half the time.
      statement = this.#db.prepare(sql, { persistent: true })
      this.#statements.set(sql, statement)
    }
    return statement
  }

  get<T>(sql: string, params: Value[] = []): T | undefined {
    return this.#prepare(sql).get(params as never) as T | undefined
  }

  all<T>(sql: string, params: Value[] = []): T[] {
    return this.#prepare(sql).all(params as never) as T[]
  }

  get inTransaction(): boolean {
    return this.#depth > 0
  }

  /** One durable transaction; nested calls join the outer one. Throws what `run` throws, then nothing was written. */
  transaction<T>(run: (writer: Writer) => T): T {
    if (this.#depth > 0) return run(this.#writer)
    this.#db.exec('BEGIN IMMEDIATE')
    this.#depth = 1
    try {
      const result = run(this.#writer)
      for (const put of this.#beforeCommit.splice(0)) put(this.#writer)
      this.#db.exec('COMMIT')
      this.#depth = 0
      const told = this.#afterCommit
      this.#afterCommit = []
      for (const tell of told) tell()
      return result
    } catch (error) {
      if (this.#depth > 0) {
        this.#depth = 0
        this.#beforeCommit = []
        this.#afterCommit = []
        this.#rollBack()
      }
      throw error
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK')
    } catch {
      // SQLite has already rolled back by itself (disk full, I/O error).
    }
    for (const told of this.#onRollback) told()
  }

  /** Runs as the last part of the open transaction: for values of which only the last one counts. */
  beforeCommit(put: (writer: Writer) => void): void {
    if (this.#depth === 0) throw new Error('there is no open transaction')
    this.#beforeCommit.push(put)
  }

  /** Runs after the commit of the transaction that is open, never when it fails. */
  afterCommit(run: () => void): void {
    if (this.#depth === 0) run()
    else this.#afterCommit.push(run)
  }

  /** For in-memory copies of what a failed transaction had moved. */
  onRollback(run: () => void): void {
    this.#onRollback.push(run)
  }

  /** Lets go of the pages that are held for the next reading; they come from the file again. */
  shrink(): void {
    this.#db.pragma('shrink_memory')
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.close()
    this.#statements.clear()
    this.#db.close()
  }
}

function isNotADatabase(error: unknown): boolean {
  return (
    error instanceof Error &&
    /not a database|NOTADB/i.test(`${error.message} ${'code' in error ? String(error.code) : ''}`)
  )
}
