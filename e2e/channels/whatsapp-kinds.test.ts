/** Every kind in both directions between the channel and the simulator, compared byte by byte with what the provider has. */
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChannelEvent, OutgoingFile } from '../../engine/channels/channel.ts'
import type {
  Details,
  FileDetails,
  MediaKind,
  MessageContent,
  MessageKind,
} from '../../shared/contracts/neutral-message.ts'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, SayRequest } from '../simulators/provider.ts'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { WhatsAppDesk } from './whatsapp-desk.ts'

type MessageEvent = Extract<ChannelEvent, { type: 'message' }>

const now = Date.UTC(2026, 10, 2, 9, 30, 0, 0)
let simulator: WhatsAppSimulator
let desk: WhatsAppDesk

beforeEach(async () => {
  simulator = new WhatsAppSimulator({ clock: { now: () => now }, seed: 21 })
  await simulator.start(0)
  simulator.addAccount({ id: 'wa-1', name: 'Shop', phone: '4915112345678' })
  simulator.addCustomer({ id: 'ana', name: 'Ana', phone: '4917711111111', language: 'de' })
  simulator.addCustomer({ id: 'bob', name: 'Bob', phone: '4917722222222', language: 'en' })
  desk = new WhatsAppDesk(simulator)
  await desk.pair()
})

afterEach(async () => {
  await desk.close()
  await simulator.stop()
})

const address = (id: string): string => simulator.customers().find((one) => one.id === id)?.address ?? ''

function saying(kind: MessageKind, text: string, details: Details | null, rest: Partial<SayRequest> = {}): SayRequest {
  const place = { customer: 'ana', account: 'wa-1', group: null }
  return { ...place, kind, text, entities: [], reply: null, details, media: null, ...rest }
}

async function arrived(id: string): Promise<MessageEvent> {
  const event = await desk.until(`message ${id}`, () =>
    desk.messages().find(({ message }) => message.providerId === id),
  )
  desk.store.remember(event.message, event.direction === 'out')
  return event
}

async function say(...given: Parameters<typeof saying>): Promise<MessageEvent> {
  return arrived(await simulator.say(saying(...given)))
}

async function change(
  target: string,
  what: ChangeRequest['change'],
  group: string | null = null,
): Promise<MessageEvent> {
  return arrived(
    await simulator.change({ customer: 'ana', account: group ? null : 'wa-1', group, target, change: what }),
  )
}

const about = (mime: string, rest: Partial<FileDetails> = {}): FileDetails => ({
  name: null,
  mime,
  bytes: 0,
  width: null,
  height: null,
  durationS: null,
  waveform: null,
  ...rest,
})

const waveform = Buffer.from([0, 50, 100]).toString('base64')
const files: [MediaKind, string, FileDetails][] = [
  ['image', 'a picture', about('image/png', { width: 4, height: 3 })],
  ['video', 'a film', about('video/mp4', { width: 4, height: 3, durationS: 2 })],
  ['voice', '', about('audio/ogg; codecs=opus', { durationS: 3, waveform })],
  ['audio', '', about('audio/mpeg', { durationS: 9 })],
  ['document', 'with words', about('application/pdf', { name: '../price list.pdf' })],
  ['sticker', '', about('image/webp', { width: 512, height: 512 })],
]

function outgoing(bytes: Buffer, details: FileDetails, thumbnail: Uint8Array | null = null): OutgoingFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const read = (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length))
  return { ...details, bytes: bytes.length, sha256, thumbnail, read }
}

async function downloaded(reference: Uint8Array, offset = 0): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const { signal } = new AbortController()
  for await (const piece of desk.channel.download({ reference, offset, signal })) pieces.push(piece)
  return Buffer.concat(pieces)
}

const content = (kind: MessageKind, rest: Partial<MessageContent> = {}): MessageContent => ({
  ...plainText(''),
  kind,
  ...rest,
})

/** Sends and waits until the customer has it. */
async function sent(what: MessageContent, file: OutgoingFile | null = null, to = address('ana'), customer = 'ana') {
  const id = desk.channel.newClientId()
  const outcome = await desk.sendContent(to, what, file, id)
  expect(outcome).toMatchObject({ outcome: 'accepted', providerId: id })
  const find = () => simulator.received(customer).find(({ message }) => message.providerId === id)
  await expect.poll(find, { timeout: 4000, interval: 10 }).toBeDefined()
  const message = find()?.message
  if (!message) throw new Error('not received')
  desk.store.remember(message, true)
  return message
}

describe('what customers send', () => {
  test('texts with replies, mentions, forwards, timers and previews; places, contacts and polls', async () => {
    const first = await say('text', 'first', null)
    const preview = { url: 'https://example.com', title: 'T', description: null }
    const details: Details = { mentions: [address('bob')], forwarded: true, expiresS: 86_400, preview }
    await say('text', 'second', details, { reply: first.message.providerId })
    await say('location', '', {
      location: { latitude: 52.5, longitude: 13.4, name: 'Shop', address: null, live: false },
    })
    await say('location', 'on my way', {
      location: { latitude: -1, longitude: -2.25, name: null, address: null, live: true },
    })
    await say('contact', '', { contacts: [{ name: 'Bob; B', phones: ['+49 177 2', '110'] }] })
    await say('contact', '', {
      contacts: [
        { name: 'A', phones: ['1'] },
        { name: 'B', phones: [] },
      ],
    })
    await say('poll', '', { poll: { question: 'Which?', options: ['red', 'blue'], multiple: true } })
    const got = desk.messages().map(({ message, raw }) => ({ message, raw: Buffer.from(raw).toString('base64') }))
    expect(got).toEqual(simulator.sent().map(({ message, raw }) => ({ message, raw })))
  })

  test.each(files)('%s comes with its file, also from the middle', async (kind, text, file) => {
    const bytes = randomBytes(200_001)
    const details = { file: { ...file, bytes: bytes.length } }
    const { message, media } = await say(kind, text, details, { media: { kind, bytes } })
    const expected = simulator.sent().at(-1)?.message
    expect({ ...message, media: expected?.media }).toEqual(expected)
    expect(media).toMatchObject({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    expect((await downloaded(media?.reference ?? new Uint8Array())).equals(bytes)).toBe(true)
    expect((await downloaded(media?.reference ?? new Uint8Array(), 65_536)).equals(bytes.subarray(65_536))).toBe(true)
  })

  test('edits, deletions, reactions and votes name their target', async () => {
    const { message } = await say('text', 'original', null)
    await change(message.providerId, { kind: 'reaction', emoji: '👍' })
    await change(message.providerId, { kind: 'reaction', emoji: null })
    await change(message.providerId, { kind: 'edit', text: 'better', entities: [] })
    await change(message.providerId, { kind: 'delete' })
    const poll = await say('poll', '', { poll: { question: 'Which?', options: ['red', 'blue'], multiple: false } })
    await change(poll.message.providerId, { kind: 'vote', options: ['blue'] })
    await change(poll.message.providerId, { kind: 'vote', options: [] })
    expect(desk.messages().map((event) => event.message)).toEqual(simulator.sent().map((row) => row.message))
  })

  test('a vote by number on an own poll is read', async () => {
    const poll = await sent(
      content('poll', { details: { poll: { question: 'Q', options: ['a', 'b'], multiple: true } } }),
    )
    const vote = await change(poll.providerId, { kind: 'vote', options: ['b', 'a'] })
    expect(vote.message).toMatchObject({ kind: 'vote', target: poll.providerId, details: { vote: ['a', 'b'] } })
  })

  test('a call rings and is over under its own id', async () => {
    const id = await simulator.say(saying('call', '', { call: { video: true, outcome: 'missed', durationS: null } }))
    const steps = () => desk.messages().filter(({ message }) => message.providerId === id)
    await desk.until('both steps', () => steps().length === 2)
    expect(steps().map(({ message }) => message.details?.call?.outcome)).toEqual(['ringing', 'missed'])
    expect(steps()[1]?.message).toEqual(simulator.sent().at(-1)?.message)
  })

  test('a message to be seen once stands in its place', async () => {
    await simulator.fault({ kind: 'view-once', account: 'wa-1' })
    const id = await simulator.say(
      saying('image', '', { file: about('image/png') }, { media: { kind: 'image', bytes: randomBytes(9) } }),
    )
    const event = await desk.until('a stub', () => desk.events().find(({ type }) => type === 'unknown'))
    expect(event).toMatchObject({
      reason: 'whatsapp_view_once',
      place: { providerId: id, peer: { address: address('ana') } },
    })
  })

  test('a kind that nobody knows stands in its place', async () => {
    await simulator.fault({ kind: 'unknown-kind', account: 'wa-1' })
    const event = await desk.until('a row', () => desk.events().find(({ type }) => type === 'unknown'))
    expect(event).toMatchObject({ reason: expect.stringMatching(/^whatsapp_kind_/), place: { direction: 'in' } })
  })

  test('what the owner does on the phone is an own message', async () => {
    await say('text', 'hello', null)
    const text = await say('text', 'from the phone', null, { fromPhone: true })
    expect(text).toMatchObject({ direction: 'out', path: 'phone', peer: { address: address('ana') } })
    const bytes = randomBytes(70)
    const image = await say(
      'image',
      'p',
      { file: about('image/png', { bytes: 70 }) },
      { fromPhone: true, media: { kind: 'image', bytes } },
    )
    expect(image).toMatchObject({ direction: 'out', path: 'phone', message: { kind: 'image' } })
    expect((await downloaded(image.media?.reference ?? new Uint8Array())).equals(bytes)).toBe(true)
  })
})

describe('what the account sends', () => {
  test.each(files)('%s arrives with its file', async (kind, text, file) => {
    const bytes = randomBytes(1_100_003)
    const thumbnail = kind === 'image' ? Buffer.from([0xff, 0xd8, 0xff]) : null
    const message = await sent(content(kind, { text }), outgoing(bytes, file, thumbnail))
    expect(message).toMatchObject({
      kind,
      text,
      media: createHash('sha256').update(bytes).digest('hex'),
      details: { file: { ...file, bytes: bytes.length } },
    })
  })

  test('an answer, mentions, a forward, a place, contacts, changes and a vote', async () => {
    const question = await say('text', 'question', null)
    const target = question.message.providerId
    const answer = await sent({
      ...plainText('answer', target),
      details: { mentions: [address('bob')], forwarded: true },
    })
    expect(answer).toMatchObject({ reply: target, details: { mentions: [address('bob')], forwarded: true } })
    const location = { latitude: 1.5, longitude: 2.5, name: 'Shop', address: 'Street 1', live: false }
    expect((await sent(content('location', { details: { location } }))).details).toEqual({ location })
    const contacts = [{ name: 'Bob', phones: ['+49 1'] }]
    expect((await sent(content('contact', { details: { contacts } }))).details).toEqual({ contacts })
    expect(await sent(content('reaction', { target, details: { emoji: '❤️' } }))).toMatchObject({
      target,
      kind: 'reaction',
    })
    expect((await sent(content('reaction', { target, details: { emoji: null } }))).details).toEqual({ emoji: null })
    const edited = await sent(content('edit', { target: answer.providerId, text: 'better' }))
    expect(edited).toMatchObject({ kind: 'edit', target: answer.providerId, text: 'better' })
    expect(await sent(content('delete', { target: answer.providerId }))).toMatchObject({ kind: 'delete' })
    const poll = await say('poll', '', { poll: { question: 'Q', options: ['a', 'b'], multiple: false } })
    const vote = await sent(content('vote', { target: poll.message.providerId, details: { vote: ['b'] } }))
    expect(vote).toMatchObject({ target: poll.message.providerId, details: { vote: ['b'] } })
  })

  test('what disappears in the conversation disappears when it is answered', async () => {
    await say('text', 'for a week', { expiresS: 604_800 })
    expect((await sent(plainText('short-lived'))).details).toEqual({ expiresS: 604_800 })
  })

  test('a message to be changed that is not the account’s is refused without a word to the network', async () => {
    const { message } = await say('text', 'theirs', null)
    const outcome = await desk.sendContent(address('ana'), content('edit', { target: message.providerId, text: 'x' }))
    expect(outcome).toMatchObject({ outcome: 'refused', fault: { code: 'whatsapp_not_own' } })
  })
})

describe('files that make trouble', () => {
  test('an expired file is asked for again at the phone that has it', async () => {
    const bytes = randomBytes(4000)
    const details = { file: about('image/png', { bytes: 4000 }) }
    const { message, media } = await say('image', '', details, { media: { kind: 'image', bytes } })
    const reference = media?.reference ?? new Uint8Array()
    await simulator.fault({ kind: 'expire-media', account: 'wa-1' })
    await expect(downloaded(reference)).rejects.toMatchObject({ code: 'media_expired' })
    const request = { address: message.chat, providerId: message.providerId, author: null, fromMe: false, reference }
    const fresh = await desk.channel.refreshMedia(request)
    expect((await downloaded(fresh ?? new Uint8Array())).equals(bytes)).toBe(true)
  })

  test('a cut download tells so and goes on where it stopped', async () => {
    const bytes = randomBytes(300_000)
    const details = { file: about('video/mp4', { bytes: 300_000 }) }
    const { media } = await say('video', '', details, { media: { kind: 'video', bytes } })
    const reference = media?.reference ?? new Uint8Array()
    await simulator.fault({ kind: 'cut-media', account: 'wa-1' })
    await expect(downloaded(reference)).rejects.toMatchObject({ code: 'not_connected' })
    expect((await downloaded(reference, 131_072)).equals(bytes.subarray(131_072))).toBe(true)
  })

  test('a cut upload was not sent and may be tried again under its id', async () => {
    await say('text', 'hello', null)
    const file = outgoing(randomBytes(500_000), about('image/png'))
    await simulator.fault({ kind: 'cut-media', account: 'wa-1' })
    const id = desk.channel.newClientId()
    const first = await desk.sendContent(address('ana'), content('image'), file, id)
    expect(first).toMatchObject({ outcome: 'not-sent', fault: { code: 'whatsapp_upload_failed' } })
    expect(await desk.sendContent(address('ana'), content('image'), file, id)).toMatchObject({ outcome: 'accepted' })
    expect(simulator.received('ana')).toHaveLength(1)
  })

  test('an upload that is taken back says nothing to the customer, and may be sent under its id later', async () => {
    await say('text', 'hello', null)
    const file = outgoing(randomBytes(2_000_000), about('image/png'))
    const clientId = desk.channel.newClientId()
    const request = { clientId, address: address('ana'), content: content('image'), file }
    desk.store.intend(clientId, request)
    const stop = new AbortController()
    const first = await desk.channel.send({ ...request, signal: stop.signal, progress: () => stop.abort() })
    expect(first).toMatchObject({ outcome: 'refused', fault: { code: 'withdrawn' } })
    expect(await desk.send(address('ana'), 'something else')).toMatchObject({ outcome: 'accepted' })
    expect(simulator.received('ana').map((row) => row.message.kind)).toEqual(['text'])
    expect(await desk.channel.send(request)).toMatchObject({ outcome: 'accepted' })
    expect(simulator.received('ana').map((row) => row.message.kind)).toEqual(['text', 'image'])
  })

  test('a file that the customer could not read is sent again as it was: same id, same file, no second upload', async () => {
    await say('text', 'hello', null)
    const bytes = randomBytes(100_000)
    await simulator.fault({ kind: 'bad-mac', account: 'wa-1', value: 1 })
    const message = await sent(content('image', { text: 'look' }), outgoing(bytes, about('image/png')))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(simulator.received('ana').map((row) => row.message)).toEqual([message])
    expect(message).toMatchObject({ kind: 'image', text: 'look', media: sha256 })
    const wire = simulator.wire('wa-1')
    const sends = wire.filter(({ event }) => event === 'send').map(({ clientId }) => clientId)
    expect(sends).toEqual([message.providerId, message.providerId])
    expect(wire.filter(({ detail }) => detail === 'w:m/set media_conn')).toHaveLength(1)
    const unreadable = wire.filter(({ detail }) => detail?.startsWith('unreadable'))
    expect(unreadable).toHaveLength(1)
  })

  test('a file of another host is never fetched', async () => {
    const reference = Buffer.from(
      JSON.stringify({ v: 1, type: 'image', key: Buffer.alloc(32).toString('base64'), url: 'https://example.com/x' }),
    )
    await expect(downloaded(reference)).rejects.toMatchObject({ code: 'media_refused' })
    await expect(downloaded(Buffer.from('{}'))).rejects.toMatchObject({ code: 'media_refused' })
  })
})
