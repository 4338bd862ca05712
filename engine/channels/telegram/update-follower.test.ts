import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Cache } from '../../cache/database.ts'
import { createChannelStore, listOpenInbox } from '../../cache/inbox.ts'
import type { ChannelStore } from '../channel.ts'
import { decodeRow, type InboxEntry } from './inbox-row.ts'
import { OwnSends } from './own-sends.ts'
import { PeerStore } from './peers.ts'
import { emptyBatch, type Piece, type ReadBatch } from './read-updates.ts'
import { defaultTiming } from './timing.ts'
import type { UpdateState } from './numbering.ts'
import { UpdateFollower, type UpdateSource } from './update-follower.ts'

const clock = { now: () => 1_700_000_000_000 }
let folder: string
let cache: Cache
let store: ChannelStore
let timers: { ms: number; run: () => void }[]
let failures: unknown[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'update-follower-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  store = createChannelStore(cache, 'account-1', clock)
  timers = []
  failures = []
})

afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true })
})

const at = (pts: number): UpdateState => ({ pts, qts: 0, date: 1, seq: 1 })

function follow(source: Partial<UpdateSource>): UpdateFollower {
  const timing = {
    ...defaultTiming,
    after(ms: number, run: () => void) {
      const timer = { ms, run }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
  }
  return new UpdateFollower({
    host: { store, clock, inboxChanged() {}, log() {} },
    timing,
    peers: new PeerStore(store),
    ownSends: new OwnSends(store),
    expand: (bytes) => bytes,
    becameStale() {},
    source: {
      missed: async () => [],
      channels: {
        difference: () => Promise.reject(new Error()),
        newest: () => Promise.reject(new Error()),
        present: async () => null,
      },
      state: async () => at(10),
      difference: async () => new Api.updates.DifferenceEmpty({ date: 1, seq: 1 }),
      ...source,
    },
    self: '42',
    failed: (error) => failures.push(error),
  })
}

function piece(pts: number, ptsCount = 1): Piece {
  return { pts, ptsCount, qts: null, channel: null, entries: [entry(`pts ${pts}`)] }
}

function entry(key: string): InboxEntry {
  return { key, row: { v: 1, kind: 'unknown', reason: key, raw: '' } }
}

function batch(...pieces: Piece[]): ReadBatch {
  return { ...emptyBatch, pieces }
}

function reasons(): string[] {
  return listOpenInbox(cache, 100).map(({ raw }) => {
    const row = decodeRow(raw)
    return row.kind === 'unknown' ? row.reason : row.kind
  })
}

function kept(): UpdateState {
  return JSON.parse(new TextDecoder().decode(store.getState('updates', 'common') ?? undefined))
}

function difference(ids: number[], state: UpdateState, last: boolean) {
  const peerId = new Api.PeerUser({ userId: returnBigInt(77) })
  const fields = {
    newMessages: ids.map((id) => new Api.Message({ id, peerId, date: 1, message: `text ${id}` })),
    newEncryptedMessages: [],
    otherUpdates: [],
    chats: [],
    users: [],
  }
  const reached = new Api.updates.State({ ...state, unreadCount: 0 })
  return last
    ? new Api.updates.Difference({ ...fields, state: reached })
    : new Api.updates.DifferenceSlice({ ...fields, intermediateState: reached })
}

describe('UpdateFollower', () => {
  test('begins at the present of the server and keeps it', async () => {
    const follower = follow({})
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual([])
    await follower.recover()
    expect(reasons()).toEqual(['pts 11'])
    expect(kept()).toEqual(at(11))
  })

  test('a server that is further on is asked for the difference, one that stands where we stand is not', async () => {
    let asked = 0
    const empty = async () => {
      asked += 1
      return new Api.updates.DifferenceEmpty({ date: 1, seq: 1 })
    }
    const follower = follow({ difference: empty })
    await follower.recover()
    follower.compare(at(10))
    expect(asked).toBe(0)
    follower.compare(at(12))
    expect(asked).toBe(1)
  })

  test('a number that is beyond the server’s twice in a row was wrong: following goes on where the server stands', async () => {
    const follower = follow({})
    await follower.recover()
    // A push that fits by its own words and counts for more than it is.
    follower.receive(batch(piece(255, 245)))
    expect(kept().pts).toBe(255)
    follower.compare(at(11))
    expect(kept().pts).toBe(255)
    follower.compare(at(12))
    await follower.recover()
    expect(kept().pts).toBe(12)
    expect(reasons()).toEqual(['pts 255', 'gap: the numbering went wrong'])
    follower.receive(batch(piece(13)))
    expect(reasons().at(-1)).toBe('pts 13')
  })

  test('a push that counts for more than any update can is kept and moves no number', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(1_000_000_007, 999_999_997)))
    await follower.recover()
    follower.receive(batch(piece(-250, -260)))
    expect(kept().pts).toBe(10)
    expect(reasons()).toEqual(['pts 1000000007', 'pts -250'])
    expect(failures).toEqual([])
  })

  test('what no difference leads up to is kept after some rounds, and what comes later is none the worse', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(0x7fffffff)))
    for (let round = 0; round < 6; round++) {
      expect(reasons()).toEqual([])
      timers.at(-1)?.run()
      await follower.recover()
    }
    expect(reasons()).toEqual(['pts 2147483647'])
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual(['pts 2147483647', 'pts 11'])
    expect(kept().pts).toBe(11)
  })

  test('two updates under one number are both kept', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(11)))
    follower.receive(batch({ ...piece(11), entries: [entry('another')] }))
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual(['pts 11', 'another'])
    expect(kept().pts).toBe(11)
  })

  test('a date that is still to come hides nothing from the next difference', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive({ ...batch(piece(11)), date: 0x7fffffff })
    expect(kept().date).toBe(1_700_000_000)
  })

  test('what cannot be read is kept as it came, and the difference is asked for', async () => {
    let asked = 0
    const empty = async () => {
      asked += 1
      return new Api.updates.DifferenceEmpty({ date: 1, seq: 1 })
    }
    const follower = follow({ difference: empty })
    await follower.recover()
    follower.receiveUnreadable(Buffer.from('4042ae74', 'hex'))
    await follower.recover()
    expect(reasons()).toEqual(['undecodable'])
    expect(asked).toBeGreaterThan(0)
  })

  test('an update that comes too early waits for the missing one, and then nobody asks for a difference', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(12)))
    follower.receive(batch(piece(14, 2)))
    expect(reasons()).toEqual([])
    expect(timers).toHaveLength(1)
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual(['pts 11', 'pts 12', 'pts 14'])
    expect(kept().pts).toBe(14)
    expect(timers).toEqual([])
  })

  test('what is old already moves no number and is kept where nothing of its key is', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(10), piece(9), piece(11), piece(11)))
    expect(reasons()).toEqual(['pts 9', 'pts 10', 'pts 11'])
    expect(kept().pts).toBe(11)
  })

  test('a server whose difference lags behind its pushes is asked ever more rarely', async () => {
    const follower = follow({})
    await follower.recover()
    follower.receive(batch(piece(12)))
    const waits: number[] = []
    for (let round = 0; round < 4; round++) {
      const [timer] = timers
      waits.push(timer?.ms ?? 0)
      timer?.run()
      await follower.recover()
    }
    expect(waits).toEqual([700, 1400, 2800, 5600])
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual(['pts 11', 'pts 12'])
  })

  test('slices are fetched to the end, each kept with its state', async () => {
    const asked: number[] = []
    const seen: number[] = []
    const follower = follow({
      difference: async ({ pts }) => {
        asked.push(pts)
        if (pts !== 10) seen.push(kept().pts)
        return pts === 10 ? difference([1, 2], at(12), false) : difference([3], at(13), true)
      },
    })
    await follower.recover()
    await follower.recover()
    expect(asked).toEqual([10, 12])
    expect(seen).toEqual([12])
    expect(listOpenInbox(cache, 10).map(({ key }) => key)).toEqual(['user:77:1', 'user:77:2', 'user:77:3'])
    expect(kept().pts).toBe(13)
  })

  test('a slice that does not move ends the connection instead of looping', async () => {
    const follower = follow({ difference: async () => difference([], at(10), false) })
    await follower.recover()
    await follower.recover()
    expect(failures).toHaveLength(1)
  })

  test('a difference that is too long leaves a row that says so, and goes on from there', async () => {
    const peerId = new Api.PeerUser({ userId: returnBigInt(77) })
    const found = new Api.Message({ id: 4, peerId, date: 1, message: 'found again' })
    const follower = follow({
      missed: async () => [{ messages: [found], users: [], chats: [] }],
      difference: async ({ pts }) =>
        pts === 10 ? new Api.updates.DifferenceTooLong({ pts: 900 }) : difference([5], at(901), true),
    })
    await follower.recover()
    await follower.recover()
    expect(listOpenInbox(cache, 10).map(({ key }) => key)).toEqual([
      expect.stringMatching(/^gap:/),
      'user:77:4',
      'user:77:5',
    ])
    expect(reasons()[0]).toMatch(/^gap/)
    expect(kept().pts).toBe(901)
  })

  test('a difference that cannot be decoded leaves a row and does not stop the account for ever', async () => {
    const undecodable = Object.assign(new Error('no such constructor'), { invalidConstructorId: 1 })
    const states = [at(10), at(20)]
    const follower = follow({
      state: async () => states.shift() ?? at(0),
      difference: () => Promise.reject(undecodable),
    })
    await follower.recover()
    await follower.recover()
    expect(reasons()).toEqual(['gap: not decodable'])
    expect(kept().pts).toBe(20)
    expect(failures).toEqual([])
  })

  test('neither row nor number is kept when the store fails', async () => {
    const follower = follow({})
    await follower.recover()
    const broken: InboxEntry = { key: 'x', row: { v: 1, kind: 'unknown', reason: 'x', raw: '' } }
    Object.defineProperty(broken, 'key', {
      get() {
        throw new Error('disk full')
      },
    })
    follower.receive(batch(piece(11), { pts: 12, ptsCount: 1, qts: null, channel: null, entries: [broken] }))
    expect(failures).toMatchObject([{ code: 'telegram_store_failed' }])
    expect(reasons()).toEqual([])
    expect(kept().pts).toBe(10)
  })

  test('after stop nothing is stored any more', async () => {
    const follower = follow({})
    await follower.recover()
    follower.stop()
    follower.receive(batch(piece(11)))
    expect(reasons()).toEqual([])
  })
})
