/** The append-only, hash-chained ledger of this enrolment; events are appended in the transaction of what they tell. */
import { CodedError } from '../../shared/contracts/contract.ts'
import { payloadSchemas, type PayloadKind } from '../../shared/contracts/events.ts'
import { batchLimits } from '../../shared/formats/batch.ts'
import { encodeEvent, genesisLink, type EncodedEvent, type EventDraft } from '../../shared/formats/event.ts'
import type { Cache, Writer } from '../cache/database.ts'
import { findBytes, findNumber, findText, putValue } from '../cache/meta.ts'

export interface OutboxRow {
  seq: number
  header: Uint8Array
  payload: Uint8Array
}

/** Headers, seal and signature of a batch of one need far less than this. */
const longestEvent = batchLimits.bytes - 64 * 1024

export class Ledger {
  readonly id: string
  readonly #cache: Cache
  #seq = 0
  #link: Buffer = Buffer.alloc(0)
  /** Events of the open transaction are not in the head yet. */
  #moved = false

  /** Continues the ledger whose id the cache holds, or begins the one that is given. */
  constructor(cache: Cache, id: string) {
    this.#cache = cache
    this.id = findText(cache, 'ledger') ?? id
    if (this.id !== id) throw new Error('the cache belongs to another ledger')
    cache.transaction((writer) => putValue(writer, 'ledger', id))
    this.#load()
    cache.onRollback(() => this.#load())
  }

  #load(): void {
    this.#moved = false
    this.#seq = findNumber(this.#cache, 'ledgerSeq') ?? 0
    const link = findBytes(this.#cache, 'ledgerLink')
    this.#link = link ? Buffer.from(link) : genesisLink(this.id)
  }

  /** Sequence of the last event, 0 for none. */
  get seq(): number {
    return this.#seq
  }

  /** Throws CodedError event_malformed, event_too_large: what the vault could not take must never enter the chain. */
  append<K extends PayloadKind>(writer: Writer, draft: EventDraft<K>): EncodedEvent {
    if (!payloadSchemas[draft.kind].safeParse(draft.payload).success)
      throw new CodedError('event_malformed', `a payload of ${draft.kind} has another shape`)
    const event = encodeEvent(draft, this.id, this.#seq + 1, this.#link)
    if (event.payloadBytes.length + event.headerBytes.length > longestEvent)
      throw new CodedError('event_too_large', 'an event must fit into a batch')
    writer.run('INSERT INTO outbox (seq, header, payload) VALUES (?, ?, ?)', [
      event.header.seq,
      event.headerBytes,
      event.payloadBytes,
    ])
    if (!this.#moved) this.#cache.beforeCommit((last) => this.#putHead(last))
    this.#moved = true
    this.#seq = event.header.seq
    this.#link = event.link
    return event
  }

  /** Once per commit, however many events it holds. */
  #putHead(writer: Writer): void {
    this.#moved = false
    putValue(writer, 'ledgerSeq', this.#seq)
    putValue(writer, 'ledgerLink', this.#link)
  }

  /** Events after a sequence, in order, up to a number and a size of payloads. */
  listAfter(seq: number, limit: number, maxBytes: number): OutboxRow[] {
    // Sizes first: the payloads themselves are read only as far as they fit.
    const sizes = this.#cache.all<{ seq: number; bytes: number }>(
      'SELECT seq, length(header) + length(payload) AS bytes FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?',
      [seq, limit],
    )
    let bytes = 0
    const end = sizes.findIndex((row) => (bytes += row.bytes) > maxBytes)
    const last = sizes[end < 0 ? sizes.length - 1 : Math.max(end, 1) - 1]
    if (!last) return []
    return this.#cache.all<OutboxRow>(
      'SELECT seq, header, payload FROM outbox WHERE seq > ? AND seq <= ? ORDER BY seq',
      [seq, last.seq],
    )
  }

  /** The highest sequence that the vault has acknowledged. */
  get acknowledged(): number {
    return findNumber(this.#cache, 'ledgerAcknowledged') ?? 0
  }

  /** When the oldest event that the vault lacks was written, epoch ms; null: it lacks none. */
  get waitingSince(): number | null {
    const row = this.#cache.get<{ at: number }>(
      "SELECT json_extract(CAST(header AS TEXT), '$.at') AS at FROM outbox WHERE seq > ? ORDER BY seq LIMIT 1",
      [this.acknowledged],
    )
    return row?.at ?? null
  }

  acknowledge(upTo: number): void {
    if (upTo <= this.acknowledged || upTo > this.#seq) return
    this.#cache.transaction((writer) => {
      putValue(writer, 'ledgerAcknowledged', upTo)
      writer.run('DELETE FROM outbox WHERE seq <= ?', [upTo])
    })
  }
}
