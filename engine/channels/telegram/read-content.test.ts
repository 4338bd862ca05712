import { Api } from 'telegram/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeReference } from './media-reference.ts'
import { readMessage } from './read-message.ts'
import { packWaveform, readWaveform } from './read-file.ts'
import type { MessageRow } from './inbox-row.ts'
import { ReadingBench } from './test-context.ts'

const long = (value: string | number) => returnBigInt(value)
const place = { accessHash: long('-7'), fileReference: Buffer.from('ref'), date: 1, dcId: 4 }
const stripped = new Api.PhotoStrippedSize({ type: 'i', bytes: Buffer.from([1, 20, 30, 9, 9, 9]) })
const geo = new Api.GeoPoint({ lat: 1.5, long: -2.25, accessHash: long(0) })
let bench: ReadingBench

beforeEach(() => {
  bench = new ReadingBench()
})
afterEach(() => bench.close())

type Fields = Partial<ConstructorParameters<typeof Api.Message>[0]>
type Attributes = ConstructorParameters<typeof Api.Document>[0]['attributes']

function read(fields: Fields): MessageRow {
  const peerId = new Api.PeerUser({ userId: long(77) })
  const message = new Api.Message({ id: 5, peerId, date: 1_700_000_000, message: '', ...fields })
  const [row] = bench.keep([readMessage(message, bench.context(), null)])
  if (row?.v !== 2 || row.kind !== 'message') throw new Error(`kept as ${JSON.stringify(row)}`)
  return row
}

function document(mimeType: string, attributes: Attributes, media: Partial<Api.MessageMediaDocument> = {}) {
  const file = new Api.Document({ id: long(8), ...place, mimeType, size: long(5000), thumbs: [stripped], attributes })
  return read({ media: new Api.MessageMediaDocument({ document: file, ...media }) })
}

describe('a message', () => {
  test('with a photo offers its largest size and the first impression as a JPEG', () => {
    const sizes = [
      stripped,
      new Api.PhotoSize({ type: 'm', w: 320, h: 200, size: 900 }),
      new Api.PhotoSizeProgressive({ type: 'y', w: 1280, h: 800, sizes: [100, 7000] }),
    ]
    const photo = new Api.Photo({ id: long(9), ...place, sizes })
    const row = read({ message: 'look', media: new Api.MessageMediaPhoto({ photo }), groupedId: long('123') })
    expect(row.message).toMatchObject({ kind: 'image', text: 'look', details: { album: '123' } })
    expect(row.message.details?.file).toEqual({
      name: null,
      mime: 'image/jpeg',
      bytes: 7000,
      width: 1280,
      height: 800,
      durationS: null,
      waveform: null,
    })
    const reference = decodeReference(new TextEncoder().encode(row.media?.reference))
    expect(reference).toMatchObject({ type: 'photo', id: '9', hash: '-7', size: 'y', dc: 4, bytes: 7000 })
    const thumbnail = Buffer.from(row.media?.thumbnail ?? '', 'base64')
    expect([thumbnail[0], thumbnail[1], thumbnail.at(-1)]).toEqual([0xff, 0xd8, 0xd9])
  })

  const voice = new Api.DocumentAttributeAudio({ voice: true, duration: 3, waveform: Buffer.from([0xff, 0x83]) })
  const video = new Api.DocumentAttributeVideo({ duration: 2.6, w: 640, h: 480 })
  const name = new Api.DocumentAttributeFilename({ fileName: '../../a b.pdf' })
  const sticker = new Api.DocumentAttributeSticker({ alt: '🙂', stickerset: new Api.InputStickerSetEmpty() })
  test.each([
    ['voice', 'audio/ogg', [voice], { durationS: 3, name: null }],
    ['audio', 'audio/mpeg', [new Api.DocumentAttributeAudio({ duration: 60 })], { durationS: 60, waveform: null }],
    ['video', 'video/mp4', [video], { durationS: 3, width: 640, height: 480 }],
    ['document', 'application/pdf', [name], { name: '../../a b.pdf', bytes: 5000 }],
    ['sticker', 'image/webp', [new Api.DocumentAttributeImageSize({ w: 512, h: 512 }), sticker], { width: 512 }],
    ['sticker', 'video/webm', [video, sticker], { width: 640 }],
  ])('with a document is %s for %s', (kind, mime, attributes, file) => {
    const row = document(mime, attributes)
    expect(row.message).toMatchObject({ kind, details: { file: { mime, ...file } } })
    expect(row.media?.bytes).toBe(5000)
  })

  test('to be looked at once offers no file', () => {
    const row = document('video/mp4', [video], { ttlSeconds: 30 })
    expect(row).toMatchObject({ media: null, message: { details: { viewOnce: true } } })
    const burnt = read({ id: 6, media: new Api.MessageMediaPhoto({ ttlSeconds: 10 }) })
    expect(burnt.message).toMatchObject({ kind: 'image', details: { viewOnce: true, file: { bytes: 0 } } })
  })

  const text = (said: string) => new Api.TextWithEntities({ text: said, entities: [] })
  const answers = ['yes', 'no'].map((said, n) => new Api.PollAnswer({ text: text(said), option: Buffer.from([n]) }))
  const poll = new Api.Poll({ id: long(1), question: text('ok?'), answers, multipleChoice: true, hash: long(0) })
  const card = { phoneNumber: '+49 1', firstName: 'Ana', lastName: 'Souza', vcard: '', userId: long(0) }
  const venue = { geo, title: 'Shop', address: 'Street 1', provider: '', venueId: '', venueType: '' }
  const spot = { latitude: 1.5, longitude: -2.25, name: null, address: null, live: false }
  test.each<[string, Api.TypeMessageMedia, object]>([
    ['location', new Api.MessageMediaGeo({ geo }), { location: spot }],
    ['location', new Api.MessageMediaGeoLive({ geo, period: 900 }), { location: { ...spot, live: true } }],
    ['location', new Api.MessageMediaVenue(venue), { location: { ...spot, name: 'Shop', address: 'Street 1' } }],
    ['contact', new Api.MessageMediaContact(card), { contacts: [{ name: 'Ana Souza', phones: ['+49 1'] }] }],
    [
      'poll',
      new Api.MessageMediaPoll({ poll, results: new Api.PollResults({}) }),
      { poll: { question: 'ok?', options: ['yes', 'no'], multiple: true } },
    ],
  ])('tells a %s', (kind, media, details) => {
    expect(read({ media }).message).toMatchObject({ kind, text: '', details })
  })

  test('tells mentions, forwarding, the preview that came with it and when it disappears', () => {
    const page = { id: long(1), url: 'https://x.example', displayUrl: 'x', hash: 0, title: 'X', description: 'about' }
    const row = read({
      message: 'Ana, look',
      entities: [new Api.MessageEntityMentionName({ offset: 0, length: 3, userId: long(77) })],
      media: new Api.MessageMediaWebPage({ webpage: new Api.WebPage(page) }),
      fwdFrom: new Api.MessageFwdHeader({ date: 1 }),
      ttlPeriod: 86_400,
    })
    expect(row.message).toMatchObject({
      kind: 'text',
      entities: [{ type: 'mention_name', offset: 0, length: 3 }],
      details: {
        mentions: ['user:77'],
        forwarded: true,
        expiresS: 86_400,
        preview: { url: 'https://x.example', title: 'X', description: 'about' },
      },
    })
  })

  test('of Telegram itself keeps its words but no login code, not in its bytes either', () => {
    const said = 'Login code: 12345. Do not give this code to anyone! 14/10/2026 at 12:11:05 UTC'
    const peerId = new Api.PeerUser({ userId: long(777_000) })
    const row = read({ peerId, message: said })
    expect(row.message.text).toBe(said.replace('12345', '[code]'))
    expect(Buffer.from(row.raw, 'base64').toString('latin1')).not.toContain('12345')
    expect(read({ id: 6, peerId, message: 'Your code is 123-456' }).message.text).toBe('Your code is [code]')
    expect(read({ id: 7, peerId, message: 'This is your login code:\nAbC_dEf3-h1' }).message.text).not.toContain('AbC')
  })
})

describe('a message of the provider', () => {
  function notice(action: Api.TypeMessageAction, out = false) {
    const peerId = new Api.PeerChat({ chatId: long(3) })
    const fromId = new Api.PeerUser({ userId: long(77) })
    const service = new Api.MessageService({ id: 6, peerId, fromId, date: 1_700_000_000, action, out })
    const [row] = bench.keep([readMessage(service, bench.context(), null)])
    return row
  }
  const people = (...ids: number[]) => ids.map((id) => long(id))
  test.each<[Api.TypeMessageAction, object]>([
    [new Api.MessageActionChatCreate({ title: 'T', users: people(77) }), { event: 'created', text: 'T' }],
    [new Api.MessageActionChatEditTitle({ title: 'New' }), { event: 'subject', text: 'New' }],
    [new Api.MessageActionChatAddUser({ users: people(78) }), { event: 'added', members: ['user:78'] }],
    [new Api.MessageActionChatAddUser({ users: people(77) }), { event: 'joined', members: ['user:77'] }],
    [new Api.MessageActionChatDeleteUser({ userId: long(77) }), { event: 'left', members: ['user:77'] }],
    [new Api.MessageActionChatDeleteUser({ userId: long(78) }), { event: 'removed', members: ['user:78'] }],
    [new Api.MessageActionSetMessagesTTL({ period: 60 }), { event: 'timer', seconds: 60 }],
    [new Api.MessageActionScreenshotTaken(), { event: 'other', text: 'MessageActionScreenshotTaken' }],
  ])('is told in its place and makes its group stale', (action, service) => {
    expect(notice(action)).toMatchObject({
      peer: { address: 'chat:3' },
      author: { address: 'user:77' },
      message: { kind: 'service', providerId: '6', details: { service } },
    })
    expect(bench.store.listState('group-stale').map(({ id }) => id)).toEqual(['chat:3'])
  })

  const missed = new Api.PhoneCallDiscardReasonMissed()
  const hangup = new Api.PhoneCallDiscardReasonHangup()
  test.each<[string, object, boolean]>([
    ['missed', { reason: missed }, false],
    ['declined', { reason: new Api.PhoneCallDiscardReasonBusy() }, true],
    ['missed', { reason: hangup }, false],
    ['answered', { reason: hangup, duration: 65 }, true],
  ])('says that a call was %s', (outcome, fields, out) => {
    const call = new Api.MessageActionPhoneCall({ callId: long(1), ...fields })
    expect(notice(call, out)).toMatchObject({ message: { kind: 'call', details: { call: { outcome } } } })
  })
})

test('a waveform survives the way through five bits', () => {
  const bars = Buffer.from(Array.from({ length: 64 }, (_, n) => Math.round((((n * 7) % 32) * 100) / 31)))
  const packed = packWaveform(bars.toString('base64'))
  expect(packed).toHaveLength(40)
  expect(readWaveform(packed)).toBe(bars.toString('base64'))
})
