/** The SQLite driver with the types that the vault uses: the package's own are not reachable through its `exports`. */
import { createRequire } from 'node:module'

export interface Statement {
  run(...params: unknown[]): { changes: number; lastInsertRowid: number | bigint }
  get(...params: unknown[]): unknown
  all(...params: unknown[]): unknown[]
}
export interface Connection {
  readonly inTransaction: boolean
  prepare(sql: string): Statement
  exec(sql: string): unknown
  pragma(source: string, options?: { simple?: boolean }): unknown
  close(): unknown
}
type Driver = new (file: string, options: { readonly: boolean; timeout: number }) => Connection

const driver = createRequire(import.meta.url)('better-sqlite3-multiple-ciphers') as Driver

/** A connection without a key yet; waits up to ten seconds for a lock that another process holds. */
export function openConnection(file: string, readonly: boolean): Connection {
  return new driver(file, { readonly, timeout: 10_000 })
}
