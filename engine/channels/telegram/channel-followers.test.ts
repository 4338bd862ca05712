import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ChannelFollowers, type ChannelSource } from './channel-followers.ts'
import { type Piece, readUpdates } from './read-updates.ts'
import { ReadingBench, testGroup } from './test-context.ts'
import { defaultTiming } from './timing.ts'

const long = (value: string | number) => returnBigInt(value)
let bench: ReadingBench
let timers: { ms: number; run: () => void }[]
let failures: unknown[]

beforeEach(() => {
  bench = new ReadingBench()
  timers = []
  failures = []
})
afterEach(() => bench.close())

const dialog = new Api.Dialog({
  peer: new Api.PeerChannel({ channelId: long(4) }),
  topMessage: 90,
  readInboxMaxId: 0,
  readOutboxMaxId: 0,
  unreadCount: 0,
  unreadMentionsCount: 0,
  unreadReactionsCount: 0,
  unreadPollVotesCount: 0,
  notifySettings: new Api.PeerNotifySettings({}),
  pts: 900,
})

function follow(source: Partial<ChannelSource>): ChannelFollowers {
  return new ChannelFollowers({
    host: { store: bench.store, clock: bench.clock, log() {} },
    timing: {
      ...defaultTiming,
      after(ms, run) {
        const timer = { ms, run }
        timers.push(timer)
        return () => void (timers = timers.filter((other) => other !== timer))
      },
    },
    writer: bench.writer,
    source: {
      difference: () => Promise.reject(new Error('not asked for')),
      newest: () => Promise.reject(new Error('not asked for')),
      present: async () => null,
      ...source,
    },
    context: (path) => bench.context(path),
    written() {},
    failed: (error) => failures.push(error),
  })
}

function message(id: number, channel = 4): Api.Message {
  const peerId = new Api.PeerChannel({ channelId: long(channel) })
  return new Api.Message({ id, peerId, fromId: new Api.PeerUser({ userId: long(77) }), date: 1, message: `text ${id}` })
}

function pieces(id: number, pts: number, channel = 4): Piece[] {
  const update = new Api.UpdateNewChannelMessage({ message: message(id, channel), pts, ptsCount: 1 })
  const updates = new Api.Updates({ updates: [update], users: [], chats: [], date: 1, seq: 0 })
  return readUpdates(updates, bench.context()).pieces
}

function difference(ids: number[], pts: number, final: boolean): Api.updates.ChannelDifference {
  const fields = { newMessages: ids.map((id) => message(id)), otherUpdates: [], chats: [], users: [] }
  return new Api.updates.ChannelDifference({ ...fields, pts, final: final || undefined })
}

function said(): string[] {
  return bench.rows().map((row) => {
    if (row.kind === 'unknown') return row.reason
    return row.kind === 'message' && row.v === 2 ? row.message.text : row.kind
  })
}
const kept = () => JSON.parse(new TextDecoder().decode(bench.store.getState('channel', '4') ?? undefined)).pts

describe('ChannelFollowers', () => {
  test('begins with the first message of a megagroup and keeps its number with it', () => {
    const followers = follow({})
    followers.receive(pieces(1, 51))
    followers.receive(pieces(1, 51))
    expect(said()).toEqual(['text 1'])
    expect(kept()).toBe(51)
  })

  test('a message that comes too early waits for the missing one', () => {
    const followers = follow({})
    followers.receive(pieces(1, 51))
    followers.receive(pieces(3, 53))
    expect(said()).toEqual(['text 1'])
    expect(timers).toHaveLength(1)
    followers.receive(pieces(2, 52))
    expect(said()).toEqual(['text 1', 'text 2', 'text 3'])
    expect(timers).toEqual([])
  })

  test('a gap that does not close is asked for, slice by slice', async () => {
    const asked: number[] = []
    const followers = follow({
      async difference(_, pts) {
        asked.push(pts)
        return pts === 51 ? difference([2, 3], 53, false) : difference([4], 54, true)
      },
    })
    followers.receive(pieces(1, 51))
    followers.receive(pieces(5, 55))
    timers[0]?.run()
    await followers.recover('4')
    expect(asked.slice(0, 2)).toEqual([51, 53])
    expect(said()).toEqual(['text 1', 'text 2', 'text 3', 'text 4', 'text 5'])
    expect(kept()).toBe(55)
  })

  test('after too much was missed the newest is read again, and a row in the group says that some is missing', async () => {
    const history = { messages: [message(90), message(89)], topics: [], chats: [], users: [], count: 90, pts: 900 }
    const followers = follow({
      async difference() {
        return new Api.updates.ChannelDifferenceTooLong({ final: true, dialog, messages: [], chats: [], users: [] })
      },
      newest: async () => new Api.messages.ChannelMessages(history),
    })
    followers.receive(pieces(1, 51))
    await followers.recoverAll()
    expect(said()).toEqual(['text 1', expect.stringMatching(/^gap/), 'text 89', 'text 90'])
    expect(bench.rows()[1]).toMatchObject({ place: { peer: { address: 'channel:4' }, providerId: 'gap/900' } })
    expect(kept()).toBe(900)
  })

  test('a difference that nobody can decode is kept as far as it can be had, and following goes on', async () => {
    const undecodable = Object.assign(new Error('?'), { invalidConstructorId: 0x0a0b0c0d, remaining: Buffer.from([1]) })
    const followers = follow({
      difference: () => Promise.reject(undecodable),
      newest: () => Promise.reject(undecodable),
      present: async () => 70,
    })
    followers.receive(pieces(1, 51))
    await followers.recoverAll()
    expect(bench.rows()[1]).toMatchObject({ raw: Buffer.from([13, 12, 11, 10, 1]).toString('base64') })
    expect(kept()).toBe(70)
    expect(failures).toEqual([])
  })

  test('a megagroup that may not be read any more is not followed, and costs no connection', async () => {
    const error = Object.assign(new Error('gone'), { code: 400, errorMessage: 'CHANNEL_PRIVATE' })
    const followers = follow({ difference: () => Promise.reject(error) })
    followers.receive(pieces(1, 51))
    await followers.recoverAll()
    expect(bench.store.listState('channel')).toEqual([])
    expect(failures).toEqual([])
  })

  test('a wait that Telegram asks for is waited, a cut is told', async () => {
    const errors = [Object.assign(new Error('slow'), { code: 420, errorMessage: 'FLOOD_WAIT_9' }), new Error('cut')]
    const followers = follow({ difference: () => Promise.reject(errors.shift() ?? new Error('enough')) })
    followers.receive(pieces(1, 51))
    await followers.recover('4')
    expect(timers.map(({ ms }) => ms)).toEqual([9_000])
    expect(failures).toEqual([])
    await followers.recover('4')
    expect(failures).toHaveLength(1)
  })

  test('a difference that does not move ends the connection instead of looping', async () => {
    const followers = follow({ difference: async () => difference([], 51, false) })
    followers.receive(pieces(1, 51))
    await followers.recover('4')
    expect(failures).toHaveLength(1)
  })

  test('posts of a broadcast are kept and not followed', () => {
    bench.peers.putGroup(testGroup('channel:5', { broadcast: true }))
    follow({}).receive(pieces(1, 51, 5))
    expect(said()).toEqual(['channel'])
    expect(bench.store.listState('channel')).toEqual([])
  })
})
