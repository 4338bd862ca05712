/** Every kind of message in both directions, and what changes one, as the unmodified `telegram` package sees them. */
import { Api, type TelegramClient } from 'telegram'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Details, FileDetails, MessageKind } from '../../../shared/contracts/neutral-message.ts'
import { errorOf, id, LibraryDesk, rawOf, updatesOf } from './library-desk.ts'
import { drawJpeg } from './tiny-jpeg.ts'

let desk: LibraryDesk

beforeEach(async () => {
  desk = await LibraryDesk.open()
})
afterEach(() => desk.close())

const nothing = { name: null, width: null, height: null, durationS: null, waveform: null }
function file(mime: string, bytes: number, more: Partial<FileDetails> = {}): FileDetails {
  return { ...nothing, mime, bytes, ...more }
}

async function pushed(client: TelegramClient, providerId: string, seen = updatesOf(client)): Promise<Api.Message> {
  const fits = (update: Api.UpdateNewMessage): boolean => update.message.id === Number(providerId)
  return (await seen.next<Api.UpdateNewMessage>('UpdateNewMessage', fits)).message as Api.Message
}

describe('what a customer says', () => {
  const picture = drawJpeg(64, 48, 5)
  const waveform = Buffer.from([0, 50, 100, 23, 100, 3, 0, 77]).toString('base64')
  const location = { latitude: -23.55, longitude: -46.63, name: null, address: null, live: false }
  const poll = { question: 'When?', options: ['Mon', 'Tue'], multiple: true }

  it.each<[MessageKind, Details, Buffer | null, string]>([
    ['text', { preview: { url: 'https://a.example/x', title: 'A', description: null } }, null, 'MessageMediaWebPage'],
    ['image', { file: file('image/jpeg', picture.length, { width: 64, height: 48 }) }, picture, 'MessageMediaPhoto'],
    [
      'video',
      { file: file('video/mp4', 9, { width: 640, height: 360, durationS: 7 }) },
      Buffer.alloc(9),
      'MessageMediaDocument',
    ],
    ['voice', { file: file('audio/ogg', 5, { durationS: 3, waveform }) }, Buffer.alloc(5), 'MessageMediaDocument'],
    [
      'audio',
      { file: file('audio/mpeg', 6, { name: 'song.mp3', durationS: 180 }) },
      Buffer.alloc(6),
      'MessageMediaDocument',
    ],
    [
      'document',
      { file: file('application/pdf', 4, { name: '../../Rechnung.pdf' }) },
      Buffer.from('%PDF'),
      'MessageMediaDocument',
    ],
    ['sticker', { file: file('image/webp', 3, { width: 512, height: 512 }) }, Buffer.alloc(3), 'MessageMediaDocument'],
    ['location', { location }, null, 'MessageMediaGeo'],
    ['location', { location: { ...location, name: 'Office', address: 'Av. 1' } }, null, 'MessageMediaVenue'],
    ['location', { location: { ...location, live: true } }, null, 'MessageMediaGeoLive'],
    ['contact', { contacts: [{ name: 'Rui Costa', phones: ['+351 900'] }] }, null, 'MessageMediaContact'],
    ['poll', { poll }, null, 'MessageMediaPoll'],
  ])('as %s %o comes with its media and stands in the record as said', async (kind, details, bytes, media) => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const text = kind === 'text' ? 'see https://a.example/x' : kind === 'image' ? 'caption' : ''
    const providerId = await desk.say('ana', { kind, text, details, ...(bytes ? { bytes } : {}) })
    const message = await pushed(client, providerId, seen)
    expect([message.message, message.media?.className]).toEqual([text, media])
    const [row] = desk.simulator.sent()
    expect(row?.message).toMatchObject({
      kind,
      text,
      providerId,
      media: bytes ? expect.stringMatching(/^[0-9a-f]{64}$/) : null,
    })
    expect(withoutWaveform(row?.message.details)).toEqual(withoutWaveform(details))
    if (kind === 'voice')
      expect(row?.message.details?.file?.waveform).toBe(Buffer.from([0, 52, 100, 23, 100, 3, 0, 77]).toString('base64'))
  })

  it('has entities, mentions, a reply, a forward, a lifetime, an album and a view-once mark', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const first = await desk.say('ana', { text: 'first' })
    const self = desk.simulator.accounts()[0]?.address ?? ''
    const details: Details = { mentions: [self], forwarded: true, expiresS: 86_400, album: '77' }
    const entities = [
      { type: 'bold', offset: 0, length: 2 },
      { type: 'mention_name', offset: 3, length: 3 },
      { type: 'text_url', offset: 0, length: 6, url: 'tg://resolve?domain=shop' },
    ]
    const second = await desk.say('ana', { text: 'hi you', entities, reply: first, details })
    const message = await pushed(client, second, seen)
    expect((message.replyTo as Api.MessageReplyHeader).replyToMsgId).toBe(Number(first))
    expect([message.ttlPeriod, String(message.groupedId), message.fwdFrom?.className]).toEqual([
      86_400,
      '77',
      'MessageFwdHeader',
    ])
    expect(desk.simulator.sent()[1]?.message).toMatchObject({ entities, details, reply: first })
    await desk.fault('view-once')
    const third = await desk.say('ana', { kind: 'image', bytes: drawJpeg(16, 16, 1) })
    expect(((await pushed(client, third, seen)).media as Api.MessageMediaPhoto).ttlSeconds).toBe(0x7fffffff)
    expect(desk.simulator.sent()[2]?.message.details?.viewOnce).toBe(true)
  })

  it('may be a call, and may be said from the phone of the account', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const call = { video: true, outcome: 'answered' as const, durationS: 61 }
    await desk.say('ana', { kind: 'call', details: { call } })
    const update = await seen.next<Api.UpdateNewMessage>('UpdateNewMessage')
    expect((update.message as Api.MessageService).action.className).toBe('MessageActionPhoneCall')
    expect(desk.simulator.sent()[0]?.message).toMatchObject({ kind: 'call', details: { call } })
    const own = await desk.say('ana', { text: 'from my phone', fromPhone: true })
    const short = await seen.next<Api.UpdateShortMessage>('UpdateShortMessage')
    expect([short.out, String(short.id), short.message]).toEqual([true, own, 'from my phone'])
    expect(desk.simulator.received('ana')[0]?.message.author).toBe(desk.simulator.accounts()[0]?.address)
  })
})

function withoutWaveform(details: Details | null | undefined): unknown {
  return details?.file ? { ...details, file: { ...details.file, waveform: null } } : details
}

describe('what the account sends', () => {
  it('reaches the customer in the neutral form: place, card, poll, forward', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    let random = 100
    const send = (media: Api.TypeInputMedia): Promise<unknown> =>
      client.invoke(new Api.messages.SendMedia({ peer, media, message: 'x', randomId: id(++random) }))
    const geoPoint = new Api.InputGeoPoint({ lat: 1.5, long: 2.25 })
    await send(
      new Api.InputMediaVenue({ geoPoint, title: 'T', address: 'A', provider: '', venueId: '', venueType: '' }),
    )
    await send(new Api.InputMediaContact({ phoneNumber: '+1', firstName: 'A', lastName: 'B', vcard: '' }))
    const text = (value: string): Api.TextWithEntities => new Api.TextWithEntities({ text: value, entities: [] })
    const answers = ['a', 'b'].map((one) => new Api.PollAnswer({ text: text(one), option: Buffer.from(one) }))
    const poll = new Api.Poll({ id: id(1), question: text('Q'), answers, hash: id(0), publicVoters: true })
    await send(new Api.InputMediaPoll({ poll }))
    const incoming = await desk.say('li', { text: 'please pass on' })
    const fromPeer = await desk.peer(client, 'li')
    const forward = { fromPeer, toPeer: peer, id: [Number(incoming)], randomId: [id(5)] }
    await client.invoke(new Api.messages.ForwardMessages(forward))
    const rows = desk.simulator.received('ana').map((row) => row.message)
    expect(rows.map((row) => row.kind)).toEqual(['location', 'contact', 'poll', 'text'])
    expect(rows[0]?.details?.location).toEqual({ latitude: 1.5, longitude: 2.25, name: 'T', address: 'A', live: false })
    expect(rows[1]?.details?.contacts).toEqual([{ name: 'A B', phones: ['+1'] }])
    expect(rows[2]?.details?.poll).toEqual({ question: 'Q', options: ['a', 'b'], multiple: false })
    expect(rows[3]).toMatchObject({ text: 'please pass on', details: { forwarded: true } })
    expect(rawOf<Api.Message>(desk.simulator.received('ana')[3]).fwdFrom?.className).toBe('MessageFwdHeader')
  })
})

describe('changes', () => {
  it('by a customer come as edit, deletion, reaction and vote, each with its own provider id', async () => {
    const client = await desk.loggedIn()
    const seen = updatesOf(client)
    const target = await desk.say('ana', { text: 'teh price' })
    const edited = await desk.change('ana', target, { kind: 'edit', text: 'the price', entities: [] })
    const edit = await seen.next<Api.UpdateEditMessage>('UpdateEditMessage')
    expect(edited).toBe(`${target}/edit/${edit.pts}`)
    expect((edit.message as Api.Message).message).toBe('the price')
    const user = desk.simulator.customers()[0]?.address.slice(5)
    expect(await desk.change('ana', target, { kind: 'reaction', emoji: '👍' })).toBe(`${target}/reaction/${user}`)
    const reaction = await seen.next<Api.UpdateMessageReactions>('UpdateMessageReactions')
    const [recent] = reaction.reactions.recentReactions ?? []
    expect(String((recent?.peerId as Api.PeerUser | undefined)?.userId)).toBe(user)
    const poll = await desk.say('ana', {
      kind: 'poll',
      details: { poll: { question: 'Q', options: ['a', 'b'], multiple: false } },
    })
    expect(await desk.change('ana', poll, { kind: 'vote', options: ['b'] })).toBe(`${poll}/vote/${user}`)
    const vote = await seen.next<Api.UpdateMessagePollVote>('UpdateMessagePollVote')
    expect([vote.options.map(String), vote.qts]).toEqual([['1'], 1])
    expect((await seen.next<Api.UpdateMessagePoll>('UpdateMessagePoll')).results.totalVoters).toBe(1)
    expect(await desk.change('ana', target, { kind: 'delete' })).toBe(`${target}/delete`)
    expect((await seen.next<Api.UpdateDeleteMessages>('UpdateDeleteMessages')).messages).toEqual([Number(target)])
    const rows = desk.simulator.sent().map(({ message }) => [message.kind, message.target, message.details])
    expect(rows).toEqual([
      ['text', null, null],
      ['edit', target, null],
      ['reaction', target, { emoji: '👍' }],
      ['poll', null, { poll: { question: 'Q', options: ['a', 'b'], multiple: false } }],
      ['vote', poll, { vote: ['b'] }],
      ['delete', target, null],
    ])
  })

  it('by the account are answered with the new state and reach the customer', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    const sent = (await client.invoke(
      new Api.messages.SendMessage({ peer, message: 'teh offer', randomId: id(1) }),
    )) as Api.UpdateShortSentMessage
    const edit = (message: string) => new Api.messages.EditMessage({ peer, id: sent.id, message })
    const edited = (await client.invoke(edit('the offer'))) as Api.Updates
    expect(edited.updates.map((update) => update.className)).toEqual(['UpdateEditMessage'])
    expect((await errorOf(client.invoke(edit('the offer')))).errorMessage).toBe('MESSAGE_NOT_MODIFIED')
    const asked = Number(
      await desk.say('ana', {
        kind: 'poll',
        details: { poll: { question: 'Q', options: ['a', 'b'], multiple: false } },
      }),
    )
    const reaction = [new Api.ReactionEmoji({ emoticon: '🔥' })]
    await client.invoke(new Api.messages.SendReaction({ peer, msgId: asked, reaction }))
    const voted = (await client.invoke(
      new Api.messages.SendVote({ peer, msgId: asked, options: [Buffer.from('0')] }),
    )) as Api.Updates
    const { results } = voted.updates[0] as Api.UpdateMessagePoll
    expect(results.results?.map((one) => [one.chosen ?? false, one.voters])).toEqual([
      [true, 1],
      [false, 0],
    ])
    await client.invoke(new Api.messages.SendReaction({ peer, msgId: asked, reaction: [] }))
    const affected = await client.invoke(new Api.messages.DeleteMessages({ id: [sent.id], revoke: true }))
    expect(affected.ptsCount).toBe(1)
    expect(Array.from(await client.getMessages(peer, { ids: [sent.id] }))).toEqual([undefined])
    const rows = desk.simulator.received('ana').map(({ message }) => [message.kind, message.text || message.details])
    expect(rows).toEqual([
      ['text', 'teh offer'],
      ['edit', 'the offer'],
      ['reaction', { emoji: '🔥' }],
      ['vote', { vote: ['a'] }],
      ['reaction', { emoji: null }],
      ['delete', null],
    ])
  })

  it('have one date, in the answer and in the record, also where a second ends in between', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    const details = { poll: { question: 'Q', options: ['a', 'b'], multiple: false } }
    const msgId = Number(await desk.say('ana', { kind: 'poll', details }))
    desk.stepMs = 1000
    const react = (reaction: Api.TypeReaction[]) => new Api.messages.SendReaction({ peer, msgId, reaction })
    const asks = [
      new Api.messages.SendVote({ peer, msgId, options: [Buffer.from('1')] }),
      new Api.messages.SendVote({ peer, msgId, options: [] }),
      react([new Api.ReactionEmoji({ emoticon: '🔥' })]),
      react([]),
    ]
    const told: number[] = []
    for (const ask of asks) told.push(((await client.invoke<Api.AnyRequest>(ask)) as Api.Updates).date)
    const noted = desk.simulator.received('ana').map(({ message }) => message.time / 1000)
    expect(noted).toEqual(told)
    expect(new Set(told).size).toBe(told.length)
  })

  it('that a client missed come with the difference: edits and votes by number, reactions by date', async () => {
    const client = await desk.loggedIn()
    const target = await desk.say('ana', { text: 'one' })
    const gone = await desk.say('ana', { text: 'two' })
    const poll = await desk.say('ana', {
      kind: 'poll',
      details: { poll: { question: 'Q', options: ['a'], multiple: false } },
    })
    const { pts, qts, date } = await client.invoke(new Api.updates.GetState())
    await desk.change('ana', target, { kind: 'edit', text: 'one!', entities: [] })
    await desk.change('ana', gone, { kind: 'delete' })
    await desk.change('ana', target, { kind: 'reaction', emoji: '👍' })
    await desk.change('ana', poll, { kind: 'vote', options: ['a'] })
    const missed = await desk.say('ana', { text: 'three' })
    await desk.change('ana', missed, { kind: 'edit', text: 'three!', entities: [] })
    const difference = (await client.invoke(
      new Api.updates.GetDifference({ pts, qts, date }),
    )) as Api.updates.Difference
    expect(difference.newMessages.map((message) => (message as Api.Message).message)).toEqual(['three!'])
    expect(difference.otherUpdates.map((update) => update.className)).toEqual([
      'UpdateEditMessage',
      'UpdateDeleteMessages',
      'UpdateEditMessage',
      'UpdateMessageReactions',
      'UpdateMessagePoll',
      'UpdateMessagePollVote',
    ])
    expect([difference.state.pts, difference.state.qts]).toEqual([pts + 4, qts + 1])
  })

  it('of the timer are service messages, and give later messages their lifetime', async () => {
    const client = await desk.loggedIn()
    const peer = await desk.peer(client, 'ana')
    await client.invoke(new Api.messages.SetHistoryTTL({ peer, period: 86_400 }))
    await client.invoke(new Api.messages.SendMessage({ peer, message: 'short-lived', randomId: id(1) }))
    const rows = desk.simulator.received('ana').map((row) => row.message)
    expect(rows.map((row) => row.kind)).toEqual(['service', 'text'])
    expect(rows[0]?.details?.service).toEqual({ event: 'timer', members: [], text: null, seconds: 86_400 })
    expect(rows[1]?.details?.expiresS).toBe(86_400)
  })
})
