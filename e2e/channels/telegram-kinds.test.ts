/** Every kind of message and change both ways against the simulator. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Details, MediaKind, MessageContent, MessageKind } from '../../shared/contracts/neutral-message.ts'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { SendRequest } from '../../engine/channels/channel.ts'
import type { ChangeRequest } from '../simulators/provider.ts'
import { outgoingFile, pattern } from './outgoing-file.ts'
import { TelegramBench } from './telegram-bench.ts'
import type { MessageEvent, TelegramDesk } from './telegram-desk.ts'

let bench: TelegramBench
let desk: TelegramDesk

beforeEach(async () => {
  bench = await TelegramBench.open()
  desk = await bench.openTalkingDesk()
})
afterEach(() => bench.close())

const file = { name: null, mime: 'image/jpeg', bytes: 0, width: 64, height: 48, durationS: null, waveform: null }
const waveform = Buffer.from(Array.from({ length: 64 }, (_, n) => Math.round((((n * 3) % 32) * 100) / 31)))
const place = { latitude: 52.5, longitude: 13.25, name: null, address: null, live: false }

const media: [MediaKind, Details['file'] & object][] = [
  ['image', file],
  ['video', { ...file, name: 'clip.mp4', mime: 'video/mp4', durationS: 7 }],
  [
    'voice',
    { ...file, mime: 'audio/ogg', width: null, height: null, durationS: 4, waveform: waveform.toString('base64') },
  ],
  ['audio', { ...file, name: 'song.mp3', mime: 'audio/mpeg', width: null, height: null, durationS: 180 }],
  ['document', { ...file, name: 'offer.pdf', mime: 'application/pdf', width: null, height: null }],
  ['sticker', { ...file, mime: 'image/webp', width: 512, height: 512 }],
]
const others: [MessageKind, Details][] = [
  ['location', { location: place }],
  ['location', { location: { ...place, name: 'Office', address: 'Main Street 1' } }],
  ['contact', { contacts: [{ name: 'Li Wei', phones: ['+4915155555555'] }] }],
]

function untilId(providerId: string): Promise<MessageEvent> {
  return desk.until(() => desk.messages().find(({ message }) => message.providerId === providerId))
}

function recordOf(providerId: string) {
  return bench.simulator.sent().find((sent) => sent.providerId === providerId)?.message
}

describe('what a customer sends', () => {
  test.each(media)('a file as %s comes with its details, and whole', async (kind, details) => {
    const bytes = pattern(150_000)
    const said = { ...bench.saying('with a caption'), kind, details: { file: { ...details, bytes: bytes.length } } }
    const providerId = await bench.simulator.say({ ...said, media: { kind, bytes } })
    const event = await untilId(providerId)
    expect({ ...event.message, media: null }).toEqual({ ...recordOf(providerId), media: null })
    expect(event.message.kind).toBe(kind)
    expect(event.media?.bytes).toBe(bytes.length)
    const got = await bench.download(desk, event)
    expect(sha256(got)).toBe(sha256(bytes))
    const rest = await bench.download(desk, event, 131_072)
    expect(sha256(rest)).toBe(sha256(bytes.subarray(131_072)))
  })

  test.each(others)('a %s comes as the provider has it', async (kind, details) => {
    const providerId = await bench.simulator.say({ ...bench.saying(''), kind, details })
    expect((await untilId(providerId)).message).toEqual(recordOf(providerId))
  })

  test('edits, reactions and deletions come as changes of their target', async () => {
    const target = await bench.say('first words')
    await desk.untilText('first words')
    const by = { customer: bench.customer.id, account: bench.account.id, group: null, target }
    const changes: ChangeRequest['change'][] = [
      { kind: 'edit', text: 'other words', entities: [] },
      { kind: 'reaction', emoji: '👍' },
      { kind: 'reaction', emoji: null },
      { kind: 'delete' },
    ]
    for (const change of changes) {
      const providerId = await bench.simulator.change({ ...by, change })
      const seen = await desk.until(() =>
        desk
          .messages()
          .findLast(
            ({ message }) =>
              message.providerId === providerId &&
              (change.kind !== 'reaction' || message.details?.emoji === change.emoji),
          ),
      )
      expect(seen.message).toMatchObject({ kind: change.kind, target, chat: bench.customer.address })
    }
    expect(desk.messages().map(({ message }) => message.kind)).toEqual([
      'text',
      'text',
      'edit',
      'reaction',
      'reaction',
      'delete',
    ])
  })

  test('a file whose reference ran out is had again after asking', async () => {
    const bytes = pattern(70_000)
    const said = { ...bench.saying(''), kind: 'document' as const, details: { file: { ...file, bytes: bytes.length } } }
    const providerId = await bench.simulator.say({ ...said, media: { kind: 'document', bytes } })
    const event = await untilId(providerId)
    await bench.fault('expire-media')
    await expect(bench.download(desk, event)).rejects.toMatchObject({ code: 'media_expired' })
    const reference = await desk.channel.refreshMedia({
      address: bench.customer.address,
      providerId,
      author: null,
      fromMe: false,
      reference: event.media?.reference ?? new Uint8Array(),
    })
    const got = await bench.download(desk, { ...event, media: { ...event.media!, reference: reference! } })
    expect(sha256(got)).toBe(sha256(bytes))
  })
})

describe('what the account sends', () => {
  function request(content: Partial<MessageContent>, sent: SendRequest['file'] = null): SendRequest {
    const { clientId, address } = bench.textTo(desk, '')
    return { clientId, address, content: { ...plainText(''), ...content }, file: sent }
  }
  const lastReceived = () => bench.simulator.received(bench.customer.id).at(-1)?.message

  test.each(media)('a file as %s arrives whole with its details', async (kind, details) => {
    const bytes = pattern(300_000)
    const described = { ...details, bytes: bytes.length }
    const sent = request({ kind, text: 'here', details: { file: described } }, outgoingFile(bytes, described))
    const outcome = await desk.channel.send(sent)
    expect(outcome).toMatchObject({ outcome: 'accepted' })
    expect(lastReceived()).toMatchObject({ kind, text: 'here', author: bench.account.address, media: sha256(bytes) })
    const own = await desk.until(() => desk.messages().find(({ clientId }) => clientId === sent.clientId))
    expect(own).toMatchObject({ direction: 'out', message: { kind } })
    expect(await desk.channel.send(sent)).toEqual(outcome)
    expect(bench.simulator.received(bench.customer.id)).toHaveLength(1)
  })

  test('an upload that was cut goes on where it stood', async () => {
    const bytes = pattern(1_400_000)
    const described = { ...file, name: 'big.bin', mime: 'application/octet-stream', bytes: bytes.length }
    await bench.fault('cut-media')
    const sent = request({ kind: 'document', details: { file: described } }, outgoingFile(bytes, described))
    expect(await desk.channel.send(sent)).toMatchObject({ outcome: 'accepted' })
    expect(lastReceived()?.media).toBe(sha256(bytes))
    expect(desk.states).toContain('down')
  })

  test('an upload that is taken back says nothing to the customer, and may be sent under its id later', async () => {
    const bytes = pattern(3_000_000)
    const described = { ...file, name: 'big.bin', mime: 'application/octet-stream', bytes: bytes.length }
    const sent = request({ kind: 'document', details: { file: described } }, outgoingFile(bytes, described))
    const stop = new AbortController()
    let seen = 0
    const progress = (sentBytes: number): void => {
      seen = sentBytes
      stop.abort()
    }
    const first = await desk.channel.send({ ...sent, signal: stop.signal, progress })
    expect(first).toMatchObject({ outcome: 'refused', fault: { code: 'withdrawn' } })
    expect(seen).toBeLessThan(bytes.length)
    expect(await desk.channel.send(bench.textTo(desk, 'something else'))).toMatchObject({ outcome: 'accepted' })
    const kinds = () => bench.simulator.received(bench.customer.id).map((row) => row.message.kind)
    expect(kinds()).toEqual(['text'])
    expect(await desk.channel.send(sent)).toMatchObject({ outcome: 'accepted' })
    expect(kinds()).toEqual(['text', 'document'])
    expect(lastReceived()?.media).toBe(sha256(bytes))
  })

  test.each(others)('a %s arrives', async (kind, details) => {
    expect(await desk.channel.send(request({ kind, details }))).toMatchObject({ outcome: 'accepted' })
    expect(lastReceived()).toMatchObject({ kind, details })
  })

  test('a text arrives with its marks and mentions', async () => {
    const entities = [
      { type: 'bold', offset: 0, length: 3 },
      { type: 'mention_name', offset: 4, length: 3 },
    ]
    const sent = request({ kind: 'text', text: 'hey Ana', entities, details: { mentions: [bench.customer.address] } })
    expect(await desk.channel.send(sent)).toMatchObject({ outcome: 'accepted' })
    expect(lastReceived()).toMatchObject({ text: 'hey Ana', entities, details: { mentions: [bench.customer.address] } })
  })

  test('edits, reactions and deletions change their target, and twice is once', async () => {
    const first = await desk.channel.send(bench.textTo(desk, 'first'))
    const target = first.outcome === 'accepted' ? first.providerId : ''
    const self = bench.account.address.slice('user:'.length)
    const edit = request({ kind: 'edit', text: 'second', target })
    const edited = await desk.channel.send(edit)
    const made = { outcome: 'accepted', providerId: expect.stringMatching(`^${target}/edit/\\d+$`) }
    expect(edited).toMatchObject({ ...made, time: lastReceived()?.time })
    // Made already: under which number is known, when is not told again.
    expect(await desk.channel.send({ ...edit, clientId: desk.channel.newClientId() })).toMatchObject(made)
    const asked = await bench.say('like me')
    await desk.untilText('like me')
    for (const emoji of ['👍', null])
      expect(await desk.channel.send(request({ kind: 'reaction', target: asked, details: { emoji } }))).toMatchObject({
        outcome: 'accepted',
        providerId: `${asked}/reaction/${self}`,
        time: lastReceived()?.time,
      })
    const removal = request({ kind: 'delete', target })
    expect(await desk.channel.send(removal)).toMatchObject({ outcome: 'accepted', providerId: `${target}/delete` })
    expect(await desk.channel.send(removal)).toMatchObject({ outcome: 'accepted', providerId: `${target}/delete` })
    const own = await desk.until(() => {
      const changes = desk.messages().filter(({ message, direction }) => direction === 'out' && message.target !== null)
      return changes.length >= 4 && changes
    })
    expect(own.map(({ message, clientId }) => [message.kind, clientId !== null])).toEqual([
      ['edit', true],
      ['reaction', true],
      ['reaction', true],
      ['delete', true],
    ])
  })

  test('what Telegram has no form for is refused before anything is sent', async () => {
    const cases: [Partial<MessageContent>, string][] = [
      [{ kind: 'image' }, 'telegram_content_incomplete'],
      [{ kind: 'location' }, 'telegram_content_incomplete'],
      [{ kind: 'contact', details: { contacts: [{ name: 'A', phones: [] }] } }, 'telegram_one_contact'],
      [{ kind: 'edit', text: 'x', target: 'first' }, 'telegram_target_malformed'],
      [{ kind: 'vote', target: '1', details: { vote: ['x'] } }, 'telegram_poll_unknown'],
      [{ kind: 'call' }, 'telegram_kind_unsendable'],
    ]
    for (const [content, code] of cases)
      expect(await desk.channel.send(request(content))).toMatchObject({ outcome: 'refused', fault: { code } })
    expect(desk.store.listState('intent')).toEqual([])
  })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
