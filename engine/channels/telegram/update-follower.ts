/** Follows the account's numbered updates without a gap: what is stored and how far it counts is one transaction. */
import { randomUUID } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import type { ChannelHost } from '../channel.ts'
import { isUndecodable, readFault, undecodableBytes } from './faults.ts'
import { ChannelFollowers, type ChannelSource } from './channel-followers.ts'
import { type MemoryWrite, unknownRow } from './inbox-row.ts'
import { InboxWriter, type Written } from './inbox-writer.ts'
import { MessageMemory } from './message-memory.ts'
import { isCount, isNext, readSeq, start, updateState, type UpdateState, updateStateSchema } from './numbering.ts'
import type { OwnSends } from './own-sends.ts'
import type { PeerStore } from './peers.ts'
import type { ExpandThumbnail } from './read-file.ts'
import type { ReadContext } from './read-message.ts'
import {
  emptyBatch,
  type Piece,
  type ReadBatch,
  type History,
  type ReadDifference,
  readDifference,
  readHistory,
  undecodableEntry,
} from './read-updates.ts'
import type { TelegramTiming } from './timing.ts'

/** What the follower asks the server; both reject when the connection fails. */
export interface UpdateSource {
  state(): Promise<UpdateState>
  difference(from: UpdateState): Promise<Api.updates.TypeDifference>
  /** The newest messages of each conversation of the mailbox whose last one is not kept yet; those that cannot be read are left out. */
  missed(isKept: (id: number) => boolean): Promise<History[]>
}

interface FollowerOptions {
  host: Pick<ChannelHost, 'store' | 'inboxChanged' | 'log' | 'clock'>
  timing: TelegramTiming
  peers: PeerStore
  ownSends: OwnSends
  source: UpdateSource & { channels: ChannelSource }
  self: string
  expand: ExpandThumbnail
  /** A group is not as it was last shown, or somebody voted. */
  becameStale(): void
  /** Recovery or the store failed; the follower has stopped and the connection is worth nothing any more. */
  failed(error: unknown): void
}

// More than this waiting for a missing piece means that the difference is the shorter way.
const heldLimit = 500
// After so many differences that did not bring the missing piece, nobody will.
const gapRoundsAtMost = 6
const nothingRead: ReadDifference = { peers: [], groups: [], entries: [], pieces: [], behind: [] }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class UpdateFollower {
  readonly #options: FollowerOptions
  readonly #writer: InboxWriter
  readonly #memory: MessageMemory
  readonly channels: ChannelFollowers
  #state: UpdateState | null
  #held: Piece[] = []
  #queue: ReadBatch[] = []
  #recovering: Promise<void> | null = null
  #recoverAgain = false
  #cancelGapTimer: (() => void) | null = null
  #gapRounds = 0
  #aheadAt: number | null = null
  #stopped = false

  constructor(options: FollowerOptions) {
    this.#options = options
    const { host, peers, ownSends, timing } = options
    this.#memory = new MessageMemory(host.store)
    this.#writer = new InboxWriter({ store: host.store, peers, ownSends, memory: this.#memory })
    this.channels = new ChannelFollowers({
      host,
      timing,
      writer: this.#writer,
      source: options.source.channels,
      context: (path) => this.context(path),
      written: (what) => this.#tell(what),
      failed: (error) => this.#fail(error),
    })
    const kept = options.host.store.getState('updates', 'common')
    this.#state = kept ? updateStateSchema.parse(JSON.parse(decoder.decode(kept))) : null
  }

  /**
   * Holds the server's present state against what is kept. Being behind asks for the difference. Ahead is where a push has told a wrong
   * number; as an answer may be older than a push that came meanwhile, it must be so twice in a row.
   */
  compare(server: UpdateState): void {
    const kept = this.#state
    if (this.#stopped || this.#recovering) return
    const isAhead = kept !== null && server.pts < kept.pts
    const wasAhead = this.#aheadAt !== null && this.#aheadAt === kept?.pts
    this.#aheadAt = isAhead ? kept.pts : null
    if (isAhead && wasAhead) {
      this.#options.host.log('error', 'telegram_number_ahead')
      void this.recover(server)
    } else if (!kept || server.pts > kept.pts || server.qts > kept.qts || server.seq > kept.seq) void this.recover()
  }

  context(path: 'live' | 'offline'): ReadContext {
    const { self, peers, ownSends, host, expand } = this.#options
    return {
      self,
      path,
      now: () => Math.floor(host.clock.now() / 1000),
      findPeer: (id) => peers.find(id),
      findGroup: (address) => peers.findGroup(address),
      memory: this.#memory,
      expand,
      matchOwn: (message) => ownSends.match(message),
    }
  }

  /** From now on nothing is stored. */
  stop(): void {
    this.#stopped = true
    this.channels.stop()
    this.#cancelGapTimer?.()
    this.#held = []
    this.#queue = []
  }

  /** What the server pushed. Stored when this returns, or found again by its number. */
  receive(batch: ReadBatch): void {
    if (this.#stopped) return
    if (this.#recovering || !this.#state) this.#queue.push(batch)
    else this.#guarded(() => this.#apply(batch))
  }

  /** Kept as it came; what it was, only the difference can tell. */
  receiveUnreadable(bytes: Uint8Array): void {
    if (this.#stopped) return
    this.#guarded(() => this.#tell(this.#writer.transaction(() => this.#writer.put([undecodableEntry(bytes)]))))
    void this.recover()
  }

  /**
   * The answer to an own request: its entries are stored at once, whatever its number; the number waits its turn.
   * Throws what the store throws.
   */
  applyAnswer(batch: ReadBatch): void {
    if (this.#stopped) return
    const entries = batch.pieces.flatMap((piece) => piece.entries)
    const written = this.#writer.transaction(() => {
      this.#writer.putSeen(batch)
      return this.#writer.put(entries)
    })
    const pieces = batch.pieces.map((piece) => ({ ...piece, entries: [] }))
    this.receive({ ...batch, peers: [], groups: [], pieces })
    this.#tell(written)
  }

  /** What an answer shows beside any message that is kept. */
  rememberOnly(seen: Pick<ReadBatch, 'peers' | 'groups'>, memory: MemoryWrite[]): void {
    if (this.#stopped) return
    this.#writer.transaction(() => {
      this.#writer.putSeen(seen)
      this.#memory.write(memory)
    })
  }

  /**
   * Asks for all that was missed since the kept state, or goes on at `present`; one at a time. Never rejects: failures go to `failed`.
   */
  recover(present: UpdateState | null = null): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    if (this.#recovering) {
      this.#recoverAgain = true
      return this.#recovering
    }
    this.#recovering = this.#runRecovery(present).finally(() => {
      this.#recovering = null
    })
    return this.#recovering
  }

  async #runRecovery(present: UpdateState | null): Promise<void> {
    try {
      if (present) await this.#restartAt(present, 'gap: the numbering went wrong', null)
      do {
        this.#recoverAgain = false
        this.#cancelGapTimer?.()
        this.#cancelGapTimer = null
        if (this.#state) await this.#fetchDifference(this.#state)
        else this.#commit(updateState(await this.#options.source.state()), nothingRead)
        // An empty batch too, so that held pieces meet the new state.
        const queued = [emptyBatch, ...this.#queue.splice(0)]
        for (const batch of queued) if (!this.#stopped) this.#apply(batch)
        if (this.#gapRounds >= gapRoundsAtMost || this.#held.length > heldLimit) this.#letGo()
      } while (this.#recoverAgain && !this.#stopped)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #fetchDifference(from: UpdateState): Promise<void> {
    let state = from
    for (;;) {
      const difference = await this.#askDifference(state)
      if (this.#stopped) return
      if (!difference) return
      switch (difference.className) {
        case 'updates.DifferenceEmpty':
          this.#commit({ ...state, date: difference.date, seq: difference.seq }, nothingRead)
          return
        case 'updates.DifferenceTooLong':
          this.#options.host.log('error', 'telegram_difference_too_long')
          state = { ...state, pts: difference.pts }
          await this.#restartAt(state, 'gap: the provider no longer lists what was missed', null)
          break
        case 'updates.Difference':
        case 'updates.DifferenceSlice': {
          const last = difference.className === 'updates.Difference'
          const next = updateState(last ? difference.state : difference.intermediateState)
          const read = readDifference(difference, this.context('offline'))
          const moved = next.pts !== state.pts || next.qts !== state.qts || next.date !== state.date
          this.#commit(next, read)
          if (last) return
          if (!moved) throw new Error('the difference does not move')
          state = next
        }
      }
    }
  }

  /** null: the difference could not be had or read, and following starts anew at the server's present state. */
  async #askDifference(state: UpdateState): Promise<Api.updates.TypeDifference | null> {
    const { source, host } = this.#options
    try {
      return await source.difference(state)
    } catch (error) {
      const undecodable = isUndecodable(error)
      const { fault } = readFault(error, host.clock.now())
      if (!undecodable && !fault.code.startsWith('telegram_persistent_timestamp')) throw error
      host.log('error', undecodable ? 'telegram_difference_undecodable' : fault.code)
      // Standing still for ever would lose more than this does; the row says that something is missing.
      const why = `gap: ${undecodable ? 'not decodable' : fault.code}`
      await this.#restartAt(await source.state(), why, undecodableBytes(error))
      return null
    }
  }

  /** Goes on from here; the newest of what lies between is read out of the histories, a row says that more may be missing. */
  async #restartAt(state: UpdateState, gap: string, raw: Uint8Array | null): Promise<void> {
    const { source } = this.#options
    const histories = await source.missed((id) => this.#memory.findSeen(null, id) !== null)
    if (this.#stopped) return
    const row = unknownRow(gap, raw ?? encoder.encode(JSON.stringify(state)))
    const read = histories.map((history) => readHistory(history, this.context('offline')))
    this.#commit(updateState(state), {
      peers: read.flatMap(({ peers }) => peers),
      groups: read.flatMap(({ groups }) => groups),
      entries: [{ key: `gap:${state.pts}:${randomUUID()}`, row }, ...read.flatMap(({ entries }) => entries)],
      pieces: [],
      behind: [],
    })
  }

  /** What no difference leads up to is kept where it stands; its numbers count for nothing. */
  #letGo(): void {
    if (this.#stopped || this.#held.length === 0) return
    this.#options.host.log('warn', 'telegram_numbers_never_reached')
    const entries = this.#held.flatMap((piece) => piece.entries)
    const written = this.#writer.transaction(() => this.#writer.put(entries))
    this.#held = []
    this.#watchGap()
    this.#tell(written)
  }

  #commit(state: UpdateState, read: ReadDifference): void {
    const written = this.#writer.transaction(() => {
      this.#writer.putSeen(read)
      const done = this.#writer.put(read.entries)
      this.#putState(state)
      return done
    })
    this.#state = state
    this.#tell(written)
    this.#followChannels(read)
  }

  /** After the commit: what this misses in a crash, the channels' own differences bring at the next start. */
  #followChannels({ pieces, behind }: Pick<ReadBatch, 'pieces' | 'behind'>): void {
    this.channels.receive(pieces)
    for (const id of behind.slice(0, 1000)) void this.channels.recover(id)
  }

  #tell({ rows, stale }: Written): void {
    if (rows) this.#options.host.inboxChanged()
    if (stale) this.#options.becameStale()
  }

  #apply(batch: ReadBatch): void {
    const known = this.#state
    if (!known) throw new Error('updates before their state')
    const state = { ...known }
    let held = [...this.#held]
    let recover = batch.recover
    const channels: Piece[] = []
    const written = this.#writer.transaction(() => {
      this.#writer.putSeen(batch)
      const seq = readSeq(batch, state, Math.floor(this.#options.host.clock.now() / 1000))
      recover ||= seq === 'gap'
      const done: Written = { rows: false, stale: false }
      for (const piece of batch.pieces) {
        if (piece.channel !== null) channels.push(piece)
        else if (piece.pts !== null && isCount(piece.ptsCount)) held.push(piece)
        else if (piece.pts !== null) {
          recover = true
          this.#putPiece(piece, state, done)
        } else if (seq === 'next') this.#putPiece(piece, state, done)
      }
      held = held
        .sort((a, b) => start(a) - start(b))
        .filter((piece) => {
          if (!isNext(piece, state)) {
            const isEarly = start(piece) >= state.pts && piece.pts !== state.pts
            if (!isEarly) this.#putOld(piece, done)
            return isEarly
          }
          this.#putPiece(piece, state, done)
          state.pts = piece.pts ?? state.pts
          return false
        })
      if (JSON.stringify(state) !== JSON.stringify(known)) this.#putState(state)
      return done
    })
    this.#state = state
    this.#held = held
    this.#tell(written)
    this.#followChannels({ pieces: channels, behind: batch.behind })
    if (recover || (held.length > heldLimit && !this.#recovering)) void this.recover()
    this.#watchGap()
  }

  /** The missing piece is often just late; a server whose difference lags behind its pushes is not asked in a storm. */
  #watchGap(): void {
    if (this.#held.length === 0) {
      this.#cancelGapTimer?.()
      this.#cancelGapTimer = null
      this.#gapRounds = 0
    } else if (!this.#cancelGapTimer) {
      const { timing } = this.#options
      const waitMs = Math.min(60_000, timing.gapMs * 2 ** Math.min(this.#gapRounds, 7))
      this.#cancelGapTimer = timing.after(waitMs, () => {
        this.#gapRounds++
        void this.recover()
      })
    }
  }

  #putPiece(piece: Piece, state: UpdateState, done: Written): void {
    if (piece.qts !== null) state.qts = Math.max(state.qts, piece.qts)
    const { rows, stale } = this.#writer.put(piece.entries)
    done.rows ||= rows
    done.stale ||= stale
  }

  /** Known by its key as a rule; where another piece came under its number it is not. Changes are left: an old one may undo a newer one. */
  #putOld({ entries }: Piece, done: Written): void {
    const written = this.#writer.put(entries.filter((entry) => !('later' in entry)))
    done.rows ||= written.rows
    done.stale ||= written.stale
  }

  #putState(state: UpdateState): void {
    this.#options.host.store.putState('updates', 'common', encoder.encode(JSON.stringify(state)))
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return
    this.stop()
    this.#options.failed(error)
  }
}
