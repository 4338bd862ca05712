import { Api } from 'telegram/index.js'
import { BinaryReader } from 'telegram/extensions/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { describe, expect, test } from 'vitest'
import type { ReadContext } from './read-message.ts'
import { readDifference, readUpdates } from './read-updates.ts'

const long = (value: string | number) => returnBigInt(value)
const ana = new Api.User({ id: long('77'), accessHash: long('-99'), firstName: 'Ana', lastName: 'Souza' })
const anaPeer = new Api.PeerUser({ userId: long('77') })
const context: ReadContext = {
  self: '42',
  path: 'live',
  findPeer: (id) => (id === '78' ? { id, hash: '1', name: 'Known', username: null, phone: '4915' } : null),
  matchOwn: () => null,
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
      entries: [
        {
          key: 'user:77:5',
          row: {
            v: 1,
            kind: 'message',
            path: 'live',
            out: false,
            peer: { id: '77', name: 'Ana Souza', phone: null },
            self: '42',
            id: 5,
            date: 1_700_000_000,
            text: 'hi',
            entities: [
              { type: 'bold', offset: 0, length: 1 },
              { type: 'text_url', offset: 1, length: 1 },
            ],
            reply: 3,
            clientId: null,
            raw: raw.toString('base64'),
          },
        },
      ],
    })
  })

  test.each([
    ['a photo', { media: new Api.MessageMediaUnsupported() }, 'media:MessageMediaUnsupported', 'user:77:5'],
    ['no text', { message: '' }, 'no_text', 'user:77:5'],
    ['a group', { peerId: new Api.PeerChat({ chatId: long(3) }) }, 'group', 'chat:3:5'],
    ['a channel', { peerId: new Api.PeerChannel({ channelId: long(4) }) }, 'channel', 'channel:4:5'],
  ])('%s is kept as unknown and still counts', (_, fields, reason, key) => {
    const [piece] = incoming(fields).pieces
    expect(piece).toMatchObject({ pts: 8, entries: [{ key, row: { kind: 'unknown', reason } }] })
  })

  test('a text with a link preview is a text', () => {
    const media = new Api.MessageMediaWebPage({ webpage: new Api.WebPageEmpty({ id: long(1) }) })
    expect(incoming({ media }).pieces[0]?.entries[0]?.row.kind).toBe('message')
  })

  test('service messages, edits and channel posts are kept; a channel counts for itself', () => {
    const action = new Api.MessageActionContactSignUp()
    const service = new Api.MessageService({ id: 6, peerId: anaPeer, date: 1, action })
    const post = message({ peerId: new Api.PeerChannel({ channelId: long(4) }) })
    const { pieces } = readUpdates(
      container(
        new Api.UpdateNewMessage({ message: service, pts: 9, ptsCount: 1 }),
        new Api.UpdateEditMessage({ message: message({}), pts: 10, ptsCount: 1 }),
        new Api.UpdateNewChannelMessage({ message: post, pts: 700, ptsCount: 1 }),
      ),
      context,
    )
    expect(pieces.map(({ pts, entries }) => [pts, entries[0]?.key, entries[0]?.row])).toMatchObject([
      [9, 'user:77:6', { kind: 'unknown', reason: 'service:MessageActionContactSignUp' }],
      [10, 'pts:10:UpdateEditMessage', { kind: 'unknown', reason: 'UpdateEditMessage' }],
      [null, 'channel:4:5', { kind: 'unknown', reason: 'channel' }],
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
    expect(pieces[0]?.entries[0]?.row).toMatchObject({ out: true, path: 'live', clientId: '-123' })
  })

  test('an own message without one was written elsewhere', () => {
    expect(incoming({ out: true }).pieces[0]?.entries[0]?.row).toMatchObject({ path: 'phone', clientId: null })
  })

  test('presence and typing leave nothing', () => {
    const status = new Api.UserStatusOffline({ wasOnline: 1 })
    const short = new Api.UpdateShort({ update: new Api.UpdateUserStatus({ userId: long(77), status }), date: 5 })
    expect(readUpdates(received(short), context)).toEqual({
      peers: [],
      pieces: [],
      seq: null,
      date: 5,
      recover: false,
    })
  })

  test('a short message from somebody unknown asks for the difference, from somebody known it is read', () => {
    const fields = { id: 5, message: 'hi', pts: 8, ptsCount: 1, date: 1 }
    expect(readUpdates(received(new Api.UpdateShortMessage({ ...fields, userId: long(77) })), context)).toMatchObject({
      pieces: [],
      recover: true,
    })
    expect(readUpdates(received(new Api.UpdateShortMessage({ ...fields, userId: long(78) })), context)).toMatchObject({
      recover: false,
      pieces: [{ pts: 8, entries: [{ key: 'user:78:5', row: { peer: { name: 'Known', phone: '4915' } } }] }],
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
    expect(entries.map(({ key, row }) => [key, row])).toMatchObject([
      ['user:77:5', { kind: 'message', path: 'offline', peer: { name: 'Ana Souza' } }],
      ['user:77:6', { kind: 'message', path: 'offline', clientId: '123' }],
      ['empty:7', { kind: 'unknown', reason: 'empty' }],
      ['read-out:77:6', { kind: 'read', direction: 'out', peer: '77', id: 6, date: null }],
    ])
  })
})
