import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readUpdates } from './read-updates.ts'
import { ReadingBench } from './test-context.ts'

const long = (value: string | number) => returnBigInt(value)
const ana = new Api.PeerUser({ userId: long(77) })
const mega = new Api.PeerChannel({ channelId: long(4) })
let bench: ReadingBench

beforeEach(() => {
  bench = new ReadingBench()
})
afterEach(() => bench.close())

function push(...updates: Api.TypeUpdate[]) {
  const batch = readUpdates(
    new Api.Updates({ updates, users: [], chats: [], date: 1_700_000_050, seq: 0 }),
    bench.context(),
  )
  return bench.keep(batch.pieces.flatMap(({ entries }) => entries))
}

type Fields = Partial<ConstructorParameters<typeof Api.Message>[0]>
function message(fields: Fields = {}): Api.Message {
  return new Api.Message({ id: 5, peerId: ana, date: 1_700_000_000, message: 'hi', ...fields })
}
const say = (fields: Fields = {}) => push(new Api.UpdateNewMessage({ message: message(fields), pts: 8, ptsCount: 1 }))
const edit = (fields: Fields, pts = 9) =>
  push(new Api.UpdateEditMessage({ message: message({ editDate: 1_700_000_020, ...fields }), pts, ptsCount: 1 }))

function reactions(...list: [Api.PeerUser, string, number][]) {
  const recentReactions = list.map(
    ([peerId, emoticon, date]) =>
      new Api.MessagePeerReaction({ peerId, date, reaction: new Api.ReactionEmoji({ emoticon }) }),
  )
  const results = recentReactions.map(({ reaction }) => new Api.ReactionCount({ reaction, count: 1 }))
  return new Api.MessageReactions({ results, recentReactions })
}

describe('an edit', () => {
  test('names its target and its number, and is one more row each time', () => {
    say()
    expect(edit({ message: 'hello' })).toMatchObject([
      {
        kind: 'message',
        direction: 'in',
        message: {
          kind: 'edit',
          chat: 'user:77',
          author: 'user:77',
          providerId: '5/edit/9',
          target: '5',
          text: 'hello',
          time: 1_700_000_020_000,
        },
      },
    ])
    expect(edit({ message: 'hello!' }, 10)).toMatchObject([{ message: { providerId: '5/edit/10' } }])
    expect(edit({ message: 'hello!' }, 10)).toEqual([])
  })

  test('that changes nothing said is none: the preview, or reactions, which are told as such', () => {
    say()
    const webpage = new Api.WebPageEmpty({ id: long(1) })
    expect(edit({ media: new Api.MessageMediaWebPage({ webpage }), editHide: true })).toEqual([])
    expect(edit({ editHide: true, reactions: reactions([ana, '👍', 1_700_000_015]) }, 10)).toMatchObject([
      { message: { kind: 'reaction', providerId: '5/reaction/77', details: { emoji: '👍' }, time: 1_700_000_015_000 } },
    ])
  })

  test('of a message never seen is told, unless it is hidden as such', () => {
    expect(edit({ id: 3, editHide: true })).toEqual([])
    expect(edit({ id: 3 })).toMatchObject([{ message: { kind: 'edit', target: '3' } }])
  })

  test('of an own message that the answer did not name is recognised by what was said', () => {
    say({ out: true })
    bench.ownSends.begin('-77', 'user:77', 'edit/5:better', 1_700_000_019_000)
    bench.ownSends.end('-77')
    expect(edit({ out: true, message: 'better' })).toMatchObject([{ direction: 'out', clientId: '-77', path: 'live' }])
    expect(edit({ out: true, message: 'best' }, 11)).toMatchObject([{ clientId: null, path: 'phone' }])
  })

  test('moves a live location', () => {
    const at = (lat: number) =>
      new Api.MessageMediaGeoLive({ geo: new Api.GeoPoint({ lat, long: 2, accessHash: long(0) }), period: 900 })
    say({ message: '', media: at(1) })
    expect(edit({ message: '', media: at(1.5) })).toMatchObject([
      { message: { kind: 'edit', details: { location: { latitude: 1.5, live: true } } } },
    ])
  })
})

describe('a deletion', () => {
  test('finds the conversation of a mailbox id, and comes once', () => {
    say()
    const update = new Api.UpdateDeleteMessages({ messages: [5, 6], pts: 9, ptsCount: 2 })
    expect(push(update)).toMatchObject([
      { message: { kind: 'delete', chat: 'user:77', author: 'user:77', providerId: '5/delete', target: '5' } },
      { kind: 'unknown', reason: 'delete:unseen', place: null },
    ])
    expect(push(update)).toEqual([])
  })

  test('in a megagroup stands there', () => {
    const update = new Api.UpdateDeleteChannelMessages({ channelId: long(4), messages: [5], pts: 9, ptsCount: 1 })
    expect(push(update)).toMatchObject([
      { peer: { address: 'channel:4' }, author: null, message: { author: 'channel:4', providerId: '5/delete' } },
    ])
  })
})

describe('reactions', () => {
  const react = (now: Api.MessageReactions) =>
    push(new Api.UpdateMessageReactions({ peer: mega, msgId: 5, reactions: now }))
  const li = new Api.PeerUser({ userId: long(78) })
  const self = new Api.PeerUser({ userId: long(42) })

  test('become one row for each that changed, and one where it is taken back', () => {
    expect(react(reactions([ana, '👍', 11], [self, '❤', 12]))).toMatchObject([
      { direction: 'in', author: { address: 'user:77' }, message: { author: 'user:77', details: { emoji: '👍' } } },
      { direction: 'out', path: 'phone', author: null, message: { providerId: '5/reaction/42', time: 12_000 } },
    ])
    expect(react(reactions([ana, '👍', 11], [self, '❤', 12]))).toEqual([])
    expect(react(reactions([ana, '🎉', 13]))).toMatchObject([
      { message: { author: 'user:42', details: { emoji: null }, time: 1_700_000_050_000 } },
      { message: { author: 'user:77', details: { emoji: '🎉' } } },
    ])
  })

  test('that are not listed any more in a big group still stand', () => {
    react(reactions([ana, '👍', 11]))
    const partial = reactions([li, '👍', 12])
    partial.results = [new Api.ReactionCount({ reaction: new Api.ReactionEmoji({ emoticon: '👍' }), count: 9 })]
    expect(react(partial)).toMatchObject([{ message: { author: 'user:78' } }])
  })
})

describe('votes', () => {
  const text = (said: string) => new Api.TextWithEntities({ text: said, entities: [] })
  const answers = ['yes', 'no'].map((said, n) => new Api.PollAnswer({ text: text(said), option: Buffer.from([n]) }))
  const poll = new Api.Poll({ id: long(900), question: text('ok?'), answers, hash: long(0) })
  beforeEach(() => {
    const media = new Api.MessageMediaPoll({ poll, results: new Api.PollResults({}) })
    const asked = message({ peerId: mega, fromId: ana, message: '', media })
    push(new Api.UpdateNewChannelMessage({ message: asked, pts: 8, ptsCount: 1 }))
  })
  const vote = (...options: number[]) =>
    push(
      new Api.UpdateMessagePollVote({
        pollId: long(900),
        peer: ana,
        options: options.map((n) => Buffer.from([n])),
        positions: options,
        qts: 1,
      }),
    )

  test('are told by the text of their options; none is a vote taken back', () => {
    expect(vote(1)).toMatchObject([
      {
        peer: { address: 'channel:4' },
        author: { address: 'user:77' },
        message: { kind: 'vote', target: '5', providerId: '5/vote/77', details: { vote: ['no'] } },
      },
    ])
    expect(vote(1)).toEqual([])
    expect(vote()).toMatchObject([{ message: { details: { vote: [] } } }])
  })

  test('of the account come with the results of the poll', () => {
    const result = new Api.PollAnswerVoters({ chosen: true, option: Buffer.from([0]), voters: 3 })
    const results = new Api.PollResults({ results: [result] })
    expect(push(new Api.UpdateMessagePoll({ pollId: long(900), results }))).toMatchObject([
      { direction: 'out', message: { author: 'user:42', details: { vote: ['yes'] } } },
    ])
  })
})

test('the request of a secret chat is a row of its conversation', () => {
  const chat = new Api.EncryptedChatRequested({
    id: 6,
    accessHash: long(1),
    date: 1,
    adminId: long(77),
    participantId: long(42),
    gA: Buffer.alloc(8),
  })
  expect(push(new Api.UpdateEncryption({ chat, date: 2 }))).toMatchObject([
    { reason: 'secret_chat', place: { peer: { address: 'user:77' }, providerId: 'secret/6' } },
  ])
})
