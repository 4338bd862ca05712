/** Puts what was read into the inbox, with all that must be remembered beside it; always inside the caller's transaction. */
import type { ChannelHost } from '../channel.ts'
import { encodeRow, type Entry, type InboxEntry } from './inbox-row.ts'
import type { MessageMemory } from './message-memory.ts'
import type { OwnSends } from './own-sends.ts'
import type { KnownGroup, KnownPeer, PeerStore } from './peers.ts'

interface WriterOptions {
  store: ChannelHost['store']
  peers: PeerStore
  ownSends: OwnSends
  memory: MessageMemory
}

export interface Written {
  /** Rows stand in the inbox that were not there. */
  rows: boolean
  /** A group is not as it was last shown, or somebody voted. */
  stale: boolean
}

/** The cache did not take what came; the numbering has not moved, so it comes again. */
export class StoreFailed extends Error {
  readonly code = 'telegram_store_failed'
}

export class InboxWriter {
  readonly #options: WriterOptions

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Throws StoreFailed with the cause. */
  transaction<T>(run: () => T): T {
    try {
      return this.#options.store.transaction(run)
    } catch (error) {
      throw new StoreFailed('the store refused an update', { cause: error })
    }
  }

  putSeen({ peers, groups }: { peers: KnownPeer[]; groups: KnownGroup[] }): void {
    for (const peer of peers) this.#options.peers.put(peer)
    for (const group of groups) this.#options.peers.putGroup(group)
  }

  put(entries: Entry[]): Written {
    const written: Written = { rows: false, stale: false }
    for (const entry of entries)
      for (const one of 'later' in entry ? entry.later() : [entry]) this.#putOne(one, written)
    return written
  }

  #putOne({ key, row, memory = [] }: InboxEntry, written: Written): void {
    const { store, ownSends } = this.#options
    let isNew = true
    if (row) {
      // Also when the row is known already: a repeated send is noted down anew and answered with the old message.
      if ((row.kind === 'message' || row.kind === 'sent') && row.clientId) ownSends.settle(row.clientId)
      isNew = store.putInbox({ key, kind: row.kind, raw: encodeRow(row) })
      written.rows ||= isNew
    }
    if (!isNew) return
    this.#options.memory.write(memory)
    written.stale ||= memory.some(({ type }) => type === 'group-stale' || type === 'poll-stale')
  }
}
