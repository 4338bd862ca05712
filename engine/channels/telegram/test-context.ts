/** For tests of reading: a context over a real encrypted cache, so that memory is what it is in an engine. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strippedPhotoToJpg } from 'telegram/Utils.js'
import { Cache } from '../../cache/database.ts'
import { createChannelStore, listOpenInbox } from '../../cache/inbox.ts'
import type { ChannelStore } from '../channel.ts'
import { decodeRow, type Entry, type InboxEntry, type StoredRow } from './inbox-row.ts'
import { InboxWriter } from './inbox-writer.ts'
import { MessageMemory } from './message-memory.ts'
import { OwnSends } from './own-sends.ts'
import { type KnownGroup, PeerStore } from './peers.ts'
import type { ReadContext } from './read-message.ts'

export class ReadingBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'telegram-reading-'))
  readonly #cache = new Cache(join(this.#folder, 'cache.db'), randomBytes(32))
  readonly clock = { now: () => 1_700_000_009_000 }
  readonly store: ChannelStore = createChannelStore(this.#cache, 'account-1', this.clock)
  readonly peers = new PeerStore(this.store)
  readonly ownSends = new OwnSends(this.store)
  readonly memory = new MessageMemory(this.store)
  readonly writer: InboxWriter

  constructor() {
    const { store, peers, ownSends, memory } = this
    this.writer = new InboxWriter({ store, peers, ownSends, memory })
    peers.put({ id: '77', hash: '-99', name: 'Ana Souza', username: null, phone: null })
    peers.put({ id: '78', hash: '-98', name: 'Li Wei', username: null, phone: null })
    for (const group of [testGroup('chat:3'), testGroup('channel:4')]) peers.putGroup(group)
  }

  context(path: 'live' | 'offline' = 'live'): ReadContext {
    return {
      self: '42',
      path,
      now: () => 1_700_000_009,
      findPeer: (id) => this.peers.find(id),
      findGroup: (address) => this.peers.findGroup(address),
      memory: this.memory,
      expand: (bytes) => strippedPhotoToJpg(bytes),
      matchOwn: (message) => this.ownSends.match(message),
    }
  }

  /** Stores as a follower does; the rows that are new. */
  keep(entries: Entry[]): StoredRow[] {
    const before = this.rows().length
    this.store.transaction(() => this.writer.put(entries))
    return this.rows().slice(before)
  }

  rows(): StoredRow[] {
    return listOpenInbox(this.#cache, 1000).map(({ raw }) => decodeRow(raw))
  }

  close(): void {
    this.#cache.close()
    rmSync(this.#folder, { recursive: true })
  }
}

export function testGroup(address: string, fields: Partial<KnownGroup> = {}): KnownGroup {
  return { address, hash: '5', title: 'Resellers', broadcast: false, left: false, owner: false, ...fields }
}

export function resolved(entries: Entry[]): InboxEntry[] {
  return entries.flatMap((entry) => ('later' in entry ? entry.later() : [entry]))
}
