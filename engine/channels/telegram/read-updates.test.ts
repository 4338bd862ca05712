import { Api } from 'telegram/index.js'
import { BinaryReader } from 'telegram/extensions/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { describe, expect, test } from 'vitest'
import type { Entry, InboxEntry } from './inbox-row.ts'
import type { ReadContext } from './read-message.ts'
import { emptyBatch, readDifference, readUpdates } from './read-updates.ts'

const long = (value: string | number) => returnBigInt(value)
const ana = new Api.User({ id: long('77'), accessHash: long('-99'), firstName: 'Ana', lastName: 'Souza' })
const anaPeer = new Api.PeerUser({ userId: long('77') })
const groups = ['chat:3', 'channel:4', 'channel:5'].map((address) => ({
  address,
  hash: '1',
  title: 'Resellers',
  broadcast: address === 'channel:5',
  left: false,
  owner: false,
}))
const context: ReadContext = {
  self: '42',
  path: 'live',
  now: () => 1_700_000_009,
  findGroup: (address) => groups.find((group) => group.address === address) ?? null,
  memory: {
    findSeen: () => null,
    findPoll: () => null,
    findPollAt: () => null,
    findReactions: () => ({}),
    findSecret: () => null,
    knowsGroup: () => true,
  },
  expand: (bytes) => bytes,
  findPeer: (id) => (id === '78' ? { id, hash: '1', name: 'Known', username: null, phone: '4915' } : null),
  matchOwn: () => null,
}

function rows(entries: Entry[]): InboxEntry[] {
  return entries.flatMap((entry) => ('later' in entry ? entry.later() : [entry]))
}

/** As it comes from the network. */
function received<T extends Api.TypeUpdates>(updates: T): Api.TypeUpdates {
  return new BinaryReader(updates.getBytes()).tgReadObject()
}

function message(fields: Partial<ConstructorParameters<typeof Api.Message>[0]>): Api.Message {
  return new Api.Message({ id: 5, peerId: anaPeer, date: 1_700_000_000, message: 'hi', ...fields })
}

function container(...updates: Api.TypeUpdate[]): Api.TypeUpdates {
  return received(new Api.Updates({ updates, users: [ana], chats: [], date: 1_700_000_001, seq: 0 }))
}

function incoming(fields: Partial<ConstructorParameters<typeof Api.Message>[0]>) {
  const update = new Api.UpdateNewMessage({ message: message(fields), pts: 8, ptsCount: 1 })
  return readUpdates(container(update), context)
}

describe('readUpdates', () => {
  test('a text is one piece under its number, with entities, reply and the bytes of the message', () => {
    const entities = [
      new Api.MessageEntityBold({ offset: 0, length: 1 }),
      new Api.MessageEntityTextUrl({ offset: 1, length: 1, url: 'https://example.org' }),
    ]
    const batch = incoming({ entities, replyTo: new Api.MessageReplyHeader({ replyToMsgId: 3 }) })
    expect(batch).toMatchObject({ recover: false, seq: null, date: 1_700_000_001 })
    expect(batch.peers).toEqual([{ id: '77', hash: '-99', name: 'Ana Souza', username: null, phone: null }])
    expect(batch.pieces).toHaveLength(1)
    const raw = message({ entities, replyTo: new Api.MessageReplyHeader({ replyToMsgId: 3 }) }).getBytes()
    expect(batch.pieces[0]).toEqual({
      pts: 8,
      ptsCount: 1,
      qts: null,
      channel: null,
      entries: [
        {
          key: 'user:77:5',
          row: {
            v: 2,
            kind: 'message',
            path: 'live',
            direction: 'in',
            peer: { address: 'user:77', name: 'Ana Souza', aliases: [] },
            author: null,
            message: {
              channel: 'telegram',
              kind: 'text',
              chat: 'user:77',
              author: 'user:77',
              providerId: '5',
              time: 1_700_000_000_000,
              text: 'hi',
              entities: [
                { type: 'bold', offset: 0, length: 1 },
                { type: 'text_url', offset: 1, length: 1, url: 'https://example.org' },
              ],
              reply: '3',
              target: null,
              media: null,
              details: null,
            },
            clientId: null,
            media: null,
            raw: raw.toString('base64'),
          },
          memory: [expect.objectContaining({ type: 'seen', id: '5' })],
        },
      ],
    })
  })

  test.each([
    ['an unsupported medium', { media: new Api.MessageMediaUnsupported() }, 'media:MessageMediaUnsupported', 'user:77'],
    ['no text', { message: '' }, 'no_text', 'user:77'],
  ])('%s is kept as unknown in its place and still counts', (_, fields, reason, at) => {
    const [piece] = incoming(fields).pieces
    const place = { peer: { address: at }, direction: 'in', providerId: '5', time: 1_700_000_000_000 }
    expect(piece).toMatchObject({ pts: 8, entries: [{ key: `${at}:5`, row: { kind: 'unknown', reason, place } }] })
  })

  test('a message of a group names the group and who wrote it', () => {
    const fromId = anaPeer
    const [piece] = incoming({ peerId: new Api.PeerChat({ chatId: long(3) }), fromId }).pieces
    expect(piece).toMatchObject({
      entries: [
        {
          key: 'chat:3:5',
          row: {
            peer: { address: 'chat:3', name: 'Resellers' },
            author: { address: 'user:77', name: 'Ana Souza' },
            message: { chat: 'chat:3', author: 'user:77', text: 'hi' },
          },
        },
      ],
    })
  })

  test('a text with a link preview is a text', () => {
    const media = new Api.MessageMediaWebPage({ webpage: new Api.WebPageEmpty({ id: long(1) }) })
    expect(rows(incoming({ media }).pieces[0]?.entries ?? [])[0]?.row?.kind).toBe('message')
  })

  test('a megagroup counts for itself, and posts of a broadcast are kept raw', () => {
    const post = (id: number) => message({ peerId: new Api.PeerChannel({ channelId: long(id) }), fromId: anaPeer })
    const { pieces } = readUpdates(
      container(
        new Api.UpdateNewChannelMessage({ message: post(4), pts: 700, ptsCount: 1 }),
        new Api.UpdateNewChannelMessage({ message: post(5), pts: 9, ptsCount: 1 }),
      ),
      context,
    )
    expect(pieces.map(({ channel, pts, entries }) => [channel, pts, rows(entries)[0]])).toMatchObject([
      ['4', 700, { key: 'channel:4:5', row: { kind: 'message', message: { chat: 'channel:4' } } }],
      ['5', 9, { key: 'channel:5:5', row: { kind: 'unknown', reason: 'channel', place: null } }],
    ])
  })

  test('an own message takes the random_id that comes beside it', () => {
    const { pieces } = readUpdates(
      container(
        new Api.UpdateMessageID({ id: 5, randomId: long('-123') }),
        new Api.UpdateNewMessage({ message: message({ out: true }), pts: 8, ptsCount: 1 }),
      ),
      context,
    )
    expect(pieces).toHaveLength(1)
    expect(rows(pieces[0]?.entries ?? [])[0]?.row).toMatchObject({ direction: 'out', path: 'live', clientId: '-123' })
  })

  test('an own message without one was written elsewhere', () => {
    expect(rows(incoming({ out: true }).pieces[0]?.entries ?? [])[0]?.row).toMatchObject({
      path: 'phone',
      clientId: null,
    })
  })

  test('presence and typing leave nothing', () => {
    const status = new Api.UserStatusOffline({ wasOnline: 1 })
    const short = new Api.UpdateShort({ update: new Api.UpdateUserStatus({ userId: long(77), status }), date: 5 })
    expect(readUpdates(received(short), context)).toEqual({ ...emptyBatch, date: 5 })
  })

  test('a short message from somebody unknown asks for the difference, from somebody known it is read', () => {
    const fields = { id: 5, message: 'hi', pts: 8, ptsCount: 1, date: 1 }
    expect(readUpdates(received(new Api.UpdateShortMessage({ ...fields, userId: long(77) })), context)).toMatchObject({
      pieces: [],
      recover: true,
    })
    expect(readUpdates(received(new Api.UpdateShortMessage({ ...fields, userId: long(78) })), context)).toMatchObject({
      recover: false,
      pieces: [{ pts: 8, entries: [{ key: 'user:78:5', row: { peer: { name: 'Known', aliases: ['4915@phone'] } } }] }],
    })
  })

  test('a person shown only in passing gives no access hash', () => {
    const min = new Api.User({ id: long(77), accessHash: long(5), firstName: 'Ana', min: true })
    const updates = new Api.Updates({ updates: [], users: [min], chats: [], date: 1, seq: 3 })
    expect(readUpdates(received(updates), context)).toMatchObject({
      peers: [{ id: '77', hash: null }],
      seq: { start: 3, end: 3 },
    })
  })
})

describe('readDifference', () => {
  test('gives messages with their random_ids, then the other updates', () => {
    const difference = new Api.updates.Difference({
      newMessages: [message({}), message({ id: 6, out: true }), new Api.MessageEmpty({ id: 7 })],
      newEncryptedMessages: [],
      otherUpdates: [
        new Api.UpdateReadHistoryOutbox({ peer: anaPeer, maxId: 6, pts: 12, ptsCount: 1 }),
        new Api.UpdateMessageID({ id: 6, randomId: long('123') }),
      ],
      chats: [],
      users: [ana],
      state: new Api.updates.State({ pts: 12, qts: 0, date: 1, seq: 1, unreadCount: 0 }),
    })
    const { entries } = readDifference(difference, { ...context, path: 'offline' })
    expect(rows(entries).map(({ key, row }) => [key, row])).toMatchObject([
      ['user:77:5', { kind: 'message', path: 'offline', peer: { name: 'Ana Souza' } }],
      ['user:77:6', { kind: 'message', path: 'offline', clientId: '123' }],
      ['empty:7', { kind: 'unknown', reason: 'empty' }],
      ['read-out:user:77:6', { kind: 'read', direction: 'out', peer: 'user:77', id: 6, date: null }],
    ])
  })
})
