/** The second transaction of an inbound event: cache rows, ledger event and the inbox row done, many rows in one commit. */
import type { Cache } from '../cache/database.ts'
import { closeInbox, listOpenInbox } from '../cache/inbox.ts'
import { putLines, type Lines } from '../cache/lines.ts'
import type { ChannelEvent, InboxRow } from '../channels/channel.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { applyChannelEvent } from './apply.ts'
import { newTouched, type ApplyContext, type Touched } from './context.ts'

export interface RecorderOptions {
  cache: Cache
  ledger: Ledger
  now(): number
  /** Epoch of the account's lease at this moment; the last one known when there is none any more. */
  epoch(account: string): string
  translate(account: string, row: InboxRow): ChannelEvent[]
  /** After the commit, and only then. */
  committed(touched: Touched): void
  trouble(code: string | null): void
  log(level: 'warn' | 'error', code: string, detail: Record<string, string | number>): void
}

const groupSize = 100

type OpenRow = InboxRow & { account: string }

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /disk is full|SQLITE_FULL|ENOSPC|disk I\/O/i.test(error.message)
}

export class Recorder {
  readonly #options: RecorderOptions
  #failing = false
  #scheduled = false
  #stopped = false

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Call when the inbox has grown, and once at start: rows that are not done are replayed. */
  changed(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    if (this.#stopped) return
    try {
      if (this.recordGroup() === groupSize) this.changed()
      this.#options.trouble(null)
      this.#failing = false
    } catch (error) {
      // Said once: the row is tried again every second.
      if (!this.#failing) this.#options.log('error', 'record_failed', { reason: reasonOf(error) })
      this.#failing = true
      this.#options.trouble(isDiskFull(error) ? 'disk_full' : 'cache_failed')
      setTimeout(() => this.changed(), 1000).unref()
    }
  }

  /** Records up to a group of inbox rows; returns how many. Throws when the disk refuses, then nothing has changed. */
  recordGroup(): number {
    const rows = listOpenInbox(this.#options.cache, groupSize)
    if (rows.length === 0) return 0
    try {
      this.#commit(rows, (row) => this.#translate(row))
    } catch (error) {
      if (isDiskFull(error)) throw error
      for (const row of rows) this.#recordAlone(row)
    }
    return rows.length
  }

  /** One poisoned row must not stop the others: what does not go in as understood is kept raw. */
  #recordAlone(row: OpenRow): void {
    try {
      this.#commit([row], (one) => this.#translate(one))
    } catch (error) {
      if (isDiskFull(error)) throw error
      this.#options.log('error', 'inbox_row_failed', { account: row.account, kind: row.kind })
      this.#commit([row], (one) => [{ type: 'unknown', reason: 'not_recordable', raw: one.raw, place: null }])
    }
  }

  #commit(rows: OpenRow[], understand: (row: OpenRow) => ChannelEvent[]): void {
    const { cache, ledger } = this.#options
    const touched = newTouched()
    const places: ApplyContext['places'] = new Map()
    const people: ApplyContext['people'] = new Map()
    const lines: Lines = new Map()
    cache.transaction((writer) => {
      for (const row of rows) {
        const context = {
          account: row.account,
          epoch: this.#options.epoch(row.account),
          now: this.#options.now(),
          touched,
          places,
          people,
          lines,
          append: (draft: Parameters<Ledger['append']>[1]) => void ledger.append(writer, draft),
        }
        for (const event of understand(row)) applyChannelEvent(writer, context, event)
        closeInbox(writer, row.id)
      }
      putLines(writer, lines)
    })
    try {
      this.#options.committed(touched)
    } catch {
      // It is committed: a listener's failure must not make the caller record these rows a second time.
      this.#options.log('error', 'listener_failed', {})
    }
  }

  /** What a channel cannot understand at all is kept raw: nothing is dropped and nothing stops the others. */
  #translate(row: OpenRow): ChannelEvent[] {
    try {
      return this.#options.translate(row.account, row)
    } catch (error) {
      const reason =
        error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'translation_failed'
      this.#options.log('warn', 'inbox_not_understood', { account: row.account, kind: row.kind })
      return [{ type: 'unknown', reason, raw: row.raw, place: null }]
    }
  }

  /** Everything that is in the inbox, now: a key lock drains before it locks. */
  drain(): void {
    while (this.recordGroup() > 0);
  }

  stop(): void {
    this.#stopped = true
  }
}

/** Code or name only: a message could quote what a customer wrote. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
