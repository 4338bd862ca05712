/** Follows each megagroup's own numbering without a gap: what is stored and how far it counts is one transaction. */
import { randomUUID } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import { z } from 'zod'
import type { ChannelHost } from '../channel.ts'
import { isUndecodable, readFault, undecodableBytes } from './faults.ts'
import { type Entry, unknownRow } from './inbox-row.ts'
import type { InboxWriter, Written } from './inbox-writer.ts'
import { identityAt, type ReadContext } from './read-message.ts'
import { type Piece, type ReadDifference, readDifference, readHistory } from './read-updates.ts'
import type { TelegramTiming } from './timing.ts'

const stateSchema = z.strictObject({ pts: z.int() })

/** What is asked of the server; all reject when the connection fails. id: decimal. */
export interface ChannelSource {
  difference(id: string, pts: number): Promise<Api.updates.TypeChannelDifference>
  /** The newest messages and the present number. */
  newest(id: string): Promise<Api.messages.TypeMessages>
  /** The present number; null where it cannot be had. */
  present(id: string): Promise<number | null>
}

export interface ChannelFollowersOptions {
  host: Pick<ChannelHost, 'store' | 'log' | 'clock'>
  timing: TelegramTiming
  writer: InboxWriter
  source: ChannelSource
  context(path: 'live' | 'offline'): ReadContext
  written(what: Written): void
  /** The connection or the store failed. */
  failed(error: unknown): void
}

interface Followed {
  held: Piece[]
  recovering: Promise<void> | null
  again: boolean
  cancelTimer: (() => void) | null
  rounds: number
}

const heldLimit = 200
const roundsAtMost = 1000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class ChannelFollowers {
  readonly #options: ChannelFollowersOptions
  readonly #followed = new Map<string, Followed>()
  #stopped = false

  constructor(options: ChannelFollowersOptions) {
    this.#options = options
  }

  stop(): void {
    this.#stopped = true
    for (const { cancelTimer } of this.#followed.values()) cancelTimer?.()
    this.#followed.clear()
  }

  /** Asks each known megagroup for what was missed, one after the other. Never rejects. */
  async recoverAll(): Promise<void> {
    for (const { id } of this.#options.host.store.listState('channel')) {
      if (this.#stopped) return
      await this.recover(id)
    }
  }

  /** Where a megagroup stands when it is seen first (a dialog's number); in a transaction. */
  begin(id: string, pts: number): void {
    if (this.#findPts(id) === null) this.#putPts(id, pts)
  }

  /** Pieces in the order of their arrival. Throws what the store throws. */
  receive(pieces: Piece[]): void {
    const channels = new Map<string, Piece[]>()
    for (const piece of pieces) {
      if (piece.channel === null) continue
      channels.set(piece.channel, [...(channels.get(piece.channel) ?? []), piece])
    }
    for (const [id, own] of channels) if (!this.#stopped) this.#apply(id, own)
  }

  recover(id: string): Promise<void> {
    const followed = this.#get(id)
    if (this.#stopped) return Promise.resolve()
    if (followed.recovering) {
      followed.again = true
      return followed.recovering
    }
    followed.recovering = this.#run(id, followed).finally(() => {
      followed.recovering = null
    })
    return followed.recovering
  }

  #get(id: string): Followed {
    const known = this.#followed.get(id)
    if (known) return known
    const followed: Followed = { held: [], recovering: null, again: false, cancelTimer: null, rounds: 0 }
    this.#followed.set(id, followed)
    return followed
  }

  #apply(id: string, pieces: Piece[]): void {
    const { writer } = this.#options
    // Where few write and many read is not followed: its posts are kept as they come.
    if (this.#options.context('live').findGroup(`channel:${id}`)?.broadcast !== false) {
      this.#options.written(writer.transaction(() => writer.put(pieces.flatMap(({ entries }) => entries))))
      return
    }
    const followed = this.#get(id)
    const first = pieces.find(({ pts }) => pts !== null)
    const known = this.#findPts(id) ?? (first ? (first.pts ?? 0) - first.ptsCount : null)
    let held = [...followed.held]
    const written = writer.transaction(() => {
      let pts = known
      const now: Written = { rows: false, stale: false }
      const put = (entries: Entry[]) => {
        const { rows, stale } = writer.put(entries)
        now.rows ||= rows
        now.stale ||= stale
      }
      for (const piece of pieces) {
        if (piece.pts === null) put(piece.entries)
        else held.push(piece)
      }
      held = held
        .sort((a, b) => start(a) - start(b))
        .filter((piece) => {
          if (pts === null || start(piece) !== pts) return start(piece) >= (pts ?? 0) && piece.pts !== pts
          put(piece.entries)
          pts = piece.pts ?? pts
          return false
        })
      if (pts !== null && pts !== this.#findPts(id)) this.#putPts(id, pts)
      return now
    })
    followed.held = held
    this.#options.written(written)
    if (held.length > heldLimit) void this.recover(id)
    this.#watchGap(id, followed)
  }

  #watchGap(id: string, followed: Followed): void {
    if (followed.held.length === 0) {
      followed.cancelTimer?.()
      followed.cancelTimer = null
      followed.rounds = 0
    } else if (!followed.cancelTimer) {
      const { timing } = this.#options
      this.#again(id, followed, Math.min(60_000, timing.gapMs * 2 ** Math.min(followed.rounds++, 7)))
    }
  }

  #again(id: string, followed: Followed, ms: number): void {
    followed.cancelTimer?.()
    followed.cancelTimer = this.#options.timing.after(ms, () => {
      followed.cancelTimer = null
      void this.recover(id)
    })
  }

  async #run(id: string, followed: Followed): Promise<void> {
    try {
      do {
        followed.again = false
        followed.cancelTimer?.()
        followed.cancelTimer = null
        await this.#fetch(id)
        if (!this.#stopped) this.#apply(id, [])
      } while (followed.again && !this.#stopped)
    } catch (error) {
      if (!this.#stopped) this.#failed(id, followed, error)
    }
  }

  /** One channel that may not be read any more costs no connection. */
  #failed(id: string, followed: Followed, error: unknown): void {
    const { host, writer } = this.#options
    const { kind, fault } = readFault(error, host.clock.now())
    if (kind === 'flood') return this.#again(id, followed, Math.max(0, (fault.until ?? 0) - host.clock.now()))
    if (kind !== 'refused') return this.#options.failed(error)
    host.log('warn', fault.code)
    followed.held = []
    writer.transaction(() => host.store.putState('channel', id, null))
  }

  async #fetch(id: string): Promise<void> {
    for (let round = 0; round < roundsAtMost; round++) {
      const pts = this.#findPts(id)
      if (pts === null || this.#stopped) return
      const difference = await this.#askDifference(id, pts)
      if (this.#stopped || !difference) return
      switch (difference.className) {
        case 'updates.ChannelDifferenceEmpty':
          return this.#commit(id, Math.max(this.#findPts(id) ?? 0, difference.pts), nothing)
        case 'updates.ChannelDifferenceTooLong':
          return this.#restart(id, difference.dialog)
        case 'updates.ChannelDifference':
          // Pushes may have gone further while the answer was on its way.
          this.#commit(
            id,
            Math.max(this.#findPts(id) ?? 0, difference.pts),
            readDifference(difference, this.#options.context('offline')),
          )
          if (difference.final) return
          if (difference.pts <= pts) throw new Error('the difference of a channel does not move')
      }
    }
  }

  /** null: the answer could not be read, and following starts anew at the present. */
  async #askDifference(id: string, pts: number): Promise<Api.updates.TypeChannelDifference | null> {
    const { source, host } = this.#options
    try {
      return await source.difference(id, pts)
    } catch (error) {
      if (!isUndecodable(error)) throw error
      host.log('error', 'telegram_difference_undecodable')
      await this.#goOnAt(id, (await source.present(id)) ?? pts + 1, 'gap: not decodable', undecodableBytes(error))
      return null
    }
  }

  #restart(id: string, dialog: Api.TypeDialog): Promise<void> {
    this.#options.host.log('error', 'telegram_channel_difference_too_long')
    const pts = ('pts' in dialog ? dialog.pts : undefined) ?? (this.#findPts(id) ?? 0) + 1
    return this.#goOnAt(id, pts, 'gap: the provider no longer lists what was missed', null)
  }

  /** The newest messages are read again, and a row in the group says that some may be missing. */
  async #goOnAt(id: string, pts: number, why: string, raw: Uint8Array | null): Promise<void> {
    const { host, source, context } = this.#options
    const history = await source.newest(id).catch((error: unknown) => {
      if (isUndecodable(error)) return null
      throw error
    })
    if (this.#stopped) return
    const listed = history !== null && history.className !== 'messages.MessagesNotModified'
    const read = listed ? readHistory(history, context('offline')) : nothing
    const peer = identityAt(`channel:${id}`, context('offline'))
    const time = host.clock.now()
    const place = { peer, author: null, direction: 'in' as const, providerId: `gap/${pts}`, time }
    const gap = unknownRow(why, raw ?? new Uint8Array(), place)
    const entries: Entry[] = [{ key: `gap:channel:${id}:${pts}:${randomUUID()}`, row: gap }, ...read.entries]
    this.#commit(id, pts, { ...read, entries })
  }

  #commit(id: string, pts: number, read: Pick<ReadDifference, 'peers' | 'groups' | 'entries' | 'pieces'>): void {
    const { writer } = this.#options
    const written = writer.transaction(() => {
      writer.putSeen(read)
      // Numbered ones of a difference all stand before its end.
      const done = writer.put([...read.entries, ...read.pieces.flatMap(({ entries }) => entries)])
      this.#putPts(id, pts)
      return done
    })
    this.#options.written(written)
  }

  #findPts(id: string): number | null {
    const kept = this.#options.host.store.getState('channel', id)
    return kept ? stateSchema.parse(JSON.parse(decoder.decode(kept))).pts : null
  }

  #putPts(id: string, pts: number): void {
    this.#options.host.store.putState('channel', id, encoder.encode(JSON.stringify({ pts })))
  }
}

const nothing: ReadDifference = { peers: [], groups: [], entries: [], pieces: [], behind: [] }

function start(piece: Piece): number {
  return (piece.pts ?? 0) - piece.ptsCount
}
