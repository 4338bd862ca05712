/** What customers do now in the conversations that the window shows: in memory only, and only as long as the provider says. */
import type { Availability, Doing } from '../../shared/contracts/customer-activity.ts'
import type { Reader } from '../cache/database.ts'
import { findMessage } from '../cache/messages.ts'
import { findIdentityById, seenIdentity } from '../cache/people.ts'
import { listShown, type ShownConversation } from '../cache/shown.ts'
import type { ActivityNotice } from '../channels/channel.ts'
import type { Touched } from '../recorder/context.ts'

/** Runs on a clock that nobody sets: how long somebody has been typing is no time of day. */
export interface ActivityTimers {
  monotonic(): number
  /** Runs once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void
}

export const realTimers: ActivityTimers = {
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export interface ActivityOptions {
  cache: Reader
  timers: ActivityTimers
  /** Epoch ms. */
  now(): number
  /** Asks the account's channel, where it runs here, to find out about this conversation. */
  attend(account: string, address: string | null): void
  /** Something is in `takeChanged` that was not there before. */
  changed(): void
}

/** In one conversation; whoever comes later does nothing that anybody could still read. */
const mostDoing = 64
/** Whatever a channel says: no hint lives longer. */
const longestDoingMs = 30_000
const longestOnlineMs = 600_000

interface Doer {
  doing: Doing
  until: number
}

interface Kept {
  shown: ShownConversation
  /** By the author's address; '' in a conversation of two. In the order of beginning. */
  doers: Map<string, Doer>
  availability: Availability | null
  onlineUntil: number | null
}

export interface ActivityOf {
  account: string
  group: boolean
  /** Address null: the other side. */
  doers: { address: string | null; doing: Doing }[]
  availability: Availability | null
}

const addressKey = (account: string, address: string): string => `${account} ${address}`

export class CustomerActivity {
  readonly #options: ActivityOptions
  #kept = new Map<number, Kept>()
  #byAddress = new Map<string, Kept>()
  #open: Kept | null = null
  readonly #changed = new Set<number>()
  #wake: { at: number; cancel: () => void } | null = null

  constructor(options: ActivityOptions) {
    this.#options = options
  }

  /** By opaque ids; takes the place of what was shown before. */
  show(open: string | null, rows: readonly string[]): void {
    const before = this.#kept
    const wasOpen = this.#open?.shown ?? null
    const all = [...new Set(open === null ? rows : [open, ...rows])]
    this.#kept = new Map()
    for (const shown of listShown(this.#options.cache, all)) {
      const known = before.get(shown.id)
      const kept = known ?? { shown, doers: new Map(), availability: null, onlineUntil: null }
      kept.shown = shown
      this.#kept.set(shown.id, kept)
    }
    this.#open = [...this.#kept.values()].find(({ shown }) => shown.opaque === open) ?? null
    for (const kept of this.#kept.values()) if (kept !== this.#open) forgetAvailability(kept)
    this.#index()
    const nowOpen = this.#open?.shown ?? null
    if (nowOpen?.id === wasOpen?.id) return
    if (wasOpen && wasOpen.account !== nowOpen?.account) this.#options.attend(wasOpen.account, null)
    if (nowOpen) this.#options.attend(nowOpen.account, nowOpen.address)
  }

  #index(): void {
    this.#byAddress = new Map()
    for (const kept of this.#kept.values())
      for (const address of kept.shown.addresses) this.#byAddress.set(addressKey(kept.shown.account, address), kept)
  }

  /** Of conversations that nobody sees nothing is kept, and nothing is looked up for them: strangers may send without end. */
  noticed(account: string, notice: ActivityNotice): void {
    const of = notice.notice === 'doing' ? notice.chat : notice.person
    const kept = this.#byAddress.get(addressKey(account, of))
    if (!kept) return
    const isNews = notice.notice === 'doing' ? this.#putDoing(kept, notice) : this.#putAvailability(kept, notice)
    if (isNews) this.#tell(kept)
  }

  #putDoing({ shown, doers }: Kept, notice: ActivityNotice & { notice: 'doing' }): boolean {
    const who = shown.group ? notice.author : ''
    if (notice.doing === null) return doers.delete(who)
    const before = doers.get(who)
    if (!before && doers.size >= mostDoing) return false
    const until = this.#options.timers.monotonic() + Math.min(notice.lastsMs, longestDoingMs)
    doers.set(who, { doing: notice.doing, until })
    this.#wakeAt(until)
    return before?.doing !== notice.doing
  }

  #putAvailability(kept: Kept, notice: ActivityNotice & { notice: 'availability' }): boolean {
    const { availability, lastsMs } = notice
    if (kept.shown.group) return false
    // Whoever has gone does nothing any more, without having said so.
    const hasStopped = availability?.state === 'offline' && kept.doers.delete('')
    if (kept !== this.#open) return hasStopped
    const before = JSON.stringify(kept.availability)
    kept.availability = availability
    kept.onlineUntil = null
    if (availability?.state === 'online' && lastsMs !== null) {
      kept.onlineUntil = this.#options.timers.monotonic() + Math.min(lastsMs, longestOnlineMs)
      this.#wakeAt(kept.onlineUntil)
    }
    return hasStopped || JSON.stringify(availability) !== before
  }

  /** Whoever has just said something is not typing it any more. */
  recorded({ recorded, conversations }: Touched): void {
    for (const id of conversations) if (hasOneAddress(this.#kept.get(id))) this.#learnAddresses(id)
    for (const one of recorded) {
      const kept = 'key' in one ? this.#kept.get(one.key.conversation) : undefined
      if (!kept || kept.doers.size === 0 || !('key' in one)) continue
      const row = findMessage(this.#options.cache, one.key)
      if (row?.mine !== 0) continue
      const authors = kept.shown.group ? this.#addressesOf(row.author) : ['']
      if (authors.filter((author) => kept.doers.delete(author)).length > 0) this.#tell(kept)
    }
  }

  #addressesOf(identity: number | null): string[] {
    const { cache } = this.#options
    const row = identity === null ? undefined : findIdentityById(cache, identity)
    if (!row) return []
    const { address, aliases } = seenIdentity(cache, row)
    return [address, ...aliases]
  }

  /** A person may turn out to be known by a number and a LID while the conversation stands on the screen. */
  #learnAddresses(id: number): void {
    const kept = this.#kept.get(id)
    const [shown] = kept ? listShown(this.#options.cache, [kept.shown.opaque]) : []
    if (!kept || !shown || shown.addresses.length < 2) return
    kept.shown = shown
    this.#index()
  }

  /** Connected (again): what was asked for before is forgotten at the provider. */
  live(account: string): void {
    const shown = this.#open?.shown
    if (shown?.account === account) this.#options.attend(account, shown.address)
  }

  /** Nothing is heard any more, so nothing is known. */
  lost(account: string): void {
    for (const kept of this.#kept.values()) {
      if (kept.shown.account !== account) continue
      if (kept.doers.size === 0 && kept.availability === null) continue
      kept.doers.clear()
      forgetAvailability(kept)
      this.#tell(kept)
    }
  }

  /** Conversations of which something is known. */
  list(): number[] {
    return [...this.#kept.values()]
      .filter(({ doers, availability }) => doers.size > 0 || availability !== null)
      .map(({ shown }) => shown.id)
  }

  /** Null: it is not shown. */
  of(conversation: number): ActivityOf | null {
    const kept = this.#kept.get(conversation)
    if (!kept) return null
    const { shown, doers, availability } = kept
    return {
      account: shown.account,
      group: shown.group,
      doers: [...doers].map(([who, { doing }]) => ({ address: shown.group ? who : null, doing })),
      availability,
    }
  }

  /** What has changed since this was asked for last. */
  takeChanged(): number[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  #tell({ shown }: Kept): void {
    const isFirst = this.#changed.size === 0
    this.#changed.add(shown.id)
    if (isFirst) this.#options.changed()
  }

  /** One timer for all: a flood of hints makes no flood of timers. */
  #wakeAt(at: number): void {
    if (this.#wake && this.#wake.at <= at) return
    this.#wake?.cancel()
    const { timers } = this.#options
    this.#wake = { at, cancel: timers.after(Math.max(0, at - timers.monotonic()), () => this.#expire()) }
  }

  #expire(): void {
    this.#wake = null
    const now = this.#options.timers.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const kept of this.#kept.values()) {
      let isNews = false
      for (const [who, { until }] of kept.doers) {
        if (until <= now) isNews = kept.doers.delete(who)
        else next = Math.min(next, until)
      }
      if (kept.onlineUntil !== null && kept.onlineUntil <= now) {
        kept.onlineUntil = null
        kept.availability = { state: 'offline', seenAt: this.#options.now() }
        isNews = true
      } else if (kept.onlineUntil !== null) next = Math.min(next, kept.onlineUntil)
      if (isNews) this.#tell(kept)
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(next)
  }

  stop(): void {
    this.#wake?.cancel()
    this.#wake = null
    this.#kept.clear()
    this.#byAddress.clear()
    this.#changed.clear()
    this.#open = null
  }
}

function forgetAvailability(kept: Kept): void {
  kept.availability = null
  kept.onlineUntil = null
}

function hasOneAddress(kept: Kept | undefined): boolean {
  return kept !== undefined && !kept.shown.group && kept.shown.addresses.length === 1
}
