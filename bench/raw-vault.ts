/** The control of the vault: the same driver, key, schema and settings, prepared statements, rows that are already made. */
import { decodeBatch } from '../shared/formats/batch.ts'
import { sha256 } from '../shared/formats/bytes.ts'
import { connect } from '../vault/database/open.ts'
import { migrate } from '../vault/database/migrate.ts'
import { gatewayFeatures } from '../vault/gateway/index.ts'

/** One batch as the gateway stores it. */
export interface ArrivalRows {
  ledger: string
  last: number
  link: Buffer
  received: (string | number | Buffer)[]
  batch: Buffer
}

export function readArrival(bytes: Buffer, workstation: string, receivedAt: number): ArrivalRows {
  const { ledger, from, headers, headerBytes, signature } = decodeBatch(bytes)
  const links = headerBytes.map((header) => sha256(header))
  return {
    ledger,
    last: from + headers.length - 1,
    link: links.at(-1)!,
    received: [ledger, workstation, from, headers.length, receivedAt, 0, 0, 0, Buffer.concat(links), signature],
    batch: bytes,
  }
}

export class RawVault {
  readonly #db
  readonly #received
  readonly #sealed
  readonly #head

  constructor(file: string, key: Uint8Array) {
    this.#db = connect(file, key)
    migrate(this.#db, gatewayFeatures)
    this.#received = this.#db.prepare(
      `INSERT INTO received (ledger, workstation, first, count, received_at, stale_epoch, after_revocation, fork, links, signature)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#sealed = this.#db.prepare('INSERT INTO sealed (position, batch) VALUES (?, ?)')
    this.#head = this.#db.prepare('INSERT OR REPLACE INTO ledger (ledger, head, link, closed) VALUES (?, ?, ?, 0)')
  }

  /** One durable commit. */
  put(rows: ArrivalRows): void {
    this.#db.exec('BEGIN IMMEDIATE')
    const { lastInsertRowid } = this.#received.run(...rows.received)
    this.#sealed.run(lastInsertRowid, rows.batch)
    this.#head.run(rows.ledger, rows.last, rows.link)
    this.#db.exec('COMMIT')
  }

  close(): void {
    this.#db.close()
  }
}
