/** Follows the account's numbered updates without a gap: what is stored and how far it counts is one transaction. */
import { randomUUID } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import { z } from 'zod'
import type { ChannelHost } from '../channel.ts'
import { readFault } from './faults.ts'
import { encodeRow, type InboxEntry } from './inbox-row.ts'
import type { OwnSends } from './own-sends.ts'
import type { KnownPeer, PeerStore } from './peers.ts'
import { type ReadContext, unknownRow } from './read-message.ts'
import { type Piece, type ReadBatch, readDifference } from './read-updates.ts'
import type { TelegramTiming } from './timing.ts'

const updateStateSchema = z.strictObject({ pts: z.int(), qts: z.int(), date: z.int(), seq: z.int() })
export type UpdateState = z.infer<typeof updateStateSchema>

/** What the follower asks the server; both reject when the connection fails. */
export interface UpdateSource {
  state(): Promise<UpdateState>
  difference(from: UpdateState): Promise<Api.updates.TypeDifference>
}

interface FollowerOptions {
  host: Pick<ChannelHost, 'store' | 'inboxChanged' | 'log' | 'clock'>
  timing: TelegramTiming
  peers: PeerStore
  ownSends: OwnSends
  source: UpdateSource
  self: string
  /** Recovery or the store failed; the follower has stopped and the connection is worth nothing any more. */
  failed(error: unknown): void
}

// More than this waiting for a missing piece means that the difference is the shorter way.
const heldLimit = 500
/** The cache did not take what came; the numbering has not moved, so it comes again. */
class StoreFailed extends Error {
  readonly code = 'telegram_store_failed'
}

const emptyBatch: ReadBatch = { peers: [], pieces: [], seq: null, date: null, recover: false }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class UpdateFollower {
  readonly #options: FollowerOptions
  #state: UpdateState | null
  #held: Piece[] = []
  #queue: ReadBatch[] = []
  #recovering: Promise<void> | null = null
  #recoverAgain = false
  #cancelGapTimer: (() => void) | null = null
  #gapRounds = 0
  #stopped = false

  constructor(options: FollowerOptions) {
    this.#options = options
    const kept = options.host.store.getState('updates', 'common')
    this.#state = kept ? updateStateSchema.parse(JSON.parse(decoder.decode(kept))) : null
  }

  /** True when the server is ahead of what is kept. */
  isBehind(server: UpdateState): boolean {
    const kept = this.#state
    return !kept || server.pts > kept.pts || server.qts > kept.qts || server.seq > kept.seq
  }

  context(path: 'live' | 'offline'): ReadContext {
    const { self, peers, ownSends } = this.#options
    return { self, path, findPeer: (id) => peers.find(id), matchOwn: (message) => ownSends.match(message) }
  }

  /** From now on nothing is stored. */
  stop(): void {
    this.#stopped = true
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

  /**
   * The answer to an own request: its entries are stored at once, whatever its number; the number waits its turn.
   * Throws what the store throws.
   */
  applyAnswer(batch: ReadBatch): void {
    if (this.#stopped) return
    const entries = batch.pieces.flatMap((piece) => piece.entries)
    const stored = this.#transaction(() => {
      this.#putPeers(batch.peers)
      return this.#putEntries(entries)
    })
    this.receive({ ...batch, peers: [], pieces: batch.pieces.map((piece) => ({ ...piece, entries: [] })) })
    if (stored) this.#options.host.inboxChanged()
  }

  /** Asks for all that was missed since the kept state; one at a time. Never rejects: failures go to `failed`. */
  recover(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    if (this.#recovering) {
      this.#recoverAgain = true
      return this.#recovering
    }
    this.#recovering = this.#runRecovery().finally(() => {
      this.#recovering = null
    })
    return this.#recovering
  }

  async #runRecovery(): Promise<void> {
    try {
      do {
        this.#recoverAgain = false
        this.#cancelGapTimer?.()
        this.#cancelGapTimer = null
        if (this.#state) await this.#fetchDifference(this.#state)
        else this.#restartAt(await this.#options.source.state(), null)
        // An empty batch too, so that held pieces meet the new state.
        const queued = [emptyBatch, ...this.#queue.splice(0)]
        for (const batch of queued) if (!this.#stopped) this.#apply(batch)
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
          this.#commit({ ...state, date: difference.date, seq: difference.seq }, [], [])
          return
        case 'updates.DifferenceTooLong':
          this.#options.host.log('error', 'telegram_difference_too_long')
          state = { ...state, pts: difference.pts }
          this.#restartAt(state, 'gap: the provider no longer lists what was missed')
          break
        case 'updates.Difference':
        case 'updates.DifferenceSlice': {
          const last = difference.className === 'updates.Difference'
          const next = updateState(last ? difference.state : difference.intermediateState)
          const { peers, entries } = readDifference(difference, this.context('offline'))
          const moved = next.pts !== state.pts || next.qts !== state.qts || next.date !== state.date
          this.#commit(next, peers, entries)
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
      const undecodable = error instanceof Error && 'invalidConstructorId' in error
      const { fault } = readFault(error, host.clock.now())
      if (!undecodable && !fault.code.startsWith('telegram_persistent_timestamp')) throw error
      host.log('error', undecodable ? 'telegram_difference_undecodable' : fault.code)
      // Standing still for ever would lose more than this does; the row says that something is missing.
      this.#restartAt(await source.state(), `gap: ${undecodable ? 'not decodable' : fault.code}`)
      return null
    }
  }

  #restartAt(state: UpdateState, gap: string | null): void {
    if (this.#stopped) return
    const entries = gap
      ? [{ key: `gap:${state.pts}:${randomUUID()}`, row: unknownRow(gap, encoder.encode(JSON.stringify(state))) }]
      : []
    this.#commit(updateState(state), [], entries)
  }

  #commit(state: UpdateState, peers: KnownPeer[], entries: InboxEntry[]): void {
    const { host } = this.#options
    const stored = this.#transaction(() => {
      this.#putPeers(peers)
      const changed = this.#putEntries(entries)
      this.#putState(state)
      return changed
    })
    this.#state = state
    if (stored) host.inboxChanged()
  }

  #apply(batch: ReadBatch): void {
    const known = this.#state
    if (!known) throw new Error('updates before their state')
    const { host } = this.#options
    const state = { ...known }
    let held = [...this.#held]
    let recover = batch.recover
    const stored = this.#transaction(() => {
      this.#putPeers(batch.peers)
      const seq = readSeq(batch, state)
      recover ||= seq === 'gap'
      let changed = false
      for (const piece of batch.pieces) {
        if (piece.pts !== null) held.push(piece)
        else if (seq === 'next') changed = this.#putPiece(piece, state) || changed
      }
      held = held
        .sort((a, b) => start(a) - start(b))
        .filter((piece) => {
          if (!isNext(piece, state)) return start(piece) >= state.pts && piece.pts !== state.pts
          changed = this.#putPiece(piece, state) || changed
          state.pts = piece.pts ?? state.pts
          return false
        })
      if (JSON.stringify(state) !== JSON.stringify(known)) this.#putState(state)
      return changed
    })
    this.#state = state
    this.#held = held
    if (stored) host.inboxChanged()
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

  #putPiece(piece: Piece, state: UpdateState): boolean {
    if (piece.qts !== null) state.qts = Math.max(state.qts, piece.qts)
    return this.#putEntries(piece.entries)
  }

  #putPeers(peers: KnownPeer[]): void {
    for (const peer of peers) this.#options.peers.put(peer)
  }

  #putEntries(entries: InboxEntry[]): boolean {
    const { host, ownSends } = this.#options
    let changed = false
    for (const { key, row } of entries) {
      // Also when the row is known already: a repeated send is noted down anew and answered with the old message.
      if ((row.kind === 'message' || row.kind === 'sent') && row.clientId) ownSends.settle(row.clientId)
      if (host.store.putInbox({ key, kind: row.kind, raw: encodeRow(row) })) changed = true
    }
    return changed
  }

  #putState(state: UpdateState): void {
    this.#options.host.store.putState('updates', 'common', encoder.encode(JSON.stringify(state)))
  }

  #transaction<T>(run: () => T): T {
    try {
      return this.#options.host.store.transaction(run)
    } catch (error) {
      throw new StoreFailed('the store refused an update', { cause: error })
    }
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

function start(piece: Piece): number {
  return (piece.pts ?? 0) - piece.ptsCount
}

function isNext(piece: Piece, state: UpdateState): boolean {
  return start(piece) === state.pts
}

function updateState(state: UpdateState): UpdateState {
  return { pts: state.pts, qts: state.qts, date: state.date, seq: state.seq }
}

/** Moves seq and date. Unnumbered updates count by their container's seq; 0 stands for "in no order". */
function readSeq(batch: ReadBatch, state: UpdateState): 'next' | 'old' | 'gap' {
  if (batch.seq) {
    if (batch.seq.start <= state.seq) return 'old'
    if (batch.seq.start > state.seq + 1) return 'gap'
    state.seq = batch.seq.end
  }
  if (batch.date !== null) state.date = Math.max(state.date, batch.date)
  return 'next'
}
