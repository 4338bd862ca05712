/** Asks again for what is told only to have changed, groups and votes; what is stale is kept, so that a restart goes on. */
import { createHash, randomUUID } from 'node:crypto'
import type { ChannelHost } from '../channel.ts'
import { readFault, rpcError } from './faults.ts'
import { encodeRow, isKeepable, type StoredRow } from './inbox-row.ts'
import type { LiveLine } from './live-line.ts'
import type { PeerStore } from './peers.ts'
import { askGroup } from './read-group.ts'
import { emptyBatch } from './read-updates.ts'
import { askVotes } from './read-votes.ts'
import { NoAnswer, type TelegramTiming } from './timing.ts'

interface WatchOptions {
  host: Pick<ChannelHost, 'store' | 'clock' | 'log' | 'inboxChanged'>
  timing: TelegramTiming
  peers: PeerStore
  live: LiveLine
  failed(error: unknown): void
}

type Stale = 'group-stale' | 'poll-stale'
const encoder = new TextEncoder()

export class StaleWatch {
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

  /** Resolves when nothing is stale, or the work waits for something. Never rejects. */
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
      for (const { type, id } of this.#stale()) {
        if (this.#stopped) return
        try {
          await this.#renew(type, id)
        } catch (error) {
          const { kind, fault } = readFault(error, host.clock.now())
          if (kind === 'flood') return this.#later((fault.until ?? 0) - host.clock.now())
          const broken = error instanceof NoAnswer || rpcError(error) !== null || !this.#options.live.line.usable
          if (kind !== 'refused' && broken) return this.#stopped ? undefined : failed(error)
          // It may not be seen any more, or cannot be read; the next change of it asks again.
          host.log('warn', kind === 'refused' ? fault.code : 'telegram_stale_unreadable')
          host.store.putState(type, id, null)
        }
      }
    }
  }

  #later(ms: number): void {
    this.#cancelTimer = this.#options.timing.after(Math.max(0, ms), () => void this.refresh())
  }

  #stale(): { type: Stale; id: string }[] {
    const { store } = this.#options.host
    const types: Stale[] = ['group-stale', 'poll-stale']
    return types.flatMap((type) => store.listState(type).map(({ id }) => ({ type, id })))
  }

  async #renew(type: Stale, id: string): Promise<void> {
    const { store } = this.#options.host
    // Taken off first: what changes while the answer is on its way makes it stale again.
    store.putState(type, id, null)
    try {
      await (type === 'group-stale' ? this.#showGroup(id) : this.#readVotes(id))
    } catch (error) {
      store.putState(type, id, encoder.encode('1'))
      throw error
    }
  }

  async #showGroup(address: string): Promise<void> {
    const { host, peers, live } = this.#options
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
  }

  async #readVotes(pollId: string): Promise<void> {
    const { peers, live } = this.#options
    const poll = live.follower.context('live').memory.findPoll(pollId)
    const read = poll && (await askVotes(live, pollId, poll, peers))
    if (!read || this.#stopped) return
    const { people, entries } = read
    const pieces = [{ pts: null, ptsCount: 0, qts: null, channel: null, entries }]
    live.follower.applyAnswer({ ...emptyBatch, peers: people, pieces })
  }
}
