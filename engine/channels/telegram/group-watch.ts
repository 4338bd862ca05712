/** Shows each group whole again when something in it has changed; what is stale is kept, so that a restart goes on. */
import { createHash, randomUUID } from 'node:crypto'
import type { ChannelHost } from '../channel.ts'
import { readFault, rpcError } from './faults.ts'
import { encodeRow, isKeepable, type StoredRow } from './inbox-row.ts'
import type { LiveLine } from './live-line.ts'
import type { PeerStore } from './peers.ts'
import { askGroup } from './read-group.ts'
import { NoAnswer, type TelegramTiming } from './timing.ts'

interface WatchOptions {
  host: Pick<ChannelHost, 'store' | 'clock' | 'log' | 'inboxChanged'>
  timing: TelegramTiming
  peers: PeerStore
  live: LiveLine
  failed(error: unknown): void
}

const encoder = new TextEncoder()

export class GroupWatch {
  readonly #options: WatchOptions
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  #cancelTimer: (() => void) | null = null

  constructor(options: WatchOptions) {
    this.#options = options
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
  }

  /** Resolves when no group is stale, or the work waits for something. Never rejects. */
  refresh(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #run(): Promise<void> {
    const { host, failed } = this.#options
    while (this.#again && !this.#stopped) {
      this.#again = false
      for (const { id } of host.store.listState('group-stale')) {
        if (this.#stopped) return
        try {
          await this.#show(id)
        } catch (error) {
          const { kind, fault } = readFault(error, host.clock.now())
          if (kind === 'flood') return this.#later((fault.until ?? 0) - host.clock.now())
          const broken = error instanceof NoAnswer || rpcError(error) !== null || !this.#options.live.line.usable
          if (kind !== 'refused' && broken) return this.#stopped ? undefined : failed(error)
          // It may not be seen any more, or cannot be read; the next message of it asks again.
          host.log('warn', kind === 'refused' ? fault.code : 'telegram_group_unreadable')
          host.store.putState('group-stale', id, null)
        }
      }
    }
  }

  #later(ms: number): void {
    this.#cancelTimer = this.#options.timing.after(Math.max(0, ms), () => void this.refresh())
  }

  async #show(address: string): Promise<void> {
    const { host, peers, live } = this.#options
    // Taken off first: what changes while the answer is on its way makes it stale again.
    host.store.putState('group-stale', address, null)
    try {
      const read = await askGroup(live, address, peers)
      if (this.#stopped || !read) return
      const row: StoredRow = { v: 2, kind: 'group', group: read.group }
      const raw = encodeRow(row)
      const digest = createHash('sha256').update(raw).digest()
      const shown = host.store.getState('group-shown', address)
      if (!isKeepable(row) || (shown && digest.equals(shown))) return
      host.store.transaction(() => {
        for (const peer of read.peers) peers.put(peer)
        for (const group of read.groups) peers.putGroup(group)
        host.store.putState('group-shown', address, digest)
        host.store.putInbox({ key: `group:${address}:${randomUUID()}`, kind: 'group', raw })
      })
      host.inboxChanged()
    } catch (error) {
      host.store.putState('group-stale', address, encoder.encode('1'))
      throw error
    }
  }
}
